/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/counts.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic uint64_t counts[EMU_COUNTS];
static pthread_mutex_t file_lock = PTHREAD_MUTEX_INITIALIZER;

void emu_count(enum emu_count what)
{
    counts[what]++;
}

static bool write_to(FILE *out)
{
    fprintf(out, "runs=%llu\nruns_late=%llu\nspecs_bad=%llu\n",
            (unsigned long long)counts[EMU_COUNT_RUNS],
            (unsigned long long)counts[EMU_COUNT_RUNS_LATE],
            (unsigned long long)counts[EMU_COUNT_SPECS_BAD]);
    for (uint32_t kind = 0; kind < EMU_FAULT_KINDS; kind++) {
        char name[32];

        snprintf(name, sizeof(name), "%s", emu_fault_name(kind));
        for (char *c = strchr(name, '-'); c != NULL; c = strchr(c, '-'))
            *c = '_';
        fprintf(out, "fault_%s=%llu\n", name, (unsigned long long)counts[EMU_COUNT_FAULTS + kind]);
    }
    return fclose(out) == 0;
}

void emu_counts_write(void)
{
    static bool has_complained;
    const char *path = getenv("PS_EMU_STATS");
    char next[PATH_MAX];
    FILE *out;

    if (path == NULL || path[0] == '\0')
        return;
    pthread_mutex_lock(&file_lock);
    snprintf(next, sizeof(next), "%s.new", path);
    out = fopen(next, "we");
    if ((out == NULL || !write_to(out) || rename(next, path) != 0) && !has_complained) {
        fprintf(stderr, "[emulated card] PS_EMU_STATS: %s: %s\n", path, strerror(errno));
        has_complained = true;
    }
    pthread_mutex_unlock(&file_lock);
}

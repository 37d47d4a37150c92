/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/faults.h"
#include "kernels/emu/chance.h"
#include "kernels/emu/counts.h"
#include "kernels/emu/timing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX 65536u
#define CARDS_MAX      16u

static struct {
    pthread_mutex_t lock;
    bool has_begun; /* the environment was read */
    uint64_t seed;
    char path[4096];  /* "": none is watched */
    struct stat seen; /* the file as it was read; st_ino 0: not there */
    struct emu_fault_spec spec;
    uint64_t nth[CARDS_MAX]; /* draws for each card itself */
    bool is_lost[CARDS_MAX]; /* and was counted */
} now = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void take_text(const char *text, const char *from)
{
    char why[EMU_FAULT_WHY_MAX];

    if (emu_fault_spec_parse(&now.spec, text, why) != 0) {
        fprintf(stderr, "[emulated card] %s is ignored: %s\n", from, why);
        emu_count(EMU_COUNT_SPECS_BAD);
    }
    emu_counts_write();
}

static void take_environment(void)
{
    const char *text = getenv("PS_EMU_FAULTS");

    if (text != NULL)
        take_text(text, "PS_EMU_FAULTS");
    else
        now.spec.count = 0;
}

static void take_file(void)
{
    static char text[FILE_BYTES_MAX + 1];
    FILE *in = fopen(now.path, "re");
    size_t size;

    if (in == NULL)
        return;
    size = fread(text, 1, FILE_BYTES_MAX, in);
    fclose(in);
    text[size] = '\0';
    take_text(text, now.path);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The file counts as long as it is there, the environment otherwise. */
static void refresh(void)
{
    struct stat st;

    if (!now.has_begun) {
        const char *path = getenv("PS_EMU_FAULTS_FILE");

        now.has_begun = true;
        now.seed = emu_timing_read().seed;
        snprintf(now.path, sizeof(now.path), "%s", path != NULL ? path : "");
        take_environment();
    }
    if (now.path[0] == '\0')
        return;
    if (stat(now.path, &st) != 0)
        memset(&st, 0, sizeof(st));
    if (is_same(&st, &now.seen))
        return;
    now.seen = st;
    if (st.st_ino != 0)
        take_file();
    else
        take_environment();
}

bool emu_faults_are_watched(void)
{
    bool is_watched;

    pthread_mutex_lock(&now.lock);
    refresh();
    is_watched = now.path[0] != '\0';
    pthread_mutex_unlock(&now.lock);
    return is_watched;
}

static bool is_here(const struct emu_fault *fault, uint32_t card_idx, const char *cu_name)
{
    const size_t n = strlen(fault->where);

    if (fault->card_idx != EMU_FAULT_ANY_CARD && fault->card_idx != card_idx)
        return false;
    return n == 0 ||
           (strncmp(fault->where, cu_name, n) == 0 && (cu_name[n] == '\0' || cu_name[n] == ':'));
}

/* @p chance is this fault's own. */
static bool strikes(struct emu_fault *fault, struct emu_chance chance)
{
    if (fault->left == 0)
        return false;
    chance.seed = now.seed;
    chance.what = 1 + (uint32_t)(fault - now.spec.faults);
    if (emu_chance_share(&chance) >= fault->probability)
        return false;
    if (fault->left != UINT64_MAX)
        fault->left--;
    emu_count((enum emu_count)(EMU_COUNT_FAULTS + fault->kind));
    return true;
}

bool emu_faults_strike_run(uint32_t card_idx, const char *cu_name, uint32_t cu_idx, uint64_t nth,
                           struct emu_fault *ret_fault)
{
    const struct emu_chance chance = { .card_idx = card_idx, .cu_idx = cu_idx, .nth = nth };
    bool is_struck = false;

    pthread_mutex_lock(&now.lock);
    refresh();
    for (uint32_t i = 0; i < now.spec.count && !is_struck; i++) {
        struct emu_fault *fault = &now.spec.faults[i];

        is_struck = fault->kind <= EMU_FAULT_FLIP && is_here(fault, card_idx, cu_name) &&
                    strikes(fault, chance);
        if (is_struck)
            *ret_fault = *fault;
    }
    if (is_struck)
        emu_counts_write();
    pthread_mutex_unlock(&now.lock);
    return is_struck;
}

bool emu_faults_strike_card(enum emu_fault_kind kind, uint32_t card_idx)
{
    bool is_struck = false;

    pthread_mutex_lock(&now.lock);
    refresh();
    for (uint32_t i = 0; i < now.spec.count && !is_struck; i++) {
        struct emu_fault *fault = &now.spec.faults[i];
        const struct emu_chance chance = { .card_idx = card_idx, .nth = now.nth[card_idx] };

        is_struck = fault->kind == kind && is_here(fault, card_idx, "") && strikes(fault, chance);
    }
    now.nth[card_idx]++;
    if (is_struck)
        emu_counts_write();
    pthread_mutex_unlock(&now.lock);
    return is_struck;
}

bool emu_faults_card_is_lost(uint32_t card_idx)
{
    bool is_lost = false;

    pthread_mutex_lock(&now.lock);
    refresh();
    for (uint32_t i = 0; i < now.spec.count && !is_lost; i++)
        is_lost = now.spec.faults[i].kind == EMU_FAULT_CARD_LOST &&
                  is_here(&now.spec.faults[i], card_idx, "");
    if (is_lost && !now.is_lost[card_idx]) {
        emu_count(EMU_COUNT_FAULTS + EMU_FAULT_CARD_LOST);
        emu_counts_write();
    }
    now.is_lost[card_idx] = is_lost;
    pthread_mutex_unlock(&now.lock);
    return is_lost;
}

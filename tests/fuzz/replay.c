/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/replay.c - runs a fuzz target over every file of a folder, with any compiler.
 *
 * Usage: replay-NAME [--broken] DIR.  --broken has the target break a promise, and is content when
 * that is found: it shows that a replay can fail.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_BYTES_MAX (1u << 20)

static bool run_file(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_BYTES_MAX];
    char path[4096];
    size_t count;
    uint8_t *exact;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    count = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    exact = fuzz_copy(bytes, count);
    LLVMFuzzerTestOneInput(exact, count);
    free(exact);
    return true;
}

static unsigned run_folder(const char *folder)
{
    struct dirent **names = NULL;
    const int count = scandir(folder, &names, NULL, alphasort);
    unsigned files = 0;

    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.')
            files += run_file(folder, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return files;
}

/* A finding ends the process that makes it. */
static bool finds_the_broken_promise(const char *folder)
{
    int status = 0;
    const pid_t child = fork();

    if (child == 0) {
        fuzz_breaks = true;
        run_folder(folder);
        _exit(EXIT_SUCCESS);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

int main(int argc, char **argv)
{
    unsigned files;

    if (argc == 3 && strcmp(argv[1], "--broken") == 0)
        return finds_the_broken_promise(argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
    if (argc != 2) {
        fprintf(stderr, "usage: %s [--broken] DIR\n", argv[0]);
        return 2;
    }
    files = run_folder(argv[1]);
    printf("files=%u\n", files);
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

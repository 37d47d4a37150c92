/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/mark/main.c - prestage-mark: reads, writes and hands out watermarks, by subcommand. */
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/mark/command.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    { "read", mark_read_main, "read the bits out of a recording, and say whose they may be" },
    { "embed", mark_embed_main, "mark a file by hand, to try it" },
    { "codes", mark_codes_main, "make a code book: which viewer gets which variants" },
};

static void print_usage(FILE *file)
{
    fputs("usage: prestage-mark COMMAND [options]\n", file);
    for (unsigned c = 0; c < PS_ARRAY_LEN(commands); c++)
        fprintf(file, "  %-6s  %s\n", commands[c].name, commands[c].help);
    fputs("  --help  this text; prestage-mark COMMAND --help names the options\n", file);
}

int main(int argc, char **argv)
{
    for (unsigned c = 0; argc > 1 && c < PS_ARRAY_LEN(commands); c++)
        if (strcmp(argv[1], commands[c].name) == 0)
            return commands[c].run(argc - 1, argv + 1);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    print_usage(stderr);
    return MARK_WRONG_USAGE;
}

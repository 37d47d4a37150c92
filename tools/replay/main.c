/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/main.c - prestage-replay: what a trace of requests says about us, by subcommand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/generate/generate_main.h"
#include "tools/replay/command.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
};

static const struct command commands[] = {
    { "predict", replay_predict_main, "how well the predictor would have done" },
    { "cache", replay_cache_main, "hit ratios of policies side by side" },
    { "curves", replay_curves_main, "how well demand over the next hour would have been told" },
#ifdef PS_REPLAY_PLOT
    { "plot", replay_plot_main, "pictures of what the others print" },
#endif
    { "generate", generate_main, "make up a trace, its true rates and hints" },
};

static void print_usage(FILE *file)
{
    fputs("usage: prestage-replay COMMAND [options]\n"
          "Run over a trace of requests and print figures as key=value lines, or make one up.\n",
          file);
    for (unsigned c = 0; c < PS_ARRAY_LEN(commands); c++)
        fprintf(file, "  %-8s  %s\n", commands[c].name, commands[c].help);
    fputs("  --help    this text; prestage-replay COMMAND --help names the options\n", file);
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
    return EXIT_FAILURE;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/plot_main.c - `prestage-replay plot`: figures become pictures. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/replay/command.h"
#include "tools/replay/plot.h"
#include "tools/replay/plot_canvas.h"

#define NAME_CHARS      256u
#define TRACE_CHARS_MAX 100u

static const struct picture {
    const char *name;
    const struct plot_form *form; /* NULL: hit_POLICY_SIZE=RATIO lines */
    int (*draw)(struct plot_table *table, const char *of, const char *path);
} pictures[] = {
    { "calibration", &plot_form_calibration, plot_calibration },
    { "curves", &plot_form_curves, plot_curves },
    { "hits", NULL, plot_hits },
};

struct options {
    const struct picture *picture;
    const char *input, *output, *trace;
};

static const char usage[] =
    "usage: prestage-replay plot PICTURE --input FILE --output FILE [options]\n"
    "Draw figures that the other commands wrote. PICTURE is one of\n"
    "  calibration             what came true against what was said; input:\n"
    "                          horizon,said,happened,rows\n"
    "  curves                  demand as it was and as it was expected; input:\n"
    "                          start_s,actual,expected,q10,q25,q75,q90\n"
    "  hits                    hit ratio against buffer; input: what cache prints\n"
    "  --input FILE            CSV under a header that names the columns, or "
    "hit_POLICY_SIZE=RATIO\n"
    "                          lines; - for standard input\n"
    "  --output FILE           the picture: PNG or SVG, by its ending .png or .svg\n"
    "  --trace NAME            of what, for the title, up to 100 bytes; the input's name\n"
    "  --help                  this text\n"
    "Exit status: 0 done, 1 it could not be done, 2 wrong usage.\n";

static bool parse_picture(struct options *options, const char *name)
{
    for (unsigned p = 0; p < PS_ARRAY_LEN(pictures); p++)
        if (strcmp(name, pictures[p].name) == 0)
            options->picture = &pictures[p];
    return options->picture != NULL;
}

/* @return false when the command line is not understood. */
static bool parse(struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {
        { "input", required_argument, NULL, 'i' },
        { "output", required_argument, NULL, 'o' },
        { "trace", required_argument, NULL, 't' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        } else if (option == 'i') {
            options->input = optarg;
        } else if (option == 'o') {
            options->output = optarg;
        } else if (option == 't' && strlen(optarg) <= TRACE_CHARS_MAX) {
            options->trace = optarg;
        } else {
            return false;
        }
    }
    return optind + 1 == argc && parse_picture(options, argv[optind]) && options->input != NULL &&
           options->output != NULL && plot_canvas_knows(options->output);
}

/* The input's name without folders and ending. */
static void name_trace(const struct options *options, char name[NAME_CHARS])
{
    const char *slash = strrchr(options->input, '/');
    const char *base = slash != NULL ? slash + 1 : options->input;
    const char *dot = strrchr(base, '.');

    if (options->trace != NULL)
        snprintf(name, NAME_CHARS, "%s", options->trace);
    else if (strcmp(options->input, "-") == 0)
        snprintf(name, NAME_CHARS, "standard input");
    else
        snprintf(name, NAME_CHARS, "%.*s",
                 dot != NULL && dot != base ? (int)(dot - base) : (int)strlen(base), base);
}

static int read_table(const struct options *options, struct plot_table *ret)
{
    const bool is_stdin = strcmp(options->input, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(options->input, "re");
    int rc;

    if (file == NULL)
        return -errno;
    rc = options->picture->form != NULL ? plot_table_read_csv(ret, file, options->picture->form)
                                        : plot_table_read_hits(ret, file);
    if (!is_stdin)
        fclose(file);
    return rc;
}

static void complain(const char *path, const struct plot_table *table, int rc)
{
    if (rc != -EINVAL)
        fprintf(stderr, "prestage-replay: %s: %s\n", path, strerror(-rc));
    else if (table->line == 0)
        fprintf(stderr, "prestage-replay: %s: %s\n", path, table->why);
    else
        fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": %s\n", path, table->line, table->why);
}

int replay_plot_main(int argc, char **argv)
{
    struct plot_table table = { .rows = NULL };
    struct options options = { .input = NULL };
    char name[NAME_CHARS];
    int rc;

    if (!parse(&options, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    name_trace(&options, name);
    rc = read_table(&options, &table);
    if (rc != 0) {
        complain(options.input, &table, rc);
    } else {
        rc = options.picture->draw(&table, name, options.output);
        if (rc != 0)
            complain(rc == -EINVAL ? options.input : options.output, &table, rc);
    }
    plot_table_fini(&table);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

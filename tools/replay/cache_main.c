/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/cache_main.c - `prestage-replay cache`: hit ratios of policies side by side. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/replay/cache.h"
#include "tools/replay/command.h"

struct options {
    const char *path;
    enum replay_format format;
    double sizes[REPLAY_SIZES_MAX];
    uint32_t size_count;
    uint32_t budget_per_min;
    bool progress;
};

static const char usage[] =
    "usage: prestage-replay cache --trace FILE [options]\n"
    "Print what share of requests buffers would have answered, as hit_POLICY_SIZE=RATIO lines.\n"
    "  --trace FILE            requests; - for standard input\n"
    "  --format NAME           auto (default): by the first line; csv: a header names columns, t\n"
    "                          and obj among them; trace: `unix_time object_id user_id size`;\n"
    "                          history: `unix_time media profile region device access`;\n"
    "                          # starts a comment\n"
    "  --sizes P[,P...]        buffers, in percent of the objects in the trace, ascending; 1,5,10\n"
    "  --budget-per-min N      objects that the clairvoyant may stage each minute; 10\n"
    "  --progress              say on standard error how far a long run is, terminal or not\n"
    "  --help                  this text\n"
    "Every object is of size 1. The first quarter of the requests is not counted.\n"
    "Exit status: 0 done, 1 it could not be done, 2 wrong usage.\n";

static bool parse_budget(const char *text, uint32_t *ret)
{
    char *end;
    const unsigned long budget = strtoul(text, &end, 10);

    *ret = (uint32_t)budget;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && budget <= REPLAY_BUDGET_MAX;
}

static bool parse_option(struct options *options, int option)
{
    switch (option) {
    case 't':
        options->path = optarg;
        return true;
    case 'f':
        return replay_format_parse(optarg, &options->format) == 0;
    case 's':
        return replay_sizes_parse(optarg, options->sizes, &options->size_count) == 0;
    case 'b':
        return parse_budget(optarg, &options->budget_per_min);
    case 'p':
        options->progress = true;
        return true;
    default:
        return false;
    }
}

/* @return false when the command line is not understood. */
static bool parse(struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {
        { "trace", required_argument, NULL, 't' },
        { "format", required_argument, NULL, 'f' },
        { "sizes", required_argument, NULL, 's' },
        { "budget-per-min", required_argument, NULL, 'b' },
        { "progress", no_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        }
        if (!parse_option(options, option))
            return false;
    }
    return optind == argc && options->path != NULL;
}

static int run_policy(const struct replay_policy *policy, const struct options *options,
                      struct replay_cache_config *config)
{
    for (uint32_t s = 0; s < options->size_count; s++) {
        struct replay_cache_result result;
        int rc;

        config->size_percent = options->sizes[s];
        rc = replay_cache_run(policy, config, &result);
        if (rc != 0)
            return rc;
        printf("hit_%s_%g=%.4f\n", policy->name, options->sizes[s],
               (double)result.hits / (double)result.counted);
    }
    return 0;
}

static int run(const struct replay_trace *trace, const struct options *options,
               struct replay_progress *progress)
{
    struct replay_stream stream;
    struct replay_cache_config config = { .stream = &stream,
                                          .budget_per_min = options->budget_per_min,
                                          .progress = progress };
    int rc = replay_stream_init(&stream, trace);

    if (rc == 0) {
        printf("requests=%" PRIu32 "\nobjects=%" PRIu32 "\nbad_lines=%" PRIu64
               "\nbudget_per_min=%" PRIu32 "\n",
               stream.count, stream.object_count, trace->bad_lines, options->budget_per_min);
        for (uint32_t s = 0; s < options->size_count; s++)
            printf("capacity_%g=%" PRIu32 "\n", options->sizes[s],
                   replay_cache_capacity(&stream, options->sizes[s]));
    }
    for (unsigned p = 0; rc == 0 && replay_policies[p] != NULL; p++)
        rc = run_policy(replay_policies[p], options, &config);
    replay_stream_fini(&stream);
    return rc;
}

int replay_cache_main(int argc, char **argv)
{
    struct options options = {
        .format = REPLAY_AUTO, .sizes = { 1.0, 5.0, 10.0 }, .size_count = 3, .budget_per_min = 10
    };
    struct replay_progress progress;
    struct replay_trace trace = { 0 };
    int rc;

    if (!parse(&options, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    replay_progress_init(&progress, options.progress);
    rc = replay_trace_open(&trace, options.path, options.format, &progress);
    if (rc == 0)
        rc = run(&trace, &options, &progress);
    replay_trace_complain(&trace, options.path, rc);
    replay_trace_fini(&trace);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

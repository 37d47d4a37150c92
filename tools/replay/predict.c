/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/predict.c - `prestage-replay predict`: how well would the predictor have done?
 *
 * Figures leave out the first quarter of the time, in which there was little to learn from.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "tools/replay/command.h"
#include "tools/replay/run.h"

struct options {
    const char *path;
    enum replay_format format;
    struct replay_options run;
};

static const char usage[] =
    "usage: prestage-replay predict [options] FILE\n"
    "Run the predictor over a trace of requests and print how well it did, as key=value lines.\n"
    "  --format NAME           history (default): `unix_time media profile region device access`,\n"
    "                          trace: `unix_time object_id user_id size`, # starts a comment;\n"
    "                          csv: a header names columns, t and obj among them; auto: by the\n"
    "                          first line\n"
    "  --buffer SHARE          size of the buffer as a share of all resources, in (0, 1]; 0.05\n"
    "  --judge-from UNIX       leave out what was said before; default: the first quarter\n"
    "  --shuffle               hand each prediction to another resource: the gain must vanish\n"
    "  --help                  this text\n"
    "FILE may be - for standard input.\n";

static double hit_ratio(const struct replay_buffer *buffer)
{
    const uint64_t total = buffer->hits + buffer->misses;

    return total > 0 ? (double)buffer->hits / (double)total : 0.0;
}

static void print(const struct replay *replay)
{
    static const char *const name[PS_HORIZON_COUNT] = { "5m", "15m", "60m" };
    struct ps_predict_status status;

    ps_predict_status(replay->predict, &status);
    printf("requests=%" PRIu32 "\nresources=%" PRIu32 "\nbad_lines=%" PRIu64 "\nshuffled=%d\n",
           replay->trace->request_count, replay->trace->resource_count, replay->trace->bad_lines,
           replay->options.shuffle);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const struct replay_judge *judge = &replay->judge[h];
        const double lively = judge->lively_count > 0 ? (double)judge->lively_count : 1.0;

        printf("log_loss_%s=%.4f\n", name[h], replay_judge_loss(judge));
        printf("base_log_loss_%s=%.4f\n", name[h], replay_judge_base_loss(judge));
        printf("ewma_log_loss_%s=%.4f\n", name[h], replay_judge_ewma_loss(judge));
        printf("ece_%s=%.4f\n", name[h], replay_judge_error(judge));
        printf("ece_by_chance_%s=%.4f\n", name[h], replay_judge_error_by_chance(judge));
        printf("lively_said_%s=%.4f\n", name[h], judge->lively_said / lively);
        printf("lively_happened_%s=%.4f\n", name[h], judge->lively_happened / lively);
        printf("own_ece_%s=%.4f\n", name[h], status.calibration_error[h]);
    }
    printf("buffer_resources=%" PRIu32 "\n", replay->lru.capacity);
    printf("hit_ratio_expected=%.4f\nhit_ratio_lru=%.4f\n", hit_ratio(&replay->expected),
           hit_ratio(&replay->lru));
    printf("us_per_event=%.2f\nranks_per_event=%.2f\n",
           (double)replay->predict_ns / 1e3 / replay->trace->request_count,
           (double)replay->ranks / replay->trace->request_count);
}

static bool parse_option(struct options *options, int option)
{
    char *end = NULL;

    switch (option) {
    case 'f':
        return replay_format_parse(optarg, &options->format) == 0;
    case 'b':
        options->run.buffer_share = strtod(optarg, &end);
        return *end == '\0' && options->run.buffer_share > 0.0 && options->run.buffer_share <= 1.0;
    case 'j':
        options->run.judge_from_ns = strtoull(optarg, &end, 10) * PS_NS_PER_SEC;
        return *end == '\0' && end != optarg;
    case 's':
        options->run.shuffle = true;
        return true;
    default:
        return false;
    }
}

/* @return false when the command line is not understood. */
static bool parse(struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {
        { "format", required_argument, NULL, 'f' },
        { "buffer", required_argument, NULL, 'b' },
        { "judge-from", required_argument, NULL, 'j' },
        { "shuffle", no_argument, NULL, 's' },
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
    options->path = argv[optind];
    return optind + 1 == argc;
}

int replay_predict_main(int argc, char **argv)
{
    struct options options = { .run = { .buffer_share = 0.05 } };
    struct replay_trace trace = { 0 };
    struct replay replay = { 0 };
    int rc;

    if (!parse(&options, argc, argv)) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    rc = replay_trace_open(&trace, options.path, options.format, NULL);
    if (rc == 0)
        rc = replay_init(&replay, &trace, &options.run);
    replay_trace_complain(&trace, options.path, rc);
    if (rc == 0) {
        replay_run(&replay);
        print(&replay);
    }
    replay_fini(&replay);
    replay_trace_fini(&trace);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

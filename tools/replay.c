/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay.c - prestage-replay: how well would the predictor have done on this trace?
 *
 * The predictor lives through the trace by the trace's clock. Its answers are judged by what the
 * trace says came next, and by the hits of a buffer that keeps what they expect most, next to LRU.
 * Figures leave out the first quarter of the time, in which there was little to learn from.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/predict/predict.h"
#include "tools/replay_buffer.h"
#include "tools/replay_judge.h"
#include "tools/replay_trace.h"

#define RANK_NS  (10 * PS_NS_PER_SEC)  /* as often as an unchanged score is renewed anyway */
#define JUDGE_NS (300 * PS_NS_PER_SEC) /* the shorter horizon */

struct options {
    const char *path;
    enum replay_format format;
    double buffer_share;
    uint64_t judge_from_ns; /* 0: after the first quarter */
    bool shuffle;
};

struct replay {
    struct options options;
    struct replay_trace trace;
    struct ps_predict *predict;
    struct ps_predictions predictions;
    uint32_t *order; /* prediction i is taken for the resource of prediction order[i] */
    double (*said)[PS_HORIZON_COUNT]; /* of every resource, by the last rank */
    double *ewma;                     /* starts of every resource, half-life an hour... */
    uint64_t *ewma_ns;                /* ...at this time; 0: not seen yet */
    struct replay_buffer lru, expected;
    struct replay_judge judge[PS_HORIZON_COUNT];
    uint64_t judge_from_ns;
    uint64_t predict_ns; /* real time spent in the predictor */
    uint64_t ranks;
    uint64_t random;
};

static const char usage[] =
    "usage: prestage-replay [options] FILE\n"
    "Run the predictor over a trace of requests and print how well it did, as key=value lines.\n"
    "  --format history|trace  lines are `unix_time media profile region device access` (default)\n"
    "                          or `unix_time object_id user_id size`; # starts a comment\n"
    "  --buffer SHARE          size of the buffer as a share of all resources, in (0, 1]; 0.05\n"
    "  --judge-from UNIX       leave out what was said before; default: the first quarter\n"
    "  --shuffle               hand each prediction to another resource: the gain must vanish\n"
    "  --help                  this text\n"
    "FILE may be - for standard input.\n";

static int replay_init(struct replay *replay)
{
    const struct replay_trace *trace = &replay->trace;
    const uint32_t count = trace->resource_count;
    const uint64_t from_ns = trace->requests[0].time_ns;
    const uint64_t to_ns = trace->requests[trace->request_count - 1].time_ns;
    const uint32_t capacity = (uint32_t)fmax(1.0, replay->options.buffer_share * count);
    const struct ps_predict_config cfg = {
        .resources_max = count < PS_PREDICT_RESOURCES_MAX ? count : PS_PREDICT_RESOURCES_MAX,
        .media_max = count < PS_PREDICT_RESOURCES_MAX ? count : PS_PREDICT_RESOURCES_MAX,
    };

    replay->random = 0x2545f4914f6cdd1dull;
    replay->judge_from_ns = replay->options.judge_from_ns != 0 ? replay->options.judge_from_ns
                                                               : from_ns + (to_ns - from_ns) / 4;
    replay->predictions.capacity = PS_PREDICTIONS_MAX;
    replay->predictions.items = ps_zalloc(PS_PREDICTIONS_MAX, sizeof(*replay->predictions.items));
    replay->order = ps_zalloc(PS_PREDICTIONS_MAX, sizeof(*replay->order));
    replay->said = ps_zalloc(count, sizeof(*replay->said));
    replay->ewma = ps_zalloc(count, sizeof(*replay->ewma));
    replay->ewma_ns = ps_zalloc(count, sizeof(*replay->ewma_ns));
    if (replay->predictions.items == NULL || replay->order == NULL || replay->said == NULL ||
        replay->ewma == NULL || replay->ewma_ns == NULL ||
        replay_buffer_init(&replay->lru, capacity, count) != 0 ||
        replay_buffer_init(&replay->expected, capacity, count) != 0)
        return -ENOMEM;
    return ps_predict_create(&replay->predict, &cfg);
}

static void replay_fini(struct replay *replay)
{
    ps_predict_destroy(replay->predict);
    replay_buffer_fini(&replay->expected);
    replay_buffer_fini(&replay->lru);
    free(replay->ewma_ns);
    free(replay->ewma);
    free(replay->said);
    free(replay->order);
    free(replay->predictions.items);
    replay_trace_fini(&replay->trace);
}

/* Fisher-Yates; without --shuffle each prediction keeps its resource. */
static void deal(struct replay *replay)
{
    for (uint32_t i = 0; i < replay->predictions.count; i++) {
        uint32_t j = i;

        if (replay->options.shuffle) {
            replay->random ^= replay->random << 13;
            replay->random ^= replay->random >> 7;
            replay->random ^= replay->random << 17;
            j = (uint32_t)((replay->random >> 32) * (i + 1) >> 32);
        }
        replay->order[i] = replay->order[j];
        replay->order[j] = i;
    }
}

static void rank(struct replay *replay, uint64_t now_ns)
{
    const uint32_t count = replay->trace.resource_count;
    const uint64_t start_ns = ps_clock_mono_ns();

    ps_predict_rank(replay->predict, now_ns, &replay->predictions);
    replay->predict_ns += ps_clock_mono_ns() - start_ns;
    replay->ranks++;
    memset(replay->said, 0, count * sizeof(*replay->said));
    memset(replay->expected.value, 0, count * sizeof(*replay->expected.value));
    deal(replay);
    for (uint32_t i = 0; i < replay->predictions.count; i++) {
        const struct ps_prediction *prediction = &replay->predictions.items[i];
        const uint32_t idx = replay_trace_find(
            &replay->trace, &replay->predictions.items[replay->order[i]].resource);

        memcpy(replay->said[idx], prediction->confidence, sizeof(prediction->confidence));
        replay->expected.value[idx] = prediction->expected[PS_HORIZON_15MIN];
    }
}

/* What a plain moving average, half-life an hour, would have said. */
static double ewma_chance(const struct replay *replay, uint32_t idx, uint64_t now_ns,
                          enum ps_horizon horizon)
{
    const double age_h = (double)(now_ns - replay->ewma_ns[idx]) / 3600e9;
    const double per_h = replay->ewma[idx] * exp2(-age_h) * M_LN2;

    return 1.0 - exp(-per_h * (double)PS_HORIZON_NS(horizon) / 3600e9);
}

/* All resources that were wanted before are judged, said or not: silence says never. */
static void judge(struct replay *replay, uint64_t now_ns, uint64_t end_ns)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        if (now_ns + PS_HORIZON_NS(h) > end_ns)
            continue;
        for (uint32_t idx = 0; idx < replay->trace.resource_count; idx++)
            if (replay->ewma_ns[idx] != 0)
                replay_judge_add(&replay->judge[h], replay->said[idx][h],
                                 ewma_chance(replay, idx, now_ns, h),
                                 replay_trace_starts(&replay->trace, idx, now_ns,
                                                     now_ns + PS_HORIZON_NS(h)) > 0);
    }
}

static void request(struct replay *replay, const struct replay_request *request)
{
    const uint32_t idx = request->idx;
    const bool counts = request->time_ns >= replay->judge_from_ns;
    struct ps_demand_sample sample = { .start_ns = request->time_ns,
                                       .end_ns = request->time_ns,
                                       .resource = request->resource,
                                       .peer = request->peer,
                                       .starts = 1,
                                       .source = PS_DEMAND_HISTORY };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };
    uint64_t start_ns;

    replay_buffer_request(&replay->lru, idx, counts);
    replay->lru.value[idx] = (double)request->time_ns;
    replay_buffer_request(&replay->expected, idx, counts);
    if (replay->ewma_ns[idx] == 0)
        replay->expected.value[idx] = INFINITY; /* stays until the predictor has said something */
    replay->ewma[idx] *= exp2(-(double)(request->time_ns - replay->ewma_ns[idx]) / 3600e9);
    replay->ewma[idx] += 1.0;
    replay->ewma_ns[idx] = request->time_ns;
    start_ns = ps_clock_mono_ns();
    ps_predict_learn(replay->predict, &demand, request->time_ns);
    replay->predict_ns += ps_clock_mono_ns() - start_ns;
}

static void run(struct replay *replay)
{
    const struct replay_trace *trace = &replay->trace;
    const uint64_t end_ns = trace->requests[trace->request_count - 1].time_ns;
    uint64_t turn_ns = trace->requests[0].time_ns / JUDGE_NS * JUDGE_NS + RANK_NS;

    for (uint32_t i = 0; i < trace->request_count; i++) {
        for (; turn_ns <= trace->requests[i].time_ns; turn_ns += RANK_NS) {
            rank(replay, turn_ns);
            if (turn_ns % JUDGE_NS == 0 && turn_ns >= replay->judge_from_ns)
                judge(replay, turn_ns, end_ns);
        }
        request(replay, &trace->requests[i]);
    }
}

static double hit_ratio(const struct replay_buffer *buffer)
{
    const uint64_t total = buffer->hits + buffer->misses;

    return total > 0 ? (double)buffer->hits / (double)total : 0.0;
}

static void print(const struct replay *replay)
{
    static const char *const name[PS_HORIZON_COUNT] = { "5m", "15m" };
    struct ps_predict_status status;

    ps_predict_status(replay->predict, &status);
    printf("requests=%" PRIu32 "\nresources=%" PRIu32 "\nbad_lines=%" PRIu64 "\nshuffled=%d\n",
           replay->trace.request_count, replay->trace.resource_count, replay->trace.bad_lines,
           replay->options.shuffle);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const struct replay_judge *judge = &replay->judge[h];
        const double lively = judge->lively_count > 0 ? (double)judge->lively_count : 1.0;

        printf("log_loss_%s=%.4f\n", name[h], replay_judge_loss(judge));
        printf("base_log_loss_%s=%.4f\n", name[h], replay_judge_base_loss(judge));
        printf("ewma_log_loss_%s=%.4f\n", name[h], replay_judge_ewma_loss(judge));
        printf("ece_%s=%.4f\n", name[h], replay_judge_error(judge));
        printf("lively_said_%s=%.4f\n", name[h], judge->lively_said / lively);
        printf("lively_happened_%s=%.4f\n", name[h], judge->lively_happened / lively);
        printf("own_ece_%s=%.4f\n", name[h], status.calibration_error[h]);
    }
    printf("buffer_resources=%" PRIu32 "\n", replay->lru.capacity);
    printf("hit_ratio_expected=%.4f\nhit_ratio_lru=%.4f\n", hit_ratio(&replay->expected),
           hit_ratio(&replay->lru));
    printf("us_per_event=%.2f\nranks_per_event=%.2f\n",
           (double)replay->predict_ns / 1e3 / replay->trace.request_count,
           (double)replay->ranks / replay->trace.request_count);
}

static bool parse_option(struct options *options, int option)
{
    char *end = NULL;

    switch (option) {
    case 'f':
        options->format = strcmp(optarg, "trace") == 0 ? REPLAY_TRACE : REPLAY_HISTORY;
        return options->format == REPLAY_TRACE || strcmp(optarg, "history") == 0;
    case 'b':
        options->buffer_share = strtod(optarg, &end);
        return *end == '\0' && options->buffer_share > 0.0 && options->buffer_share <= 1.0;
    case 'j':
        options->judge_from_ns = strtoull(optarg, &end, 10) * PS_NS_PER_SEC;
        return *end == '\0' && end != optarg;
    case 's':
        options->shuffle = true;
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

static int read_trace(struct replay *replay)
{
    const bool is_stdin = strcmp(replay->options.path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(replay->options.path, "re");
    int rc;

    if (file == NULL)
        return -errno;
    rc = replay_trace_read(&replay->trace, file, replay->options.format);
    if (!is_stdin)
        fclose(file);
    return rc;
}

int main(int argc, char **argv)
{
    struct replay replay = { .options = { .buffer_share = 0.05 } };
    int rc;

    if (!parse(&replay.options, argc, argv)) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    rc = read_trace(&replay);
    if (rc == 0)
        rc = replay_init(&replay);
    if (rc == 0) {
        run(&replay);
        print(&replay);
    } else {
        fprintf(stderr, "prestage-replay: %s: %s\n", replay.options.path, strerror(-rc));
    }
    replay_fini(&replay);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/predict.c - `prestage-replay predict`: was the predictor right, and did it know? */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/replay/command.h"
#include "tools/replay/groups.h"
#include "tools/replay/inputs.h"
#include "tools/replay/options.h"
#include "tools/replay/progress.h"
#include "tools/replay/run.h"

struct options {
    struct replay_inputs in;
    const char *calibration;
    uint32_t baselines;
    bool shuffle;
};

static const char *const horizons[PS_HORIZON_COUNT] = { "5m", "15m", "60m" };

static bool take_calibration(void *options, const char *value)
{
    ((struct options *)options)->calibration = value;
    return true;
}

static bool take_baselines(void *options, const char *value)
{
    return replay_baselines_parse(value, &((struct options *)options)->baselines) == 0;
}

static bool take_shuffle(void *options, const char *value)
{
    (void)value;
    ((struct options *)options)->shuffle = true;
    return true;
}

static const struct replay_option table[] = {
    { "trace", "FILE", replay_take_trace, "requests; - for standard input" },
    { "hints", "FILE", replay_take_hints,
      "forward looks: emit_t,due_t,obj,device,user; -1 is any" },
    { "format", "NAME", replay_take_format, REPLAY_FORMAT_HELP },
    { "calibration", "FILE", take_calibration,
      "write horizon,said,happened,rows: for each tenth of what was said,\n"
      "the mean of it, the share that came true, and how many" },
    { "without", "GROUPS", replay_take_without, REPLAY_GROUPS_HELP },
    { "baselines", "NAMES", take_baselines,
      "some of base,ewma,ewma_isotonic,hawkes,ftrl,xgboost, or all (default)\n"
      "or none; xgboost takes longest by far" },
    { "shuffle", NULL, take_shuffle,
      "hand each prediction to another object: the gain must vanish" },
    REPLAY_AGENTS_OPTIONS,
    { "progress", NULL, replay_take_progress,
      "say on standard error how far a long run is, terminal or not" },
};

static const struct replay_usage usage = {
    .head = "usage: prestage-replay predict --trace FILE [options]\n"
            "Run the predictor over requests and print how right it was, beside simpler ones, as\n"
            "key=value lines.\n",
    .foot = "Judged is every object seen so far at every whole five minutes, from the one on at\n"
            "which a quarter of the time is past, where the horizon ends inside the trace.\n"
            "Exit status: 0 done, 1 it could not be done, 2 wrong usage.\n",
    .options = table,
    .count = PS_ARRAY_LEN(table),
};

static void print_input(const struct replay_run *run)
{
    const struct replay_run_config *config = &run->config;

    printf("requests=%" PRIu32 "\nobjects=%" PRIu32 "\nbad_lines=%" PRIu64 "\n",
           config->trace->request_count, config->trace->resource_count, config->trace->bad_lines);
    if (config->hints != NULL)
        printf("hints=%" PRIu32 "\nhints_bad_lines=%" PRIu64 "\nhints_refused=%" PRIu64 "\n",
               config->hints->count, config->hints->bad_lines, run->drive.looks_refused);
    printf("shuffled=%d\nticks=%" PRIu64 "\nticks_left_out=%" PRIu64 "\nrows_untracked=%" PRIu64
           "\n",
           config->shuffle, run->ticks, run->left_out, run->untracked);
}

static void print_score(const struct replay_score *score, const char *horizon, const char *who)
{
    printf("logloss_%s%s=%.4f\n", horizon, who, replay_score_logloss(score));
    printf("brier_%s%s=%.4f\n", horizon, who, replay_score_brier(score));
    printf("ece_%s%s=%.4f\n", horizon, who, replay_score_ece(score));
    printf("ece_%s_p05%s=%.4f\n", horizon, who, replay_score_ece_lively(score));
}

/* 0: as good as to say how often it happens. */
static void print_skill(const struct replay_score *score, const char *horizon, const char *who)
{
    const double rate = replay_score_base_rate(score);
    const double of_rate = -rate * log(rate) - (1.0 - rate) * log(1.0 - rate);

    if (rate > 0.0 && rate < 1.0)
        printf("skill_%s%s=%.4f\n", horizon, who, 1.0 - replay_score_logloss(score) / of_rate);
}

static void print_baselines(const struct replay_contest *contest)
{
    for (uint32_t c = 0; c < contest->count; c++) {
        const struct replay_contestant *contestant = &contest->contestants[c];
        char who[32];

        snprintf(who, sizeof(who), "_%s", contestant->baseline->name);
        if (contestant->is_absent)
            printf("%s=absent\n", contestant->baseline->name);
        else
            print_score(&contestant->score, horizons[PS_HORIZON_5MIN], who);
    }
}

static void print(const struct replay_run *run)
{
    const struct replay_score *score = run->score;

    print_input(run);
    printf("rows=%" PRIu64 "\nbase_rate=%.4f\n", score[PS_HORIZON_5MIN].rows,
           replay_score_base_rate(&score[PS_HORIZON_5MIN]));
    for (unsigned h = PS_HORIZON_15MIN; h < PS_HORIZON_COUNT; h++)
        printf("rows_%s=%" PRIu64 "\nbase_rate_%s=%.4f\n", horizons[h], score[h].rows, horizons[h],
               replay_score_base_rate(&score[h]));
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        print_score(&score[h], horizons[h], "");
        print_skill(&score[h], horizons[h], "");
    }
    printf("precision_at_10pct=%.4f\nrecall_at_10pct=%.4f\n",
           replay_shortlist_precision(&run->shortlist), replay_shortlist_recall(&run->shortlist));
    print_baselines(&run->contest);
}

/* @return 0 or -errno; a full disk shows here too. */
static int write_calibration(const struct replay_run *run, const char *path)
{
    FILE *file = fopen(path, "we");
    bool failed;

    if (file == NULL)
        return -errno;
    fputs("horizon,said,happened,rows\n", file);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        for (unsigned b = 0; b < REPLAY_SCORE_BINS; b++) {
            const struct replay_score_bin *bin = &run->score[h].bins[b];
            const double rows = (double)bin->rows;

            if (bin->rows > 0)
                fprintf(file, "%s,%.6f,%.6f,%" PRIu64 "\n", horizons[h], bin->said / rows,
                        (double)bin->happened / rows, bin->rows);
        }
    failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? -EIO : 0;
}

static int run_over(const struct replay_trace *trace, const struct replay_hints *hints,
                    const struct options *options, struct replay_progress *progress)
{
    const struct replay_run_config config = { .trace = trace,
                                              .hints = hints,
                                              .predict = { .without = options->in.without },
                                              .baselines = options->baselines,
                                              .shuffle = options->shuffle,
                                              .progress = progress };
    struct replay_run run;
    int rc = replay_run_init(&run, &config);

    if (rc == 0)
        rc = replay_run(&run);
    if (rc != 0)
        fprintf(stderr, "prestage-replay: %s\n", strerror(-rc));
    if (rc == 0)
        print(&run);
    if (rc == 0 && options->calibration != NULL) {
        rc = write_calibration(&run, options->calibration);
        if (rc != 0)
            fprintf(stderr, "prestage-replay: %s: %s\n", options->calibration, strerror(-rc));
    }
    replay_run_fini(&run);
    return rc;
}

/* What some agents say is told to the predictor, too. */
static int run_agents(const struct replay_trace *trace, const struct options *options,
                      enum replay_voices voices, const char *who, struct replay_progress *progress)
{
    struct replay_hints hints;
    struct replay_run_config config = { .trace = trace,
                                        .hints = &hints,
                                        .predict = { .without = options->in.without },
                                        .progress = progress };
    struct replay_run run = { .row_count = 0 };
    int rc = replay_agents_speak(&hints, trace, &options->in.agents, voices);

    if (rc == 0)
        rc = replay_run_init(&run, &config);
    if (rc == 0)
        rc = replay_run(&run);
    if (rc == 0)
        printf("hints%s=%" PRIu32 "\nhints_refused%s=%" PRIu64 "\n", who, hints.count, who,
               run.drive.looks_refused);
    for (unsigned h = 0; rc == 0 && h < PS_HORIZON_COUNT; h++) {
        print_score(&run.score[h], horizons[h], who);
        print_skill(&run.score[h], horizons[h], who);
    }
    replay_run_fini(&run);
    replay_hints_fini(&hints);
    return rc;
}

static int run_all_agents(const struct replay_trace *trace, const struct options *options,
                          struct replay_progress *progress)
{
    uint32_t agents, liars;
    int rc;

    replay_agents_count(trace, &options->in.agents, &agents, &liars);
    printf("agents=%" PRIu32 "\nliars=%" PRIu32 "\n", agents, liars);
    rc = run_agents(trace, options, REPLAY_VOICES_HONEST, "_honest", progress);
    if (rc == 0)
        rc = run_agents(trace, options, REPLAY_VOICES_ALL, "_agents", progress);
    if (rc == 0)
        rc = run_agents(trace, options, REPLAY_VOICES_LIARS, "_liars", progress);
    if (rc != 0)
        fprintf(stderr, "prestage-replay: %s\n", strerror(-rc));
    return rc;
}

int replay_predict_main(int argc, char **argv)
{
    struct options options = { .in = { .format = REPLAY_AUTO, .agents = { .seed = 1 } },
                               .baselines = REPLAY_BASELINES_ALL };
    struct replay_progress progress;
    struct replay_trace trace = { 0 };
    struct replay_hints hints = { 0 };
    int rc = replay_options_take(&usage, &options, argc, argv);

    if (rc != 0)
        return rc == -ECANCELED ? EXIT_SUCCESS : 2;
    if (options.in.trace == NULL) {
        replay_options_complain(&usage, "no --trace");
        return 2;
    }
    replay_progress_init(&progress, options.in.progress);
    rc = replay_trace_open(&trace, options.in.trace, options.in.format, &progress);
    replay_trace_complain(&trace, options.in.trace, rc);
    if (rc == 0 && options.in.hints != NULL) {
        rc = replay_hints_open(&hints, options.in.hints, &progress);
        replay_hints_complain(&hints, options.in.hints, rc);
    }
    if (rc == 0)
        rc = run_over(&trace, options.in.hints != NULL ? &hints : NULL, &options, &progress);
    if (rc == 0 && options.in.agents.share > 0.0)
        rc = run_all_agents(&trace, &options, &progress);
    replay_hints_fini(&hints);
    replay_trace_fini(&trace);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

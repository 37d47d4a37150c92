/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/curves_main.c - `prestage-replay curves`: how well would curves have been told? */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/replay/command.h"
#include "tools/replay/curves.h"
#include "tools/replay/inputs.h"
#include "tools/replay/options.h"

struct options {
    struct replay_inputs in;
    const char *curve;
};

static bool take_curve(void *options, const char *value)
{
    ((struct options *)options)->curve = value;
    return true;
}

static const struct replay_option table[] = {
    { "trace", "FILE", replay_take_trace, "requests; - for standard input" },
    { "format", "NAME", replay_take_format, REPLAY_FORMAT_HELP },
    { "hints", "FILE", replay_take_hints,
      "forward looks, `emit_t,due_t,obj,device,user`, for single objects" },
    { "rates", "FILE", replay_take_rates,
      "the trace's true rates, `t,obj,rate` as `generate` writes them" },
    { "curve", "FILE", take_curve,
      "write there the total as it was told 15 minutes ahead, for `plot curves`" },
    { "progress", NULL, replay_take_progress,
      "say on standard error how far a long run is, terminal or not" },
};

static const struct replay_usage usage = {
    .head = "usage: prestage-replay curves --trace FILE [options]\n"
            "Print how well demand in 5-minute intervals is told 5, 15 and 60 minutes ahead.\n",
    .foot = "The first quarter of the time is not judged.\n"
            "Exit status: 0 done, 1 it could not be done, 2 wrong usage.\n",
    .options = table,
    .count = PS_ARRAY_LEN(table),
};

static const char *const horizon_name[PS_HORIZON_COUNT] = { "5m", "15m", "60m" };

static double ratio(double part, double whole)
{
    return whole > 0.0 ? part / whole : 0.0;
}

static void print_judge(const struct replay_curves *run, const char *kind,
                        const struct replay_curve_judge *judge, const char *horizon)
{
    uint32_t best = 0;
    double worst = 0.0;

    for (uint32_t e = 1; e < run->expert_count; e++)
        if (judge->expert[e] < judge->expert[best])
            best = e;
    printf("wape_%s_%s=%.4f\n", kind, horizon, ratio(judge->ours, judge->counts));
    printf("mase_%s_%s=%.4f\n", kind, horizon, ratio(judge->ours, judge->persistence));
    printf("wape_%s_%s_within=%.4f\n", kind, horizon, ratio(judge->within, judge->within_counts));
    printf("mase_%s_%s_within=%.4f\n", kind, horizon,
           ratio(judge->within, judge->within_persistence));
    printf("wape_%s_%s_of_mean=%.4f\n", kind, horizon, ratio(judge->mean, judge->counts));
    printf("wape_%s_%s_persistence=%.4f\n", kind, horizon,
           ratio(judge->persistence, judge->counts));
    printf("wape_%s_%s_seasonal_naive=%.4f\n", kind, horizon, ratio(judge->naive, judge->counts));
    printf("wape_%s_%s_best_single=%.4f\n", kind, horizon,
           ratio(judge->expert[best], judge->counts));
    printf("best_single_%s_%s=%s\n", kind, horizon, run->expert[best]);
    printf("over_best_single_%s_%s=%.4f\n", kind, horizon, ratio(judge->ours, judge->expert[best]));
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
        const double share = ratio(judge->below[q], judge->judged);

        printf("cover_%s_%s_p%02.0f=%.4f\n", kind, horizon, ps_curve_levels[q] * 100, share);
        worst = fmax(worst, fabs(share - ps_curve_levels[q]));
    }
    printf("cover_%s_%s_worst=%.4f\n", kind, horizon, worst);
    for (uint32_t e = 0; e < run->expert_count; e++)
        printf("expert_%s_%s_%s=%.4f\n", kind, horizon, run->expert[e],
               ratio(judge->expert[e], judge->counts));
}

static void print_sparse(const struct replay_sparse *sparse, const char *horizon,
                         const struct replay_sparse_judge *judge)
{
    double worst = 0.0;

    printf("wape_sparse_%s=%.4f\n", horizon, ratio(judge->ours, judge->counts));
    printf("wape_sparse_%s_ewma=%.4f\n", horizon, ratio(judge->ewma, judge->counts));
    printf("wape_sparse_%s_of_mean=%.4f\n", horizon, ratio(judge->mean, judge->counts));
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        worst = fmax(worst, fabs(ratio(judge->below[q], judge->judged) - ps_curve_levels[q]));
    printf("cover_sparse_%s_worst=%.4f\n", horizon, worst);
    if (sparse->rates == NULL)
        return;
    printf("wape_sparse_%s_floor=%.4f\n", horizon, ratio(judge->floor, judge->counts));
    printf("wape_sparse_%s_over_floor=%.4f\n", horizon, ratio(judge->ours, judge->floor));
    printf("wape_sparse_%s_of_mean_floor=%.4f\n", horizon,
           ratio(judge->floor_of_mean, judge->counts));
    printf("wape_sparse_%s_of_mean_over_floor=%.4f\n", horizon,
           ratio(judge->mean, judge->floor_of_mean));
}

static void print_parts(const struct replay_parts *parts, const char *horizon,
                        const struct replay_parts_judge *judge)
{
    double worst = 0.0;

    printf("parts_%s=%.0f\n", horizon, judge->all.judged);
    printf("cover_part_%s_p50=%.4f\ncover_part_%s_p90=%.4f\n", horizon,
           ratio(judge->all.within_50, judge->all.judged), horizon,
           ratio(judge->all.within_90, judge->all.judged));
    for (uint32_t c = 0; c < parts->class_count; c++)
        if (judge->by_class[c].judged >= REPLAY_PARTS_ENOUGH)
            worst = fmax(
                worst, fabs(ratio(judge->by_class[c].within_90, judge->by_class[c].judged) - 0.9));
    printf("cover_part_%s_p90_worst_class=%.4f\n", horizon, worst);
    printf("logloss_part_%s=%.4f\nlogloss_part_%s_of_usual=%.4f\n", horizon,
           ratio(judge->all.ours, judge->all.judged), horizon,
           ratio(judge->all.usual, judge->all.judged));
}

static void print_floor(const char *kind, double missed,
                        const struct replay_curve_judge judge[PS_HORIZON_COUNT])
{
    const double wape = ratio(missed, judge[0].counts);

    printf("wape_%s_floor=%.4f\n", kind, wape);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        printf("mase_%s_%s_floor=%.4f\n", kind, horizon_name[h],
               ratio(wape, ratio(judge[h].persistence, judge[h].counts)));
}

static void print(const struct replay_curves *run)
{
    printf("requests=%" PRIu32 "\nclasses=%" PRIu32 "\nintervals=%" PRIu32 "\njudged_from=%" PRIu32
           "\nbad_lines=%" PRIu64 "\n",
           run->trace->request_count, run->class_count, run->interval_count, run->judge_from,
           run->trace->bad_lines);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        print_judge(run, "total", &run->total[h], horizon_name[h]);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        print_judge(run, "class", &run->per_class[h], horizon_name[h]);
    printf("sparse_every=%" PRIu32 "\nsparse_told=%.0f\n", run->sparse_every,
           run->sparse.judge[0].judged);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        print_sparse(&run->sparse, horizon_name[h], &run->sparse.judge[h]);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        print_parts(&run->sparse.parts, horizon_name[h], &run->sparse.parts.judge[h]);
    print_floor("total", run->floor_total, run->total);
    print_floor("class", run->floor_class, run->per_class);
}

/* What the run stands on. */
struct inputs {
    struct replay_trace trace;
    struct replay_hints hints;
    struct replay_rates rates;
};

static void complain_rates(const struct replay_rates *rates, const char *path, int rc)
{
    if (rc == -EINVAL)
        fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": not t,obj,rate in order of time\n", path,
                rates->line_count);
    else if (rc != 0)
        fprintf(stderr, "prestage-replay: %s: %s\n", path, strerror(-rc));
}

static int read_all(struct inputs *inputs, const struct options *options,
                    struct replay_progress *progress)
{
    int rc = replay_trace_open(&inputs->trace, options->in.trace, options->in.format, progress);

    replay_trace_complain(&inputs->trace, options->in.trace, rc);
    if (rc == 0 && options->in.hints != NULL) {
        rc = replay_hints_open(&inputs->hints, options->in.hints, progress);
        replay_hints_complain(&inputs->hints, options->in.hints, rc);
    }
    if (rc == 0 && options->in.rates != NULL) {
        rc = replay_rates_open(&inputs->rates, options->in.rates, &inputs->trace);
        complain_rates(&inputs->rates, options->in.rates, rc);
    }
    return rc;
}

/* @return 0, or -errno of a file that was not written whole. */
static int open_curve(struct replay_curves *run, const char *path)
{
    if (path != NULL)
        run->drawn = fopen(path, "we");
    return path != NULL && run->drawn == NULL ? -errno : 0;
}

static int close_curve(struct replay_curves *run)
{
    const bool had_error = run->drawn != NULL && ferror(run->drawn) != 0;

    return run->drawn != NULL && (fclose(run->drawn) != 0 || had_error) ? -EIO : 0;
}

static int run_over(const struct inputs *inputs, const struct options *options,
                    struct replay_progress *progress)
{
    static struct replay_curves run; /* large */
    int rc =
        replay_curves_init(&run, &inputs->trace, options->in.hints == NULL ? NULL : &inputs->hints,
                           options->in.rates == NULL ? NULL : &inputs->rates, progress);

    if (rc != 0)
        fprintf(stderr, "prestage-replay: %s: %s\n", options->in.trace,
                rc == -ERANGE ? "too short or too long a time for curves" : strerror(-rc));
    if (rc == 0) {
        rc = open_curve(&run, options->curve);
        if (rc == 0) {
            replay_curves_run(&run);
            print(&run);
            rc = close_curve(&run);
        }
        if (rc != 0)
            fprintf(stderr, "prestage-replay: %s: %s\n", options->curve, strerror(-rc));
    }
    replay_curves_fini(&run);
    return rc;
}

int replay_curves_main(int argc, char **argv)
{
    struct options options = { .in = { .format = REPLAY_AUTO } };
    struct replay_progress progress;
    struct inputs inputs = { 0 };
    int rc = replay_options_take(&usage, &options, argc, argv);

    if (rc != 0)
        return rc == -ECANCELED ? EXIT_SUCCESS : 2;
    if (options.in.trace == NULL) {
        replay_options_complain(&usage, "no --trace");
        return 2;
    }
    replay_progress_init(&progress, options.in.progress);
    rc = read_all(&inputs, &options, &progress);
    if (rc == 0)
        rc = run_over(&inputs, &options, &progress);
    replay_rates_fini(&inputs.rates);
    replay_hints_fini(&inputs.hints);
    replay_trace_fini(&inputs.trace);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

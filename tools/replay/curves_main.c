/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/curves_main.c - `prestage-replay curves`: how well would curves have been told? */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/replay/command.h"
#include "tools/replay/curves.h"

struct options {
    const char *path;
    const char *rates;
    enum replay_format format;
    bool progress;
};

static const char usage[] =
    "usage: prestage-replay curves --trace FILE [options]\n"
    "Print how well demand in 5-minute intervals is told 5, 15 and 60 minutes ahead.\n"
    "  --trace FILE            requests; - for standard input\n"
    "  --rates FILE            the trace's true rates, `t,obj,rate` as `generate` writes them\n"
    "  --format NAME           as for `cache`; auto (default), csv, trace or history\n"
    "  --progress              say on standard error how far a long run is, terminal or not\n"
    "  --help                  this text\n"
    "The first quarter of the time is not judged.\n"
    "Exit status: 0 done, 1 it could not be done, 2 wrong usage.\n";

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
    print_floor("total", run->floor_total, run->total);
    print_floor("class", run->floor_class, run->per_class);
}

/* @return false when the command line is not understood. */
static bool parse(struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {
        { "trace", required_argument, NULL, 't' },  { "rates", required_argument, NULL, 'r' },
        { "format", required_argument, NULL, 'f' }, { "progress", no_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },         { 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        } else if (option == 't') {
            options->path = optarg;
        } else if (option == 'r') {
            options->rates = optarg;
        } else if (option == 'p') {
            options->progress = true;
        } else if (option != 'f' || replay_format_parse(optarg, &options->format) != 0) {
            return false;
        }
    }
    return optind == argc && options->path != NULL;
}

static void complain_rates(const struct replay_rates *rates, const char *path, int rc)
{
    if (rc == -EINVAL)
        fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": not t,obj,rate in order of time\n", path,
                rates->line_count);
    else
        fprintf(stderr, "prestage-replay: %s: %s\n", path, strerror(-rc));
}

int replay_curves_main(int argc, char **argv)
{
    struct options options = { .format = REPLAY_AUTO };
    struct replay_progress progress;
    struct replay_trace trace = { 0 };
    struct replay_rates rates = { 0 };
    static struct replay_curves run;
    int rc;

    if (!parse(&options, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    replay_progress_init(&progress, options.progress);
    rc = replay_trace_open(&trace, options.path, options.format, &progress);
    replay_trace_complain(&trace, options.path, rc);
    if (rc == 0) {
        rc = options.rates == NULL ? 0 : replay_rates_open(&rates, options.rates, &trace);
        if (rc != 0)
            complain_rates(&rates, options.rates, rc);
    }
    if (rc == 0) {
        rc = replay_curves_init(&run, &trace, options.rates == NULL ? NULL : &rates, &progress);
        if (rc != 0)
            fprintf(stderr, "prestage-replay: %s: %s\n", options.path,
                    rc == -ERANGE ? "too short or too long a time for curves" : strerror(-rc));
    }
    if (rc == 0) {
        replay_curves_run(&run);
        print(&run);
    }
    replay_curves_fini(&run);
    replay_rates_fini(&rates);
    replay_trace_fini(&trace);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

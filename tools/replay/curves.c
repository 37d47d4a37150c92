/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/curves.c - see curves.h. */
#include "tools/replay/curves.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/mem.h"

#define INTERVALS_MAX   200000u /* nearly two years */
#define DAY             288u
#define SPARSE_TOLD_MAX 3e5 /* resources told in all, about */
#define SMOOTH_SIDE     3   /* intervals on each side, to guess the true rate by */

static const uint32_t lead[PS_HORIZON_COUNT] = { 1, 3, 12 };

/* ---- what came ---- */

/* Row 0 is the total, row 1 + c class c. */
static uint32_t *count_at(const struct replay_curves *run, uint32_t row, uint32_t interval)
{
    return &run->counts[(size_t)row * run->interval_count + interval];
}

/* As ps_curves numbers them: in order of first sight. UINT32_MAX: there is no room. */
static uint32_t class_of(struct replay_curves *run, const struct ps_peer_class *peer)
{
    for (uint32_t c = 0; c < run->class_count; c++)
        if (run->classes[c].region == peer->region && run->classes[c].device == peer->device)
            return c;
    if (run->class_count == PS_CURVES_CLASSES_MAX)
        return UINT32_MAX;
    run->classes[run->class_count] =
        (struct ps_curves_class){ .region = peer->region, .device = peer->device };
    return run->class_count++;
}

static void count_all(struct replay_curves *run)
{
    for (uint32_t i = 0; i < run->trace->request_count; i++) {
        const struct replay_request *request = &run->trace->requests[i];
        const uint64_t interval = request->time_ns / PS_CURVES_INTERVAL_NS - run->first;
        const uint32_t class = class_of(run, &request->peer);

        if (interval >= run->interval_count)
            continue; /* the last one is not complete */
        ++*count_at(run, 0, (uint32_t)interval);
        if (class != UINT32_MAX)
            ++*count_at(run, 1 + class, (uint32_t)interval);
    }
}

int replay_curves_init(struct replay_curves *run, const struct replay_trace *trace,
                       const struct replay_hints *hints, const struct replay_rates *rates,
                       struct replay_progress *progress)
{
    const uint64_t last_ns = trace->requests[trace->request_count - 1].time_ns;
    int rc;

    *run = (struct replay_curves){ .trace = trace, .progress = progress };
    run->first = trace->requests[0].time_ns / PS_CURVES_INTERVAL_NS;
    if (last_ns / PS_CURVES_INTERVAL_NS - run->first > INTERVALS_MAX ||
        last_ns / PS_CURVES_INTERVAL_NS - run->first < 4)
        return -ERANGE;
    run->interval_count = (uint32_t)(last_ns / PS_CURVES_INTERVAL_NS - run->first);
    run->judge_from = run->interval_count / 4;
    run->counts =
        ps_zalloc((size_t)run->interval_count * (1 + PS_CURVES_CLASSES_MAX), sizeof(*run->counts));
    if (run->counts == NULL)
        return -ENOMEM;
    count_all(run);
    run->sparse_every =
        1 + (uint32_t)((double)run->interval_count * trace->resource_count / SPARSE_TOLD_MAX);
    rc = ps_curves_create(&run->curves, PS_CURVES_CLASSES_MAX);
    return rc != 0 ? rc : replay_sparse_init(&run->sparse, trace, hints, rates);
}

void replay_curves_fini(struct replay_curves *run)
{
    replay_sparse_fini(&run->sparse);
    ps_curves_destroy(run->curves);
    free(run->counts);
}

/* ---- the floor ---- */

double replay_curves_noise(double mean)
{
    double chance = exp(-mean), below = 0.0, sum = 0.0;
    uint32_t median = 0;

    if (mean > 500.0) /* the normal distribution's mean deviation */
        return sqrt(mean * M_2_PI);
    while (below + chance < 0.5) {
        below += chance;
        chance *= mean / ++median;
    }
    /* Around m, with F below m and f at m: E|N - m| = mean - m + 2 (m F - mean (F - f at m - 1)).
     */
    chance = exp(-mean);
    for (uint32_t n = 0; n < median; n++) {
        sum += 2.0 * chance * (double)(median - n);
        chance *= mean / (n + 1);
    }
    return mean - (double)median + sum;
}

/* What would be missed by who knows each series' rate, guessed from the counts around. */
static double floor_of(const struct replay_curves *run, uint32_t row)
{
    double missed = 0.0;

    for (uint32_t i = run->judge_from; i < run->interval_count; i++) {
        double sum = 0.0, count = 0.0;

        for (int32_t at = (int32_t)i - SMOOTH_SIDE; at <= (int32_t)i + SMOOTH_SIDE; at++)
            if (at >= 0 && at < (int32_t)run->interval_count) {
                sum += *count_at(run, row, (uint32_t)at);
                count += 1.0;
            }
        missed += replay_curves_noise(sum / count);
    }
    return missed;
}

/* ---- judging ---- */

static double error_of(double said, double came)
{
    return fabs(said - came);
}

static void judge_quantiles(struct replay_curve_judge *judge,
                            const double quantile[PS_CURVES_LEVELS], double came)
{
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++) {
        judge->below[q] += fmin(fmax(quantile[q] - came, 0.0), 1.0);
        judge->floored[q] += came <= floor(quantile[q]);
    }
}

static void judge_sum(struct replay_curves *run, struct replay_curve_judge *judge, uint32_t row,
                      uint32_t interval, enum ps_horizon h, const struct ps_curve *curve)
{
    const double last = *count_at(run, row, interval - 1);
    double said = 0.0, came = 0.0;

    for (uint32_t s = 0; s < lead[h]; s++) {
        said += curve->step[s].expected;
        came += *count_at(run, row, interval + s);
    }
    judge->within_counts += came;
    judge->within += error_of(said, came);
    judge->within_persistence += error_of(last * lead[h], came);
}

/* As `plot curves` reads it. */
static void draw(FILE *file, uint64_t start_s, double came, const struct ps_curve_step *step)
{
    if (ftell(file) == 0) {
        fputs("start_s,actual,expected", file);
        for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
            fprintf(file, ",q%02.0f", ps_curve_levels[q] * 100.0);
        fputs("\n", file);
    }
    fprintf(file, "%" PRIu64 ",%.0f,%.3f", start_s, came, step->expected);
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        fprintf(file, ",%.3f", step->quantile[q]);
    fputs("\n", file);
}

static void judge_one(struct replay_curves *run, struct replay_curve_judge *judge, uint32_t row,
                      uint32_t interval, enum ps_horizon h, const struct ps_curve *curve,
                      const struct ps_curves_opinion *opinions)
{
    const uint32_t at = interval + lead[h] - 1;
    const struct ps_curve_step *step = &curve->step[lead[h] - 1];
    const double last = *count_at(run, row, interval - 1);
    const double came = *count_at(run, row, at);

    judge->judged += 1.0;
    judge->counts += came;
    judge->ours += error_of(step->median, came);
    judge->mean += error_of(step->expected, came);
    judge->persistence += error_of(last, came);
    judge->naive += error_of(at >= DAY ? *count_at(run, row, at - DAY) : last, came);
    for (uint32_t e = 0; e < run->expert_count; e++)
        judge->expert[e] +=
            error_of(isnan(opinions[e].expected[h]) ? last : opinions[e].expected[h], came);
    judge_quantiles(judge, step->quantile, came);
    if (run->drawn != NULL && row == 0 && h == PS_HORIZON_15MIN)
        draw(run->drawn, (run->first + at) * PS_CURVES_INTERVAL_NS / PS_NS_PER_SEC, came, step);
    judge_sum(run, judge, row, interval, h, curve);
}

static void judge_row(struct replay_curves *run, uint32_t row, uint32_t interval)
{
    const struct ps_curves_class total = { .region = PS_CURVES_ANY, .device = PS_CURVES_ANY };
    const struct ps_curves_class *of = row == 0 ? &total : &run->classes[row - 1];
    struct ps_curves_opinion opinions[PS_CURVES_EXPERTS_MAX];
    struct ps_curve curve;

    if (ps_curves_tell(run->curves, of, &curve) != 0)
        return;
    run->expert_count = ps_curves_opinions(run->curves, of, opinions);
    for (uint32_t e = 0; e < run->expert_count; e++)
        run->expert[e] = opinions[e].name;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        if (interval + lead[h] <= run->interval_count)
            judge_one(run, row == 0 ? &run->total[h] : &run->per_class[h], row, interval, h, &curve,
                      opinions);
}

/* ---- living through it ---- */

static uint32_t learn_until(struct replay_curves *run, uint32_t next, uint64_t end_ns)
{
    struct ps_demand_sample sample;
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };
    const struct ps_demand none = { 0 };

    for (; next < run->trace->request_count; next++) {
        const struct replay_request *request = &run->trace->requests[next];

        if (request->time_ns >= end_ns)
            break;
        sample = (struct ps_demand_sample){ .start_ns = request->time_ns,
                                            .end_ns = request->time_ns,
                                            .resource = request->resource,
                                            .peer = request->peer,
                                            .starts = 1,
                                            .source = PS_DEMAND_HISTORY };
        ps_curves_learn(run->curves, &demand, request->time_ns);
    }
    ps_curves_learn(run->curves, &none, end_ns);
    return next;
}

void replay_curves_run(struct replay_curves *run)
{
    uint32_t next = 0;

    for (uint32_t i = 1; i < run->interval_count; i++) {
        next = learn_until(run, next, (run->first + i) * PS_CURVES_INTERVAL_NS);
        if (replay_progress_is_due(run->progress))
            fprintf(stderr, "prestage-replay: interval %u of %u\n", i, run->interval_count);
        for (uint32_t row = 0; i >= run->judge_from && row <= run->class_count; row++)
            judge_row(run, row, i);
        if (i >= run->judge_from && i % run->sparse_every == 0 &&
            i + PS_CURVES_STEPS <= run->interval_count)
            replay_sparse_tell(&run->sparse, run->curves, run->first + i);
    }
    run->floor_total = floor_of(run, 0);
    for (uint32_t c = 0; c < run->class_count; c++)
        run->floor_class += floor_of(run, 1 + c);
}

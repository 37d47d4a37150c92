/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/sparse.c - see sparse.h. */
#include "tools/replay/sparse.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"

#define HALF_LIFE_NS 3600e9

static const uint32_t lead[PS_HORIZON_COUNT] = { 1, 3, PS_CURVES_STEPS };

int replay_sparse_init(struct replay_sparse *sparse, const struct replay_trace *trace,
                       const struct replay_hints *hints, const struct replay_rates *rates)
{
    const struct ps_predict_config room_for_all = { 0 };

    *sparse = (struct replay_sparse){ .trace = trace, .rates = rates };
    sparse->resource = ps_zalloc(trace->resource_count, sizeof(*sparse->resource));
    sparse->ewma = ps_zalloc(trace->resource_count, sizeof(*sparse->ewma));
    sparse->ewma_ns = ps_zalloc(trace->resource_count, sizeof(*sparse->ewma_ns));
    if (sparse->resource == NULL || sparse->ewma == NULL || sparse->ewma_ns == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < trace->request_count; i++)
        sparse->resource[trace->requests[i].idx] = trace->requests[i].resource;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        sparse->rate[h] = ps_zalloc(trace->resource_count, sizeof(*sparse->rate[h]));
        if (sparse->rate[h] == NULL)
            return -ENOMEM;
    }
    const int rc = replay_parts_init(&sparse->parts, trace);
    return rc != 0 ? rc : replay_drive_init(&sparse->drive, trace, hints, &room_for_all);
}

void replay_sparse_fini(struct replay_sparse *sparse)
{
    replay_drive_fini(&sparse->drive);
    replay_parts_fini(&sparse->parts);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        free(sparse->rate[h]);
    free(sparse->ewma_ns);
    free(sparse->ewma);
    free(sparse->resource);
}

static double decayed(const struct replay_sparse *sparse, uint32_t idx, uint64_t now_ns)
{
    return sparse->ewma[idx] * exp2(-(double)(now_ns - sparse->ewma_ns[idx]) / HALF_LIFE_NS);
}

static void count(struct replay_sparse *sparse, const struct replay_request *request)
{
    const uint32_t idx = request->idx;

    sparse->ewma[idx] = decayed(sparse, idx, request->time_ns) + 1.0;
    sparse->ewma_ns[idx] = request->time_ns;
    if (idx >= sparse->seen) /* they are numbered in order of first request */
        sparse->seen = idx + 1;
}

static void learn_until(struct replay_sparse *sparse, uint64_t now_ns)
{
    uint32_t next = sparse->drive.next_request;

    replay_drive_until(&sparse->drive, now_ns - 1);
    for (; next < sparse->drive.next_request; next++)
        count(sparse, &sparse->trace->requests[next]);
}

static double poisson_median(double mean)
{
    double chance = exp(-mean), below = chance, median = 0.0;

    if (mean > 500.0)
        return floor(mean + 1.0 / 3.0);
    while (below < 0.5) {
        chance *= mean / ++median;
        below += chance;
    }
    return median;
}

static void judge(struct replay_sparse *sparse, enum ps_horizon h, uint32_t idx, double came,
                  const struct ps_curve_step *step)
{
    struct replay_sparse_judge *judge = &sparse->judge[h];
    const double rate = (double)sparse->rate[h][idx];

    judge->judged += 1.0;
    judge->counts += came;
    judge->ewma += fabs(poisson_median(sparse->rate_of_ewma) - came);
    judge->ours += fabs(step->median - came);
    judge->mean += fabs(step->expected - came);
    judge->floor += fabs(poisson_median(rate) - came);
    judge->floor_of_mean += fabs(rate - came);
    for (unsigned q = 0; q < PS_CURVES_LEVELS; q++)
        judge->below[q] += fmin(fmax(step->quantile[q] - came, 0.0), 1.0);
}

static void tell_one(struct replay_sparse *sparse, const struct ps_curves *curves, uint32_t idx,
                     uint64_t interval)
{
    const struct ps_curves_class total = { .region = PS_CURVES_ANY, .device = PS_CURVES_ANY };
    const uint64_t now_ns = interval * PS_CURVES_INTERVAL_NS;
    struct ps_prediction prediction = { 0 };
    double relative[PS_HORIZON_COUNT];
    struct ps_curve curve;

    sparse->rate_of_ewma =
        decayed(sparse, idx, now_ns) * M_LN2 * (double)PS_CURVES_INTERVAL_NS / HALF_LIFE_NS;
    ps_predict_estimate(sparse->drive.predict, &sparse->resource[idx], now_ns, &prediction);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        relative[h] = ps_predict_doubt(sparse->drive.predict, h, prediction.expected[h], 1.0, 0.0);
    if (ps_curves_spread(curves, prediction.expected, relative, &total, now_ns, &curve) != 0)
        return;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const uint64_t from_ns = now_ns + (lead[h] - 1) * PS_CURVES_INTERVAL_NS;
        const double came = replay_trace_starts(sparse->trace, idx, from_ns - 1,
                                                from_ns + PS_CURVES_INTERVAL_NS - 1);

        judge(sparse, h, idx, came, &curve.step[lead[h] - 1]);
    }
    replay_parts_take(&sparse->parts, idx, &prediction);
}

void replay_sparse_tell(struct replay_sparse *sparse, const struct ps_curves *curves,
                        uint64_t interval)
{
    learn_until(sparse, interval * PS_CURVES_INTERVAL_NS);
    for (unsigned h = 0; h < PS_HORIZON_COUNT && sparse->rates != NULL; h++)
        replay_rates_at(sparse->rates, interval + lead[h] - 1, sparse->trace->resource_count,
                        sparse->rate[h]);
    for (uint32_t idx = 0; idx < sparse->seen; idx++)
        tell_one(sparse, curves, idx, interval);
    replay_parts_judge(&sparse->parts, sparse->drive.predict, curves, sparse->drive.next_request,
                       interval);
}

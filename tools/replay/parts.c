/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/parts.c - see parts.h. */
#include "tools/replay/parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define LEAST      1.0 /* starts expected in 15 minutes */
#define LEAST_MEAN 1e-3

static const uint32_t lead[PS_HORIZON_COUNT] = { 1, 3, PS_CURVES_STEPS };

int replay_parts_init(struct replay_parts *parts, const struct replay_trace *trace)
{
    *parts = (struct replay_parts){ .trace = trace };
    parts->slot_of = ps_zalloc(trace->resource_count, sizeof(*parts->slot_of));
    parts->came = ps_zalloc(REPLAY_PARTS_MAX, sizeof(*parts->came));
    return parts->slot_of == NULL || parts->came == NULL ? -ENOMEM : 0;
}

void replay_parts_fini(struct replay_parts *parts)
{
    free(parts->came);
    free(parts->slot_of);
}

void replay_parts_take(struct replay_parts *parts, uint32_t idx, const struct ps_prediction *said)
{
    if (said->expected[PS_HORIZON_15MIN] < LEAST || parts->count == REPLAY_PARTS_MAX)
        return;
    parts->told[parts->count] = idx;
    parts->said[parts->count] = *said;
    parts->slot_of[idx] = ++parts->count;
}

/* UINT32_MAX: it is not told apart. */
static uint32_t class_of(const struct replay_parts *parts, const struct ps_peer_class *peer)
{
    for (uint32_t c = 0; c < parts->class_count; c++)
        if (!parts->classes[c].is_other && parts->classes[c].region == peer->region &&
            parts->classes[c].device == peer->device)
            return c;
    return UINT32_MAX;
}

/* The horizon whose last interval a time lies in; PS_HORIZON_COUNT: none. */
static unsigned horizon_of(uint64_t time_ns, uint64_t interval)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        if (time_ns / PS_CURVES_INTERVAL_NS == interval + lead[h] - 1)
            return h;
    return PS_HORIZON_COUNT;
}

/* What the coming hour brings to those who are told. */
static void count_truth(struct replay_parts *parts, uint32_t next, uint64_t interval)
{
    memset(parts->came, 0, parts->count * sizeof(*parts->came));
    for (; next < parts->trace->request_count; next++) {
        const struct replay_request *request = &parts->trace->requests[next];
        const unsigned h = horizon_of(request->time_ns, interval);
        const uint32_t slot = parts->slot_of[request->idx];

        if (request->time_ns / PS_CURVES_INTERVAL_NS >= interval + PS_CURVES_STEPS)
            break;
        const uint32_t class =
            h == PS_HORIZON_COUNT || slot == 0 ? UINT32_MAX : class_of(parts, &request->peer);
        if (class != UINT32_MAX)
            parts->came[slot - 1][h][class]++;
    }
}

static void count_usual(struct replay_parts *parts, uint32_t next)
{
    for (; parts->counted < next; parts->counted++) {
        const uint32_t class = class_of(parts, &parts->trace->requests[parts->counted].peer);

        if (class != UINT32_MAX)
            parts->starts[class] += 1.0;
    }
}

static double within(const struct ps_curve_step *step, unsigned from, unsigned to, double came)
{
    return fmin(fmax(step->quantile[to] - came, 0.0), 1.0) -
           fmin(fmax(step->quantile[from] - came, 0.0), 1.0);
}

/* -ln of a Poisson count's chance. */
static double loss(double mean, double came)
{
    mean = fmax(mean, LEAST_MEAN);
    return mean - came * log(mean) + lgamma(came + 1.0);
}

static void judge(struct replay_part_judge *judge, const struct ps_curve_step *step, double came,
                  double usual)
{
    judge->judged += 1.0;
    judge->counts += came;
    judge->within_50 += within(step, 2, 4, came);
    judge->within_90 += within(step, 0, 6, came);
    judge->ours += loss(step->expected, came);
    judge->usual += loss(usual, came);
}

/* One class of one resource. @param usual  Its part of all starts. */
static void tell(struct replay_parts *parts, const struct ps_predict *predict,
                 const struct ps_curves *curves, uint32_t slot, uint32_t class, double usual,
                 uint64_t interval)
{
    const struct ps_predict_class *of = &parts->classes[class];
    const struct ps_curves_class shape = { .region = of->region, .device = of->device };
    double expected[PS_HORIZON_COUNT], relative[PS_HORIZON_COUNT];
    struct ps_curve curve;

    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        expected[h] = parts->said[slot].expected[h] * of->share;
        relative[h] =
            ps_predict_doubt(predict, h, parts->said[slot].expected[h], of->share, of->weight);
    }
    if (ps_curves_spread(curves, expected, relative, &shape, interval * PS_CURVES_INTERVAL_NS,
                         &curve) != 0)
        return;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const struct ps_curve_step *step = &curve.step[lead[h] - 1];
        const double came = parts->came[slot][h][class];
        const double as_usual = step->expected * usual / fmax(of->share, 1e-9);

        judge(&parts->judge[h].all, step, came, as_usual);
        judge(&parts->judge[h].by_class[class], step, came, as_usual);
    }
}

void replay_parts_judge(struct replay_parts *parts, const struct ps_predict *predict,
                        const struct ps_curves *curves, uint32_t next, uint64_t interval)
{
    const struct replay_request *requests = parts->trace->requests;

    /* Classes have the same places for all media. */
    parts->class_count =
        ps_predict_classes(predict, requests[0].resource.media_key, parts->classes);
    count_truth(parts, next, interval);
    count_usual(parts, next);
    for (uint32_t slot = 0; slot < parts->count; slot++) {
        ps_predict_classes(predict, parts->said[slot].resource.media_key, parts->classes);
        for (uint32_t c = 0; c < parts->class_count; c++) {
            const double usual = parts->starts[c] / fmax(next, 1.0);

            if (!parts->classes[c].is_other && usual >= REPLAY_PARTS_SHARE)
                tell(parts, predict, curves, slot, c, usual, interval);
        }
        parts->slot_of[parts->told[slot]] = 0;
    }
    parts->count = 0;
}

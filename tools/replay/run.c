/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/run.c - see run.h. */
#include "tools/replay/run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/mem.h"

#define RANK_NS  (10 * PS_NS_PER_SEC)  /* as often as an unchanged score is renewed anyway */
#define JUDGE_NS (300 * PS_NS_PER_SEC) /* the shorter horizon */

int replay_init(struct replay *replay, const struct replay_trace *trace,
                const struct replay_options *options)
{
    const uint32_t count = trace->resource_count;
    const uint64_t from_ns = trace->requests[0].time_ns;
    const uint64_t to_ns = trace->requests[trace->request_count - 1].time_ns;
    const uint32_t capacity = (uint32_t)fmax(1.0, options->buffer_share * count);
    const struct ps_predict_config cfg = {
        .resources_max = count < PS_PREDICT_RESOURCES_MAX ? count : PS_PREDICT_RESOURCES_MAX,
        .media_max = count < PS_PREDICT_RESOURCES_MAX ? count : PS_PREDICT_RESOURCES_MAX,
    };

    *replay = (struct replay){ .options = *options, .trace = trace };
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

void replay_fini(struct replay *replay)
{
    ps_predict_destroy(replay->predict);
    replay_buffer_fini(&replay->expected);
    replay_buffer_fini(&replay->lru);
    free(replay->ewma_ns);
    free(replay->ewma);
    free(replay->said);
    free(replay->order);
    free(replay->predictions.items);
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
    const uint32_t count = replay->trace->resource_count;
    const uint64_t start_ns = ps_clock_mono_ns();

    ps_predict_rank(replay->predict, now_ns, &replay->predictions);
    replay->predict_ns += ps_clock_mono_ns() - start_ns;
    replay->ranks++;
    memset(replay->said, 0, count * sizeof(*replay->said));
    memset(replay->expected.value, 0, count * sizeof(*replay->expected.value));
    deal(replay);
    for (uint32_t i = 0; i < replay->predictions.count; i++) {
        const struct ps_prediction *prediction = &replay->predictions.items[i];
        const uint32_t idx =
            replay_trace_find(replay->trace, &replay->predictions.items[replay->order[i]].resource);

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
        for (uint32_t idx = 0; idx < replay->trace->resource_count; idx++)
            if (replay->ewma_ns[idx] != 0)
                replay_judge_add(
                    &replay->judge[h], replay->said[idx][h], ewma_chance(replay, idx, now_ns, h),
                    replay_trace_starts(replay->trace, idx, now_ns, now_ns + PS_HORIZON_NS(h)) > 0);
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

void replay_run(struct replay *replay)
{
    const struct replay_trace *trace = replay->trace;
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

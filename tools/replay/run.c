/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/run.c - see run.h. */
#include "tools/replay/run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/replay/progress.h"

#define JUMP_NS (86400 * 1000000000ull) /* without a request */

int replay_run_init(struct replay_run *run, const struct replay_run_config *config)
{
    const struct replay_trace *trace = config->trace;
    const uint32_t count = trace->resource_count;
    int rc;

    *run = (struct replay_run){ .config = *config };
    run->random = 0x2545f4914f6cdd1dull;
    run->to_ns = trace->requests[trace->request_count - 1].time_ns;
    run->from_ns = trace->requests[0].time_ns + (run->to_ns - trace->requests[0].time_ns) / 4;
    run->resources = ps_zalloc(count, sizeof(*run->resources));
    run->seen = ps_zalloc(count, sizeof(*run->seen));
    run->said = ps_zalloc(count, sizeof(*run->said));
    run->truth = ps_zalloc(count, sizeof(*run->truth));
    run->happened = ps_zalloc(count, sizeof(*run->happened));
    run->listed = ps_zalloc(count, sizeof(*run->listed));
    if (run->resources == NULL || run->seen == NULL || run->said == NULL || run->truth == NULL ||
        run->happened == NULL || run->listed == NULL)
        return -ENOMEM;
    rc = replay_history_create(&run->history, trace);
    if (rc == 0)
        rc = replay_contest_init(&run->contest, count, config->baselines);
    return rc != 0 ? rc : replay_drive_init(&run->drive, trace, config->hints, &config->predict);
}

void replay_run_fini(struct replay_run *run)
{
    replay_drive_fini(&run->drive);
    replay_contest_fini(&run->contest);
    replay_history_destroy(run->history);
    free(run->listed);
    free(run->happened);
    free(run->truth);
    free(run->said);
    free(run->seen);
    free(run->resources);
}

/* Live up to a tick. */
static void advance(struct replay_run *run, uint64_t now_ns)
{
    uint32_t i = run->drive.next_request;

    replay_drive_until(&run->drive, now_ns);
    for (; i < run->drive.next_request; i++) {
        const struct replay_request *request = &run->config.trace->requests[i];

        replay_history_request(run->history, request);
        if (run->seen[request->idx]++ == 0)
            run->resources[run->row_count++] = request->resource;
    }
}

static void tell(const struct replay_run *run)
{
    if (replay_progress_is_due(run->config.progress))
        fprintf(stderr, "prestage-replay: requests=%" PRIu32 "/%" PRIu32 " objects=%" PRIu32 "\n",
                run->drive.next_request, run->config.trace->request_count, run->row_count);
}

static void look_ahead(struct replay_run *run, uint64_t now_ns)
{
    const struct replay_trace *trace = run->config.trace;

    for (uint32_t row = 0; row < run->row_count; row++) {
        const uint32_t next = trace->first[row] + run->seen[row];
        const uint64_t wait_ns =
            next < trace->first[row + 1] ? trace->times_ns[next] - now_ns : UINT64_MAX;

        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
            run->truth[row][h] = wait_ns <= PS_HORIZON_NS(h);
        run->happened[row] = run->truth[row][PS_HORIZON_5MIN];
        tell(run);
    }
}

static uint32_t draw(struct replay_run *run, uint32_t below)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return (uint32_t)((run->random >> 32) * below >> 32);
}

static void ask(struct replay_run *run, uint64_t now_ns)
{
    for (uint32_t row = 0; row < run->row_count; row++)
        if (!ps_predict_estimate(run->drive.predict, &run->resources[row], now_ns,
                                 &run->said[row])) {
            run->said[row] = (struct ps_prediction){ 0 };
            run->untracked++;
        }
    for (uint32_t row = run->row_count; run->config.shuffle && row > 1; row--) {
        const uint32_t other = draw(run, row);
        const struct ps_prediction kept = run->said[row - 1];

        run->said[row - 1] = run->said[other];
        run->said[other] = kept;
    }
}

static void score(struct replay_run *run, uint64_t now_ns)
{
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        for (uint32_t row = 0; now_ns + PS_HORIZON_NS(h) <= run->to_ns && row < run->row_count;
             row++)
            replay_score_add(&run->score[h], fmin(fmax(run->said[row].confidence[h], 0.0), 1.0),
                             run->truth[row][h]);
    for (uint32_t row = 0; row < run->row_count; row++)
        run->listed[row] = (struct replay_listed){ run->said[row].expected[PS_HORIZON_5MIN], row,
                                                   run->happened[row] };
    replay_shortlist_add(&run->shortlist, run->listed, run->row_count);
}

static int tick(struct replay_run *run, uint64_t now_ns)
{
    const bool counts = now_ns >= run->from_ns;

    advance(run, now_ns);
    look_ahead(run, now_ns);
    if (counts) {
        run->ticks++;
        ask(run, now_ns);
        score(run, now_ns);
    }
    return replay_contest_tick(&run->contest, run->history, now_ns, run->happened, counts);
}

/* The first tick at or after a time. */
static uint64_t tick_from(uint64_t time_ns)
{
    return (time_ns + REPLAY_TICK_NS - 1) / REPLAY_TICK_NS * REPLAY_TICK_NS;
}

/* Where nothing is wanted for so long that the clock must have jumped, go to the next request. */
static uint64_t next_tick(struct replay_run *run, uint64_t now_ns)
{
    const struct replay_request *next = &run->config.trace->requests[run->drive.next_request];
    const uint64_t tick_ns = now_ns + REPLAY_TICK_NS;
    uint64_t resumed_ns;

    if (run->drive.next_request == 0 || run->drive.next_request == run->config.trace->request_count)
        return tick_ns;
    resumed_ns = tick_from(next->time_ns);
    if (resumed_ns <= tick_ns || tick_ns - next[-1].time_ns < JUMP_NS)
        return tick_ns;
    run->left_out += (resumed_ns - tick_ns) / REPLAY_TICK_NS;
    return resumed_ns;
}

int replay_run(struct replay_run *run)
{
    uint64_t now_ns = tick_from(run->config.trace->requests[0].time_ns);
    int rc = 0;

    while (rc == 0 && now_ns + REPLAY_TICK_NS <= run->to_ns) {
        rc = tick(run, now_ns);
        now_ns = next_tick(run, now_ns);
    }
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_alloc_cost.c - what a decision costs with a thousand to a million jobs queued.
 *
 * Case: 32 CUs; as many jobs as said are ready, every second one a viewer's with a deadline in the
 * next ten seconds, the rest bets. A decision is what the daemon does when a batch has ended: tell
 * the allocator, make the job's next batch ready, or after its 16th end the job and let a new one
 * come, and let the allocator decide. Sizes take turns in one process, because the machine's own
 * speed drifts; the figure is the median over rounds. Once more with jobs of a single batch, where
 * every decision takes a new job out of the depth of the queue.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/bench/bench_alloc.h"
#include "tools/chance.h"

#define CUS      32u
#define ROUNDS   41u
#define CYCLES   2000u
#define BATCHES  16u
#define STEP_NS  1000000u
#define AHEAD_NS (10 * PS_NS_PER_SEC)

enum { SMALL, MIDDLE, LARGE, SIZES };

static const uint32_t queued[SIZES] = { 1000, 100000, 1000000 };

struct yard {
    struct ps_alloc *alloc;
    struct chance chance;
    uint64_t now_ns;
    uint32_t next_cu;
    uint32_t batches; /* of a job */
    uint64_t round_ns[ROUNDS];
};

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* @p ahead_ns  Until its deadline, if it is a viewer's. */
static bool add(struct yard *yard, bool is_viewers, uint64_t ahead_ns)
{
    const struct ps_job job = {
        .kernel = 1,
        .queue = is_viewers ? PS_QUEUE_REAL_TIME : PS_QUEUE_SPECULATIVE,
        .deadline_ns = yard->now_ns + ahead_ns,
        .benefit = chance_uniform(&yard->chance),
        .cost_ns = PS_NS_PER_SEC,
    };
    uint64_t id;

    if (ps_alloc_add(yard->alloc, &job, yard->now_ns, &id) != 0)
        return false;
    ps_alloc_set_ready(yard->alloc, id, true, yard->now_ns);
    return true;
}

static bool decide(struct yard *yard)
{
    struct ps_assignment assignment;

    return ps_alloc_dispatch(yard->alloc, yard->now_ns, &assignment, 1) == 1;
}

/* Every CU takes its turn, as if all batches were equally long. */
static bool cycle(struct yard *yard)
{
    const uint32_t cu = yard->next_cu++ % CUS;
    bool is_good = true;
    uint64_t id;

    yard->now_ns += STEP_NS;
    id = ps_alloc_run_ended(yard->alloc, cu, 0, STEP_NS, yard->now_ns);
    if (id == 0)
        return false;
    if (chance_below(&yard->chance, yard->batches) > 0) {
        ps_alloc_set_ready(yard->alloc, id, true, yard->now_ns);
    } else {
        const bool is_viewers = ps_alloc_job(yard->alloc, id)->queue == PS_QUEUE_REAL_TIME;

        ps_alloc_remove(yard->alloc, id);
        is_good = add(yard, is_viewers, AHEAD_NS);
    }
    return is_good && decide(yard);
}

static bool yard_init(struct yard *yard, uint32_t jobs, uint32_t batches)
{
    struct ps_alloc_cu cus[CUS];
    const struct ps_alloc_config cfg = { .cus = cus, .cu_count = CUS, .jobs_max = jobs + CUS };

    for (uint32_t i = 0; i < CUS; i++)
        cus[i] = (struct ps_alloc_cu){ .kernel = 1 };
    *yard = (struct yard){ .now_ns = 1, .batches = batches };
    chance_init(&yard->chance, 1, jobs);
    if (ps_alloc_create(&yard->alloc, &cfg) != 0)
        return false;
    for (uint32_t i = 0; i < jobs + CUS; i++)
        if (!add(yard, i % 2 == 0, (uint64_t)((double)AHEAD_NS * chance_uniform(&yard->chance))))
            return false;
    for (uint32_t i = 0; i < CUS; i++)
        if (!decide(yard))
            return false;
    return true;
}

static bool run_round(struct yard *yard, uint32_t round)
{
    const uint64_t start_ns = ps_clock_mono_ns();

    for (uint32_t i = 0; i < CYCLES; i++)
        if (!cycle(yard))
            return false;
    yard->round_ns[round] = ps_clock_mono_ns() - start_ns;
    return true;
}

/* Median cost of a decision for each size. */
static bool measure(uint32_t batches, double ret_us[SIZES])
{
    static struct yard yards[SIZES];
    bool is_good = true;

    for (unsigned s = 0; s < SIZES; s++)
        is_good &= yard_init(&yards[s], queued[s], batches);
    for (uint32_t round = 0; round < ROUNDS && is_good; round++)
        for (unsigned s = 0; s < SIZES; s++)
            is_good &= run_round(&yards[(s + round) % SIZES], round);
    for (unsigned s = 0; s < SIZES; s++) {
        qsort(yards[s].round_ns, ROUNDS, sizeof(yards[s].round_ns[0]), by_size);
        ret_us[s] = (double)yards[s].round_ns[ROUNDS / 2] / CYCLES / 1e3;
        ps_alloc_destroy(yards[s].alloc);
    }
    return is_good;
}

bool bench_alloc_cost(void)
{
    double us[SIZES], single_us[SIZES];

    if (!measure(BATCHES, us) || !measure(1, single_us)) {
        printf("bench=alloc_cost failed=1\n");
        return false;
    }
    printf("bench=alloc_cost rounds=%u decision_us=%.3f decision_us_1k=%.3f decision_us_1m=%.3f "
           "decision_growth=%.2f\n",
           ROUNDS, us[MIDDLE], us[SMALL], us[LARGE], us[LARGE] / us[SMALL]);
    printf("bench=alloc_cost_single_batch rounds=%u decision_us=%.3f decision_us_1k=%.3f "
           "decision_us_1m=%.3f decision_growth=%.2f\n",
           ROUNDS, single_us[MIDDLE], single_us[SMALL], single_us[LARGE],
           single_us[LARGE] / single_us[SMALL]);
    return bench_bar("decision_growth", us[LARGE] / us[SMALL], 0, BENCH_GROWTH_MAX);
}

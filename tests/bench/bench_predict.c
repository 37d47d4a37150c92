/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_predict.c - what a turn of the predictor costs.
 *
 * 500 resources (125 media in 4 profiles) are active, one start comes every second, in a catalogue
 * of 500 and of 100 000 resources: the second may cost more only by the bound on candidates. Each
 * round is one turn of a second: learn, then rank. The check: everything active is answered.
 * Prints ns per turn, median and 99th percentile, and ns per start of an import.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "host/predict/predict.h"

#define ACTIVE   500u
#define PROFILES 4u
#define ROUNDS   1200u
#define HISTORY  20000u
#define START_NS (1700000000ull * PS_NS_PER_SEC)

static struct ps_prediction items[PS_PREDICTIONS_MAX];
static uint64_t turn_ns[ROUNDS];

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The low numbers are wanted most. */
static void learn_one(struct ps_predict *predict, uint64_t *random, uint64_t now_ns)
{
    *random = *random * 6364136223846793005ull + 1442695040888963407ull;
    const uint64_t u = *random >> 40, idx = u * u * ACTIVE >> 48;
    struct ps_demand_sample sample = { .start_ns = now_ns,
                                       .end_ns = now_ns,
                                       .resource = { 1 + idx / PROFILES, 1 + idx % PROFILES },
                                       .starts = 1 };
    const struct ps_demand demand = { .samples = &sample, .capacity = 1, .count = 1 };

    ps_predict_learn(predict, &demand, now_ns);
}

static int bench(uint32_t catalogue)
{
    const struct ps_predict_config cfg = { .resources_max = catalogue, .media_max = catalogue };
    struct ps_predictions list = { .items = items, .capacity = PS_PREDICTIONS_MAX };
    struct ps_predict *predict;
    uint64_t random = 1, now_ns = START_NS, import_ns = ps_clock_mono_ns();

    if (ps_predict_create(&predict, &cfg) != 0)
        return EXIT_FAILURE;
    for (uint64_t idx = 0; idx < catalogue; idx++)
        ps_predict_know(predict, &(struct ps_resource){ 1 + idx / PROFILES, 1 + idx % PROFILES },
                        now_ns);
    import_ns = ps_clock_mono_ns();
    for (unsigned i = 0; i < HISTORY; i++, now_ns += 4 * PS_NS_PER_SEC)
        learn_one(predict, &random, now_ns);
    import_ns = ps_clock_mono_ns() - import_ns;
    for (unsigned r = 0; r < ROUNDS; r++, now_ns += PS_NS_PER_SEC) {
        const uint64_t start_ns = ps_clock_mono_ns();

        learn_one(predict, &random, now_ns);
        ps_predict_rank(predict, now_ns, &list);
        turn_ns[r] = ps_clock_mono_ns() - start_ns;
    }
    ps_predict_destroy(predict);
    if (list.count < ACTIVE || items[0].expected[1] < items[list.count - 1].expected[1])
        return EXIT_FAILURE;
    qsort(turn_ns, ROUNDS, sizeof(turn_ns[0]), by_size);
    printf("bench=predict_turn resources=%" PRIu32 " answered=%" PRIu32 " rounds=%u ns_p50=%" PRIu64
           " ns_p99=%" PRIu64 " ns_max=%" PRIu64 " import_ns_per_start=%" PRIu64 "\n",
           catalogue, list.count, ROUNDS, turn_ns[ROUNDS / 2], turn_ns[ROUNDS * 99 / 100],
           turn_ns[ROUNDS - 1], import_ns / HISTORY);
    return EXIT_SUCCESS;
}

int main(void)
{
    return bench(ACTIVE) == EXIT_SUCCESS && bench(100000) == EXIT_SUCCESS ? EXIT_SUCCESS
                                                                          : EXIT_FAILURE;
}

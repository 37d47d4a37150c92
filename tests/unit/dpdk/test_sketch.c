/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_sketch.c - estimates are never below the truth, seldom far above. */
#include "dpdk/sketch.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define KEYS   20000u
#define COUNTS 400000u

/* splitmix64: seeded, so that a failure can be seen again. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static uint64_t hash_of_key(uint64_t key)
{
    uint64_t state = key * 977;

    return next(&state);
}

/* Key k comes with a weight of 1 / (k + 1), near enough: the inverse of the harmonic integral. */
static uint32_t zipf(uint64_t *state)
{
    const double u = (double)(next(state) >> 11) / (double)(1ull << 53);
    const double rank = exp(u * log((double)KEYS));

    return rank < KEYS ? (uint32_t)rank - 1 : KEYS - 1;
}

static uint32_t truth[KEYS];

static void feed_zipf(struct nic_sketch *sketch, uint64_t seed)
{
    memset(truth, 0, sizeof(truth));
    for (uint32_t i = 0; i < COUNTS; i++) {
        const uint32_t key = zipf(&seed);

        truth[key]++;
        nic_sketch_add(sketch, hash_of_key(key));
    }
}

static void the_bound_holds_on_a_zipf_stream(void)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct nic_sketch *sketch;
        uint32_t too_high = 0, too_low = 0;

        PS_REQUIRE(nic_sketch_create(&sketch, 1024) == 0);
        feed_zipf(sketch, seed);
        CU_ASSERT_EQUAL(nic_sketch_total(sketch), COUNTS);
        CU_ASSERT_EQUAL(nic_sketch_error_max(sketch), COUNTS / 64); /* 64 / (4 * 1024) of it */
        for (uint32_t key = 0; key < KEYS; key++) {
            const uint32_t estimate = nic_sketch_estimate(sketch, hash_of_key(key));

            too_low += estimate < truth[key];
            too_high += estimate - truth[key] > nic_sketch_error_max(sketch);
        }
        CU_ASSERT_EQUAL(too_low, 0);
        CU_ASSERT_TRUE(too_high <= KEYS / NIC_SKETCH_DELTA_INVERSE);
        nic_sketch_destroy(sketch);
    }
}

/* The bound would hold for one counter a block; rows and conservative updates must do better. */
static void the_usual_error_is_far_below_the_bound(void)
{
    struct nic_sketch *sketch;
    uint64_t error = 0;

    PS_REQUIRE(nic_sketch_create(&sketch, 1024) == 0);
    feed_zipf(sketch, 1);
    for (uint32_t key = 0; key < KEYS; key++)
        error += nic_sketch_estimate(sketch, hash_of_key(key)) - truth[key];
    CU_ASSERT_TRUE(error / KEYS < COUNTS / (4 * 1024));
    nic_sketch_destroy(sketch);
}

static void a_lone_key_is_exact_and_clearing_forgets_it(void)
{
    struct nic_sketch *sketch;

    PS_REQUIRE(nic_sketch_create(&sketch, 64) == 0);
    for (int i = 0; i < 1000; i++)
        nic_sketch_add(sketch, 7);
    CU_ASSERT_EQUAL(nic_sketch_estimate(sketch, 7), 1000);
    nic_sketch_clear(sketch);
    CU_ASSERT_EQUAL(nic_sketch_estimate(sketch, 7), 0);
    CU_ASSERT_EQUAL(nic_sketch_total(sketch), 0);
    CU_ASSERT_EQUAL(nic_sketch_error_max(sketch), 0);
    nic_sketch_destroy(sketch);
}

static void the_bound_is_rounded_up(void)
{
    struct nic_sketch *sketch;

    PS_REQUIRE(nic_sketch_create(&sketch, 1024) == 0);
    nic_sketch_add(sketch, 1);
    CU_ASSERT_EQUAL(nic_sketch_error_max(sketch), 1);
    nic_sketch_destroy(sketch);
}

static void sizes_are_checked(void)
{
    static const uint32_t bad[] = { 0, 3, 1000, NIC_SKETCH_BLOCKS_MAX * 2 };
    struct nic_sketch *sketch;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(nic_sketch_create(&sketch, bad[i]), -EINVAL);
}

static void creation_survives_each_failed_allocation(void)
{
    struct nic_sketch *sketch = NULL;

    for (unsigned i = 0; i < 2; i++) {
        nic_fail_alloc_after(i);
        CU_ASSERT_EQUAL(nic_sketch_create(&sketch, 64), -ENOMEM);
    }
    nic_fail_alloc_never();
    CU_ASSERT_PTR_NULL(sketch);
    nic_sketch_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_bound_holds_on_a_zipf_stream),
        PS_TEST(the_usual_error_is_far_below_the_bound),
        PS_TEST(a_lone_key_is_exact_and_clearing_forgets_it),
        PS_TEST(the_bound_is_rounded_up),
        PS_TEST(sizes_are_checked),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run("dpdk/sketch", tests, NIC_ARRAY_LEN(tests));
}

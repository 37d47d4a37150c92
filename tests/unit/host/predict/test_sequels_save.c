/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_sequels_save.c - what is taken over goes on as if never stopped. */
#include "host/predict/sequels_priv.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define T0 1000000u

static void live(struct ps_sequels *sequels, uint32_t from, uint32_t to)
{
    uint32_t random = from;

    for (uint32_t i = from; i < to; i++) {
        random = random * 1664525u + 1013904223u;
        ps_sequels_learn(sequels, 1 + (random >> 24) % 60, 1 + (random >> 16) % 30, T0 + 20 * i);
    }
}

static void a_loaded_one_says_the_same_ever_after(void)
{
    struct ps_sequels one, other;
    float said[PS_SEQUELS_HORIZONS], repeated[PS_SEQUELS_HORIZONS];

    PS_REQUIRE(ps_sequels_init(&one, 8192, 1024) == 0);
    PS_REQUIRE(ps_sequels_init(&other, 8192, 1024) == 0);
    live(&one, 0, 3000);
    live(&other, 0, 10); /* which is forgotten */
    void *bytes = ps_zalloc(1, ps_sequels_size(&one));
    PS_REQUIRE(bytes != NULL);
    ps_sequels_save(&one, bytes);
    CU_ASSERT_EQUAL(ps_sequels_load(&other, bytes, ps_sequels_size(&one)), 0);
    live(&one, 3000, 4000);
    live(&other, 3000, 4000);
    for (uint64_t item = 1; item <= 30; item++) {
        ps_sequels_expect(&one, item, T0 + 80000, said);
        ps_sequels_expect(&other, item, T0 + 80000, repeated);
        CU_ASSERT_EQUAL(memcmp(said, repeated, sizeof(said)), 0);
    }
    free(bytes);
    ps_sequels_fini(&other);
    ps_sequels_fini(&one);
}

static void what_does_not_fit_is_refused_and_changes_nothing(void)
{
    struct ps_sequels one, larger;

    PS_REQUIRE(ps_sequels_init(&one, 8192, 1024) == 0);
    PS_REQUIRE(ps_sequels_init(&larger, 8192, 2048) == 0);
    live(&one, 0, 100);
    const size_t size_bytes = ps_sequels_size(&one);
    const struct ps_sequels before = one;
    uint8_t *bytes = ps_zalloc(1, size_bytes);
    PS_REQUIRE(bytes != NULL);
    ps_sequels_save(&one, bytes);
    CU_ASSERT_EQUAL(ps_sequels_load(&larger, bytes, size_bytes), -EINVAL);
    CU_ASSERT_EQUAL(ps_sequels_load(&one, bytes, size_bytes - 1), -EINVAL);
    CU_ASSERT_EQUAL(ps_sequels_load(&one, bytes, 3), -EINVAL);
    bytes[8]++; /* version */
    CU_ASSERT_EQUAL(ps_sequels_load(&one, bytes, size_bytes), -EINVAL);
    CU_ASSERT_EQUAL(memcmp(&before, &one, sizeof(one)), 0);
    free(bytes);
    ps_sequels_fini(&larger);
    ps_sequels_fini(&one);
}

/* Places of items that are not there must lead nowhere. */
static void places_out_of_range_are_passed_over(void)
{
    struct ps_sequels one;

    PS_REQUIRE(ps_sequels_init(&one, 8192, 1024) == 0);
    live(&one, 0, 1000);
    for (uint32_t i = 0; i < ps_sequels_peer_count(&one); i++)
        memset(one.peers[i].items, 0xfe, sizeof(one.peers[i].items));
    live(&one, 1000, 1500);
    CU_ASSERT_EQUAL(one.now_s, T0 + 20 * 1499);
    ps_sequels_fini(&one);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_loaded_one_says_the_same_ever_after),
        PS_TEST(what_does_not_fit_is_refused_and_changes_nothing),
        PS_TEST(places_out_of_range_are_passed_over),
    };

    return ps_test_run("host/predict/sequels_save", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_known.c - ids are known until their time, and none is forgotten. */
#include <errno.h>

#include "host/base/mem.h"
#include "host/token/token_priv.h"
#include "tests/support/ps_test.h"

#define MAX 100u

/* Odd, and many of them of the same slot: runs that wrap round the table's end. */
static uint64_t id_of(uint64_t i)
{
    return (i % 7 == 0 ? 0xffull : i * 37) << 32 | (2 * i + 1);
}

static void an_id_is_known_until_its_time(void)
{
    struct ps_token_known known;

    PS_REQUIRE(ps_token_known_init(&known, MAX) == 0);
    CU_ASSERT_FALSE(ps_token_known_has(&known, 5, 10));
    CU_ASSERT_EQUAL(ps_token_known_add(&known, 5, 20, 10), 0);
    CU_ASSERT_TRUE(ps_token_known_has(&known, 5, 19));
    CU_ASSERT_FALSE(ps_token_known_has(&known, 5, 20));
    CU_ASSERT_FALSE(ps_token_known_has(&known, 7, 10));
    CU_ASSERT_EQUAL(ps_token_known_add(&known, 5, 15, 10), 0); /* no shorter than said before */
    CU_ASSERT_TRUE(ps_token_known_has(&known, 5, 19));
    CU_ASSERT_EQUAL(ps_token_known_add(&known, 5, 30, 10), 0);
    CU_ASSERT_TRUE(ps_token_known_has(&known, 5, 29));
    CU_ASSERT_EQUAL(known.count, 1);
    ps_token_known_fini(&known);
}

static void a_full_table_refuses_rather_than_forgets(void)
{
    struct ps_token_known known;

    PS_REQUIRE(ps_token_known_init(&known, MAX) == 0);
    for (uint64_t i = 0; i < MAX; i++)
        PS_REQUIRE(ps_token_known_add(&known, id_of(i), 100 + i, 0) == 0);
    CU_ASSERT_EQUAL(ps_token_known_add(&known, id_of(MAX), 1000, 50), -ENOSPC);
    CU_ASSERT_EQUAL(ps_token_known_add(&known, id_of(3), 1000, 50), 0); /* it is there */
    for (uint64_t i = 0; i < MAX; i++)
        CU_ASSERT_TRUE(ps_token_known_has(&known, id_of(i), 50));
    ps_token_known_fini(&known);
}

static void what_expired_makes_room_and_hides_nothing(void)
{
    struct ps_token_known known;
    uint64_t next = MAX;

    PS_REQUIRE(ps_token_known_init(&known, MAX) == 0);
    for (uint64_t i = 0; i < MAX; i++)
        PS_REQUIRE(ps_token_known_add(&known, id_of(i), 100 + i % 10, 0) == 0);
    for (uint64_t now = 100; now < 110; now++) {
        while (ps_token_known_add(&known, id_of(next), now + 10, now) == 0)
            next++;
        CU_ASSERT_EQUAL(known.count, MAX);
        for (uint64_t i = 0; i < MAX; i++)
            CU_ASSERT_EQUAL(ps_token_known_has(&known, id_of(i), now), 100 + i % 10 > now);
    }
    CU_ASSERT_EQUAL(next, 2 * MAX);
    for (uint64_t i = MAX; i < next; i++)
        CU_ASSERT_TRUE(ps_token_known_has(&known, id_of(i), 109));
    ps_token_known_fini(&known);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_id_is_known_until_its_time),
        PS_TEST(a_full_table_refuses_rather_than_forgets),
        PS_TEST(what_expired_makes_room_and_hides_nothing),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_offload_rank.c - the most claimed media, over all peer classes. */
#include "dpdk/offload_rank.h"

#include <errno.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define CLAIMS 6u

static const struct psd_claim claims[CLAIMS] = {
    { .media_key = 3, .region = 1, .count = 4 },
    { .media_key = 1, .count = 5 },
    { .media_key = 2, .count = 6 },
    { .media_key = 3, .region = 2, .count = 4 },
    { .media_key = 9, .count = UINT32_MAX },
    { .media_key = 9, .device = 1, .count = UINT32_MAX },
};
static struct nic_rank *rank;
static uint64_t keys[CLAIMS];

static void classes_of_a_media_count_together(void)
{
    PS_REQUIRE(nic_rank_create(&rank, CLAIMS) == 0);
    PS_REQUIRE(nic_rank_top(rank, claims, 4, keys, CLAIMS) == 3);
    CU_ASSERT_TRUE(keys[0] == 3 && keys[1] == 2 && keys[2] == 1);
    PS_REQUIRE(nic_rank_top(rank, claims, CLAIMS, keys, 1) == 1);
    CU_ASSERT_EQUAL(keys[0], 9);
    nic_rank_destroy(rank);
}

static void no_claims_have_no_first(void)
{
    PS_REQUIRE(nic_rank_create(&rank, CLAIMS) == 0);
    CU_ASSERT_EQUAL(nic_rank_top(rank, claims, 0, keys, CLAIMS), 0);
    CU_ASSERT_EQUAL(nic_rank_top(rank, claims, CLAIMS, keys, 0), 0);
    nic_rank_destroy(rank);
}

static void what_is_past_the_limit_is_not_ranked(void)
{
    PS_REQUIRE(nic_rank_create(&rank, 2) == 0);
    PS_REQUIRE(nic_rank_top(rank, claims, CLAIMS, keys, CLAIMS) == 2);
    CU_ASSERT_TRUE(keys[0] == 1 && keys[1] == 3);
    nic_rank_destroy(rank);
}

static void equals_stand_in_the_same_order_each_time(void)
{
    static const struct psd_claim same[] = { { .media_key = 7, .count = 1 },
                                             { .media_key = 5, .count = 1 },
                                             { .media_key = 6, .count = 1 } };

    PS_REQUIRE(nic_rank_create(&rank, 3) == 0);
    PS_REQUIRE(nic_rank_top(rank, same, 3, keys, 2) == 2);
    CU_ASSERT_TRUE(keys[0] == 5 && keys[1] == 6);
    nic_rank_destroy(rank);
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;
    int rc;

    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        rc = nic_rank_create(&rank, CLAIMS);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 2);
    nic_rank_destroy(rank);
    nic_rank_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(classes_of_a_media_count_together),
        PS_TEST(no_claims_have_no_first),
        PS_TEST(what_is_past_the_limit_is_not_ranked),
        PS_TEST(equals_stand_in_the_same_order_each_time),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_kept.c - bytes that wait are kept, within a bound for all. */
#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static struct ps_messaging_rpc rpc;

static void what_is_kept_can_grow_and_lose_its_beginning(void)
{
    struct ps_rpc_kept kept = { 0 };

    rpc.kept_bytes = 0;
    PS_REQUIRE(ps_rpc_keep(&rpc, &kept, (const uint8_t *)"abcdef", 6) == 0);
    PS_REQUIRE(ps_rpc_keep(&rpc, &kept, kept.data + 2, 4) == 0);
    uint8_t *room = ps_rpc_keep_room(&rpc, &kept, 1000);
    PS_REQUIRE(room != NULL);
    memset(room, 'x', 1000);
    kept.end += 1000;
    CU_ASSERT_EQUAL(kept.end - kept.start, 1004);
    CU_ASSERT_EQUAL(memcmp(kept.data + kept.start, "cdefx", 5), 0);
    CU_ASSERT_EQUAL(rpc.kept_bytes, kept.capacity);
    ps_rpc_kept_fini(&rpc, &kept);
    CU_ASSERT_EQUAL(rpc.kept_bytes, 0);
}

static void a_small_buffer_stays_for_next_time_a_large_one_does_not(void)
{
    static const uint8_t much[100000];
    struct ps_rpc_kept kept = { 0 };

    rpc.kept_bytes = 0;
    PS_REQUIRE(ps_rpc_keep(&rpc, &kept, much, 100) == 0);
    ps_rpc_keep_none(&rpc, &kept);
    CU_ASSERT_PTR_NOT_NULL(kept.data);
    CU_ASSERT_EQUAL(kept.end, 0);
    PS_REQUIRE(ps_rpc_keep(&rpc, &kept, much, sizeof(much)) == 0);
    ps_rpc_keep_none(&rpc, &kept);
    CU_ASSERT_PTR_NULL(kept.data);
    CU_ASSERT_EQUAL(rpc.kept_bytes, 0);
}

static void all_together_are_bounded(void)
{
    struct ps_rpc_kept kept = { 0 };

    rpc.kept_bytes = PS_RPC_KEPT_BYTES_MAX - 256;
    CU_ASSERT_EQUAL(ps_rpc_keep(&rpc, &kept, (const uint8_t *)"x", 1), -ENOMEM);
    CU_ASSERT_PTR_NULL(ps_rpc_keep_room(&rpc, &kept, 1));
    rpc.kept_bytes -= 256;
    CU_ASSERT_EQUAL(ps_rpc_keep(&rpc, &kept, (const uint8_t *)"x", 1), 0);
    ps_rpc_kept_fini(&rpc, &kept);
}

static void a_failed_allocation_keeps_what_was_there(void)
{
    struct ps_rpc_kept kept = { 0 };

    rpc.kept_bytes = 0;
    PS_REQUIRE(ps_rpc_keep(&rpc, &kept, (const uint8_t *)"abc", 3) == 0);
    ps_fail_alloc_after(0);
    CU_ASSERT_PTR_NULL(ps_rpc_keep_room(&rpc, &kept, 10000));
    ps_fail_alloc_never();
    CU_ASSERT_EQUAL(kept.end - kept.start, 3);
    CU_ASSERT_EQUAL(memcmp(kept.data + kept.start, "abc", 3), 0);
    ps_rpc_kept_fini(&rpc, &kept);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_kept_can_grow_and_lose_its_beginning),
        PS_TEST(a_small_buffer_stays_for_next_time_a_large_one_does_not),
        PS_TEST(all_together_are_bounded),
        PS_TEST(a_failed_allocation_keeps_what_was_there),
    };

    return ps_test_run("host/messaging/rpc_kept", tests, PS_ARRAY_LEN(tests));
}

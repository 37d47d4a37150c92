/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_top.c - sums over the last intervals, the best first, bounded. */
#include "dpdk/top.h"

#include <errno.h>
#include <stdlib.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_top *top;
static struct nic_batch *batch;
static struct nic_top_media best[NIC_TOP_MEDIA_MAX];
static uint32_t epochs;

static void set_up(uint32_t entries, uint32_t window)
{
    PS_REQUIRE(nic_batch_create(&batch, 64) == 0);
    PS_REQUIRE(nic_top_create(&top, entries, window) == 0);
}

static void tear_down(void)
{
    nic_top_destroy(top);
    nic_batch_destroy(batch);
}

static void ask(uint64_t media, uint64_t profile, uint32_t starts, uint32_t segments)
{
    nic_batch_add(batch, &(struct psd_record){ .media_key = media,
                                               .profile_key = profile,
                                               .starts = starts,
                                               .segments = segments,
                                               .other = 1 });
}

static void close_epoch(uint64_t epoch)
{
    batch->epoch = epoch;
    nic_top_add(top, batch);
    nic_batch_clear(batch);
}

static uint32_t list(uint32_t max)
{
    return nic_top_list(top, best, max, &epochs);
}

static void a_media_is_summed_over_profiles_and_intervals(void)
{
    set_up(16, 60);
    CU_ASSERT_EQUAL(list(4), 0);
    CU_ASSERT_EQUAL(epochs, 0);
    ask(7, 1, 1, 3);
    ask(7, 2, 0, 4);
    ask(8, 1, 9, 0);
    close_epoch(1);
    ask(7, 1, 0, 4);
    close_epoch(2);
    CU_ASSERT_EQUAL(list(4), 2);
    CU_ASSERT_EQUAL(epochs, 2);
    CU_ASSERT_EQUAL(best[0].media_key, 7);
    CU_ASSERT_EQUAL(best[0].requests, 15);
    CU_ASSERT_EQUAL(best[1].media_key, 8);
    CU_ASSERT_EQUAL(best[1].requests, 10);
    tear_down();
}

static void the_best_come_first_and_the_rest_is_left_out(void)
{
    set_up(64, 60);
    for (uint64_t media = 1; media <= 9; media++)
        ask(media, 1, (uint32_t)(media % 5), 0);
    close_epoch(1);
    CU_ASSERT_EQUAL(list(3), 3);
    CU_ASSERT_EQUAL(best[0].media_key, 4);
    CU_ASSERT_EQUAL(best[1].media_key, 9);
    CU_ASSERT_EQUAL(best[2].media_key, 3);
    CU_ASSERT_EQUAL(list(1), 1);
    CU_ASSERT_EQUAL(list(0), 0);
    tear_down();
}

static void what_is_too_long_ago_is_forgotten(void)
{
    set_up(64, 3);
    for (uint64_t epoch = 1; epoch <= 4; epoch++) {
        ask(epoch, 1, 1, 0);
        close_epoch(epoch);
    }
    CU_ASSERT_EQUAL(list(8), 3);
    CU_ASSERT_EQUAL(epochs, 3);
    CU_ASSERT_EQUAL(best[0].media_key, 2);
    close_epoch(5);
    close_epoch(6);
    close_epoch(7);
    CU_ASSERT_EQUAL(list(8), 0);
    CU_ASSERT_EQUAL(epochs, 3);
    tear_down();
}

static void a_full_ring_says_how_many_whole_intervals_are_left(void)
{
    set_up(8, 60);
    for (uint64_t epoch = 1; epoch <= 4; epoch++) {
        for (uint64_t media = 1; media <= 3; media++)
            ask(media, 1, 1, 0);
        close_epoch(epoch);
    }
    /* Twelve records in room for eight: of interval 2 two are left, 3 and 4 are whole. */
    CU_ASSERT_EQUAL(list(8), 3);
    CU_ASSERT_EQUAL(epochs, 2);
    CU_ASSERT_TRUE(best[0].requests >= 4);
    for (uint64_t media = 1; media <= 20; media++)
        ask(media, 1, 1, 0);
    close_epoch(5);
    CU_ASSERT_EQUAL(list(NIC_TOP_MEDIA_MAX), 8);
    CU_ASSERT_EQUAL(epochs, 0);
    tear_down();
}

static void creation_refuses_nonsense_and_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    CU_ASSERT_EQUAL(nic_top_create(&top, 0, 1), -EINVAL);
    CU_ASSERT_EQUAL(nic_top_create(&top, 12, 1), -EINVAL);
    CU_ASSERT_EQUAL(nic_top_create(&top, 16, 0), -EINVAL);
    for (;; failed_at++) {
        int rc;

        nic_fail_alloc_after(failed_at);
        rc = nic_top_create(&top, 16, 1);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* the object, its ring, the room to sort */
    nic_top_destroy(top);
    nic_top_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_media_is_summed_over_profiles_and_intervals),
        PS_TEST(the_best_come_first_and_the_rest_is_left_out),
        PS_TEST(what_is_too_long_ago_is_forgotten),
        PS_TEST(a_full_ring_says_how_many_whole_intervals_are_left),
        PS_TEST(creation_refuses_nonsense_and_survives_each_failed_allocation),
    };

    return ps_test_run("dpdk/top", tests, NIC_ARRAY_LEN(tests));
}

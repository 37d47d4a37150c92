/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_claims.c - what peers claim is counted by what it says, and bounded. */
#include "dpdk/claims.h"

#include <errno.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define KEPT 8u

static struct nic_claims *claims;
static struct psd_claim seen[KEPT];
static uint32_t seen_count;
static uint64_t seen_sum;
static uint32_t seen_most;

static void note(void *arg, const struct psd_claim *claim)
{
    (void)arg;
    if (seen_count < KEPT)
        seen[seen_count] = *claim;
    seen_count++;
    seen_sum += claim->count;
    if (claim->count > seen_most)
        seen_most = claim->count;
}

static struct nic_claims_sums drain(uint64_t epoch)
{
    seen_count = 0;
    seen_sum = 0;
    seen_most = 0;
    return nic_claims_drain(claims, epoch, note, NULL);
}

static void add(uint64_t media_key, uint8_t device, uint8_t access, uint16_t region, uint64_t epoch)
{
    const struct ppd_header header = { .media_key = media_key, .device = device, .access = access };

    nic_claims_add(claims, &header, region, epoch);
}

static void claims_are_told_apart_by_all_they_say(void)
{
    PS_REQUIRE(nic_claims_create(&claims, 7) == 0);
    add(1, 2, 3, 4, 1);
    add(1, 2, 3, 4, 1);
    add(9, 2, 3, 4, 1);
    add(1, 9, 3, 4, 1);
    add(1, 2, 9, 4, 1);
    add(1, 2, 3, 9, 1);
    CU_ASSERT_EQUAL(drain(1).drained, 6);
    PS_REQUIRE(seen_count == 5);
    CU_ASSERT_EQUAL(seen[0].media_key, 1);
    CU_ASSERT_EQUAL(seen[0].device, 2);
    CU_ASSERT_EQUAL(seen[0].access, 3);
    CU_ASSERT_EQUAL(seen[0].region, 4);
    CU_ASSERT_EQUAL(seen[0].count, 2);
    CU_ASSERT_EQUAL(seen[1].media_key, 9);
    CU_ASSERT_EQUAL(seen[1].count, 1);
    nic_claims_destroy(claims);
}

static void each_epoch_has_its_own(void)
{
    PS_REQUIRE(nic_claims_create(&claims, 7) == 0);
    add(1, 0, 0, 0, 1);
    add(1, 0, 0, 0, 2);
    add(1, 0, 0, 0, 2);
    CU_ASSERT_EQUAL(drain(1).drained, 1);
    CU_ASSERT_EQUAL(drain(2).drained, 2);
    CU_ASSERT_EQUAL(drain(3).drained, 0);
    CU_ASSERT_EQUAL(seen_count, 0);
    nic_claims_destroy(claims);
}

static void a_flood_is_shed_and_counted_but_hides_nothing_heavy(void)
{
    struct nic_claims_sums sums;
    uint64_t added = 0;

    PS_REQUIRE(nic_claims_create(&claims, 7) == 0);
    for (; added < NIC_CLAIMS_MAX * 4ull; added++)
        add(added, 0, 0, 0, 1);
    for (unsigned i = 0; i < 1000; i++, added++)
        add(UINT64_MAX, 0, 0, 0, 1);
    sums = drain(1);
    CU_ASSERT_EQUAL(sums.drained, seen_sum);
    CU_ASSERT_EQUAL(sums.drained + sums.shed, added);
    CU_ASSERT_TRUE(sums.shed > 0);
    CU_ASSERT_TRUE(seen_count >= NIC_CLAIMS_MAX && seen_count <= NIC_CLAIMS_MAX + 256);
    CU_ASSERT_TRUE(seen_most > 500);
    nic_claims_destroy(claims);
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        const int rc = nic_claims_create(&claims, 7);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at > 2);
    nic_claims_destroy(claims);
    nic_claims_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(claims_are_told_apart_by_all_they_say),
        PS_TEST(each_epoch_has_its_own),
        PS_TEST(a_flood_is_shed_and_counted_but_hides_nothing_heavy),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run("dpdk/claims", tests, NIC_ARRAY_LEN(tests));
}

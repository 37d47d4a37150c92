/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_lease_place.c - best fit, one card, all or nothing. */
#include "tests/unit/host/alloc/lease_fixture.h"

static void the_fullest_cu_that_has_room_is_taken(void)
{
    const struct ps_lease_request most = want(SCALE, 700000, 1);
    const struct ps_lease_request some = want(SCALE, 300000, 1);
    const struct ps_lease_request more = want(SCALE, 400000, 1);

    begin();
    CU_ASSERT_EQUAL(get(reserve(&most))->grants[0].cu, 0);
    CU_ASSERT_EQUAL(get(reserve(&more))->grants[0].cu, 1); /* 0 has not enough left */
    CU_ASSERT_EQUAL(get(reserve(&some))->grants[0].cu, 0); /* rather than 1, which has more left */
    CU_ASSERT_EQUAL(ps_leases_reserved(leases, 0), WHOLE);
    end();
}

static void large_shares_are_placed_before_small_ones(void)
{
    struct ps_lease_request request = want(SCALE, 300000, 2);

    request.items[1] = (struct ps_lease_item){ .kernel = SCALE, .share = 700000, .count = 2 };
    request.item_count = 2;
    request.card = 1;
    begin();
    const struct ps_lease *lease = get(reserve(&request));
    CU_ASSERT_EQUAL(lease->grant_count, 4);
    CU_ASSERT_EQUAL(ps_leases_reserved(leases, 4), WHOLE);
    CU_ASSERT_EQUAL(ps_leases_reserved(leases, 5), WHOLE);
    end();
}

static void affinity_to_a_card_is_kept(void)
{
    struct ps_lease_request request = want(ENCODE, WHOLE, 2);

    request.card = 1;
    begin();
    const struct ps_lease *lease = get(reserve(&request));
    CU_ASSERT_EQUAL(lease->grants[0].cu, 6);
    CU_ASSERT_EQUAL(lease->grants[1].cu, 7);
    CU_ASSERT_EQUAL(lease->grants[0].card, 1);
    CU_ASSERT_EQUAL(reserve(&request), -EBUSY); /* though card 0 has room */
    end();
}

static void a_list_for_one_card_is_on_the_fullest_that_can(void)
{
    struct ps_lease_request request = want(SCALE, WHOLE, 2);
    struct ps_lease_request third = want(SCALE, WHOLE, 1);
    const struct ps_lease_request one = want(ENCODE, HALF, 1);

    request.items[1] = (struct ps_lease_item){ .kernel = ENCODE, .share = HALF, .count = 1 };
    request.item_count = 2;
    request.same_card = true;
    third.card = 0;
    begin();
    PS_REQUIRE(reserve(&one) > 0); /* card 0 is fuller now */
    const struct ps_lease *lease = get(reserve(&request));
    for (uint32_t i = 0; i < lease->grant_count; i++)
        CU_ASSERT_EQUAL(lease->grants[i].card, 0);
    CU_ASSERT_EQUAL(reserve(&third), -EBUSY);
    CU_ASSERT_EQUAL(get(reserve(&request))->grants[0].card, 1);
    CU_ASSERT_EQUAL(reserve(&request), -EBUSY);
    end();
}

/* Three whole scale CUs exist free, but on two cards. */
static void what_no_single_card_has_is_refused_for_one_card(void)
{
    struct ps_lease_request request = want(SCALE, WHOLE, 3);

    request.same_card = true;
    begin();
    CU_ASSERT_EQUAL(reserve(&request), -ENODEV);
    request.same_card = false;
    CU_ASSERT_TRUE(reserve(&request) > 0);
    end();
}

static void nothing_is_taken_when_not_all_fits(void)
{
    struct ps_lease_request request = want(SCALE, WHOLE, 4);

    request.items[1] = (struct ps_lease_item){ .kernel = UNKNOWN, .share = 1, .count = 1 };
    request.item_count = 2;
    begin();
    CU_ASSERT_EQUAL(reserve(&request), -ENODEV);
    CU_ASSERT_EQUAL(told_in_all(), 0);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 0);
    end();
}

static void the_same_table_places_the_same_way(void)
{
    const struct ps_lease_request a = want(SCALE, 333333, 5), b = want(SCALE, 250000, 3);
    struct ps_lease_grant first[PS_LEASE_GRANTS_MAX];

    begin();
    PS_REQUIRE(reserve(&a) > 0);
    memcpy(first, get(reserve(&b))->grants, sizeof(first));
    end();
    begin();
    PS_REQUIRE(reserve(&a) > 0);
    CU_ASSERT_EQUAL(memcmp(first, get(reserve(&b))->grants, sizeof(first)), 0);
    end();
}

static void a_check_counts_whole_lists_and_takes_nothing(void)
{
    struct ps_lease_request request = want(SCALE, 400000, 1);
    uint32_t times = 99;

    begin();
    CU_ASSERT_EQUAL(ps_leases_check(leases, &request, 256, &times), 0);
    CU_ASSERT_EQUAL(times, 8); /* two on each of four */
    CU_ASSERT_EQUAL(ps_leases_check(leases, &request, 3, &times), 0);
    CU_ASSERT_EQUAL(times, 3);
    request.items[1] = (struct ps_lease_item){ .kernel = ENCODE, .share = WHOLE, .count = 2 };
    request.item_count = 2;
    request.same_card = true;
    CU_ASSERT_EQUAL(ps_leases_check(leases, &request, 256, &times), 0);
    CU_ASSERT_EQUAL(times, 2);
    request.items[0].kernel = UNKNOWN;
    CU_ASSERT_EQUAL(ps_leases_check(leases, &request, 256, &times), 0);
    CU_ASSERT_EQUAL(times, 0);
    request.item_count = 0;
    CU_ASSERT_EQUAL(ps_leases_check(leases, &request, 256, &times), -EINVAL);
    CU_ASSERT_EQUAL(told_in_all(), 0);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 0);
    end();
}

static void a_tenant_gets_no_more_than_its_share(void)
{
    struct ps_lease_request request = want(SCALE, WHOLE, 1);
    uint32_t times = 99;

    request.tenant = MODEST;
    begin();
    CU_ASSERT_EQUAL(ps_leases_check(leases, &request, 256, &times), 0);
    CU_ASSERT_EQUAL(times, 2); /* half of four */
    CU_ASSERT_TRUE(reserve(&request) > 0);
    CU_ASSERT_TRUE(reserve(&request) > 0);
    CU_ASSERT_EQUAL(reserve(&request), -EDQUOT);
    request.items[0] = (struct ps_lease_item){ .kernel = ENCODE, .share = WHOLE, .count = 3 };
    CU_ASSERT_EQUAL(reserve(&request), -EDQUOT); /* at once, too */
    request.tenant = 0;
    CU_ASSERT_TRUE(reserve(&request) > 0);
    end();
}

static void lost_cus_are_not_given_out(void)
{
    struct ps_lease_request request = want(ENCODE, 1, 1);

    request.card = 0;
    begin();
    ps_leases_set_lost(leases, 2, true);
    CU_ASSERT_EQUAL(get(reserve(&request))->grants[0].cu, 3);
    ps_leases_set_lost(leases, 3, true);
    CU_ASSERT_EQUAL(reserve(&request), -EBUSY); /* they may come back */
    ps_leases_set_lost(leases, 2, false);
    CU_ASSERT_EQUAL(get(reserve(&request))->grants[0].cu, 2);
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_fullest_cu_that_has_room_is_taken),
        PS_TEST(large_shares_are_placed_before_small_ones),
        PS_TEST(affinity_to_a_card_is_kept),
        PS_TEST(a_list_for_one_card_is_on_the_fullest_that_can),
        PS_TEST(what_no_single_card_has_is_refused_for_one_card),
        PS_TEST(nothing_is_taken_when_not_all_fits),
        PS_TEST(the_same_table_places_the_same_way),
        PS_TEST(a_check_counts_whole_lists_and_takes_nothing),
        PS_TEST(a_tenant_gets_no_more_than_its_share),
        PS_TEST(lost_cus_are_not_given_out),
    };

    return ps_test_run("host/alloc/lease_place.c", tests, PS_ARRAY_LEN(tests));
}

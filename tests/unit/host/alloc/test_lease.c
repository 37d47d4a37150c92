/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_lease.c - taken, asked for again, renewed, given back, and by whom. */
#include "tests/unit/host/alloc/lease_fixture.h"

static void a_lease_is_told_to_the_allocator_and_taken_back(void)
{
    const struct ps_lease_request request = want(SCALE, HALF, 3);
    struct ps_lease_request other = request;

    other.tenant = 1;
    begin();
    const int64_t id = reserve(&request);
    CU_ASSERT_EQUAL(id, FIRST_ID);
    CU_ASSERT_EQUAL(told[0][0], WHOLE); /* the sum on a CU */
    CU_ASSERT_EQUAL(told[1][0], HALF);
    CU_ASSERT_TRUE(reserve(&other) > id);
    CU_ASSERT_EQUAL(told[1][1], HALF);
    CU_ASSERT_EQUAL(told_in_all(), 6 * HALF);
    CU_ASSERT_EQUAL(ps_leases_relinquish(leases, (uint64_t)id), 0);
    CU_ASSERT_EQUAL(told[0][0], 0);
    CU_ASSERT_EQUAL(told_in_all(), 3 * HALF);
    CU_ASSERT_EQUAL(ps_leases_relinquish(leases, (uint64_t)id), -ENOENT);
    end();
}

static void the_same_key_and_request_get_the_same_lease(void)
{
    struct ps_lease_request request = want(SCALE, HALF, 1);
    uint64_t id = 0;
    bool existed = true;

    memcpy(request.key, "job-1", 6);
    begin();
    CU_ASSERT_EQUAL(ps_leases_reserve(leases, &request, NOW, &id, &existed), 0);
    CU_ASSERT_FALSE(existed);
    const uint64_t version = ps_leases_version(leases);
    CU_ASSERT_EQUAL(ps_leases_reserve(leases, &request, NOW + SECOND, &id, &existed), 0);
    CU_ASSERT_TRUE(existed);
    CU_ASSERT_EQUAL(id, FIRST_ID);
    CU_ASSERT_EQUAL(get((int64_t)id)->expires_ns, NOW + request.ttl_ns);
    CU_ASSERT_EQUAL(ps_leases_version(leases), version); /* nothing to write */
    CU_ASSERT_EQUAL(told_in_all(), HALF);
    end();
}

static void the_same_key_for_something_else_is_refused(void)
{
    struct ps_lease_request request = want(SCALE, HALF, 1);
    struct ps_lease_request others[6];

    memcpy(request.key, "job-1", 6);
    for (uint32_t i = 0; i < PS_ARRAY_LEN(others); i++)
        others[i] = request;
    others[0].items[0].share++;
    others[1].items[0].count++;
    others[2].tenant = 1;
    others[3].card = 0;
    others[4].bound = true;
    others[5].ttl_ns += SECOND;
    begin();
    PS_REQUIRE(reserve(&request) > 0);
    for (uint32_t i = 0; i < PS_ARRAY_LEN(others); i++)
        CU_ASSERT_EQUAL(reserve(&others[i]), -EEXIST);
    CU_ASSERT_EQUAL(told_in_all(), HALF);
    end();
}

static void a_key_is_free_again_when_its_lease_is_over(void)
{
    struct ps_lease_request request = want(SCALE, HALF, 1);
    uint64_t id = 0;
    bool existed = true;

    memcpy(request.key, "job-1", 6);
    begin();
    PS_REQUIRE(reserve(&request) == FIRST_ID);
    request.items[0].share = WHOLE;
    CU_ASSERT_EQUAL(ps_leases_reserve(leases, &request, NOW + 60 * SECOND, &id, &existed), 0);
    CU_ASSERT_FALSE(existed);
    CU_ASSERT_EQUAL(id, FIRST_ID + 1);
    CU_ASSERT_EQUAL(told_in_all(), WHOLE);
    end();
}

static void a_lease_expires_to_the_nanosecond_unless_renewed(void)
{
    const struct ps_lease_request request = want(SCALE, HALF, 1);

    begin();
    const uint64_t a = (uint64_t)reserve(&request), b = (uint64_t)reserve(&request);
    CU_ASSERT_EQUAL(ps_leases_renew(leases, b, 90 * SECOND, NOW + 30 * SECOND), 0);
    CU_ASSERT_EQUAL(ps_leases_expire(leases, NOW + 60 * SECOND - 1), 0);
    CU_ASSERT_EQUAL(ps_leases_expire(leases, NOW + 60 * SECOND), 1);
    CU_ASSERT_PTR_NULL(ps_leases_get(leases, a));
    CU_ASSERT_EQUAL(told_in_all(), HALF);
    CU_ASSERT_EQUAL(ps_leases_renew(leases, a, SECOND, NOW + 61 * SECOND), -ENOENT);
    CU_ASSERT_EQUAL(ps_leases_renew(leases, b, 0, NOW + 61 * SECOND), -EINVAL);
    CU_ASSERT_EQUAL(ps_leases_renew(leases, b, PS_LEASE_TTL_NS_MAX + 1, NOW), -EINVAL);
    CU_ASSERT_EQUAL(ps_leases_renew(leases, b, SECOND, NOW + 120 * SECOND), -ENOENT);
    CU_ASSERT_EQUAL(told_in_all(), 0);
    end();
}

static void what_expired_makes_room_at_once(void)
{
    const struct ps_lease_request all = want(SCALE, WHOLE, 4);
    uint64_t id = 0;
    bool existed = false;

    begin();
    PS_REQUIRE(reserve(&all) > 0);
    CU_ASSERT_EQUAL(reserve(&all), -EBUSY);
    CU_ASSERT_EQUAL(ps_leases_reserve(leases, &all, NOW + 60 * SECOND, &id, &existed), 0);
    end();
}

static void a_client_that_goes_gives_back_what_is_bound_to_it(void)
{
    struct ps_lease_request bound = want(SCALE, HALF, 1), detached = bound;

    bound.bound = true;
    bound.client = detached.client = 5;
    begin();
    PS_REQUIRE(reserve(&bound) > 0 && reserve(&bound) > 0);
    const int64_t stays = reserve(&detached);
    CU_ASSERT_EQUAL(ps_leases_client_gone(leases, 4), 0);
    CU_ASSERT_EQUAL(ps_leases_client_gone(leases, 5), 2);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 1);
    CU_ASSERT_PTR_NOT_NULL(get(stays));
    CU_ASSERT_EQUAL(told_in_all(), HALF);
    end();
}

static void a_bound_lease_follows_who_asked_last(void)
{
    struct ps_lease_request request = want(SCALE, HALF, 1);

    request.bound = true;
    request.client = 5;
    memcpy(request.key, "job-1", 6);
    begin();
    const int64_t id = reserve(&request);
    request.client = 6; /* came back before its old connection was seen to end */
    CU_ASSERT_EQUAL(reserve(&request), id);
    CU_ASSERT_EQUAL(ps_leases_client_gone(leases, 5), 0);
    CU_ASSERT_EQUAL(ps_leases_client_gone(leases, 6), 1);
    end();
}

static void a_lost_cu_degrades_its_leases(void)
{
    const struct ps_lease_request request = want(ENCODE, WHOLE, 1);

    begin();
    const int64_t a = reserve(&request), b = reserve(&request);
    ps_leases_set_lost(leases, 2, true);
    CU_ASSERT_TRUE(ps_leases_is_degraded(leases, get(a)));
    CU_ASSERT_FALSE(ps_leases_is_degraded(leases, get(b)));
    CU_ASSERT_EQUAL(told[2][0], WHOLE); /* it is there again when the CU is */
    ps_leases_set_lost(leases, 2, false);
    CU_ASSERT_FALSE(ps_leases_is_degraded(leases, get(a)));
    end();
}

static void requests_out_of_range_are_refused(void)
{
    struct ps_lease_request bad[14];

    for (uint32_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        bad[i] = want(SCALE, HALF, 1);
    bad[0].item_count = 0;
    bad[1].item_count = PS_LEASE_ITEMS_MAX + 1;
    bad[2].tenant = TENANTS;
    bad[3].ttl_ns = PS_LEASE_TTL_NS_MIN - 1;
    bad[4].ttl_ns = PS_LEASE_TTL_NS_MAX + 1;
    bad[5].items[0].share = 0;
    bad[6].items[0].share = WHOLE + 1;
    bad[7].items[0].count = 0;
    bad[8].items[0].count = PS_LEASE_GRANTS_MAX + 1;
    bad[9].items[1] = (struct ps_lease_item){ SCALE, 1, PS_LEASE_GRANTS_MAX };
    bad[9].item_count = 2;
    bad[10].items[0].count = UINT32_MAX;
    memset(bad[11].key, 'a', sizeof(bad[11].key)); /* no end */
    memcpy(bad[12].key, "a b", 4);
    memcpy(bad[13].key, "\033[2J", 5);
    begin();
    for (uint32_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(reserve(&bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 0);
    end();
}

static void the_table_has_an_end(void)
{
    const struct ps_lease_request request = want(SCALE, 1, 1);

    begin();
    for (uint32_t i = 0; i < fixture.leases_max; i++)
        CU_ASSERT_TRUE(reserve(&request) > 0);
    CU_ASSERT_EQUAL(reserve(&request), -ENOSPC);
    CU_ASSERT_EQUAL(told_in_all(), fixture.leases_max);
    end();
}

static void configurations_out_of_range_are_refused(void)
{
    static const struct ps_lease_cu far_card[] = { { SCALE, PS_LEASE_CARDS_MAX } };
    static const struct ps_lease_tenant greedy[] = { { .key = 1, .share_max = WHOLE + 1 } };
    struct ps_leases_config bad[9];

    for (uint32_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        bad[i] = fixture;
    bad[0].cu_count = 0;
    bad[1].cu_count = PS_LEASE_CUS_MAX + 1;
    bad[2].tenant_count = 0;
    bad[3].tenant_count = PS_LEASE_TENANTS_MAX + 1;
    bad[4].leases_max = 0;
    bad[5].leases_max = PS_LEASES_MAX + 1;
    bad[6].first_id = 0;
    bad[7].cus = far_card;
    bad[7].cu_count = 1;
    bad[8].tenants = greedy;
    bad[8].tenant_count = 1;
    for (uint32_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_leases_create(&leases, &bad[i]), -EINVAL);
    CU_ASSERT_PTR_NULL(leases);
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_leases_create(&leases, &fixture);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        PS_REQUIRE(leases == NULL && failed_at < 100);
    }
    CU_ASSERT_EQUAL(failed_at, 8); /* the object and its seven arrays */
    end();
    ps_leases_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_lease_is_told_to_the_allocator_and_taken_back),
        PS_TEST(the_same_key_and_request_get_the_same_lease),
        PS_TEST(the_same_key_for_something_else_is_refused),
        PS_TEST(a_key_is_free_again_when_its_lease_is_over),
        PS_TEST(a_lease_expires_to_the_nanosecond_unless_renewed),
        PS_TEST(what_expired_makes_room_at_once),
        PS_TEST(a_client_that_goes_gives_back_what_is_bound_to_it),
        PS_TEST(a_bound_lease_follows_who_asked_last),
        PS_TEST(a_lost_cu_degrades_its_leases),
        PS_TEST(requests_out_of_range_are_refused),
        PS_TEST(the_table_has_an_end),
        PS_TEST(configurations_out_of_range_are_refused),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run("host/alloc/lease.c", tests, PS_ARRAY_LEN(tests));
}

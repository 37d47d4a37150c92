/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_lease_save.c - what is saved is there again, or refused as a whole. */
#include "host/base/hash.h"
#include "tests/unit/host/alloc/lease_fixture.h"

#define HEADER_BYTES 32u
#define CRC_AT       12u
#define SIZE_AT      16u

static uint8_t *saved;
static size_t saved_bytes;

static void save(void)
{
    void *data = NULL;

    free(saved);
    PS_REQUIRE(ps_leases_save(leases, &data, &saved_bytes) == 0);
    saved = data;
}

static int load(const struct ps_leases_config *cfg, uint64_t now_ns)
{
    memset(told, 0, sizeof(told));
    PS_REQUIRE(ps_leases_create(&leases, cfg) == 0);
    return ps_leases_load(leases, saved, saved_bytes, now_ns);
}

/* So that only what is under test is wrong. */
static void sign(void)
{
    const uint32_t crc = ps_crc32c(0, saved + SIZE_AT, saved_bytes - SIZE_AT);

    memcpy(saved + CRC_AT, &crc, sizeof(crc));
}

static struct ps_lease_request named(const char *key, bool bound)
{
    struct ps_lease_request request = want(SCALE, HALF, 1);

    memcpy(request.key, key, strlen(key) + 1);
    request.bound = bound;
    request.client = bound ? 9 : 0;
    return request;
}

static void leases_are_there_again_as_they_were(void)
{
    struct ps_lease_request request = named("job-1", false);
    const struct ps_lease_request second = want(ENCODE, 250000, 3);
    uint32_t before[CUS][TENANTS];

    request.tenant = 1;
    request.card = 1;
    request.same_card = true;
    begin();
    const int64_t a = reserve(&request), b = reserve(&second);
    PS_REQUIRE(ps_leases_renew(leases, (uint64_t)b, 600 * SECOND, NOW) == 0);
    memcpy(before, told, sizeof(told));
    save();
    end();
    PS_REQUIRE(load(&fixture, NOW + SECOND) == 0);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 2);
    CU_ASSERT_EQUAL(memcmp(before, told, sizeof(told)), 0);
    CU_ASSERT_EQUAL(get(a)->expires_ns, NOW + 60 * SECOND);
    CU_ASSERT_EQUAL(get(b)->expires_ns, NOW + 600 * SECOND);
    CU_ASSERT_EQUAL(reserve(&request), a); /* the key still stands for it */
    CU_ASSERT_TRUE(reserve(&second) > b);  /* ids are not used again */
    end();
}

static void bound_leases_wait_for_their_client_and_no_longer(void)
{
    struct ps_lease_request comes = named("comes", true), stays_away = named("stays-away", true);
    struct ps_lease_request nameless = named("", true);

    begin();
    const int64_t kept = reserve(&comes), lost = reserve(&stays_away);
    PS_REQUIRE(reserve(&nameless) > 0);
    save();
    end();
    PS_REQUIRE(load(&fixture, NOW) == 0);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 2); /* nobody could claim the one without a key */
    CU_ASSERT_NOT_EQUAL(get(kept)->grace_ns, 0);
    CU_ASSERT_EQUAL(ps_leases_client_gone(leases, 0), 0);
    CU_ASSERT_EQUAL(ps_leases_client_gone(leases, 9), 0); /* of an earlier life */
    comes.client = 3;
    CU_ASSERT_EQUAL(reserve(&comes), kept);
    CU_ASSERT_EQUAL(ps_leases_expire(leases, NOW + PS_LEASE_GRACE_NS - 1), 0);
    CU_ASSERT_EQUAL(ps_leases_expire(leases, NOW + PS_LEASE_GRACE_NS), 1);
    CU_ASSERT_PTR_NULL(ps_leases_get(leases, (uint64_t)lost));
    CU_ASSERT_EQUAL(ps_leases_client_gone(leases, 3), 1);
    end();
}

static void what_expired_meanwhile_is_left_out(void)
{
    const struct ps_lease_request request = want(SCALE, HALF, 1);

    begin();
    PS_REQUIRE(reserve(&request) > 0);
    save();
    end();
    CU_ASSERT_EQUAL(load(&fixture, NOW + 60 * SECOND), 0);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 0);
    CU_ASSERT_EQUAL(told_in_all(), 0);
    end();
}

static void a_clock_set_back_makes_no_lease_longer(void)
{
    const struct ps_lease_request request = want(SCALE, HALF, 1);

    begin();
    const int64_t id = reserve(&request);
    save();
    end();
    PS_REQUIRE(load(&fixture, NOW - 500 * SECOND) == 0);
    CU_ASSERT_EQUAL(get(id)->expires_ns, NOW - 440 * SECOND);
    end();
}

static void tenants_are_found_by_name_not_by_number(void)
{
    static const struct ps_lease_tenant others[] = { { .key = 2, .share_max = WHOLE },
                                                     { .key = 9, .share_max = WHOLE } };
    struct ps_leases_config cfg = fixture;
    struct ps_lease_request a = want(SCALE, HALF, 1), b = a;

    a.tenant = 1;
    cfg.tenants = others;
    cfg.tenant_count = 2;
    begin();
    const int64_t stays = reserve(&a);
    PS_REQUIRE(reserve(&b) > 0); /* of tenant key 1, who is no more */
    save();
    end();
    PS_REQUIRE(load(&cfg, NOW) == 0);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 1);
    CU_ASSERT_EQUAL(get(stays)->request.tenant, 0);
    CU_ASSERT_EQUAL(told[0][0], HALF);
    end();
}

static void a_cu_that_is_another_now_degrades_its_lease(void)
{
    static const struct ps_lease_cu fewer[] = { { SCALE, 0 }, { ENCODE, 0 }, { ENCODE, 0 } };
    struct ps_leases_config cfg = fixture;
    const struct ps_lease_request scale = want(SCALE, WHOLE, 2), encode = want(ENCODE, HALF, 1);

    cfg.cus = fewer;
    cfg.cu_count = 3;
    begin();
    const int64_t a = reserve(&scale), b = reserve(&encode);
    save();
    end();
    PS_REQUIRE(load(&cfg, NOW) == 0);
    CU_ASSERT_TRUE(ps_leases_is_degraded(leases, get(a)));
    CU_ASSERT_EQUAL(get(a)->grants[1].cu, PS_LEASE_NO_CU);
    CU_ASSERT_FALSE(ps_leases_is_degraded(leases, get(b))); /* CU 2 is an encoder still */
    CU_ASSERT_EQUAL(told_in_all(), WHOLE + HALF);
    CU_ASSERT_EQUAL(ps_leases_relinquish(leases, (uint64_t)a), 0);
    CU_ASSERT_EQUAL(told_in_all(), HALF);
    end();
}

static void each_damaged_byte_and_each_shorter_file_is_refused(void)
{
    const struct ps_lease_request request = named("job-1", false);

    begin();
    PS_REQUIRE(reserve(&request) > 0);
    save();
    end();
    PS_REQUIRE(load(&fixture, NOW) == 0);
    end();
    begin();
    for (size_t at = 0; at < saved_bytes; at++) {
        saved[at] ^= 0x10;
        CU_ASSERT_EQUAL(ps_leases_load(leases, saved, saved_bytes, NOW), -EBADMSG);
        saved[at] ^= 0x10;
    }
    for (size_t size = 0; size < saved_bytes; size++)
        CU_ASSERT_EQUAL(ps_leases_load(leases, saved, size, NOW), -EBADMSG);
    CU_ASSERT_EQUAL(ps_leases_count(leases), 0);
    CU_ASSERT_EQUAL(told_in_all(), 0);
    end();
}

/* Right checksums, wrong contents: each byte of the record in turn, and a lease twice. */
static void a_file_that_contradicts_itself_leaves_nothing_behind(void)
{
    const struct ps_lease_request request = want(SCALE, WHOLE, 1);

    begin();
    PS_REQUIRE(reserve(&request) > 0 && reserve(&request) > 0);
    save();
    end();
    const size_t record = (saved_bytes - HEADER_BYTES) / 2;
    for (size_t at = HEADER_BYTES + record; at < saved_bytes; at++) {
        saved[at] ^= 0xff;
        sign();
        const int rc = load(&fixture, NOW);
        CU_ASSERT_TRUE(rc == 0 || (rc == -EBADMSG && ps_leases_count(leases) == 0));
        CU_ASSERT_TRUE(rc == 0 || told_in_all() == 0);
        for (uint32_t cu = 0; cu < CUS; cu++)
            CU_ASSERT_TRUE(ps_leases_reserved(leases, cu) <= WHOLE);
        end();
        saved[at] ^= 0xff;
    }
    memcpy(saved + HEADER_BYTES + record, saved + HEADER_BYTES, record);
    sign();
    CU_ASSERT_EQUAL(load(&fixture, NOW), -EBADMSG);
    end();
    saved[HEADER_BYTES + record]++; /* another id, the same CU a second time */
    saved[HEADER_BYTES + record]++;
    sign();
    CU_ASSERT_EQUAL(load(&fixture, NOW), -EBADMSG);
    CU_ASSERT_EQUAL(told_in_all(), 0);
    end();
}

static void saving_survives_a_failed_allocation(void)
{
    void *data = NULL;
    size_t size_bytes = 0;

    begin();
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_leases_save(leases, &data, &size_bytes), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(data);
    save(); /* no leases are a file, too */
    end();
    CU_ASSERT_EQUAL(load(&fixture, NOW), 0);
    end();
    free(saved);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(leases_are_there_again_as_they_were),
        PS_TEST(bound_leases_wait_for_their_client_and_no_longer),
        PS_TEST(what_expired_meanwhile_is_left_out),
        PS_TEST(a_clock_set_back_makes_no_lease_longer),
        PS_TEST(tenants_are_found_by_name_not_by_number),
        PS_TEST(a_cu_that_is_another_now_degrades_its_lease),
        PS_TEST(each_damaged_byte_and_each_shorter_file_is_refused),
        PS_TEST(a_file_that_contradicts_itself_leaves_nothing_behind),
        PS_TEST(saving_survives_a_failed_allocation),
    };

    return ps_test_run("host/alloc/lease_save.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/peers/test_salts.c - keys are SipHash-2-4's, and change and go with their salt.
 */
#include "host/base/mem.h"
#include "tests/unit/host/peers/peers_fixture.h"

/* The example of Appendix A of the paper by Aumasson and Bernstein (2012). */
static void the_hash_is_siphash_2_4(void)
{
    uint8_t salt[PS_PEERS_SALT_BYTES];
    struct ps_peer_id id = { .size_bytes = 15 };

    for (uint8_t i = 0; i < 16; i++)
        salt[i] = id.bytes[i] = i;
    CU_ASSERT_EQUAL(ps_peers_hash(salt, &id), 0xa129ca6149be45e5ull);
}

static void a_key_lasts_as_long_as_its_salt_is_used(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    const uint64_t key = key_of(peers, "192.0.2.1", MONDAY);

    CU_ASSERT_EQUAL(key_of(peers, "192.0.2.1", MONDAY + DAY - 1), key);
    CU_ASSERT_NOT_EQUAL(key_of(peers, "192.0.2.2", MONDAY), key);
    CU_ASSERT_EQUAL(key_of(peers, "192.0.2.1", MONDAY - 5 * DAY), key); /* time stands still */
    CU_ASSERT_NOT_EQUAL(key_of(peers, "192.0.2.1", MONDAY + DAY), key);
    CU_ASSERT_EQUAL(peers->salts.count, 2);
    ps_peers_destroy(peers);
}

static void a_salt_goes_when_nothing_can_be_kept_under_it(void)
{
    static const uint8_t none[PS_PEERS_SALT_BYTES];
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    const uint64_t gone_ns = MONDAY + DAY + 30 * DAY + HOUR;

    key_of(peers, "192.0.2.1", MONDAY);
    see(peers, "192.0.2.1", MONDAY + DAY - SEC);
    ps_peers_tend(peers, MONDAY + 31 * DAY - 2 * SEC);
    CU_ASSERT_EQUAL(peers->table.count, 1);
    ps_peers_tend(peers, MONDAY + 31 * DAY - SEC);
    CU_ASSERT_EQUAL(peers->table.count, 0);
    ps_peers_tend(peers, gone_ns - 1);
    CU_ASSERT_EQUAL(peers->salts.count, 1);
    const uint64_t version = ps_peers_version(peers);
    ps_peers_tend(peers, gone_ns);
    CU_ASSERT_EQUAL(peers->salts.count, 0);
    CU_ASSERT_EQUAL(memcmp(peers->salts.list[0].bytes, none, sizeof(none)), 0);
    CU_ASSERT_NOT_EQUAL(ps_peers_version(peers), version);
    ps_peers_destroy(peers);
}

static void a_years_salts_stay_bounded(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);

    for (uint64_t day = 0; day < 400; day++) {
        see(peers, "192.0.2.1", MONDAY + day * DAY);
        ps_peers_tend(peers, MONDAY + day * DAY);
        CU_ASSERT_TRUE(peers->salts.count <= 33);
    }
    ps_peers_destroy(peers);
}

static void too_many_salts_take_their_profiles_along(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);

    peers->cfg.salt_rotate_ns = HOUR;
    peers->cfg.retain_ns = 4000 * HOUR; /* as if both had been configured otherwise before */
    see(peers, "192.0.2.1", MONDAY);
    for (uint64_t hour = 1; hour <= PS_PEERS_SALTS_MAX; hour++) {
        CU_ASSERT_EQUAL(peers->table.count, 1);
        key_of(peers, "192.0.2.2", MONDAY + hour * HOUR);
    }
    CU_ASSERT_EQUAL(peers->salts.count, PS_PEERS_SALTS_MAX);
    CU_ASSERT_EQUAL(peers->table.count, 0);
    ps_peers_destroy(peers);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_hash_is_siphash_2_4),
        PS_TEST(a_key_lasts_as_long_as_its_salt_is_used),
        PS_TEST(a_salt_goes_when_nothing_can_be_kept_under_it),
        PS_TEST(a_years_salts_stay_bounded),
        PS_TEST(too_many_salts_take_their_profiles_along),
    };

    return ps_test_run("host/peers/salts.c", tests, PS_ARRAY_LEN(tests));
}

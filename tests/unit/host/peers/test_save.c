/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/peers/test_save.c - kept over a restart, refused when damaged, and no address. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tests/unit/host/peers/peers_fixture.h"

struct bytes {
    void *data;
    size_t size;
};

static struct bytes salts_of(const struct ps_peers *peers)
{
    struct bytes saved = { 0 };

    PS_REQUIRE(ps_peers_save_salts(peers, &saved.data, &saved.size) == 0);
    return saved;
}

static struct bytes profiles_of(const struct ps_peers *peers)
{
    struct bytes saved = { 0 };

    PS_REQUIRE(ps_peers_save(peers, &saved.data, &saved.size) == 0);
    return saved;
}

static void a_restart_forgets_nothing(void)
{
    const struct ps_peer_class class = { .region = 3, .device = 2 };
    const struct ps_peer_id out = id_of("198.51.100.9");
    struct random_source source, other;
    struct ps_peers *peers = peers_of(&source, 16), *again = peers_of(&other, 16);
    struct ps_peer_profile before, after;
    const uint64_t key = see(peers, "192.0.2.1", MONDAY);

    peers->salts.set_id++; /* another than drawn by the other */
    ps_peers_seen(peers, key, &class, 5, MONDAY + 3 * HOUR);
    see(peers, "192.0.2.1", MONDAY + DAY);
    CU_ASSERT_EQUAL(ps_peers_opt_out(peers, &out), 0);
    const struct bytes salts = salts_of(peers), profiles = profiles_of(peers);
    CU_ASSERT_EQUAL(ps_peers_load(again, profiles.data, profiles.size, MONDAY + DAY), -ESTALE);
    CU_ASSERT_EQUAL(ps_peers_load_salts(again, salts.data, salts.size, MONDAY + DAY), 0);
    CU_ASSERT_EQUAL(ps_peers_load(again, profiles.data, profiles.size, MONDAY + DAY), 0);
    PS_REQUIRE(ps_peers_get(peers, key, &before) && ps_peers_get(again, key, &after));
    CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof(before)), 0);
    CU_ASSERT_EQUAL(again->table.count, 2);
    CU_ASSERT_EQUAL(key_of(again, "192.0.2.1", MONDAY + DAY),
                    see(peers, "192.0.2.1", MONDAY + DAY));
    CU_ASSERT_TRUE(ps_peers_is_out(again, &out));
    const struct bytes same = profiles_of(again);
    CU_ASSERT_TRUE(same.size == profiles.size);
    ps_peers_destroy(peers);
    ps_peers_destroy(again);
    free(salts.data);
    free(profiles.data);
    free(same.data);
}

static void what_is_past_its_time_or_room_stays_out(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16), *small = peers_of(&source, 2);
    struct ps_peer_profile profile;

    see(peers, "a", MONDAY);
    see(peers, "b", MONDAY + HOUR);
    see(peers, "c", MONDAY + 2 * HOUR);
    const uint64_t newest = see(peers, "d", MONDAY + 3 * HOUR);
    const struct bytes salts = salts_of(peers), profiles = profiles_of(peers);
    PS_REQUIRE(ps_peers_load_salts(small, salts.data, salts.size, MONDAY) == 0);
    CU_ASSERT_EQUAL(
        ps_peers_load(small, profiles.data, profiles.size, MONDAY + 30 * DAY + 2 * HOUR), 0);
    CU_ASSERT_EQUAL(small->table.count, 1);
    CU_ASSERT_TRUE(ps_peers_get(small, newest, &profile));
    ps_peers_destroy(peers);
    ps_peers_destroy(small);
    free(salts.data);
    free(profiles.data);
}

static void a_clock_set_back_lengthens_no_life(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16), *again = peers_of(&source, 16);
    struct ps_peer_profile profile;
    const uint64_t key = see(peers, "a", MONDAY + 900 * DAY);

    const struct bytes salts = salts_of(peers), profiles = profiles_of(peers);
    PS_REQUIRE(ps_peers_load_salts(again, salts.data, salts.size, MONDAY) == 0);
    PS_REQUIRE(ps_peers_load(again, profiles.data, profiles.size, MONDAY) == 0);
    PS_REQUIRE(ps_peers_get(again, key, &profile));
    CU_ASSERT_EQUAL(profile.seen_ns, MONDAY);
    CU_ASSERT_EQUAL(again->salts.list[0].until_ns, MONDAY + DAY);
    ps_peers_tend(again, MONDAY + 31 * DAY + HOUR);
    CU_ASSERT_TRUE(again->table.count == 0 && again->salts.count == 0);
    ps_peers_destroy(peers);
    ps_peers_destroy(again);
    free(salts.data);
    free(profiles.data);
}

/* Each byte changed in turn, and each length cut. */
static void damage_is_refused_and_changes_nothing(void)
{
    const struct ps_peer_id out = id_of("z");
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);

    see(peers, "a", MONDAY);
    CU_ASSERT_EQUAL(ps_peers_opt_out(peers, &out), 0);
    const struct bytes salts = salts_of(peers), profiles = profiles_of(peers);
    const uint64_t key = key_of(peers, "a", MONDAY);
    for (size_t i = 0; i < salts.size; i++) {
        ((uint8_t *)salts.data)[i] ^= 1;
        CU_ASSERT_EQUAL(ps_peers_load_salts(peers, salts.data, salts.size, MONDAY), -EINVAL);
        ((uint8_t *)salts.data)[i] ^= 1;
        CU_ASSERT_EQUAL(ps_peers_load_salts(peers, salts.data, i, MONDAY), -EINVAL);
    }
    for (size_t i = 0; i < profiles.size; i++) {
        ((uint8_t *)profiles.data)[i] ^= 1;
        CU_ASSERT_EQUAL(ps_peers_load(peers, profiles.data, profiles.size, MONDAY), -EINVAL);
        ((uint8_t *)profiles.data)[i] ^= 1;
        CU_ASSERT_EQUAL(ps_peers_load(peers, profiles.data, i, MONDAY), -EINVAL);
    }
    CU_ASSERT_EQUAL(key_of(peers, "a", MONDAY), key);
    CU_ASSERT_EQUAL(peers->table.count, 1);
    ps_peers_destroy(peers);
    free(salts.data);
    free(profiles.data);
}

static bool holds(struct bytes saved, const void *what, size_t size)
{
    return memmem(saved.data, saved.size, what, size) != NULL;
}

static void no_address_and_no_token_is_saved(void)
{
    static const uint8_t raw[] = { 203, 0, 113, 77 };
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    const struct ps_peer_id out = id_of("secret-token");
    const uint64_t key = see(peers, "203.0.113.77", MONDAY);

    see(peers, "viewer-token", MONDAY);
    CU_ASSERT_EQUAL(ps_peers_opt_out(peers, &out), 0);
    const struct bytes saved[] = { salts_of(peers), profiles_of(peers) };
    for (size_t i = 0; i < PS_ARRAY_LEN(saved); i++) {
        CU_ASSERT_FALSE(holds(saved[i], raw, sizeof(raw)));
        CU_ASSERT_FALSE(holds(saved[i], "203.0", 5));
        CU_ASSERT_FALSE(holds(saved[i], "token", 5));
    }
    CU_ASSERT_TRUE(holds(saved[1], &key, sizeof(key))); /* the search can find */
    ps_peers_destroy(peers);
    free(saved[0].data);
    free(saved[1].data);
}

static void saving_tells_of_a_failed_allocation(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    struct bytes saved = { 0 };

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_peers_save(peers, &saved.data, &saved.size), -ENOMEM);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_peers_save_salts(peers, &saved.data, &saved.size), -ENOMEM);
    ps_fail_alloc_never();
    ps_peers_destroy(peers);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_restart_forgets_nothing),
        PS_TEST(what_is_past_its_time_or_room_stays_out),
        PS_TEST(a_clock_set_back_lengthens_no_life),
        PS_TEST(damage_is_refused_and_changes_nothing),
        PS_TEST(no_address_and_no_token_is_saved),
        PS_TEST(saving_tells_of_a_failed_allocation),
    };

    return ps_test_run("host/peers/save.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/peers/test_peers.c - what is kept of a peer, for how long, and how it goes. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "host/base/mem.h"
#include "tests/unit/host/peers/peers_fixture.h"

static struct ps_peers_held held[8];
static uint32_t held_count;

static void take(void *arg, const struct ps_peers_held *one)
{
    (void)arg;
    PS_REQUIRE(held_count < PS_ARRAY_LEN(held));
    held[held_count++] = *one;
}

static uint32_t export_of(const struct ps_peers *peers, const char *text)
{
    const struct ps_peer_id id = id_of(text);

    held_count = 0;
    CU_ASSERT_EQUAL(ps_peers_export(peers, &id, take, NULL), held_count);
    return held_count;
}

static void one_peer_has_one_spelling(void)
{
    const struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(0xc0000201) } };
    const struct sockaddr local = { .sa_family = AF_UNIX };
    const struct ps_peer_id text = id_of("192.0.2.1"), mapped = id_of("::ffff:192.0.2.1");
    struct ps_peer_id id;

    CU_ASSERT_EQUAL(ps_peer_id_of_address(&id, (const struct sockaddr *)&v4), 0);
    CU_ASSERT_TRUE(id.size_bytes == text.size_bytes &&
                   memcmp(id.bytes, text.bytes, id.size_bytes) == 0);
    CU_ASSERT_EQUAL(memcmp(mapped.bytes, text.bytes, text.size_bytes), 0);
    CU_ASSERT_EQUAL(ps_peer_id_of_address(&id, &local), -EAFNOSUPPORT);
    CU_ASSERT_EQUAL(id_of("ann").size_bytes, 4);
    CU_ASSERT_EQUAL(ps_peer_id_of_text(&id, "", 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_peer_id_of_text(&id, "x", PS_PEERS_TOKEN_MAX + 1), -EINVAL);
}

static void a_profile_says_what_was_seen(void)
{
    const struct ps_peer_class first = { .region = 3 }, second = { .device = 2, .access = 9 };
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    struct ps_peer_profile profile;
    const uint64_t key = key_of(peers, "192.0.2.1", MONDAY);

    CU_ASSERT_FALSE(ps_peers_get(peers, key, &profile));
    ps_peers_seen(peers, key, &first, 5, MONDAY + 7 * HOUR);
    ps_peers_seen(peers, key, &second, 6, MONDAY + 31 * HOUR);
    PS_REQUIRE(ps_peers_get(peers, key, &profile));
    CU_ASSERT_TRUE(profile.class.region == 3 && profile.class.device == 2 &&
                   profile.class.access == 9);
    CU_ASSERT_TRUE(profile.media_key == 6 && profile.media_ns == MONDAY + 31 * HOUR);
    CU_ASSERT_EQUAL(profile.seen_ns, MONDAY + 31 * HOUR);
    CU_ASSERT_DOUBLE_EQUAL(profile.activity, 1.5, 1e-6); /* a day is half */
    CU_ASSERT_EQUAL(profile.habit[7], 2);
    CU_ASSERT_EQUAL(profile.habit[8], 0);
    ps_peers_destroy(peers);
}

static void a_class_is_filled_where_it_is_unknown(void)
{
    const struct ps_peer_class known = { .region = 3, .device = 2 };
    struct ps_peer_class asked = { .region = 7 }, stranger = { 0 };
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    const uint64_t key = key_of(peers, "192.0.2.1", MONDAY);

    ps_peers_seen(peers, key, &known, 5, MONDAY);
    ps_peers_fill(peers, key, &asked);
    CU_ASSERT_TRUE(asked.region == 7 && asked.device == 2);
    ps_peers_fill(peers, key + 1, &stranger);
    ps_peers_fill(peers, 0, &stranger);
    CU_ASSERT_TRUE(stranger.region == 0 && stranger.device == 0);
    ps_peers_destroy(peers);
}

static void habits_stay_relative(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    struct ps_peer_profile profile;
    const struct ps_peer_class unknown = { 0 };

    for (int i = 0; i < 8; i++)
        ps_peers_seen(peers, 9, &unknown, 1, MONDAY + 3 * HOUR);
    for (int i = 0; i < 24; i++) /* full at 15, and again at 23 */
        ps_peers_seen(peers, 9, &unknown, 1, MONDAY + 20 * HOUR);
    PS_REQUIRE(ps_peers_get(peers, 9, &profile));
    CU_ASSERT_TRUE(profile.habit[20] > 7 && profile.habit[20] <= PS_PEERS_HABIT_MAX);
    CU_ASSERT_EQUAL(profile.habit[3], 2);
    CU_ASSERT_EQUAL(profile.habit[21], 0);
    ps_peers_destroy(peers);
}

static void who_was_not_seen_for_longest_makes_room(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 2);
    struct ps_peers_status status;
    struct ps_peer_profile profile;
    const uint64_t a = see(peers, "a", MONDAY), b = see(peers, "b", MONDAY + SEC);

    see(peers, "a", MONDAY + 2 * SEC);
    see(peers, "c", MONDAY + 3 * SEC);
    CU_ASSERT_TRUE(ps_peers_get(peers, a, &profile));
    CU_ASSERT_FALSE(ps_peers_get(peers, b, &profile));
    CU_ASSERT_TRUE(source.forgotten == 1 && source.last_forgotten == b);
    ps_peers_status(peers, &status);
    CU_ASSERT_TRUE(status.peers == 2 && status.forgotten_for_room == 1);
    ps_peers_destroy(peers);
}

static void retention_ends_a_profile_and_tells(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    const uint64_t key = see(peers, "a", MONDAY);

    see(peers, "b", MONDAY + DAY / 2);
    ps_peers_tend(peers, MONDAY + 30 * DAY - SEC);
    CU_ASSERT_EQUAL(source.forgotten, 0);
    ps_peers_tend(peers, MONDAY + 30 * DAY);
    CU_ASSERT_TRUE(source.forgotten == 1 && source.last_forgotten == key && source.erased == 0);
    CU_ASSERT_EQUAL(export_of(peers, "a"), 0);
    CU_ASSERT_EQUAL(export_of(peers, "b"), 1);
    ps_peers_destroy(peers);
}

/* A late sample neither reorders the list nor makes time step back. */
static void late_samples_count_as_of_the_newest(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    struct ps_peer_profile profile;
    const struct ps_peer_class unknown = { 0 };

    ps_peers_seen(peers, 1, &unknown, 1, MONDAY);
    ps_peers_seen(peers, 2, &unknown, 1, MONDAY - 10 * DAY);
    PS_REQUIRE(ps_peers_get(peers, 2, &profile));
    CU_ASSERT_EQUAL(profile.seen_ns, MONDAY);
    CU_ASSERT_EQUAL(profile.media_ns, MONDAY - 10 * DAY);
    CU_ASSERT_EQUAL(profile.activity, 1.0f);
    ps_peers_tend(peers, MONDAY + 30 * DAY);
    CU_ASSERT_EQUAL(peers->table.count, 0);
    ps_peers_destroy(peers);
}

static void erasing_reaches_every_salt_and_nobody_else(void)
{
    const struct ps_peer_id id = id_of("192.0.2.1");
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);

    for (uint64_t day = 0; day < 4; day++) {
        see(peers, "192.0.2.1", MONDAY + day * DAY);
        see(peers, "192.0.2.2", MONDAY + day * DAY);
    }
    CU_ASSERT_EQUAL(export_of(peers, "192.0.2.1"), 4);
    CU_ASSERT_EQUAL(held[1].salt_from_ns, MONDAY + DAY);
    CU_ASSERT_EQUAL(held[1].salt_gone_ns, MONDAY + 32 * DAY + HOUR);
    CU_ASSERT_NOT_EQUAL(held[0].profile.key, held[1].profile.key);
    CU_ASSERT_EQUAL(ps_peers_erase(peers, &id), 4);
    CU_ASSERT_TRUE(source.forgotten == 4 && source.erased == 4);
    CU_ASSERT_EQUAL(export_of(peers, "192.0.2.1"), 0);
    CU_ASSERT_EQUAL(export_of(peers, "192.0.2.2"), 4);
    CU_ASSERT_EQUAL(ps_peers_erase(peers, &id), 0);
    CU_ASSERT_EQUAL(source.forgotten, 8); /* others may keep what has no profile */
    ps_peers_destroy(peers);
}

static void who_opted_out_has_no_key_until_it_opts_in(void)
{
    const struct ps_peer_id id = id_of("192.0.2.1");
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);

    CU_ASSERT_EQUAL(ps_peers_opt_in(peers, &id), -ENOENT);
    see(peers, "192.0.2.1", MONDAY);
    CU_ASSERT_EQUAL(ps_peers_opt_out(peers, &id), 0);
    CU_ASSERT_EQUAL(ps_peers_opt_out(peers, &id), 0);
    CU_ASSERT_EQUAL(peers->salts.out_count, 1);
    CU_ASSERT_EQUAL(export_of(peers, "192.0.2.1"), 0);
    CU_ASSERT_EQUAL(see(peers, "192.0.2.1", MONDAY + 5 * DAY), 0);
    CU_ASSERT_EQUAL(peers->table.count, 0);
    CU_ASSERT_NOT_EQUAL(see(peers, "192.0.2.2", MONDAY + 5 * DAY), 0);
    CU_ASSERT_EQUAL(ps_peers_opt_in(peers, &id), 0);
    CU_ASSERT_NOT_EQUAL(see(peers, "192.0.2.1", MONDAY + 5 * DAY), 0);
    ps_peers_destroy(peers);
}

static void the_list_of_opt_outs_is_bounded(void)
{
    struct random_source source;
    struct ps_peers *peers = peers_of(&source, 16);
    char text[32];

    for (uint32_t i = 0; i < PS_PEERS_OPT_OUTS_MAX; i++) {
        snprintf(text, sizeof(text), "peer-%u", i);
        const struct ps_peer_id id = id_of(text);
        CU_ASSERT_EQUAL_FATAL(ps_peers_opt_out(peers, &id), 0);
    }
    const struct ps_peer_id more = id_of("one more"), known = id_of("peer-7");
    CU_ASSERT_EQUAL(ps_peers_opt_out(peers, &more), -ENOSPC);
    CU_ASSERT_FALSE(ps_peers_is_out(peers, &more));
    CU_ASSERT_EQUAL(ps_peers_opt_out(peers, &known), 0);
    ps_peers_destroy(peers);
}

static void wrong_configurations_are_refused(void)
{
    struct random_source source;
    const struct ps_peers_config right = config_of(&source, 16);
    struct ps_peers_config wrong[5] = { right, right, right, right, right };
    struct ps_peers *peers = NULL;

    wrong[0].peers_max = 0;
    wrong[1].peers_max = PS_PEERS_MAX + 1;
    wrong[2].salt_rotate_ns = 0;
    wrong[3].salt_rotate_ns = HOUR / 2;
    wrong[4].random = NULL;
    for (size_t i = 0; i < PS_ARRAY_LEN(wrong); i++)
        CU_ASSERT_EQUAL(ps_peers_create(&peers, &wrong[i]), -EINVAL);
    CU_ASSERT_PTR_NULL(peers);
}

static void create_survives_each_failed_allocation(void)
{
    struct random_source source;
    const struct ps_peers_config cfg = config_of(&source, 16);
    struct ps_peers *peers = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_peers_create(&peers, &cfg);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 4);
    ps_peers_destroy(peers);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(one_peer_has_one_spelling),
        PS_TEST(a_profile_says_what_was_seen),
        PS_TEST(a_class_is_filled_where_it_is_unknown),
        PS_TEST(habits_stay_relative),
        PS_TEST(who_was_not_seen_for_longest_makes_room),
        PS_TEST(retention_ends_a_profile_and_tells),
        PS_TEST(late_samples_count_as_of_the_newest),
        PS_TEST(erasing_reaches_every_salt_and_nobody_else),
        PS_TEST(who_opted_out_has_no_key_until_it_opts_in),
        PS_TEST(the_list_of_opt_outs_is_bounded),
        PS_TEST(wrong_configurations_are_refused),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("host/peers/peers.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/deliver/test_deliver.c - viewers on real sockets, a tier and kernels in the hand.
 */
#include "host/deliver/deliver.h"

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/deliver/deliver_priv.h"
#include "tests/unit/host/deliver/fakes.h"
#include "tests/unit/host/http/raw_client.h"

#define WAITING_MAX 40u

/* Everything around one delivery, and what it told us. */
static struct {
    struct ps_http *http;
    struct ps_deliver *deliver;
    struct ps_tier tier;
    struct ps_catalogue catalogue;
    struct ps_profile profiles[3];
    uint64_t real_ns;
    int want_rc, probe_rc;
    uint32_t wants, probes, asked, used;
    struct ps_segment_key wanted;
    int32_t asked_index;
    struct ps_peer_class asked_peer;
    uint64_t used_prediction;
    bool used_waited;
    bool resolve_at_once;
} w;

static uint64_t now_ns(void *arg)
{
    (void)arg;
    return 1000;
}

static uint64_t real_ns(void)
{
    return w.real_ns;
}

static void classify(void *arg, const struct sockaddr *address, struct ps_peer_class *ret_peer)
{
    (void)arg;
    ret_peer->region = address->sa_family == AF_INET ? 4 : 0;
}

static int want_segment(void *arg, const struct ps_segment_key *key, uint64_t time_ns)
{
    (void)arg;
    (void)time_ns;
    w.wants++;
    w.wanted = *key;
    if (w.resolve_at_once) {
        fake_tier_add(&w.tier, key, 0, false);
        ps_deliver_resolve(w.deliver, key, 0, time_ns);
    }
    return w.want_rc;
}

static int want_media(void *arg, struct ps_media *media, uint64_t time_ns)
{
    (void)arg;
    (void)media;
    (void)time_ns;
    w.probes++;
    return w.probe_rc;
}

static void requested(void *arg, const struct ps_resource *resource, int32_t index,
                      const struct ps_peer_class *peer, uint64_t time_ns)
{
    (void)arg;
    (void)time_ns;
    CU_ASSERT_EQUAL(resource->media_key, ps_hash64_name("film"));
    w.asked++;
    w.asked_index = index;
    w.asked_peer = *peer;
}

static void used(void *arg, const struct ps_segment_key *key, uint64_t prediction_id, bool waited,
                 uint64_t time_ns)
{
    (void)arg;
    (void)key;
    (void)time_ns;
    w.used++;
    w.used_prediction = prediction_id;
    w.used_waited = waited;
}

static struct ps_deliver_config config(void)
{
    return (struct ps_deliver_config){
        .http = w.http,
        .catalogue = &w.catalogue,
        .tier = &w.tier,
        .profiles = w.profiles,
        .profile_count = 3,
        .waiting_max = WAITING_MAX,
        .wait_ns_max = 8000000000,
        .now_ns = now_ns,
        .real_ns = real_ns,
        .classify = classify,
        .want_segment = want_segment,
        .want_media = want_media,
        .requested = requested,
        .used = used,
    };
}

static void profile(uint32_t at, const char *name, enum ps_profile_kind kind, bool marked)
{
    w.profiles[at] = (struct ps_profile){
        .key = ps_hash64_name(name), .version = 5, .kind = kind, .marked = marked
    };
    snprintf(w.profiles[at].name, sizeof(w.profiles[at].name), "%s", name);
}

static void set_up(void)
{
    const struct ps_http_config http = { .address = "127.0.0.1", .connections_max = 64 };

    memset(&w, 0, sizeof(w));
    fake_tier_init(&w.tier);
    fake_catalogue_init(&w.catalogue);
    w.catalogue.media[0].state = PS_MEDIA_READY;
    profile(0, "low", PS_PROFILE_TRANSCODE, false);
    profile(1, "marked", PS_PROFILE_TRANSCODE, true);
    profile(2, "audio", PS_PROFILE_AUDIO, false);
    PS_REQUIRE(ps_http_create(&w.http, &http) == 0);
    const struct ps_deliver_config cfg = config();
    PS_REQUIRE(ps_deliver_create(&w.deliver, &cfg) == 0);
}

static void tear_down(void)
{
    ps_deliver_destroy(w.deliver);
    ps_http_destroy(w.http);
    CU_ASSERT_EQUAL(w.tier.pins, 0);
    fake_tier_fini(&w.tier);
}

static struct ps_deliver_status status(void)
{
    struct ps_deliver_status now;

    raw_settle(w.http);
    ps_deliver_status(w.deliver, &now);
    return now;
}

static struct ps_segment_key key_of(const char *profile_name, int32_t index, char variant)
{
    return (struct ps_segment_key){ .media_key = ps_hash64_name("film"),
                                    .media_version = 77,
                                    .profile_key = ps_hash64_name(profile_name),
                                    .profile_version = 5,
                                    .index = index,
                                    .variant = variant };
}

static bool is_slot(const struct raw_answer *answer, uint32_t slot)
{
    if (answer->body_bytes != FAKE_SEGMENT_BYTES)
        return false;
    for (uint32_t i = 0; i < FAKE_SEGMENT_BYTES; i++)
        if (answer->body[i] != fake_byte(slot, i))
            return false;
    return true;
}

static void playlists_are_served_and_starts_counted(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(raw_get(w.http, "/m/film/master.m3u8", &answer), 200);
    CU_ASSERT_STRING_EQUAL(answer.body, "#EXTM3U\n# film master\n");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Type"), "application/vnd.apple.mpegurl");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "*");
    free(answer.body);
    CU_ASSERT_EQUAL(w.asked, 0);
    CU_ASSERT_EQUAL(raw_get(w.http, "/m/film/low/index.m3u8", &answer), 200);
    CU_ASSERT_STRING_EQUAL(answer.body, "#EXTM3U\n# film low\n");
    free(answer.body);
    CU_ASSERT_EQUAL(w.asked_index, -2);
    CU_ASSERT_EQUAL(w.asked_peer.region, 4);
    CU_ASSERT_EQUAL(status().starts, 1);
    CU_ASSERT_EQUAL(status().requests, 2);
    tear_down();
}

static void a_segment_in_the_tier_is_sent_byte_for_byte(void)
{
    const struct ps_segment_key key = key_of("low", 3, PS_VARIANT_NONE);
    struct raw_answer answer;

    set_up();
    fake_tier_add(&w.tier, &key, 0, false);
    const struct ps_segment_key other = key_of("low", 4, PS_VARIANT_NONE);
    const uint32_t slot = fake_tier_add(&w.tier, &other, 0, false);
    CU_ASSERT_EQUAL(raw_get(w.http, "/m/film/low/4.m4s", &answer), 200);
    CU_ASSERT_TRUE(is_slot(&answer, slot));
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Type"), "video/iso.segment");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Cache-Control"), "public, max-age=60");
    free(answer.body);
    CU_ASSERT_EQUAL(w.wants, 0);
    CU_ASSERT_EQUAL(w.asked_index, 4);
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.hits, 1);
    CU_ASSERT_EQUAL(now.segments, 1);
    CU_ASSERT_EQUAL(now.bytes, FAKE_SEGMENT_BYTES);
    CU_ASSERT_EQUAL(now.latency[0], 1);
    CU_ASSERT_EQUAL(w.tier.pins, 0);
    tear_down();
}

static void an_absent_segment_is_wanted_once_and_all_who_wait_get_it(void)
{
    const struct ps_segment_key key = key_of("low", 0, PS_VARIANT_NONE);
    struct raw_client clients[5];

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(clients); i++) {
        raw_open(&clients[i], ps_http_port(w.http));
        raw_ask(&clients[i], "GET", "/m/film/low/0.m4s", "");
        raw_settle(w.http);
    }
    CU_ASSERT_EQUAL(w.wants, 1);
    CU_ASSERT_EQUAL(memcmp(&w.wanted, &key, sizeof(key)), 0);
    CU_ASSERT_EQUAL(status().waiting, 5);
    w.real_ns = 30 * UINT64_C(1000000);
    const uint32_t slot = fake_tier_add(&w.tier, &key, 0, false);
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    for (size_t i = 0; i < PS_ARRAY_LEN(clients); i++) {
        struct raw_answer answer;

        CU_ASSERT_TRUE(raw_answer(w.http, &clients[i], true, &answer));
        CU_ASSERT_EQUAL(answer.status, 200);
        CU_ASSERT_TRUE(is_slot(&answer, slot));
        free(answer.body);
        raw_close(&clients[i]);
    }
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.misses, 1);
    CU_ASSERT_EQUAL(now.waits_making, 4);
    CU_ASSERT_EQUAL(now.hits, 0);
    CU_ASSERT_EQUAL(now.waiting, 0);
    CU_ASSERT_EQUAL(now.latency[5], 5); /* (20, 50] ms */
    CU_ASSERT_EQUAL(w.asked, 5);
    tear_down();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(playlists_are_served_and_starts_counted),
        PS_TEST(a_segment_in_the_tier_is_sent_byte_for_byte),
        PS_TEST(an_absent_segment_is_wanted_once_and_all_who_wait_get_it),
    };

    return ps_test_run("host/deliver/deliver.c", tests, PS_ARRAY_LEN(tests));
}

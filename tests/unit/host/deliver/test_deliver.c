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
    uint32_t unwanted;
    int32_t unwanted_index;
    int32_t asked_index;
    struct ps_peer_class asked_peer;
    uint64_t asked_key;
    uint64_t used_prediction;
    bool used_waited;
    bool resolve_at_once;
    struct ps_deliver_asker asker;
    char token[64];
    uint32_t admissions;
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

static void classify(void *arg, const struct sockaddr *address, const char *agent,
                     struct ps_peer_class *ret_peer, uint64_t *ret_peer_key)
{
    (void)arg;
    ret_peer->region = address->sa_family == AF_INET ? 4 : 0;
    ret_peer->device = agent != NULL && strcmp(agent, "Roku/9") == 0 ? 3 : 0;
    *ret_peer_key = 4711;
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

static void unwanted(void *arg, const struct ps_segment_key *key)
{
    (void)arg;
    w.unwanted++;
    w.unwanted_index = key->index;
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
                      const struct ps_peer_class *peer, uint64_t peer_key, uint64_t time_ns)
{
    (void)arg;
    (void)time_ns;
    CU_ASSERT_EQUAL(resource->media_key, ps_hash64_name("film"));
    w.asked++;
    w.asked_index = index;
    w.asked_peer = *peer;
    w.asked_key = peer_key;
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

/* "good" is viewer 9's, who gets B of every segment but the third. */
static int admit(void *arg, const struct ps_deliver_asker *asker, uint32_t *ret_viewer)
{
    (void)arg;
    w.admissions++;
    w.asker = *asker;
    snprintf(w.token, sizeof(w.token), "%s", asker->token == NULL ? "none" : asker->token);
    if (strcmp(w.token, "good") == 0)
        *ret_viewer = 9;
    return strcmp(w.token, "bad") == 0 ? -EACCES : 0;
}

static char variant_of(void *arg, uint64_t media_key, uint32_t viewer, int32_t index)
{
    (void)arg;
    CU_ASSERT_TRUE(media_key == ps_hash64_name("film") && viewer == 9);
    return index == 3 ? PS_VARIANT_A : PS_VARIANT_B;
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
        .unwanted = unwanted,
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
    CU_ASSERT_TRUE(w.asked_peer.region == 4 && w.asked_peer.device == 0 && w.asked_key == 4711);
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

static void who_asks_is_told_by_address_and_agent_even_after_a_wait(void)
{
    const struct ps_segment_key key = key_of("low", 3, PS_VARIANT_NONE);
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    raw_open(&client, ps_http_port(w.http));
    raw_ask(&client, "GET", "/m/film/low/3.m4s", "User-Agent: Roku/9\r\n");
    raw_settle(w.http);
    fake_tier_add(&w.tier, &key, 0, false);
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    CU_ASSERT_TRUE(raw_answer(w.http, &client, true, &answer));
    CU_ASSERT_EQUAL(w.asked, 1);
    CU_ASSERT_TRUE(w.asked_peer.region == 4 && w.asked_peer.device == 3 && w.asked_key == 4711);
    free(answer.body);
    raw_close(&client);
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

static void open_and_ask(struct raw_client *client, const char *path)
{
    raw_open(client, ps_http_port(w.http));
    raw_ask(client, "GET", path, "");
    raw_settle(w.http);
}

static int finish(struct raw_client *client)
{
    struct raw_answer answer;
    const int code = raw_answer(w.http, client, true, &answer) ? answer.status : -1;

    free(answer.body);
    raw_close(client);
    return code;
}

static void a_segment_that_others_make_counts_as_waited_for(void)
{
    struct raw_client client;

    set_up();
    w.want_rc = 1;
    open_and_ask(&client, "/m/film/low/0.m4s");
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.waits_making, 1);
    CU_ASSERT_EQUAL(now.misses, 0);
    raw_close(&client);
    tear_down();
}

static void a_segment_on_the_device_is_a_hit_once_it_is_read(void)
{
    const struct ps_segment_key key = key_of("low", 1, PS_VARIANT_NONE);
    struct raw_client client;

    set_up();
    fake_tier_add(&w.tier, &key, 9, true);
    open_and_ask(&client, "/m/film/low/1.m4s");
    CU_ASSERT_EQUAL(w.wants, 0);
    w.tier.on_device[0] = false;
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    CU_ASSERT_EQUAL(finish(&client), 200);
    CU_ASSERT_EQUAL(status().hits, 1);
    CU_ASSERT_EQUAL(w.used, 1);
    CU_ASSERT_FALSE(w.used_waited);
    tear_down();
}

static void a_damaged_segment_is_made_anew_instead_of_failing_its_viewer(void)
{
    const struct ps_segment_key key = key_of("low", 1, PS_VARIANT_NONE);
    struct raw_client client;

    set_up();
    fake_tier_add(&w.tier, &key, 0, true);
    open_and_ask(&client, "/m/film/low/1.m4s");
    w.tier.count = 0; /* its checksum was wrong */
    ps_deliver_resolve(w.deliver, &key, -EIO, 0);
    CU_ASSERT_EQUAL(w.wants, 1);
    fake_tier_add(&w.tier, &key, 0, false);
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    CU_ASSERT_EQUAL(finish(&client), 200);
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.segments, now.hits + now.misses + now.waits_making);
    tear_down();
}

static void only_the_first_use_of_a_predicted_segment_is_told(void)
{
    const struct ps_segment_key predicted = key_of("low", 1, PS_VARIANT_NONE);
    const struct ps_segment_key demanded = key_of("low", 2, PS_VARIANT_NONE);

    set_up();
    fake_tier_add(&w.tier, &predicted, 42, false);
    fake_tier_add(&w.tier, &demanded, 0, false);
    CU_ASSERT_EQUAL(raw_get_status(w.http, "/m/film/low/2.m4s"), 200);
    CU_ASSERT_EQUAL(w.used, 0);
    CU_ASSERT_EQUAL(raw_get_status(w.http, "/m/film/low/1.m4s"), 200);
    CU_ASSERT_EQUAL(raw_get_status(w.http, "/m/film/low/1.m4s"), 200);
    CU_ASSERT_EQUAL(w.used, 1);
    CU_ASSERT_EQUAL(w.used_prediction, 42);
    tear_down();
}

static void a_predicted_segment_still_being_made_is_told_as_waited_for(void)
{
    const struct ps_segment_key key = key_of("low", 1, PS_VARIANT_NONE);
    struct raw_client client;

    set_up();
    w.want_rc = 1;
    open_and_ask(&client, "/m/film/low/1.m4s");
    fake_tier_add(&w.tier, &key, 42, false);
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    CU_ASSERT_EQUAL(finish(&client), 200);
    CU_ASSERT_EQUAL(w.used, 1);
    CU_ASSERT_TRUE(w.used_waited);
    tear_down();
}

static void a_marked_profile_is_served_as_variant_a(void)
{
    struct raw_client client;

    set_up();
    open_and_ask(&client, "/m/film/marked/init.mp4");
    CU_ASSERT_EQUAL(w.wanted.variant, PS_VARIANT_A);
    CU_ASSERT_EQUAL(w.wanted.index, PS_SEGMENT_INIT);
    CU_ASSERT_EQUAL(status().segments, 0); /* an init segment is not one */
    raw_close(&client);
    tear_down();
}

/* A second delivery, behind a gate. */
static void set_up_gate(void)
{
    set_up();
    ps_deliver_destroy(w.deliver);
    struct ps_deliver_config cfg = config();
    cfg.admit = admit;
    cfg.variant_of = variant_of;
    PS_REQUIRE(ps_deliver_create(&w.deliver, &cfg) == 0);
}

static void a_viewer_gets_the_variants_of_its_token(void)
{
    const struct ps_segment_key keys[] = { key_of("marked", 3, PS_VARIANT_A),
                                           key_of("marked", 3, PS_VARIANT_B),
                                           key_of("marked", 4, PS_VARIANT_A),
                                           key_of("marked", 4, PS_VARIANT_B) };
    static const struct {
        const char *path;
        uint32_t slot;
    } asked[] = { { "/m/film/marked/3.m4s", 0 },
                  { "/m/film/marked/4.m4s", 2 },
                  { "/m/film/marked/3.m4s?t=good", 0 },
                  { "/m/film/marked/4.m4s?t=good", 3 } };
    struct raw_answer answer;

    set_up_gate();
    for (size_t i = 0; i < PS_ARRAY_LEN(keys); i++)
        fake_tier_add(&w.tier, &keys[i], 0, false);
    for (size_t i = 0; i < PS_ARRAY_LEN(asked); i++) {
        CU_ASSERT_EQUAL(raw_get(w.http, asked[i].path, &answer), 200);
        CU_ASSERT_TRUE(is_slot(&answer, asked[i].slot));
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Cache-Control"),
                               i < 2 ? "public, max-age=60" : "private, max-age=60");
        free(answer.body);
    }
    CU_ASSERT_EQUAL(w.asker.media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(w.asker.profile_key, ps_hash64_name("marked"));
    CU_ASSERT_EQUAL(w.asker.from->sa_family, AF_INET);
    tear_down();
}

static void playlists_carry_the_token_of_the_url(void)
{
    struct raw_answer answer;

    set_up_gate();
    CU_ASSERT_EQUAL(raw_get(w.http, "/m/film/low/index.m3u8?t=good", &answer), 200);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Cache-Control"), "private, no-store");
    free(answer.body);
    CU_ASSERT_STRING_EQUAL(w.token, "good");
    CU_ASSERT_EQUAL(raw_get(w.http, "/m/film/low/index.m3u8", &answer), 200);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Cache-Control"), "");
    free(answer.body);
    CU_ASSERT_STRING_EQUAL(w.token, "none");
    tear_down();
}

/* Playlists would repeat it in each line. */
static void a_token_that_is_too_long_for_a_url_is_refused_unread(void)
{
    char text[PS_DELIVER_TOKEN_BYTES_MAX + 64] = "GET /m/film/low/3.m4s?t=";
    struct raw_client client;
    struct raw_answer answer;

    set_up_gate();
    memset(text + strlen(text), 'x', PS_DELIVER_TOKEN_BYTES_MAX + 1);
    strcat(text, " HTTP/1.1\r\nHost: t\r\n\r\n");
    raw_open(&client, ps_http_port(w.http));
    raw_send(&client, text);
    PS_REQUIRE(raw_answer(w.http, &client, true, &answer));
    CU_ASSERT_EQUAL(answer.status, 403);
    CU_ASSERT_EQUAL(w.admissions, 0);
    free(answer.body);
    raw_close(&client);
    tear_down();
}

static void who_is_not_let_in_learns_nothing(void)
{
    static const char *const paths[] = {
        "/m/film/master.m3u8?t=bad", "/m/film/low/index.m3u8?t=bad", "/m/film/low/3.m4s?t=bad",
        "/m/film/low/99.m4s?t=bad",  "/m/none/low/3.m4s?t=bad",      "/m/film/none/3.m4s?t=bad"
    };
    struct raw_answer answer;

    set_up_gate();
    for (size_t i = 0; i < PS_ARRAY_LEN(paths); i++) {
        CU_ASSERT_EQUAL(raw_get(w.http, paths[i], &answer), 403);
        free(answer.body);
    }
    CU_ASSERT_EQUAL(w.wants + w.probes + w.asked, 0);
    CU_ASSERT_EQUAL(status().denied, PS_ARRAY_LEN(paths));
    CU_ASSERT_EQUAL(w.admissions, PS_ARRAY_LEN(paths));
    tear_down();
}

static void a_media_is_probed_once_for_all_who_wait(void)
{
    const char *const paths[] = { "/m/silent/master.m3u8", "/m/silent/low/99.m4s",
                                  "/m/silent/audio/index.m3u8" };
    const int expected[] = { 200, 404, 404 };
    struct raw_client clients[3];

    set_up();
    for (size_t i = 0; i < 3; i++)
        open_and_ask(&clients[i], paths[i]);
    CU_ASSERT_EQUAL(w.probes, 1);
    CU_ASSERT_EQUAL(status().waiting, 3);
    w.catalogue.media[1].state = PS_MEDIA_READY;
    ps_deliver_resolve_media(w.deliver, &w.catalogue.media[1], 0, 0);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(finish(&clients[i]), expected[i]);
    CU_ASSERT_EQUAL(w.wants + w.asked, 0);
    tear_down();
}

static void a_failed_probe_answers_by_its_cause(void)
{
    const int causes[] = { -ENOENT, -ENOTSUP, -ETIMEDOUT, -EIO, 0 };
    const int expected[] = { 404, 502, 504, 503, 503 /* said to be there, but is not READY */ };

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(causes); i++) {
        struct raw_client client;

        open_and_ask(&client, "/m/silent/master.m3u8");
        ps_deliver_resolve_media(w.deliver, &w.catalogue.media[1], causes[i], 0);
        CU_ASSERT_EQUAL(finish(&client), expected[i]);
    }
    w.probe_rc = -EBUSY;
    CU_ASSERT_EQUAL(raw_get_status(w.http, "/m/silent/master.m3u8"), 503);
    CU_ASSERT_EQUAL(status().waiting, 0);
    tear_down();
}

static void a_refusal_to_make_is_answered_at_once(void)
{
    set_up();
    w.want_rc = -ENOENT;
    CU_ASSERT_EQUAL(raw_get_status(w.http, "/m/film/low/0.m4s"), 404);
    w.want_rc = -EAGAIN;
    CU_ASSERT_EQUAL(raw_get_status(w.http, "/m/film/low/0.m4s"), 503);
    CU_ASSERT_EQUAL(w.wants, 2);
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.waiting, 0);
    CU_ASSERT_EQUAL(now.refused, 1);
    CU_ASSERT_EQUAL(now.not_found, 1);
    tear_down();
}

static void a_segment_made_while_it_is_asked_for_is_sent(void)
{
    struct raw_answer answer;

    set_up();
    w.resolve_at_once = true;
    CU_ASSERT_EQUAL(raw_get(w.http, "/m/film/low/0.m4s", &answer), 200);
    CU_ASSERT_TRUE(is_slot(&answer, 0));
    free(answer.body);
    tear_down();
}

static void paths_without_a_resource_want_nothing(void)
{
    static const struct {
        const char *path;
        int code;
    } cases[] = {
        { "/m/nofilm/master.m3u8", 404 },
        { "/m/film/none/index.m3u8", 404 },
        { "/m/film/low/10.m4s", 404 },
        { "/m/film/low/99999999.m4s", 404 },
        { "/m/film/low/999999999.m4s", 400 },
        { "/m/film/low/01.m4s", 400 },
        { "/m/film/low/-1.m4s", 404 },
        { "/m/film/low/x.m4s", 404 },
        { "/m/film/low/1.m4s/", 404 },
        { "/m/film", 404 },
        { "/m/", 400 },
        { "/m/film//0.m4s", 400 },
        { "/m/fi%20lm/master.m3u8", 400 },
        { "/m/film/audio/0.m4s", 404 },
        { "/m/film/audio/init.mp4", 404 },
    };

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++)
        CU_ASSERT_EQUAL(raw_get_status(w.http, cases[i].path), cases[i].code);
    CU_ASSERT_EQUAL(w.wants + w.probes + w.asked, 0);
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.requests, PS_ARRAY_LEN(cases));
    CU_ASSERT_EQUAL(now.bad_requests + now.not_found, PS_ARRAY_LEN(cases));
    tear_down();
}

static void a_client_that_leaves_while_waiting_gives_its_place_back(void)
{
    const struct ps_segment_key key = key_of("low", 0, PS_VARIANT_NONE);
    struct raw_client leaving, staying;

    set_up();
    open_and_ask(&leaving, "/m/film/low/0.m4s");
    open_and_ask(&staying, "/m/film/low/0.m4s");
    raw_close(&leaving);
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.waiting, 1);
    CU_ASSERT_EQUAL(now.client_gone, 1);
    fake_tier_add(&w.tier, &key, 0, false);
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    CU_ASSERT_EQUAL(finish(&staying), 200);
    CU_ASSERT_EQUAL(status().client_gone, 1);
    tear_down();
}

static void a_client_that_leaves_while_being_served_unpins(void)
{
    const struct ps_segment_key key = key_of("low", 0, PS_VARIANT_NONE);
    struct raw_client client;
    const int small = 4096;

    set_up();
    fake_tier_add(&w.tier, &key, 0, false);
    raw_open(&client, ps_http_port(w.http));
    CU_ASSERT_EQUAL(setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    for (int i = 0; i < 12; i++) /* more than the kernel takes for one connection */
        raw_ask(&client, "GET", "/m/film/low/0.m4s", "");
    raw_settle(w.http);
    CU_ASSERT_EQUAL(w.tier.pins, 1);
    raw_close(&client);
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(w.tier.pins, 0);
    CU_ASSERT_EQUAL(now.client_gone, 1);
    tear_down();
}

static void more_waiters_than_allowed_are_sent_away(void)
{
    struct raw_client clients[WAITING_MAX];
    struct raw_answer answer;

    set_up();
    for (size_t i = 0; i < WAITING_MAX; i++)
        open_and_ask(&clients[i], i % 2 == 0 ? "/m/film/low/0.m4s" : "/m/film/low/1.m4s");
    CU_ASSERT_EQUAL(status().waiting, WAITING_MAX);
    CU_ASSERT_EQUAL(raw_get(w.http, "/m/film/low/2.m4s", &answer), 503);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Retry-After"), "1");
    free(answer.body);
    CU_ASSERT_EQUAL(w.wants, 2); /* nothing is made for those we cannot keep */
    for (size_t i = 0; i < WAITING_MAX; i++)
        raw_close(&clients[i]);
    const struct ps_deliver_status now = status();
    CU_ASSERT_EQUAL(now.waiting, 0);
    CU_ASSERT_EQUAL(now.segments, now.hits + now.misses + now.waits_making);
    tear_down();
}

static void who_waits_too_long_is_told_so(void)
{
    const struct ps_segment_key key = key_of("low", 0, PS_VARIANT_NONE);
    struct raw_client early, late;

    set_up();
    open_and_ask(&early, "/m/film/low/0.m4s");
    w.real_ns = 5000000000;
    open_and_ask(&late, "/m/film/low/0.m4s");
    w.real_ns = 7999999999;
    ps_deliver_tick(w.deliver, 0);
    CU_ASSERT_EQUAL(status().waiting, 2);
    w.real_ns = 8000000000;
    ps_deliver_tick(w.deliver, 0);
    CU_ASSERT_EQUAL(finish(&early), 504);
    CU_ASSERT_EQUAL(status().timed_out, 1);
    fake_tier_add(&w.tier, &key, 0, false);
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    CU_ASSERT_EQUAL(finish(&late), 200);
    tear_down();
}

static void the_last_to_give_up_waiting_is_told_of(void)
{
    struct raw_client first, second, other;

    set_up();
    open_and_ask(&first, "/m/film/low/3.m4s");
    w.real_ns = 4000000000;
    open_and_ask(&second, "/m/film/low/3.m4s");
    open_and_ask(&other, "/m/film/low/4.m4s");
    w.real_ns = 8000000000;
    ps_deliver_tick(w.deliver, 0);
    CU_ASSERT_EQUAL(finish(&first), 504);
    CU_ASSERT_EQUAL(w.unwanted, 0);
    w.real_ns = 11000000000;
    const struct ps_segment_key key = key_of("low", 4, PS_VARIANT_NONE);
    fake_tier_add(&w.tier, &key, 0, false);
    ps_deliver_resolve(w.deliver, &key, 0, 0);
    CU_ASSERT_EQUAL(finish(&other), 200);
    w.real_ns = 12000000000;
    ps_deliver_tick(w.deliver, 0);
    CU_ASSERT_EQUAL(finish(&second), 504);
    CU_ASSERT_EQUAL(w.unwanted, 1);
    CU_ASSERT_EQUAL(w.unwanted_index, 3);
    tear_down();
}

static void pipelined_requests_are_answered_in_order(void)
{
    const struct ps_segment_key waited = key_of("low", 0, PS_VARIANT_NONE);
    const struct ps_segment_key there = key_of("low", 1, PS_VARIANT_NONE);
    struct raw_client client;
    struct raw_answer answer;

    set_up();
    fake_tier_add(&w.tier, &there, 0, false);
    raw_open(&client, ps_http_port(w.http));
    raw_send(&client, "GET /m/film/low/0.m4s HTTP/1.1\r\nHost: t\r\n\r\n"
                      "GET /m/film/low/1.m4s HTTP/1.1\r\nHost: t\r\n\r\n");
    raw_settle(w.http);
    CU_ASSERT_EQUAL(status().requests, 1); /* the second waits for the first */
    fake_tier_add(&w.tier, &waited, 0, false);
    ps_deliver_resolve(w.deliver, &waited, 0, 0);
    CU_ASSERT_TRUE(raw_answer(w.http, &client, true, &answer));
    CU_ASSERT_TRUE(is_slot(&answer, 1));
    free(answer.body);
    CU_ASSERT_TRUE(raw_answer(w.http, &client, true, &answer));
    CU_ASSERT_TRUE(is_slot(&answer, 0));
    free(answer.body);
    raw_close(&client);
    CU_ASSERT_EQUAL(status().requests, 2);
    tear_down();
}

static void destroying_ends_waits_with_503(void)
{
    struct raw_client client;

    set_up();
    open_and_ask(&client, "/m/film/low/0.m4s");
    ps_deliver_destroy(w.deliver);
    w.deliver = NULL;
    CU_ASSERT_EQUAL(finish(&client), 503);
    CU_ASSERT_EQUAL(raw_get_status(w.http, "/m/film/low/0.m4s"), 404);
    tear_down();
}

static void destroying_unpins_what_is_being_sent(void)
{
    const struct ps_segment_key key = key_of("low", 0, PS_VARIANT_NONE);
    struct raw_client client;
    const int small = 4096;

    set_up();
    fake_tier_add(&w.tier, &key, 0, false);
    raw_open(&client, ps_http_port(w.http));
    CU_ASSERT_EQUAL(setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    for (int i = 0; i < 12; i++)
        raw_ask(&client, "GET", "/m/film/low/0.m4s", "");
    raw_settle(w.http);
    CU_ASSERT_EQUAL(w.tier.pins, 1);
    ps_deliver_destroy(w.deliver);
    w.deliver = NULL;
    CU_ASSERT_EQUAL(w.tier.pins, 0);
    raw_close(&client);
    raw_settle(w.http); /* the end of that request has nobody left to tell */
    tear_down();
}

static void bad_configurations_are_refused(void)
{
    struct ps_deliver *deliver = NULL;

    set_up();
    struct ps_deliver_config cfg = config();
    cfg.waiting_max = 0;
    CU_ASSERT_EQUAL(ps_deliver_create(&deliver, &cfg), -EINVAL);
    cfg = config();
    cfg.real_ns = NULL;
    CU_ASSERT_EQUAL(ps_deliver_create(&deliver, &cfg), -EINVAL);
    cfg = config();
    cfg.wait_ns_max = 0;
    CU_ASSERT_EQUAL(ps_deliver_create(&deliver, &cfg), -EINVAL);
    ps_deliver_destroy(NULL);
    tear_down();
}

static void create_survives_each_failed_allocation(void)
{
    struct ps_deliver *deliver = NULL;
    unsigned failed_at = 0;

    set_up();
    const struct ps_deliver_config cfg = config();
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_deliver_create(&deliver, &cfg);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(deliver);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* the delivery, its exchanges, its buckets */
    ps_deliver_destroy(deliver);
    tear_down();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(playlists_are_served_and_starts_counted),
        PS_TEST(a_segment_in_the_tier_is_sent_byte_for_byte),
        PS_TEST(who_asks_is_told_by_address_and_agent_even_after_a_wait),
        PS_TEST(an_absent_segment_is_wanted_once_and_all_who_wait_get_it),
        PS_TEST(a_segment_that_others_make_counts_as_waited_for),
        PS_TEST(a_segment_on_the_device_is_a_hit_once_it_is_read),
        PS_TEST(a_damaged_segment_is_made_anew_instead_of_failing_its_viewer),
        PS_TEST(only_the_first_use_of_a_predicted_segment_is_told),
        PS_TEST(a_predicted_segment_still_being_made_is_told_as_waited_for),
        PS_TEST(a_marked_profile_is_served_as_variant_a),
        PS_TEST(a_viewer_gets_the_variants_of_its_token),
        PS_TEST(playlists_carry_the_token_of_the_url),
        PS_TEST(a_token_that_is_too_long_for_a_url_is_refused_unread),
        PS_TEST(who_is_not_let_in_learns_nothing),
        PS_TEST(a_media_is_probed_once_for_all_who_wait),
        PS_TEST(a_failed_probe_answers_by_its_cause),
        PS_TEST(a_refusal_to_make_is_answered_at_once),
        PS_TEST(a_segment_made_while_it_is_asked_for_is_sent),
        PS_TEST(paths_without_a_resource_want_nothing),
        PS_TEST(a_client_that_leaves_while_waiting_gives_its_place_back),
        PS_TEST(a_client_that_leaves_while_being_served_unpins),
        PS_TEST(more_waiters_than_allowed_are_sent_away),
        PS_TEST(who_waits_too_long_is_told_so),
        PS_TEST(the_last_to_give_up_waiting_is_told_of),
        PS_TEST(pipelined_requests_are_answered_in_order),
        PS_TEST(destroying_ends_waits_with_503),
        PS_TEST(destroying_unpins_what_is_being_sent),
        PS_TEST(bad_configurations_are_refused),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("host/deliver/deliver.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/deliver/test_real_tier.c - viewers and the real tier: from DRAM, and from the
 * device once DRAM has let go of it.
 *
 * Sixteen segments do not fit the DRAM at once, so serving them in order has to read them back, and
 * what is being sent has to keep its place meanwhile.
 */
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/deliver/deliver.h"
#include "tests/unit/host/http/raw_client.h"

#define SEGMENT_COUNT 16
#define SEGMENT_BYTES 700001u /* no multiple of anything */

static struct ps_http *http;
static struct ps_deliver *deliver;
static struct ps_tier *tier;
static struct ps_catalogue *catalogue;
static struct ps_profile low;
static char bytes[SEGMENT_BYTES];
static unsigned wants, loads;

static uint64_t now_ns(void *arg)
{
    (void)arg;
    return 1;
}

static uint64_t real_ns(void)
{
    return 1;
}

static int want_segment(void *arg, const struct ps_segment_key *key, uint64_t time_ns)
{
    (void)arg;
    (void)key;
    (void)time_ns;
    wants++;
    return -ENOENT;
}

static int want_media(void *arg, struct ps_media *media, uint64_t time_ns)
{
    (void)arg;
    (void)media;
    (void)time_ns;
    return -ENOENT;
}

static void on_loaded(void *arg, const struct ps_segment_key *key, int status)
{
    (void)arg;
    loads++;
    ps_deliver_resolve(deliver, key, status, 1);
}

static void fill(int32_t index)
{
    for (uint32_t i = 0; i < SEGMENT_BYTES; i++)
        bytes[i] = (char)(i * 7 + i / 1021 + (uint32_t)index * 13);
}

static struct ps_segment_key key_of(int32_t index)
{
    const struct ps_media *media = ps_catalogue_at(catalogue, 0);

    return (struct ps_segment_key){ .media_key = media->key,
                                    .media_version = media->info.version,
                                    .profile_key = low.key,
                                    .profile_version = low.version,
                                    .index = index,
                                    .variant = PS_VARIANT_NONE };
}

static void set_up(const char *path)
{
    const struct ps_http_config server = { .address = "127.0.0.1", .connections_max = 16 };
    const struct ps_tier_config store = { .dram_bytes = 4u << 20,
                                          .path = path,
                                          .nvme_bytes = 32u << 20,
                                          .zone_bytes = 2u << 20,
                                          .index_max = 1024,
                                          .on_loaded = on_loaded };
    const struct ps_source_info info = {
        .version = 3,
        .has_video = true,
        .width = 640,
        .height = 360,
        .fps_num = 25,
        .fps_den = 1,
        .frame_count = SEGMENT_COUNT * 50,
        .duration_ns = SEGMENT_COUNT * UINT64_C(2000000000),
    };

    low = (struct ps_profile){ .name = "low",
                               .key = ps_hash64_name("low"),
                               .version = 1,
                               .width = 320,
                               .height = 180,
                               .bitrate_bps = 300000,
                               .vbv_ms = 1000,
                               .segment_ms = 2000 };
    wants = loads = 0;
    PS_REQUIRE(ps_catalogue_create(&catalogue, 1) == 0);
    PS_REQUIRE(ps_catalogue_add(catalogue, "film", "file:///nowhere") == 0);
    ps_catalogue_set_info(ps_catalogue_at(catalogue, 0), &info, NULL, 0);
    PS_REQUIRE(ps_tier_create(&tier, &store, 1) == 0);
    PS_REQUIRE(ps_http_create(&http, &server) == 0);
    const struct ps_deliver_config cfg = { .http = http,
                                           .catalogue = catalogue,
                                           .tier = tier,
                                           .profiles = &low,
                                           .profile_count = 1,
                                           .waiting_max = 16,
                                           .wait_ns_max = 1000,
                                           .now_ns = now_ns,
                                           .real_ns = real_ns,
                                           .want_segment = want_segment,
                                           .want_media = want_media };
    PS_REQUIRE(ps_deliver_create(&deliver, &cfg) == 0);
}

static void tear_down(void)
{
    ps_deliver_destroy(deliver);
    ps_http_destroy(http);
    ps_tier_destroy(tier);
    ps_catalogue_destroy(catalogue);
}

/* One turn of everything that a loop would turn. */
static void turn(void)
{
    ps_tier_settle(tier, 1);
    ps_tier_poll(tier, 1);
    raw_turn(http);
}

static void put_all(void)
{
    const struct ps_tier_meta meta = { .class = PS_TIER_DEMANDED, .confidence = 1 };

    for (int32_t k = 0; k < SEGMENT_COUNT; k++) {
        const struct ps_segment_key key = key_of(k);
        int rc = -ENOSPC;

        fill(k);
        for (int i = 0; i < RAW_TURNS_MAX && rc == -ENOSPC; i++) {
            rc = ps_tier_put(tier, &key, &meta, bytes, SEGMENT_BYTES, 1);
            turn();
        }
        PS_REQUIRE(rc == 0);
    }
    for (int i = 0; i < RAW_TURNS_MAX; i++) {
        const struct ps_segment_key last = key_of(SEGMENT_COUNT - 1);

        if (ps_tier_where(tier, &last) == PS_TIER_DURABLE)
            return;
        turn();
    }
    CU_FAIL("never durable");
}

static void expect_segment(struct raw_client *client, int32_t index)
{
    struct raw_answer answer = { 0 };
    bool there = false;

    for (int i = 0; i < RAW_TURNS_MAX && !there; i++) {
        turn();
        raw_receive(client);
        there = raw_take(client, true, &answer);
    }
    fill(index);
    CU_ASSERT_EQUAL(answer.status, 200);
    CU_ASSERT_EQUAL(answer.body_bytes, SEGMENT_BYTES);
    CU_ASSERT_TRUE(answer.body_bytes == SEGMENT_BYTES &&
                   memcmp(answer.body, bytes, SEGMENT_BYTES) == 0);
    free(answer.body);
}

static void every_segment_comes_back_as_it_was_made(void)
{
    char folder[] = "/var/tmp/ps-deliver-XXXXXX";
    char path[64], request[64];
    struct raw_client client;
    struct ps_deliver_status status;

    PS_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/tier", folder);
    set_up(path);
    put_all();
    raw_open(&client, ps_http_port(http));
    for (int32_t k = 0; k < SEGMENT_COUNT; k++) { /* pipelined: sent, read and let go at once */
        snprintf(request, sizeof(request), "/m/film/low/%d.m4s", k);
        raw_ask(&client, "GET", request, "");
    }
    for (int32_t k = 0; k < SEGMENT_COUNT; k++)
        expect_segment(&client, k);
    CU_ASSERT_EQUAL(wants, 0);
    CU_ASSERT_TRUE(loads >= SEGMENT_COUNT / 2); /* DRAM holds five */
    CU_ASSERT_EQUAL(raw_get_status(http, "/m/film/low/16.m4s"), 404);
    CU_ASSERT_EQUAL(raw_get_status(http, "/m/film/low/init.mp4"), 404); /* nobody makes it */
    ps_deliver_status(deliver, &status);
    CU_ASSERT_EQUAL(status.hits, SEGMENT_COUNT);
    CU_ASSERT_EQUAL(wants, 1);
    raw_close(&client);
    raw_settle(http);
    tear_down();
    unlink(path);
    rmdir(folder);
}

static void playlists_name_what_is_served(void)
{
    struct raw_answer answer;

    set_up(NULL);
    CU_ASSERT_EQUAL(raw_get(http, "/m/film/master.m3u8", &answer), 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.body, "low/index.m3u8"));
    free(answer.body);
    CU_ASSERT_EQUAL(raw_get(http, "/m/film/low/index.m3u8", &answer), 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.body, "init.mp4"));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.body, "\n15.m4s"));
    CU_ASSERT_PTR_NULL(strstr(answer.body, "\n16.m4s"));
    free(answer.body);
    tear_down();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(every_segment_comes_back_as_it_was_made),
        PS_TEST(playlists_name_what_is_served),
    };

    return ps_test_run("delivery over the tier", tests, PS_ARRAY_LEN(tests));
}

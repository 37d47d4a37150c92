/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_http.c - a connection's bytes mean the same however they are cut.
 *
 * Input: a byte for the template, one that seeds the cuts, then the bytes. Each way of cutting them
 * is told as a list of events, and all lists are the same one; no piece is read beyond its end.
 */
#include <stdlib.h>
#include <string.h>

#include "dpdk/http.h"
#include "tests/fuzz/fuzz.h"

#define EVENTS_MAX      1024u
#define INPUT_BYTES_MAX 16384u
#define EVERY_CUT_BYTES 96u /* inputs up to this length are cut in two at every place */
#define RANDOM_ROUNDS   4u

/* What a cut must not change. */
struct told {
    enum nic_http_event event;
    uint32_t position; /* of the parser, after the event */
    uint32_t line_at;
    struct nic_request request; /* pointers NULL */
    char names[2][PSD_NAME_BYTES_MAX];
};

struct telling {
    struct nic_http http;
    uint32_t count;
    struct told list[EVENTS_MAX];
};

static const char *const template_texts[] = { "/m/", "/", "/vod/live/", "/a.b-c~d_e/M/" };
static struct nic_template media_template;

static void copy_name(char *to, const char *name, uint32_t bytes)
{
    FUZZ_REQUIRE(bytes <= PSD_NAME_BYTES_MAX);
    if (bytes > 0)
        memcpy(to, name, bytes);
}

static void note(struct telling *t, enum nic_http_event event, const struct nic_request *request)
{
    struct told *told = &t->list[t->count];

    if (event == NIC_HTTP_MORE || t->count == EVENTS_MAX)
        return;
    t->count++;
    memset(told, 0, sizeof(*told));
    told->event = event;
    told->position = t->http.position;
    told->line_at = t->http.line_at;
    if (event != NIC_HTTP_REQUEST)
        return;
    FUZZ_REQUIRE(request->media_bytes > 0 && (unsigned)request->kind < NIC_REQUEST_KINDS);
    copy_name(told->names[0], request->media, request->media_bytes);
    copy_name(told->names[1], request->profile, request->profile_bytes);
    told->request.kind = request->kind;
    told->request.media_bytes = request->media_bytes;
    told->request.profile_bytes = request->profile_bytes;
}

/* One piece, in memory of exactly its length. */
static void feed(struct telling *t, const uint8_t *bytes, size_t count)
{
    uint8_t *piece = fuzz_copy(bytes, count);
    size_t at = 0;

    while (at < count) {
        struct nic_request request;
        enum nic_http_event event;
        const size_t taken =
            nic_http_feed(&t->http, &media_template, piece + at, count - at, &event, &request);

        FUZZ_REQUIRE(taken > 0 && taken <= count - at);
        FUZZ_REQUIRE(event != NIC_HTTP_MORE || taken == count - at);
        note(t, event, &request);
        at += taken;
    }
    free(piece);
}

static void require_same(const struct telling *a, const struct telling *b, size_t count)
{
    FUZZ_REQUIRE(a->count == b->count);
    for (uint32_t i = 0; i < a->count; i++)
        FUZZ_REQUIRE(memcmp(&a->list[i], &b->list[i], sizeof(a->list[i])) == 0);
    FUZZ_REQUIRE(a->http.position == count && b->http.position == count);
    FUZZ_REQUIRE(nic_http_is_within_line(&a->http) == nic_http_is_within_line(&b->http));
    if (nic_http_is_within_line(&a->http))
        FUZZ_REQUIRE(a->http.line_at == b->http.line_at);
}

static void begin(struct telling *t)
{
    t->count = 0;
    memset(&t->http, 0xa5, sizeof(t->http)); /* parsers lie in memory that was used before */
    nic_http_init(&t->http);
}

static void cut_into_bytes(const struct telling *whole, const uint8_t *bytes, size_t count)
{
    static struct telling t;

    begin(&t);
    for (size_t i = fuzz_breaks ? 1 : 0; i < count; i++)
        feed(&t, bytes + i, 1);
    require_same(whole, &t, count);
}

static void cut_in_two(const struct telling *whole, const uint8_t *bytes, size_t count, size_t at)
{
    static struct telling t;

    begin(&t);
    feed(&t, bytes, at);
    feed(&t, bytes + at, count - at);
    require_same(whole, &t, count);
}

static void cut_at_random(const struct telling *whole, const uint8_t *bytes, size_t count,
                          uint32_t *random)
{
    static struct telling t;
    const uint32_t longest = 1 + fuzz_random(random) % 64;
    size_t at = 0;

    begin(&t);
    while (at < count) {
        const size_t wanted = fuzz_random(random) % longest + 1;
        const size_t piece = wanted < count - at ? wanted : count - at;

        feed(&t, bytes + at, piece);
        at += piece;
    }
    require_same(whole, &t, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct telling whole;
    struct fuzz_input input = { data, size };
    const uint8_t choice = fuzz_take_u8(&input);
    uint32_t random = fuzz_take_u8(&input) + 1u;
    size_t count;
    const uint8_t *bytes = fuzz_take(&input, INPUT_BYTES_MAX, &count);

    FUZZ_REQUIRE(nic_template_parse(template_texts[choice % 4], &media_template) == 0);
    begin(&whole);
    feed(&whole, bytes, count);
    cut_into_bytes(&whole, bytes, count);
    for (unsigned i = 0; i < RANDOM_ROUNDS; i++)
        cut_at_random(&whole, bytes, count, &random);
    if (count <= EVERY_CUT_BYTES)
        for (size_t at = 1; at < count; at++)
            cut_in_two(&whole, bytes, count, at);
    return 0;
}

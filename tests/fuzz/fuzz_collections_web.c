/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_collections_web.c - what clients write to collections by HTTP: paths, numbers,
 * media types, base64, JSON and msgpack.
 *
 * Input: a byte for what it is, then the bytes. A message that is read is written down in both
 * forms and read again, and is the same one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/name.h"
#include "host/messaging/web_priv.h"
#include "tests/fuzz/fuzz.h"

static void require_same(const struct ps_web_format *format, const struct ps_web_text *text,
                         const struct ps_web_put *put)
{
    struct ps_web_put again = { 0 };

    FUZZ_REQUIRE(format->read_put(text->data, text->size_bytes, &again) == 0);
    FUZZ_REQUIRE(again.body_bytes == put->body_bytes + fuzz_breaks);
    FUZZ_REQUIRE(again.body_bytes == 0 || memcmp(again.body, put->body, put->body_bytes) == 0);
    FUZZ_REQUIRE(again.sequence == put->sequence);
    free(again.owned);
    free(text->data);
}

/* An event is one line of JSON, whatever its body holds. */
static void write_event(const struct ps_web_put *put)
{
    const struct ps_message message = { .id = 1,
                                        .peer = "p",
                                        .peer_bytes = 1,
                                        .body = put->body,
                                        .body_bytes = put->body_bytes,
                                        .sequence = put->sequence > INT64_MAX ? 0 : put->sequence };
    struct ps_web_put expected = *put;
    struct ps_web_text text;

    expected.sequence = message.sequence;
    FUZZ_REQUIRE(ps_web_json_event(&text, &message, 0) == 0);
    FUZZ_REQUIRE(strpbrk(text.data, "\r\n") == NULL);
    FUZZ_REQUIRE(text.size_bytes <= 2 * (size_t)put->body_bytes + 128);
    require_same(&ps_web_json, &text, &expected);
}

static void write_batch(const struct ps_web_put *put)
{
    const struct ps_message message = {
        .peer = "p", .peer_bytes = 1, .body = put->body, .body_bytes = put->body_bytes
    };
    const struct ps_web_batch batch = { &message, 1, 7, 0 };
    struct ps_web_text text;

    FUZZ_REQUIRE(ps_web_msgpack.write_batch(&text, &batch) == 0);
    FUZZ_REQUIRE(text.size_bytes >= put->body_bytes);
    free(text.data);
    FUZZ_REQUIRE(ps_web_json.write_batch(&text, &batch) == 0);
    free(text.data);
}

static void read_put(const struct ps_web_format *format, const uint8_t *bytes, size_t count)
{
    struct ps_web_put put = { 0 };
    const int rc = format->read_put(bytes, count, &put);

    FUZZ_REQUIRE(rc == 0 || rc == -EBADMSG || rc == -EMSGSIZE);
    if (rc != 0)
        return;
    FUZZ_REQUIRE(put.body_bytes <= count);
    write_event(&put);
    write_batch(&put);
    free(put.owned);
}

static void read_limits(const struct ps_web_format *format, const uint8_t *bytes, size_t count)
{
    const struct ps_collection_limits before = { 3, 4, 5, 6000000000 };
    struct ps_collection_limits limits = before;
    const int rc = format->read_limits(bytes, count, &limits);

    FUZZ_REQUIRE(rc == 0 || rc == -EBADMSG);
    FUZZ_REQUIRE(rc == 0 || memcmp(&limits, &before, sizeof(limits)) == 0);
    FUZZ_REQUIRE(limits.age_ns % 1000000000 == 0);
}

static void read_place(const char *text)
{
    struct ps_web_place place;
    uint64_t number = 0;
    const int rc = ps_web_place_read(text, &place);

    FUZZ_REQUIRE(rc == 0 || rc == -ENOENT);
    if (rc == 0) {
        FUZZ_REQUIRE(ps_name_is_valid(place.first, PS_MEDIA_ID_MAX));
        FUZZ_REQUIRE((place.kind == PS_COLLECTION_PEER) == (place.second[0] == '\0'));
    }
    FUZZ_REQUIRE(ps_web_number(text, 1000, &number) != 0 || number <= 1000);
    FUZZ_REQUIRE(ps_web_format_for(text, text) != NULL);
    FUZZ_REQUIRE(ps_web_format_of(text) == NULL || strchr(text, '/') != NULL);
}

static void read_base64(const char *text)
{
    void *data = NULL;
    size_t bytes = 0;
    const int rc = ps_web_base64_read(text, strlen(text), &data, &bytes);

    FUZZ_REQUIRE(rc == 0 || rc == -EBADMSG);
    if (rc != 0)
        return;
    char *again = ps_web_base64(data, bytes);
    FUZZ_REQUIRE(again != NULL && strcmp(again, text) == 0); /* one text for the same bytes */
    free(again);
    free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    const uint8_t choice = fuzz_take_u8(&input);
    size_t count;
    const uint8_t *bytes = fuzz_take(&input, SIZE_MAX, &count);
    uint8_t *exact = fuzz_copy(bytes, count);
    char *text = strndup((const char *)bytes, count);

    FUZZ_REQUIRE(text != NULL);
    switch (choice % 6) {
    case 0:
        read_put(&ps_web_json, exact, count);
        break;
    case 1:
        read_limits(&ps_web_json, exact, count);
        break;
    case 2:
        read_put(&ps_web_msgpack, exact, count);
        break;
    case 3:
        read_limits(&ps_web_msgpack, exact, count);
        break;
    case 4:
        read_place(text);
        break;
    default:
        read_base64(text);
        break;
    }
    free(text);
    free(exact);
    return 0;
}

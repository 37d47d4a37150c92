/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/msg/msg.h"
#include "host/msg/utf8_priv.h"

#define FIRST_CAPACITY 512u
#define HEADER_BYTES   5u             /* array 32 and map 32: whatever the count turns out to be */
#define REPLACEMENT    "\xef\xbf\xbd" /* U+FFFD */

static bool grow(struct ps_msg_writer *w, size_t needed)
{
    size_t capacity = w->capacity == 0 ? FIRST_CAPACITY : w->capacity;

    while (capacity < needed)
        capacity *= 2;
    char *data = ps_realloc(w->data, capacity, 1);
    if (data == NULL) {
        w->error = -ENOMEM;
        return false;
    }
    w->data = data;
    w->capacity = capacity;
    return true;
}

/* The library calls this for every piece that it packs. */
static int append(void *arg, const char *data, size_t size_bytes)
{
    struct ps_msg_writer *w = arg;

    if (w->error == 0 && size_bytes > w->bytes_max - w->size_bytes)
        w->error = -EMSGSIZE;
    if (w->error != 0)
        return -1;
    if (w->size_bytes + size_bytes > w->capacity && !grow(w, w->size_bytes + size_bytes))
        return -1;
    if (size_bytes > 0)
        memcpy(w->data + w->size_bytes, data, size_bytes);
    w->size_bytes += size_bytes;
    return 0;
}

static msgpack_packer packer_of(struct ps_msg_writer *w)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, w, append);
    return packer;
}

/* A value is about to be put: the innermost container gets one more. */
static void count_value(struct ps_msg_writer *w)
{
    if (w->depth > 0)
        w->open[w->depth - 1].count++;
}

/* Containers with a given count end by themselves. */
static void end_full(struct ps_msg_writer *w)
{
    while (w->depth > 0 && w->open[w->depth - 1].given &&
           w->open[w->depth - 1].count == w->open[w->depth - 1].expected)
        w->depth--;
}

static void open_container(struct ps_msg_writer *w, bool is_map, bool given, uint32_t expected)
{
    count_value(w);
    if (w->depth == PS_MSG_DEPTH_MAX && w->error == 0)
        w->error = -EOVERFLOW;
    if (w->error != 0)
        return;
    w->open[w->depth].at = w->size_bytes;
    w->open[w->depth].count = 0;
    w->open[w->depth].expected = expected;
    w->open[w->depth].is_map = is_map;
    w->open[w->depth].given = given;
    w->depth++;
}

void ps_msg_writer_init(struct ps_msg_writer *w, size_t bytes_max)
{
    ps_assert(bytes_max >= 1 && bytes_max <= PS_MSG_BYTES_MAX);
    memset(w, 0, sizeof(*w));
    w->bytes_max = bytes_max;
}

void ps_msg_writer_fini(struct ps_msg_writer *w)
{
    free(w->data);
    memset(w, 0, sizeof(*w));
}

void ps_msg_writer_reset(struct ps_msg_writer *w)
{
    w->size_bytes = 0;
    w->depth = 0;
    w->error = 0;
}

void ps_msg_put_map(struct ps_msg_writer *w, uint32_t count)
{
    msgpack_packer packer = packer_of(w);

    open_container(w, true, true, 2 * count);
    msgpack_pack_map(&packer, count);
    end_full(w);
}

void ps_msg_put_array(struct ps_msg_writer *w, uint32_t count)
{
    msgpack_packer packer = packer_of(w);

    open_container(w, false, true, count);
    msgpack_pack_array(&packer, count);
    end_full(w);
}

void ps_msg_open_map(struct ps_msg_writer *w)
{
    open_container(w, true, false, 0);
    append(w, "\xdf\0\0\0\0", HEADER_BYTES);
}

void ps_msg_open_array(struct ps_msg_writer *w)
{
    open_container(w, false, false, 0);
    append(w, "\xdd\0\0\0\0", HEADER_BYTES);
}

void ps_msg_close(struct ps_msg_writer *w)
{
    if (w->error != 0)
        return;
    ps_assert(w->depth > 0 && !w->open[w->depth - 1].given);
    w->depth--;
    uint32_t count = w->open[w->depth].count;
    if (w->open[w->depth].is_map) {
        ps_assert(count % 2 == 0); /* every key has its value */
        count /= 2;
    }
    for (unsigned i = 0; i < 4; i++)
        w->data[w->open[w->depth].at + 1 + i] = (char)(count >> (24 - 8 * i));
    end_full(w);
}

void ps_msg_put_nil(struct ps_msg_writer *w)
{
    msgpack_packer packer = packer_of(w);

    count_value(w);
    msgpack_pack_nil(&packer);
    end_full(w);
}

void ps_msg_put_bool(struct ps_msg_writer *w, bool value)
{
    msgpack_packer packer = packer_of(w);

    count_value(w);
    if (value)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
    end_full(w);
}

void ps_msg_put_u64(struct ps_msg_writer *w, uint64_t value)
{
    msgpack_packer packer = packer_of(w);

    count_value(w);
    msgpack_pack_uint64(&packer, value);
    end_full(w);
}

void ps_msg_put_i64(struct ps_msg_writer *w, int64_t value)
{
    msgpack_packer packer = packer_of(w);

    count_value(w);
    msgpack_pack_int64(&packer, value);
    end_full(w);
}

void ps_msg_put_f64(struct ps_msg_writer *w, double value)
{
    msgpack_packer packer = packer_of(w);

    count_value(w);
    msgpack_pack_double(&packer, value);
    end_full(w);
}

/* Each byte that is no UTF-8 grows to a replacement character; called once to measure (w NULL). */
static size_t put_repaired(struct ps_msg_writer *w, const char *text, size_t size_bytes)
{
    size_t written = 0;

    for (size_t at = 0; at < size_bytes;) {
        const size_t good = ps_utf8_span(text + at, size_bytes - at);
        const bool ends = at + good == size_bytes;

        if (w != NULL) {
            append(w, text + at, good);
            append(w, REPLACEMENT, ends ? 0 : strlen(REPLACEMENT));
        }
        written += good + (ends ? 0 : strlen(REPLACEMENT));
        at += good + 1;
    }
    return written;
}

void ps_msg_put_str(struct ps_msg_writer *w, const char *text)
{
    msgpack_packer packer = packer_of(w);

    if (text == NULL) {
        ps_msg_put_nil(w);
        return;
    }
    const size_t size = strlen(text);
    count_value(w);
    msgpack_pack_str(&packer, put_repaired(NULL, text, size));
    put_repaired(w, text, size);
    end_full(w);
}

void ps_msg_put_bin(struct ps_msg_writer *w, const void *data, size_t size_bytes)
{
    msgpack_packer packer = packer_of(w);

    ps_assert(size_bytes <= UINT32_MAX);
    count_value(w);
    msgpack_pack_bin(&packer, size_bytes);
    append(w, data, size_bytes);
    end_full(w);
}

void ps_msg_put_raw(struct ps_msg_writer *w, const void *data, size_t size_bytes)
{
    count_value(w);
    append(w, data, size_bytes);
    end_full(w);
}

void ps_msg_pair_bool(struct ps_msg_writer *w, const char *key, bool value)
{
    ps_msg_put_str(w, key);
    ps_msg_put_bool(w, value);
}

void ps_msg_pair_u64(struct ps_msg_writer *w, const char *key, uint64_t value)
{
    ps_msg_put_str(w, key);
    ps_msg_put_u64(w, value);
}

void ps_msg_pair_i64(struct ps_msg_writer *w, const char *key, int64_t value)
{
    ps_msg_put_str(w, key);
    ps_msg_put_i64(w, value);
}

void ps_msg_pair_f64(struct ps_msg_writer *w, const char *key, double value)
{
    ps_msg_put_str(w, key);
    ps_msg_put_f64(w, value);
}

void ps_msg_pair_str(struct ps_msg_writer *w, const char *key, const char *text)
{
    ps_msg_put_str(w, key);
    ps_msg_put_str(w, text);
}

void ps_msg_pair_bin(struct ps_msg_writer *w, const char *key, const void *data, size_t size_bytes)
{
    ps_msg_put_str(w, key);
    ps_msg_put_bin(w, data, size_bytes);
}

void ps_msg_pair_map(struct ps_msg_writer *w, const char *key)
{
    ps_msg_put_str(w, key);
    ps_msg_open_map(w);
}

void ps_msg_pair_array(struct ps_msg_writer *w, const char *key)
{
    ps_msg_put_str(w, key);
    ps_msg_open_array(w);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/msg/cursor.h - reads a msgpack message where it lies: nothing is copied or allocated.
 *
 * Why: a message that is read once, front to back, needs no tree. The bytes are those of one
 * message that ps_msg_frame() has measured, so size, nesting, counts, UTF-8 and ext types are
 * judged already; a cursor still never reads beyond its end, whatever it is given. Map keys are
 * strings; that none comes twice is for the caller to see to, who knows which ones count.
 *
 * Errors stick: after one, takes return nothing (0, NULL, false), and `error` says what it was.
 * Threads: any, one at a time per cursor.
 */
#ifndef PS_HOST_MSG_CURSOR_H
#define PS_HOST_MSG_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ps_msg_cursor {
    const uint8_t *at, *end;
    int error; /* 0, -EINVAL (another type, or out of range) or -EBADMSG (the end came first) */
};

/* Bytes of a message; not NUL-terminated. */
struct ps_msg_text {
    const char *data;
    uint32_t size_bytes;
};

struct ps_msg_cursor ps_msg_cursor_of(const void *data, size_t size_bytes);

/** Items of an array that begins here; they come next. */
uint32_t ps_msg_take_array(struct ps_msg_cursor *c);
/** Pairs of a map that begins here; key, value, key, ... come next. */
uint32_t ps_msg_take_map(struct ps_msg_cursor *c);
uint64_t ps_msg_take_u64(struct ps_msg_cursor *c);
bool ps_msg_take_bool(struct ps_msg_cursor *c);
/** nil is taken, and true returned; anything else stays. */
bool ps_msg_take_nil(struct ps_msg_cursor *c);
struct ps_msg_text ps_msg_take_str(struct ps_msg_cursor *c);
/** STR or BIN. */
struct ps_msg_text ps_msg_take_bytes(struct ps_msg_cursor *c);
/** One value, whatever is in it. */
void ps_msg_skip(struct ps_msg_cursor *c);

bool ps_msg_text_is(struct ps_msg_text text, const char *other);

#endif

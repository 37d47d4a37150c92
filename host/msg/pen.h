/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/msg/pen.h - writes msgpack into memory that is there already; nothing is allocated.
 *
 * The shortest form of each value is written (as the specification asks). The counts of containers
 * are given first; that as many values follow is up to the caller. What does not fit is left out
 * whole, and `full` stays set. Threads: any, one at a time per pen.
 */
#ifndef PS_HOST_MSG_PEN_H
#define PS_HOST_MSG_PEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_MSG_HEAD_BYTES_MAX 9u /* what a value takes besides the bytes in it, at most */

struct ps_msg_pen {
    uint8_t *at, *end;
    bool full;
};

struct ps_msg_pen ps_msg_pen_of(void *data, size_t size_bytes);

void ps_msg_pen_array(struct ps_msg_pen *pen, uint32_t count);
void ps_msg_pen_map(struct ps_msg_pen *pen, uint32_t count);
void ps_msg_pen_nil(struct ps_msg_pen *pen);
void ps_msg_pen_bool(struct ps_msg_pen *pen, bool value);
void ps_msg_pen_u64(struct ps_msg_pen *pen, uint64_t value);
/** Must be UTF-8. */
void ps_msg_pen_str(struct ps_msg_pen *pen, const char *text, size_t size_bytes);
void ps_msg_pen_name(struct ps_msg_pen *pen, const char *name); /* NUL-terminated */
void ps_msg_pen_bin(struct ps_msg_pen *pen, const void *data, size_t size_bytes);

#endif

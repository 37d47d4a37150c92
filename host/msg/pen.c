/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/msg/pen.h"

#include <string.h>

struct ps_msg_pen ps_msg_pen_of(void *data, size_t size_bytes)
{
    uint8_t *bytes = data;

    return (struct ps_msg_pen){ .at = bytes, .end = bytes + size_bytes };
}

/* Once full, always full: a shorter value behind one that was left out would be another message. */
static bool has_room(struct ps_msg_pen *pen, size_t bytes)
{
    if (bytes > (size_t)(pen->end - pen->at))
        pen->full = true;
    return !pen->full;
}

/* A first byte, and @p value in @p bytes bytes, the largest first. */
static void put(struct ps_msg_pen *pen, uint8_t lead, uint64_t value, unsigned bytes)
{
    if (!has_room(pen, 1u + bytes))
        return;
    *pen->at++ = lead;
    while (bytes-- > 0)
        *pen->at++ = (uint8_t)(value >> (8 * bytes));
}

void ps_msg_pen_array(struct ps_msg_pen *pen, uint32_t count)
{
    if (count < 16)
        put(pen, (uint8_t)(0x90u | count), 0, 0);
    else if (count <= UINT16_MAX)
        put(pen, 0xdc, count, 2);
    else
        put(pen, 0xdd, count, 4);
}

void ps_msg_pen_map(struct ps_msg_pen *pen, uint32_t count)
{
    if (count < 16)
        put(pen, (uint8_t)(0x80u | count), 0, 0);
    else if (count <= UINT16_MAX)
        put(pen, 0xde, count, 2);
    else
        put(pen, 0xdf, count, 4);
}

void ps_msg_pen_nil(struct ps_msg_pen *pen)
{
    put(pen, 0xc0, 0, 0);
}

void ps_msg_pen_bool(struct ps_msg_pen *pen, bool value)
{
    put(pen, value ? 0xc3 : 0xc2, 0, 0);
}

void ps_msg_pen_u64(struct ps_msg_pen *pen, uint64_t value)
{
    if (value < 0x80)
        put(pen, (uint8_t)value, 0, 0);
    else if (value <= UINT8_MAX)
        put(pen, 0xcc, value, 1);
    else if (value <= UINT16_MAX)
        put(pen, 0xcd, value, 2);
    else if (value <= UINT32_MAX)
        put(pen, 0xce, value, 4);
    else
        put(pen, 0xcf, value, 8);
}

/* Head and bytes, or neither. */
static void put_bytes(struct ps_msg_pen *pen, uint8_t lead, unsigned size_bytes, const void *data,
                      size_t count)
{
    if (count > UINT32_MAX || !has_room(pen, 1u + size_bytes + count)) {
        pen->full = true;
        return;
    }
    put(pen, lead, count, size_bytes);
    if (count > 0)
        memcpy(pen->at, data, count);
    pen->at += count;
}

void ps_msg_pen_str(struct ps_msg_pen *pen, const char *text, size_t size_bytes)
{
    if (size_bytes < 32)
        put_bytes(pen, (uint8_t)(0xa0u | size_bytes), 0, text, size_bytes);
    else if (size_bytes <= UINT8_MAX)
        put_bytes(pen, 0xd9, 1, text, size_bytes);
    else if (size_bytes <= UINT16_MAX)
        put_bytes(pen, 0xda, 2, text, size_bytes);
    else
        put_bytes(pen, 0xdb, 4, text, size_bytes);
}

void ps_msg_pen_name(struct ps_msg_pen *pen, const char *name)
{
    ps_msg_pen_str(pen, name, strlen(name));
}

void ps_msg_pen_bin(struct ps_msg_pen *pen, const void *data, size_t size_bytes)
{
    if (size_bytes <= UINT8_MAX)
        put_bytes(pen, 0xc4, 1, data, size_bytes);
    else if (size_bytes <= UINT16_MAX)
        put_bytes(pen, 0xc5, 2, data, size_bytes);
    else
        put_bytes(pen, 0xc6, 4, data, size_bytes);
}

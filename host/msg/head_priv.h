/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/msg/head_priv.h - the first bytes of a msgpack value: what it is, and how much follows.
 *
 * Threads: any; no state.
 */
#ifndef PS_HOST_MSG_HEAD_PRIV_H
#define PS_HOST_MSG_HEAD_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ps_msg_head_kind {
    PS_MSG_HEAD_SCALAR,
    PS_MSG_HEAD_TEXT,
    PS_MSG_HEAD_BYTES,
    PS_MSG_HEAD_ARRAY,
    PS_MSG_HEAD_MAP,
    PS_MSG_HEAD_REFUSED, /* ext types, and the byte that msgpack never uses */
};

struct ps_msg_head {
    enum ps_msg_head_kind kind;
    size_t bytes;  /* up to what it contains; of a scalar, all */
    uint32_t size; /* bytes of text and bytes, items of an array, pairs of a map */
};

/** Of @p left_bytes >= 1. False: the head is not all there. */
bool ps_msg_head_read(const uint8_t *at, size_t left_bytes, struct ps_msg_head *ret_head);

#endif

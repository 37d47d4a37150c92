/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/peer_client.h - a peer's side of collections over msgpack-RPC: for load and measurement.
 *
 * Requests are written behind one another and go out with ps_peer_flush(); answers are taken one by
 * one and belong to the request whose number they carry. Blocking; what comes late or never is cut
 * off by the time-out given at the beginning.
 *
 * Threads: one at a time per peer.
 */
#ifndef PS_TOOLS_PEER_CLIENT_H
#define PS_TOOLS_PEER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/msg/cursor.h"
#include "host/msg/pen.h"

#define PS_PEER_ROOM_BYTES (1u << 20) /* enough for the largest answer */

struct ps_peer {
    int fd;
    uint32_t last; /* number of the last request */
    uint8_t *in, *out;
    size_t room_bytes; /* of each */
    size_t in_start, in_end;
    struct ps_msg_pen pen;
};

struct ps_peer_answer {
    uint32_t number;           /* of its request */
    bool refused;              /* then `what` is the error */
    struct ps_msg_cursor what; /* valid until the next answer is taken */
};

/* A resource's collection, or a peer's; all NULL: one's own. */
struct ps_peer_place {
    const char *media, *profile, *peer;
};

/**
 * @param where       ADDRESS:PORT, [ADDRESS]:PORT, or a path with a slash.
 * @param room_bytes  Of requests that wait to be flushed, and of the largest answer.
 * @return 0, -EINVAL, -ENOMEM or what connect(2) said.
 */
int ps_peer_connect(struct ps_peer *peer, const char *where, uint32_t timeout_ms,
                    size_t room_bytes);
/** Also of one that never connected, if it is zeroed or connecting failed. */
void ps_peer_close(struct ps_peer *peer);

/* Each writes a request and returns its number; 0: no room, flush first. */
uint32_t ps_peer_hello(struct ps_peer *peer, const char *token);
uint32_t ps_peer_put(struct ps_peer *peer, const struct ps_peer_place *to, uint64_t sequence,
                     const void *body, size_t body_bytes);
/** @p count bodies of the same length, one behind another. */
uint32_t ps_peer_put_many(struct ps_peer *peer, const struct ps_peer_place *to, uint64_t sequence,
                          const void *bodies, size_t body_bytes, uint32_t count);
/** Goes on where the last fetch of this connection ended. */
uint32_t ps_peer_fetch(struct ps_peer *peer, const struct ps_peer_place *from, uint32_t max,
                       uint32_t wait_ms);
/** A resource's only. */
uint32_t ps_peer_open(struct ps_peer *peer, const struct ps_peer_place *place, uint32_t messages,
                      uint32_t bytes, uint32_t message_bytes, uint32_t age_s);
uint32_t ps_peer_ack(struct ps_peer *peer, const struct ps_peer_place *from, const uint64_t *ids,
                     uint32_t count);

/** Send all. @return 0 or a negative errno. */
int ps_peer_flush(struct ps_peer *peer);
/** The next answer, waited for. @return 0, -ETIMEDOUT, -EBADMSG, -ECONNRESET or another errno. */
int ps_peer_take(struct ps_peer *peer, struct ps_peer_answer *ret_answer);
/** The next answer if it is here. @return as above; -EAGAIN: it is not. */
int ps_peer_take_now(struct ps_peer *peer, struct ps_peer_answer *ret_answer);
/** Flush and take, where nothing else is under way. @return also -EACCES: it was refused. */
int ps_peer_ask(struct ps_peer *peer, struct ps_peer_answer *ret_answer);

/* One message of the answer to a fetch. */
struct ps_peer_message {
    uint64_t id;
    struct ps_msg_text from, body;
};

/**
 * Messages of the answer to a fetch.
 * @return how many, up to @p max; with *ret_cursor to go on with.
 */
uint32_t ps_peer_messages(struct ps_peer_answer *answer, struct ps_peer_message *ret_messages,
                          uint32_t max, uint64_t *ret_cursor);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/collection.h - collections: bounded mailboxes in memory that is taken beforehand.
 *
 * A *resource* collection holds the requests of peers that want a resource, in one region; a *peer*
 * collection the answers for one peer. Each is a ring of messages in an arena that all share: put
 * copies in, fetch reads from a cursor on, acknowledging takes a message out for everybody - the
 * first to do so has claimed it. A message also ends with its age. A full collection refuses.
 *
 * Order and duplicates: a sender numbers its messages 1, 2, 3, ... in each collection; the number
 * after the last accepted one is the only one taken, an earlier one is answered with what it became
 * (so a retry is safe), a later one is refused with the number that is expected. 0: not numbered,
 * no promise. The first that is seen of a sender may be any number. As many senders are remembered
 * as a collection has room for messages; beyond, the one that was silent for longest is forgotten.
 *
 * Not kept yet: a message with a ticket is seen by nobody until ps_collection_settle() says that it
 * is kept, and neither are those behind it, so that no cursor passes one by.
 *
 * Pure: no I/O, no clock, time comes in; nothing is allocated after creation. Opening, putting and
 * acknowledging cost the same however many collections there are; holes that acknowledged messages
 * leave are closed now and then, in a time that grows with what is left (16 MiB: milliseconds).
 * Threads: one at a time per set.
 */
#ifndef PS_HOST_MESSAGING_COLLECTION_H
#define PS_HOST_MESSAGING_COLLECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/grant.h"
#include "host/plan/resource.h"

#define PS_COLLECTIONS_MAX          (1u << 20)
#define PS_COLLECTION_MESSAGES_MAX  65536u
#define PS_COLLECTION_MESSAGE_BYTES 65536u     /* one body, at most */
#define PS_COLLECTION_BYTES_MAX     (1u << 30) /* of all bodies and names of one collection */
#define PS_COLLECTION_AGE_NS_MAX    (3600ull * 1000000000)
#define PS_COLLECTION_REMEMBERED    4u /* ids of a sender's last messages, for its retries */

enum ps_collection_kind { PS_COLLECTION_RESOURCE = 1, PS_COLLECTION_PEER = 2 };

/* Compared as bytes. */
struct ps_collection_id {
    uint64_t key;         /* media_key, or xxh3-64 of the peer's name */
    uint64_t profile_key; /* 0 of a peer's */
    uint16_t region;      /* 0: of unknown place; 0 of a peer's */
    uint8_t kind;         /* enum ps_collection_kind */
    uint8_t zero[5];
};
_Static_assert(sizeof(struct ps_collection_id) == 24, "hashed and compared as bytes");

struct ps_collection_limits {
    uint32_t messages_max;      /* 1..PS_COLLECTION_MESSAGES_MAX */
    uint32_t bytes_max;         /* of all bodies and senders' names; one message must fit */
    uint32_t message_bytes_max; /* of one, 1..PS_COLLECTION_MESSAGE_BYTES */
    uint64_t age_ns;            /* 1 s..PS_COLLECTION_AGE_NS_MAX */
};

/* Why it is there. */
enum ps_collection_origin {
    PS_COLLECTION_AHEAD,     /* by prediction */
    PS_COLLECTION_ON_DEMAND, /* a peer came before we thought of it */
    PS_COLLECTION_ASKED,     /* an orchestrator or a token with `create` */
};

struct ps_collections; /* the set: arena, index, and all collections */
struct ps_collection;  /* valid until it is closed */

struct ps_collections_config {
    uint64_t budget_bytes;    /* the arena's, rounded down to whole pages; bookkeeping included */
    uint32_t collections_max; /* 1..PS_COLLECTIONS_MAX */
    uint16_t node;            /* of the cluster; in the upper bits of message ids. 0 alone */
    uint64_t first; /* lower 48 bits of the first id, above those of earlier lives; 0: 1 */
};

struct ps_message {
    uint64_t id;       /* unique in the cluster: node << 48 | count */
    uint64_t position; /* what cursors are; rises also when a collection is opened again */
    uint64_t sender;   /* peer_key */
    uint64_t sequence; /* the sender's, 0: none */
    uint64_t put_ns;
    uint32_t body_bytes;
    uint16_t peer_bytes;
    const char *peer; /* sender's name, not NUL-terminated */
    const void *body; /* both in the arena: until the next call that changes the set */
};

struct ps_collection_status {
    struct ps_collection_id id;
    struct ps_collection_limits limits;
    enum ps_collection_origin origin;
    uint32_t messages, bytes;    /* held now */
    uint64_t opened_ns, used_ns; /* used: last put or fetch; opened_ns when never */
    uint64_t put, fetched, acknowledged, expired;
    uint64_t refused_full, refused_order, duplicates;
};

struct ps_collections_status {
    uint32_t collections, collections_max;
    uint64_t budget_bytes, taken_bytes; /* by collections, used or not */
    uint64_t messages, bytes;           /* held now */
    uint64_t opened[3], closed;         /* opened by enum ps_collection_origin */
    uint64_t put, fetched, acknowledged, expired;
    uint64_t refused_full, refused_order, refused_budget, duplicates;
};

/** Touches all of its memory. @return 0, -EINVAL (also: no room for the tables) or -ENOMEM. */
int ps_collections_create(struct ps_collections **ret_set, const struct ps_collections_config *cfg);
/** NULL is allowed. */
void ps_collections_destroy(struct ps_collections *set);

/** Ids from now on are of that node. */
void ps_collections_set_node(struct ps_collections *set, uint16_t node);

/** @return 0, -EEXIST, -ENOSPC (budget, or too many collections) or -EINVAL (a limit). */
int ps_collection_open(struct ps_collections *set, const struct ps_collection_id *id,
                       const struct ps_collection_limits *limits, enum ps_collection_origin origin,
                       uint64_t now_ns, struct ps_collection **ret_collection);
/** What it holds goes with it. */
void ps_collection_close(struct ps_collections *set, struct ps_collection *collection);
/**
 * Other limits; messages, cursors and senders' numbers stay.
 * @return 0, -ENOSPC (budget) or -EBUSY (it holds more than the new limits allow).
 */
int ps_collection_resize(struct ps_collections *set, struct ps_collection *collection,
                         const struct ps_collection_limits *limits);
/** NULL: there is none. */
struct ps_collection *ps_collection_find(const struct ps_collections *set,
                                         const struct ps_collection_id *id);

struct ps_collection_put {
    const char *peer; /* who sends, not NUL-terminated */
    uint16_t peer_bytes;
    uint64_t sender;   /* peer_key */
    uint64_t sequence; /* 0: not numbered */
    uint64_t id;       /* of a message that came from another node or life; 0: a new one of ours */
    uint64_t ticket;   /* not 0: not to be seen until it is settled */
    const void *body;
    uint32_t body_bytes;
};

/**
 * Copy a message in.
 *
 * One of another node is a duplicate when that node's messages here had this id or a later one.
 *
 * @param ret_id        Its id, also of one that was there already if it is among its sender's last
 *                      PS_COLLECTION_REMEMBERED; else 0.
 * @param ret_expected  With -ERANGE, the number that is expected of this sender; may be NULL.
 * @return 0, -EALREADY (a duplicate: nothing changed), -EMSGSIZE, -ENOSPC (full) or -ERANGE (a
 *         number before it is missing).
 */
int ps_collection_put(struct ps_collections *set, struct ps_collection *collection,
                      const struct ps_collection_put *put, uint64_t now_ns, uint64_t *ret_id,
                      uint64_t *ret_expected);

/**
 * The messages after a cursor, oldest first.
 * @param after        Position; 0: from the oldest on.
 * @param bytes_max    Stop before bodies and names exceed this, but give one.
 * @param ret_cursor   Where to go on: pass it as @p after.
 * @return How many, up to @p max.
 */
uint32_t ps_collection_fetch(struct ps_collections *set, struct ps_collection *collection,
                             uint64_t after, struct ps_message *ret_messages, uint32_t max,
                             size_t bytes_max, uint64_t now_ns, uint64_t *ret_cursor);
/** The message of that id, as long as it is there. @return 0 or -ENOENT. */
int ps_collection_look_up(struct ps_collections *set, struct ps_collection *collection, uint64_t id,
                          uint64_t now_ns, struct ps_message *ret_message);
/** Take it out. @return 0 (the caller was first) or -ENOENT (taken, expired or never there). */
int ps_collection_acknowledge(struct ps_collections *set, struct ps_collection *collection,
                              uint64_t id, uint64_t now_ns);
/**
 * A message with a ticket is kept (0), or is not: then it goes, and so do later ones of its sender
 * that nobody has seen yet, so that the sender can begin again with its number.
 *
 * @param settled  Told of each ticket whose message can be seen now (0), in order, or has gone; it
 *                 must not change the set.
 * @return 0 or -ENOENT (it has expired).
 */
int ps_collection_settle(struct ps_collections *set, struct ps_collection *collection, uint64_t id,
                         int status, void (*settled)(void *arg, uint64_t ticket, int status),
                         void *arg);

/**
 * It was acknowledged where it was put: take it out, also when it cannot be seen yet because one
 * before it is not kept. @return 0 or -ENOENT.
 */
int ps_collection_drop(struct ps_collections *set, struct ps_collection *collection, uint64_t id,
                       uint64_t now_ns, uint64_t *ret_sender);

/** Expire what is too old, a bounded part at a time. */
void ps_collections_tend(struct ps_collections *set, uint64_t now_ns);

void ps_collection_status(const struct ps_collection *collection,
                          struct ps_collection_status *ret_status);
void ps_collections_status(const struct ps_collections *set,
                           struct ps_collections_status *ret_status);
/** In no particular order; the callback must not open or close. */
void ps_collections_each(const struct ps_collections *set,
                         void (*each)(void *arg, struct ps_collection *collection), void *arg);

/* Who waits for a message: the wake is told once, at the next put, and is off the list then. */
struct ps_collection_waiter {
    struct ps_collection_waiter *next, **link; /* ours; link NULL: not waiting */
    void (*wake)(void *arg, int status);       /* 0, or -ENOENT: the collection was closed */
    void *arg;
};
void ps_collection_wait(struct ps_collection *collection, struct ps_collection_waiter *waiter);
/** Also of one that does not wait. */
void ps_collection_stop_waiting(struct ps_collection_waiter *waiter);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/collection_priv.h - how a collection lies in the arena.
 *
 * One block per collection: entries, senders, the two tables that find them, and the bodies.
 * Entries and bodies are appended; what is taken out leaves a hole, and holes close when the end is
 * reached or when they are more than what is left. The room for that is set aside (a half of the
 * entries, a quarter of the bytes), so that a message is moved a few times at most, and a
 * collection takes what its limits say whatever was acknowledged in which order. One that is
 * emptied begins again at its first line of cache.
 *
 * Threads: one at a time per set.
 */
#ifndef PS_HOST_MESSAGING_COLLECTION_PRIV_H
#define PS_HOST_MESSAGING_COLLECTION_PRIV_H

#include "host/messaging/arena_priv.h"
#include "host/messaging/collection.h"

#define PS_COLLECTION_NONE      UINT32_MAX
#define PS_COLLECTION_TEND_MAX  1024u /* collections looked at in one tend */
#define PS_COLLECTION_END_MAX   4096u /* messages expired in one */
#define PS_COLLECTION_HOLES_MIN 64u   /* fewer are not worth closing */

enum ps_entry_state {
    PS_ENTRY_GONE,    /* a hole */
    PS_ENTRY_PENDING, /* not kept yet: nobody sees it */
    PS_ENTRY_KEPT,    /* kept, but one before it is not */
    PS_ENTRY_OPEN,
};

struct ps_collection_entry {
    uint64_t id, position, sender, sequence, put_ns, ticket;
    uint32_t body_at; /* the name, then the body at a multiple of 8 */
    uint32_t body_bytes;
    uint32_t next; /* in its bucket */
    uint16_t peer_bytes;
    uint8_t state;
    uint8_t zero;
};
_Static_assert(sizeof(struct ps_collection_entry) == 64, "one line of cache");

struct ps_sender {
    uint64_t key;
    uint64_t sequence;                      /* the last that was taken */
    uint64_t ids[PS_COLLECTION_REMEMBERED]; /* by sequence */
    uint32_t newer, older, next;
    uint32_t zero;
};
_Static_assert(sizeof(struct ps_sender) == 64, "one line of cache");

/* Where things lie in a block of some limits. */
struct ps_collection_layout {
    uint32_t entries, senders;        /* how many */
    uint32_t buckets, sender_buckets; /* powers of two */
    size_t bodies_bytes;
    size_t senders_at, buckets_at, sender_buckets_at, bodies_at, total;
};

/* What prepare knows of one. */
struct ps_collection_ahead {
    double confidence;  /* as said last */
    uint64_t needed_ns; /* when that was; 0 never */
    uint64_t large_ns;  /* when more than half of its size was needed last */
    bool used;          /* a peer came */
};

struct ps_collection {
    /* What a put touches. */
    struct ps_collection_id id;
    uint32_t next;       /* in its bucket of the set, or of those free */
    uint32_t head, tail; /* entries that are not all holes */
    uint32_t settled;    /* entries before this one are open, or gone */
    uint32_t live, unsettled;
    uint32_t bytes;
    size_t body_tail;
    struct ps_collection_entry *entries;
    uint8_t *bodies;
    uint32_t *buckets, *sender_buckets;
    struct ps_sender *senders;
    struct ps_collection_layout layout;
    struct ps_collection_limits limits;
    uint64_t position; /* of the last put */
    uint32_t sender_count, newest, oldest;
    struct ps_collection_waiter *waiters;
    uint32_t busy_next, busy_prev; /* those that hold messages; busy_next NONE: not one of them */
    /* What it says of itself. */
    enum ps_collection_origin origin;
    bool is_open;
    struct ps_collection_ahead ahead;
    uint64_t opened_ns, used_ns;
    uint64_t put, fetched, acknowledged, expired;
    uint64_t refused_full, refused_order, duplicates;
};

struct ps_collections {
    struct ps_collections_config cfg;
    struct ps_arena arena;
    struct ps_collection *table; /* collections_max */
    uint32_t *buckets;
    uint32_t bucket_count;
    uint32_t free, used_max; /* places never used come after those given back */
    uint32_t busy;           /* one of a ring; where tend goes on */
    uint32_t busy_count;
    uint64_t last_id;  /* counts all puts, so no collection's position is ahead of it */
    size_t book_bytes; /* table and buckets, at the front of the arena */
    struct ps_collections_status status;
};

/* layout.c */
/** @return 0 or -EINVAL (a limit). */
int ps_collection_lay_out(const struct ps_collection_limits *limits,
                          struct ps_collection_layout *ret_layout);
/** Point into @p block; the tables are emptied, the rest is as it is. */
void ps_collection_place(struct ps_collection *c, uint8_t *block,
                         const struct ps_collection_layout *layout);
/** From where it is to @p block, which may be the same if nothing is larger; it fits. */
void ps_collection_move(struct ps_collection *c, uint8_t *block,
                        const struct ps_collection_layout *layout);

/* entries.c */
struct ps_collection_entry *ps_entries_find(const struct ps_collection *c, uint64_t id);
/** There is room in the limits. */
struct ps_collection_entry *ps_entries_append(struct ps_collections *set, struct ps_collection *c,
                                              const struct ps_collection_put *put, uint64_t id,
                                              uint64_t now_ns);
/** Leave a hole. Entries may move. */
void ps_entries_remove(struct ps_collections *set, struct ps_collection *c,
                       struct ps_collection_entry *entry);
/** The first that comes after a position, as an index; the tail: there is none. */
uint32_t ps_entries_after(const struct ps_collection *c, uint64_t position);
/** The first from an index on that is not a hole. */
uint32_t ps_entries_next(const struct ps_collection *c, uint32_t at);
/** Take out what is too old, @p max at most. @return How many. */
uint32_t ps_entries_expire(struct ps_collections *set, struct ps_collection *c, uint64_t now_ns,
                           uint32_t max);
/** Close the holes between entries, and between bodies. */
void ps_entries_close(struct ps_collection *c);
void ps_entries_close_bodies(struct ps_collection *c);
/** Put all of them into the empty table. */
void ps_entries_index(struct ps_collection *c);

/* senders.c */
struct ps_sender *ps_senders_find(const struct ps_collection *c, uint64_t key);
/** The newest now; a new one has the sequence 0 and takes the place of the one not seen for
 * longest. */
struct ps_sender *ps_senders_take(struct ps_collection *c, uint64_t key);
/** Forget those not seen for longest beyond @p count, and leave no gaps. */
void ps_senders_trim(struct ps_collection *c, uint32_t count);
/** Put all of them into the empty table. */
void ps_senders_index(struct ps_collection *c);

/* waiters.c */
void ps_collection_wake(struct ps_collection *c, int status);

#endif

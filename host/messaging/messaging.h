/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/messaging.h - what peers may do with collections, by whatever way they come.
 *
 * Why: HTTP, msgpack-RPC, the control API and NATS all mean the same few things. They are said here
 * once: rights, rates, who may answer whom, opening on demand, and opening ahead of the crowd.
 *
 * Rights: a grant (host/plan/grant.h) allows put and fetch in the collections of its resource and
 * region. A peer's own collection is read by that peer alone, whatever else a grant says. Answers:
 * who acknowledged a peer's request has claimed it, and both may from then on put into each other's
 * collections, for `meet_ns` since one last acknowledged a message of the other; nobody else may.
 * A token for any media holds for those of its tenant. Until when a grant holds is for the face to
 * judge: there is no wall clock here.
 *
 * Rates: each peer has a bucket of puts and of fetches; beyond: -EBUSY with the time to wait.
 *
 * With other nodes (a link): a put is done when the link says that it is kept, see
 * ps_messaging_kept(), and nobody sees it before; messages of other nodes come in by
 * ps_messaging_remote(). A message belongs to the node where it was put, and that one decides who
 * acknowledged first; whoever did is told when that is kept, too, so that it stays taken whatever
 * dies. A put that is not kept within `keep_ns` has failed: it is taken back,
 * the peer is told -EAGAIN and may put the same number again; what others have of it is withdrawn.
 *
 * On demand: a peer's own collection opens when the peer, or one it met, comes; a resource's when
 * the configuration says so. Ahead: what is made for needs gives way, least sure first and only
 * while nobody used it, to what is asked for; never the other way round.
 *
 * Threads: the loop thread. Nothing blocks; nothing is allocated after creation.
 */
#ifndef PS_HOST_MESSAGING_MESSAGING_H
#define PS_HOST_MESSAGING_MESSAGING_H

#include "host/messaging/collection.h"
#include "host/plan/grant.h"
#include "host/plan/need.h"

#define PS_MESSAGING_TICKETS_MAX  65536u /* puts and acknowledgements on their way to be kept */
#define PS_MESSAGING_MEETINGS_MAX 65536u
#define PS_MESSAGING_RATES_MAX    65536u /* peers whose rates are remembered */
#define PS_MESSAGING_KEEP_NS      5000000000ull

struct ps_messaging;

struct ps_messaging_config {
    uint64_t budget_bytes;
    uint32_t collections_max;
    uint16_t node;
    struct ps_collection_limits resource; /* of one opened on demand, and the least of one ahead */
    struct ps_collection_limits peer;
    uint32_t messages_per_peer;       /* demand x this = messages of a collection made ahead */
    uint32_t messages_ahead_max;      /* the largest made ahead */
    double threshold;                 /* confidence from which collections are made ahead */
    double puts_per_s, fetches_per_s; /* of a peer; bursts of 4 s worth */
    uint64_t meet_ns;                 /* how long two peers may write to each other */
    uint64_t idle_ns;                 /* unused and no longer predicted for so long: closed */
    bool on_demand;                   /* false: only resources' collections that are there */
    uint64_t keep_ns; /* how long a link may take to keep; 0: PS_MESSAGING_KEEP_NS */
    uint64_t first;   /* as in ps_collections_config */
    /* Is that media one of the tenant's? NULL: all are. */
    bool (*is_of_tenant)(void *arg, uint64_t media_key, uint32_t tenant);
    void *arg;
};

/* What other nodes have to know. */
enum ps_messaging_event_kind {
    PS_MESSAGING_PUT,
    PS_MESSAGING_ACK,
    PS_MESSAGING_ASK, /* may a peer of ours acknowledge a message of another node? */
    PS_MESSAGING_OPEN,
    PS_MESSAGING_CLOSE
};
struct ps_messaging_event {
    enum ps_messaging_event_kind kind;
    struct ps_collection_id collection;
    struct ps_collection_limits limits;      /* of OPEN */
    struct ps_message message;               /* of PUT; of ACK and ASK its id */
    char acknowledger[PS_PEER_NAME_MAX + 1]; /* of ACK and ASK */
};

/* To the other nodes; NULL functions: there are none. */
struct ps_messaging_link {
    /* Keep it beyond this process, then call ps_messaging_kept() with the ticket (0: nobody waits),
     * not from within. ASK is about another node's message (the upper 16 bits of its id say whose):
     * ask that node, which calls ps_messaging_remote_acknowledge(), and tell of a refusal only; the
     * ACK that the node keeps then is the permission. An ACK without acknowledger withdraws a
     * message that failed. OPEN comes again with new limits.
     * The event is valid during the call only. @return 0, or -EAGAIN (no room now: refuse). */
    int (*keep)(void *arg, const struct ps_messaging_event *event, uint64_t ticket);
    void *arg;
};

/** Called once when a put or acknowledgement is done, if -EINPROGRESS was returned. */
struct ps_messaging_done {
    void (*done)(void *arg, int status, uint64_t id);
    void *arg;
};

/* Some functions say more than an errno. */
struct ps_messaging_why {
    uint64_t expected; /* with -ERANGE: the sender's number that is missing */
    uint32_t retry_ms; /* with -EBUSY and -ENOSPC: when to try again */
};

struct ps_messaging_status {
    struct ps_collections_status set;
    uint64_t put, fetched, acknowledged;
    uint64_t refused_rights, refused_rate, refused_absent, refused_link;
    uint64_t claimed; /* acknowledgements that opened two peers' boxes to each other */
    uint64_t ahead_opened, ahead_grown, ahead_shrunk, ahead_closed, ahead_refused;
    uint64_t ahead_used; /* collections made ahead that a peer came to */
    uint32_t meetings, tickets;
    uint64_t remote_in, remote_duplicates, remote_lost; /* lost: no room here for another's */
    uint64_t kept, not_kept;
};

/** @return 0, -EINVAL or -ENOMEM. @param link  Copied; NULL: this node is alone. */
int ps_messaging_create(struct ps_messaging **ret_m, const struct ps_messaging_config *cfg,
                        const struct ps_messaging_link *link);
/** NULL is allowed. Those who wait are woken with -ENOENT; no `done` is called. */
void ps_messaging_destroy(struct ps_messaging *m);

/**
 * The collection of a resource where a peer is: of its region if there is one, else of the region
 * 0.
 * @param region  What the peer asked for, or where its grant is; PS_GRANT_ANY_REGION: 0.
 */
struct ps_collection_id ps_messaging_resource_id(const struct ps_messaging *m,
                                                 const struct ps_resource *resource,
                                                 uint32_t region);
struct ps_collection_id ps_messaging_peer_id(const char *name, size_t length);

/**
 * Put a message; @p sequence as in collection.h.
 * @return 0, -EINPROGRESS (@p done will be called), -EALREADY (it is there: as good as 0), -EACCES,
 *         -ENOENT (no such collection, and none is opened on demand), -EBUSY (rate), -EMSGSIZE,
 *         -ENOSPC, -ERANGE (see why) or -EAGAIN (the link has no room).
 */
int ps_messaging_put(struct ps_messaging *m, const struct ps_grant *grant,
                     const struct ps_collection_id *to, uint64_t sequence, const void *body,
                     uint32_t body_bytes, const struct ps_messaging_done *done, uint64_t now_ns,
                     uint64_t *ret_id, struct ps_messaging_why *ret_why);

/** As ps_collection_fetch(). @return 0 with *ret_count, -EACCES, -ENOENT, -ENOSPC (none can be
 * opened) or -EBUSY. */
int ps_messaging_fetch(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *from, uint64_t after,
                       struct ps_message *ret_messages, uint32_t max, size_t bytes_max,
                       uint64_t now_ns, uint32_t *ret_count, uint64_t *ret_cursor,
                       struct ps_messaging_why *ret_why);
/** Be woken at the next message after @p after; a fetch that found nothing comes first.
 * @return 0 (waiting), -EALREADY (there is one), -EACCES or -ENOENT. */
int ps_messaging_wait(struct ps_messaging *m, const struct ps_grant *grant,
                      const struct ps_collection_id *from, uint64_t after,
                      struct ps_collection_waiter *waiter);
/** Claim and take out. @return 0 (first), -ENOENT (somebody else was, or it expired), -EINPROGRESS,
 * -EACCES, -EAGAIN (the link has no room, or earlier messages are being restored) or -EHOSTUNREACH
 * (the node that it was put at cannot be asked, or it is not known whether it was kept). */
int ps_messaging_acknowledge(struct ps_messaging *m, const struct ps_grant *grant,
                             const struct ps_collection_id *from, uint64_t id,
                             const struct ps_messaging_done *done, uint64_t now_ns);

/** Was that message put here? */
bool ps_messaging_is_ours(const struct ps_messaging *m, uint64_t id);

/** For whoever holds `create`, and the control API (grant NULL). Opens, or changes the limits.
 * @return 0, -EACCES, -EINVAL, -ENOSPC or -EBUSY. */
int ps_messaging_open(struct ps_messaging *m, const struct ps_grant *grant,
                      const struct ps_collection_id *id, const struct ps_collection_limits *limits,
                      uint64_t now_ns);
/** @return 0, -EACCES or -ENOENT. */
int ps_messaging_close(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *id);

/**
 * While held, messages of ours are acknowledged by nobody (-EAGAIN): what was acknowledged in an
 * earlier life is still being told, and would be acknowledged again.
 */
void ps_messaging_hold(struct ps_messaging *m, bool held);

/** Once a turn: open, grow, shrink and close as the needs say; expire. */
void ps_messaging_prepare(struct ps_messaging *m, const struct ps_need *needs, uint32_t count,
                          uint64_t now_ns);

/** The link says how it went: 0, or why it is not kept (the peer is told -EAGAIN). */
void ps_messaging_kept(struct ps_messaging *m, uint64_t ticket, int status, uint64_t now_ns);
/**
 * An event of another node, in the order of its node; duplicates are dropped. Also one of our own
 * of an earlier life (its id is below `first`), which is restored; of this life: dropped.
 */
void ps_messaging_remote(struct ps_messaging *m, const struct ps_messaging_event *event,
                         uint64_t now_ns);
/** Another node asks to acknowledge a message of ours. @return -EINPROGRESS (taken; our ACK will
 * say so), -ENOENT or -EAGAIN. */
int ps_messaging_remote_acknowledge(struct ps_messaging *m, const struct ps_collection_id *from,
                                    uint64_t id, const char *acknowledger, uint64_t now_ns);

/** This node has another number than at creation; before the first put. */
void ps_messaging_set_node(struct ps_messaging *m, uint16_t node);

struct ps_collections *ps_messaging_collections(struct ps_messaging *m); /* to look at */
void ps_messaging_status(const struct ps_messaging *m, struct ps_messaging_status *ret_status);

#endif

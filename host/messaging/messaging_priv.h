/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/messaging_priv.h - who met whom, who asks how often, and what is on its way.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_MESSAGING_MESSAGING_PRIV_H
#define PS_HOST_MESSAGING_MESSAGING_PRIV_H

#include "host/messaging/collection_priv.h"
#include "host/messaging/messaging.h"

#define PS_MESSAGING_NONE     UINT32_MAX
#define PS_MESSAGING_BURST_NS 4000000000ull
#define PS_MESSAGING_ENDS_MAX 1024u /* tickets timed out in one turn */
#define PS_MESSAGING_LOOKS_MAX                                                                     \
    4096u /* collections looked at in one turn: unused ones are closed                             \
           */
#define PS_MESSAGING_VICTIMS 4096u

/* meetings.c: pairs of peers, by when they end. */
struct ps_meeting {
    uint64_t low, high; /* keys of the two */
    uint64_t until_ns;
    uint32_t next, newer, older;
    uint32_t zero;
};
struct ps_meetings {
    struct ps_meeting *list; /* PS_MESSAGING_MEETINGS_MAX; those in use first */
    uint32_t *buckets;       /* as many */
    uint32_t count, free, newest, oldest;
};
/** @return 0 or -ENOMEM; fini in every case. */
int ps_meetings_init(struct ps_meetings *meetings);
void ps_meetings_fini(struct ps_meetings *meetings);
/** Begins or goes on; @p until_ns rises from call to call. The one that ends first makes room. */
void ps_meetings_add(struct ps_meetings *meetings, uint64_t a, uint64_t b, uint64_t until_ns);
bool ps_meetings_has(const struct ps_meetings *meetings, uint64_t a, uint64_t b, uint64_t now_ns);
void ps_meetings_tend(struct ps_meetings *meetings, uint64_t now_ns);

/* rates.c: when each peer may go on. */
enum ps_rate_kind { PS_RATE_PUT, PS_RATE_FETCH, PS_RATE_KINDS };
struct ps_rate_peer {
    uint64_t key;
    uint64_t due_ns[PS_RATE_KINDS]; /* until when what it did so far would last at its rate */
};
struct ps_rates {
    struct ps_rate_peer *peers; /* PS_MESSAGING_RATES_MAX */
    uint64_t each_ns[PS_RATE_KINDS];
};
/** @return 0, -EINVAL (a rate that is not above 0) or -ENOMEM; fini in every case. */
int ps_rates_init(struct ps_rates *rates, double puts_per_s, double fetches_per_s);
void ps_rates_fini(struct ps_rates *rates);
/** @return 0 (and it counts), or how many nanoseconds too early it is. */
uint64_t ps_rates_ask(struct ps_rates *rates, uint64_t peer_key, enum ps_rate_kind kind,
                      uint64_t now_ns);

/* tickets.c: what is on its way to be kept. */
enum ps_ticket_kind {
    PS_TICKET_PUT,
    PS_TICKET_TAKE, /* one of ours was taken: that has to be kept */
    PS_TICKET_ASK,  /* one of another node's: that node's ACK has to come */
};
struct ps_ticket {
    uint64_t name; /* 0: free */
    enum ps_ticket_kind kind;
    struct ps_collection_id collection;
    uint64_t message_id, sender;
    char acknowledger[PS_PEER_NAME_MAX + 1]; /* of TAKE and ASK; empty: nobody's name */
    struct ps_messaging_done done;
    uint64_t until_ns;
    int status;            /* once it is finished */
    uint32_t newer, older; /* by age; older also links free ones and those finished */
};
struct ps_tickets {
    struct ps_ticket *list; /* PS_MESSAGING_TICKETS_MAX; NULL: there is no link */
    uint64_t given;
    uint32_t count, used_max, free, newest, oldest;
    uint32_t asks;                    /* of them, those not finished */
    uint32_t finished, finished_last; /* to be told in order, see ps_messaging_tell() */
};
/** @return 0 or -ENOMEM; fini in every case. */
int ps_tickets_init(struct ps_tickets *tickets);
void ps_tickets_fini(struct ps_tickets *tickets);
/** NULL: there are too many. The rest is filled by the caller. */
struct ps_ticket *ps_tickets_take(struct ps_tickets *tickets, enum ps_ticket_kind kind,
                                  uint64_t until_ns);
/** The oldest that asks for this message; NULL: there is none. */
struct ps_ticket *ps_tickets_asking(const struct ps_tickets *tickets, uint64_t message_id);
/** NULL: it is finished. */
struct ps_ticket *ps_tickets_find(const struct ps_tickets *tickets, uint64_t name);
void ps_tickets_give(struct ps_tickets *tickets, struct ps_ticket *ticket);
/** It is found no more; to be told later. */
void ps_tickets_finish(struct ps_tickets *tickets, struct ps_ticket *ticket, int status);
/** The next one to be told, given back already. @return whether there is one. */
bool ps_tickets_next_finished(struct ps_tickets *tickets, struct ps_ticket *ret_ticket);

/* A collection that may be closed for one that is asked for. */
struct ps_victim {
    struct ps_collection_id id;
    double confidence;
};

struct ps_messaging {
    bool held; /* see ps_messaging_hold() */
    struct ps_messaging_config cfg;
    struct ps_messaging_link link;
    struct ps_collections *set;
    struct ps_meetings meetings;
    struct ps_rates rates;
    struct ps_tickets tickets;
    struct ps_victim *victims; /* PS_MESSAGING_VICTIMS, least sure last */
    uint32_t victim_count;
    uint64_t prepared_ns; /* in the last turn */
    uint32_t look_at;     /* place of the set where unused ones are looked for next */
    struct ps_messaging_status status;
};

/* rights.c; a grant of NULL may do all */
/** May this be done to a resource's collection, or to the peer's own? @return 0 or -EACCES. */
int ps_messaging_allow(struct ps_messaging *m, const struct ps_grant *grant,
                       const struct ps_collection_id *id, enum ps_action action, uint64_t now_ns);

/* claim.c */
/** A ticket that waited for something taken or asked for: it is kept (0), refused or unknown. */
void ps_messaging_end_claim(struct ps_messaging *m, struct ps_ticket *ticket, int status,
                            uint64_t now_ns);

/* rooms.c */
/** @return 0, -EINVAL, -ENOSPC or -EEXIST. */
int ps_messaging_open_one(struct ps_messaging *m, const struct ps_collection_id *id,
                          const struct ps_collection_limits *limits,
                          enum ps_collection_origin origin, uint64_t now_ns,
                          struct ps_collection **ret_collection);
void ps_messaging_close_one(struct ps_messaging *m, struct ps_collection *c);
/** How sure it is that it will be used: as said last, and 0 if nothing was said of it in the last
 * turn. */
double ps_messaging_confidence(const struct ps_messaging *m, const struct ps_collection *c);
/** Close the least sure of those made ahead, below @p confidence. @return whether there was one. */
bool ps_messaging_make_room(struct ps_messaging *m, double confidence);
/** The one there is, or a new one if that may be. @return 0, -ENOENT or -ENOSPC. */
int ps_messaging_find_or_open(struct ps_messaging *m, const struct ps_collection_id *id,
                              uint64_t now_ns, struct ps_collection **ret_collection);

/* link.c */
/** Tell the other nodes; nobody waits. */
void ps_messaging_say(struct ps_messaging *m, const struct ps_messaging_event *event);
/** What was put is kept (0) or not: its ticket, and those that follow from it, are finished. */
int ps_messaging_settle(struct ps_messaging *m, struct ps_collection *c, uint64_t message_id,
                        int status);
/** Call those whose tickets are finished. */
void ps_messaging_tell(struct ps_messaging *m);
/** Tickets that waited too long have failed. */
void ps_messaging_end_tickets(struct ps_messaging *m, uint64_t now_ns);

#endif

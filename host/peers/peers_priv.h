/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/peers/peers_priv.h - the table of profiles and the list of salts.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_PEERS_PEERS_PRIV_H
#define PS_HOST_PEERS_PEERS_PRIV_H

#include "host/peers/peers.h"

#define PS_PEERS_NONE       UINT32_MAX
#define PS_PEERS_SALT_BYTES 16u
#define PS_PEERS_NS_PER_SEC UINT64_C(1000000000)

/* A key made just before its salt's end may be told of a little after: a viewer waits. */
#define PS_PEERS_SALT_SLACK_NS (3600 * PS_PEERS_NS_PER_SEC)

/* One profile; in the list of all from the one seen last to the one not seen for longest. */
struct ps_peers_entry {
    uint64_t key; /* 0: free */
    uint64_t media_key;
    uint32_t seen_s, media_s;
    uint32_t newer, older; /* older also links free ones */
    uint32_t next;         /* in its bucket */
    float activity;        /* as of seen_s */
    struct ps_peer_class class;
    uint8_t habit[PS_PEERS_HOURS / 2]; /* two hours a byte, the earlier in the low half */
};
_Static_assert(sizeof(struct ps_peers_entry) == 56, "64 bytes a peer, with its bucket");

struct ps_peers_table {
    struct ps_peers_entry *entries;
    uint32_t *buckets;
    uint32_t capacity, bucket_count; /* a power of two, less than twice the capacity */
    uint32_t count;
    uint32_t newest, oldest, free;
};

/** @return 0 or -ENOMEM; fini in every case. */
int ps_peers_table_init(struct ps_peers_table *table, uint32_t capacity);
void ps_peers_table_fini(struct ps_peers_table *table);
/** NULL: it is not there. */
struct ps_peers_entry *ps_peers_table_find(const struct ps_peers_table *table, uint64_t key);
/** A new one, the newest, zeroed but for the key; there must be room. */
struct ps_peers_entry *ps_peers_table_add(struct ps_peers_table *table, uint64_t key);
/** It is the newest now. */
void ps_peers_table_touch(struct ps_peers_table *table, struct ps_peers_entry *entry);
void ps_peers_table_drop(struct ps_peers_table *table, struct ps_peers_entry *entry);
/** The one not seen for longest; NULL when there is none. */
struct ps_peers_entry *ps_peers_table_oldest(const struct ps_peers_table *table);

/* Stored as it lies. */
struct ps_peers_salt {
    uint64_t from_ns;
    uint64_t until_ns; /* no key is made under it from then on */
    uint8_t bytes[PS_PEERS_SALT_BYTES];
};
_Static_assert(sizeof(struct ps_peers_salt) == 32, "stored as it lies");

struct ps_peers_salts {
    uint64_t set_id; /* drawn once; profiles say which set their keys are of */
    uint8_t out_secret[PS_PEERS_SALT_BYTES];
    struct ps_peers_salt list[PS_PEERS_SALTS_MAX]; /* oldest first */
    uint32_t count;
    uint64_t *outs; /* PS_PEERS_OPT_OUTS_MAX, ascending */
    uint32_t out_count;
    uint64_t version;
};

struct ps_peers {
    struct ps_peers_config cfg;
    struct ps_peers_salts salts;
    struct ps_peers_table table;
    uint32_t newest_s; /* no profile was seen later */
    struct ps_peers_status status;
};

/* peers.c */
/** Forget whom nobody saw after @p time_ns, at most @p count_max. @return How many. */
uint32_t ps_peers_forget_until(struct ps_peers *peers, uint64_t time_ns, uint32_t count_max);

/* salts.c */
/** @return 0 or -ENOMEM. */
int ps_peers_salts_init(struct ps_peers *peers);
void ps_peers_salts_fini(struct ps_peers_salts *salts);
/** The key of a peer under a salt or the secret; never 0. */
uint64_t ps_peers_hash(const uint8_t salt[static PS_PEERS_SALT_BYTES], const struct ps_peer_id *id);
/** The salt in use now; a new one is drawn when its time has come. */
const struct ps_peers_salt *ps_peers_salt_now(struct ps_peers *peers, uint64_t now_ns);
/** When nothing can be kept under it any more. */
uint64_t ps_peers_salt_gone_ns(const struct ps_peers *peers, const struct ps_peers_salt *salt);
/** Overwrite those past their time. */
void ps_peers_salts_retire(struct ps_peers *peers, uint64_t now_ns);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/sequels_priv.h - what those who asked for one thing lately go on to ask for.
 *
 * Why: the next episode, a page's pictures and the next link are wanted by viewers who are known to
 * be on their way, which no count per resource shows. Each start of a known peer teaches which
 * items follow which, how often and how much later; and every start announces what will follow it.
 *
 * A pair's chance is its count less what its follower's popularity alone would give, corrected by
 * what pairs of that count and share turned out to be worth, so that one coincidence is no
 * certainty where viewers wander, yet counts where they do not. One peer teaches no faster than
 * PS_SEQUELS_PACE_S allows.
 *
 * Where starts come faster than PS_SEQUELS_RATE_MAX, only some of the peers are watched, the same
 * ones all the time (their keys' hashes say who), and stand for all: half of them, a quarter ...
 * until no more than that are watched a second.
 *
 * Items are 64-bit keys; media rather than resources, as the profile follows from the peer. All
 * tables are of fixed size: of items the least wanted lately goes first, of peers the one least
 * lately seen (within a set of four, where its hash points). No cost grows with anything but
 * ps_sequels_due(), which looks through the items that are expected. Nothing is allocated after
 * ps_sequels_init(). Pure: seconds of any epoch come in (below 2^32 - 2^15); time that steps back
 * stands still.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_PREDICT_SEQUELS_PRIV_H
#define PS_HOST_PREDICT_SEQUELS_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "host/predict/sequel_agenda_priv.h"
#include "host/predict/sequel_pairs_priv.h"

#define PS_SEQUELS_PAIRS_MAX (1u << 20)
#define PS_SEQUELS_PEERS_MAX (1u << 22)
#define PS_SEQUELS_LOOK_BACK 3u    /* a peer's latest starts that what it asks for may follow */
#define PS_SEQUELS_WINDOW_S  14400 /* long films end within it */
#define PS_SEQUELS_PACE_S    10u   /* a peer teaches once in so long, */
#define PS_SEQUELS_PACE_MAX  100u  /* but for as many at once */
#define PS_SEQUELS_HORIZONS  4u    /* 1, 5, 15 and 60 minutes */
#define PS_SEQUELS_RATE_MAX  64u   /* starts a second that are learned from */
#define PS_SEQUELS_RATE_S    8u    /* on average over so long */
#define PS_SEQUELS_THIN_MAX  16u   /* one of 2^16 peers is watched at the least */

/* Who asked; its places in the table of items, latest first. */
struct ps_sequels_peer {
    uint32_t tag_pace; /* of the key 24 bits; 8 of what it taught lately. 0 is nobody */
    uint32_t last_s;
    uint32_t items[PS_SEQUELS_LOOK_BACK];
    uint16_t gaps_s[PS_SEQUELS_LOOK_BACK - 1]; /* from an earlier start to the next */
};

/* How many of the peers are watched: one of 2^thin. */
struct ps_sequels_watch {
    uint32_t thin;
    uint32_t period; /* of PS_SEQUELS_RATE_S, that count is of */
    uint32_t count;  /* starts learned from */
};

struct ps_sequels {
    struct ps_sequel_pairs pairs;
    struct ps_sequel_agendas agendas;
    struct ps_sequels_peer *peers;
    uint32_t peer_sets; /* power of two */
    uint32_t now_s;
    struct ps_sequels_watch watch;
};

struct ps_sequel_due {
    uint64_t item;
    float expected;
};

/**
 * @param pairs_max  1..PS_SEQUELS_PAIRS_MAX, and @p peers_max 1..PS_SEQUELS_PEERS_MAX; both rounded
 *                   up to a power of two. About 20 bytes a pair, 24 a peer, and 600 kB.
 * @return 0 or -ENOMEM; ps_sequels_fini() copes with half-built.
 */
int ps_sequels_init(struct ps_sequels *sequels, uint32_t pairs_max, uint32_t peers_max);
void ps_sequels_fini(struct ps_sequels *sequels);

/** Peers there is room for. */
uint32_t ps_sequels_peer_count(const struct ps_sequels *sequels);

/** @p peer_key starts @p item. 0 is nobody known, who teaches nothing. */
void ps_sequels_learn(struct ps_sequels *sequels, uint64_t peer_key, uint64_t item, uint32_t now_s);

/** Fetch into the processor's cache what learn() will need; for the sample after next, say. */
void ps_sequels_prepare(const struct ps_sequels *sequels, uint64_t peer_key, uint64_t item);

/**
 * Metadata says that @p next follows @p item, of @p length_s (0 unknown). Room for it is held as
 * long as @p item is wanted, so tell again when that is started; telling twice changes nothing.
 */
void ps_sequels_tell(struct ps_sequels *sequels, uint64_t item, uint64_t next, uint32_t length_s,
                     uint32_t now_s);

/** Starts of @p item within 1, 5, 15 and 60 minutes by peers who are on their way to it. */
void ps_sequels_expect(struct ps_sequels *sequels, uint64_t item, uint32_t now_s,
                       float ret_expected[PS_SEQUELS_HORIZONS]);

/**
 * What is most expected within @p horizon_s, most first.
 * @return How many, at most @p max.
 */
uint32_t ps_sequels_due(struct ps_sequels *sequels, uint32_t now_s, uint32_t horizon_s,
                        struct ps_sequel_due *ret_due, uint32_t max);

/** Forget a peer: its latest starts. What was learnt of it with others names nobody and stays. */
void ps_sequels_erase_peer(struct ps_sequels *sequels, uint64_t peer_key);

/** Everything as plain bytes. */
size_t ps_sequels_size(const struct ps_sequels *sequels);
void ps_sequels_save(const struct ps_sequels *sequels, void *ret_bytes);
/**
 * Take over what was saved; the bytes are to be known undamaged (a checksum is the caller's).
 * @return 0 or -EINVAL: saved with other limits or of another version; nothing changed then.
 */
int ps_sequels_load(struct ps_sequels *sequels, const void *bytes, size_t size_bytes);

#endif

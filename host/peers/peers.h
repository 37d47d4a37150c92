/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/peers/peers.h - who asks, without keeping who: keyed hashes, and a small profile by hash.
 *
 * A peer is an address or a token. At the first hop it becomes a 64-bit key: SipHash-2-4 under a
 * salt that is drawn at random and replaced in time. Nothing else of it is kept. A profile lives
 * until its peer was not seen for the time of retention, and a salt exactly as long as something
 * may be kept under it: so what is kept of a peer can be found, given the peer, and once the salt
 * is gone nobody can tell whose a key was. Each salt gives a peer another key; its days are not
 * linked. Keys that others keep (counts, associations) go with forgotten().
 *
 * Peers that opted out are kept as hashes under a secret of their own that is not replaced: they
 * have to be known again. Their key is always 0.
 *
 * Time that steps back stands still. Deterministic given the random bytes.
 * Threads: one at a time. No I/O, no clock. Nothing is allocated after creation but by saving.
 */
#ifndef PS_HOST_PEERS_PEERS_H
#define PS_HOST_PEERS_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "host/plan/demand.h"

#define PS_PEERS_MAX          (1u << 20) /* profiles; 64 bytes each or less */
#define PS_PEERS_SALTS_MAX    1024u
#define PS_PEERS_OPT_OUTS_MAX 65536u
#define PS_PEERS_TOKEN_MAX    256u /* bytes */
#define PS_PEERS_HOURS        24u
#define PS_PEERS_HABIT_MAX    15u

struct ps_peers;

struct ps_peers_config {
    uint32_t peers_max;      /* 1..PS_PEERS_MAX; the one not seen for longest is forgotten first */
    uint64_t salt_rotate_ns; /* not 0 */
    uint64_t retain_ns;      /* at most PS_PEERS_SALTS_MAX - 4 times salt_rotate_ns */
    /* Unguessable bytes. */
    void (*random)(void *arg, void *ret_bytes, size_t size_bytes);
    /* This key's peer is forgotten: whoever keeps something under the key drops it. erased: because
     * somebody asked for it, else for age or want of room. Not to call back. May be NULL. */
    void (*forgotten)(void *arg, uint64_t key, bool erased);
    void *arg;
};

/* An address or a token, in the one spelling that is hashed. Not to be kept. */
struct ps_peer_id {
    uint32_t size_bytes;
    uint8_t bytes[1 + PS_PEERS_TOKEN_MAX];
};

struct ps_peer_profile {
    uint64_t key;
    uint64_t seen_ns;           /* to the second, as all times here */
    struct ps_peer_class class; /* as last known, field by field */
    uint64_t media_key;         /* last asked for */
    uint64_t media_ns;
    float activity;                /* requests, those of a day ago counting half */
    uint8_t habit[PS_PEERS_HOURS]; /* by hour of day (UTC), relative: 0..PS_PEERS_HABIT_MAX */
};

/* A profile, and the salt that it is kept under. */
struct ps_peers_held {
    struct ps_peer_profile profile;
    uint64_t salt_from_ns, salt_gone_ns;
};

struct ps_peers_status {
    uint32_t peers, salts, opt_outs;
    uint64_t forgotten_for_room, forgotten_in_time, erased;
};

/** @return 0, -EINVAL or -ENOMEM. */
int ps_peers_create(struct ps_peers **ret_peers, const struct ps_peers_config *cfg);
/** Salts and secrets are overwritten. NULL is allowed. */
void ps_peers_destroy(struct ps_peers *peers);

/** An address if it is a numeric one, else a token. @return 0 or -EINVAL (empty or too long). */
int ps_peer_id_of_text(struct ps_peer_id *ret_id, const char *text, size_t length);
/** @return 0 or -EAFNOSUPPORT. */
int ps_peer_id_of_address(struct ps_peer_id *ret_id, const struct sockaddr *address);

/** The peer's key as of now; 0 when it opted out. */
uint64_t ps_peers_key(struct ps_peers *peers, const struct ps_peer_id *id, uint64_t now_ns);

/** It asked for a media. What @p peer does not know stays as it was. Key 0 says nothing. */
void ps_peers_seen(struct ps_peers *peers, uint64_t key, const struct ps_peer_class *peer,
                   uint64_t media_key, uint64_t time_ns);
/** Put what the profile knows where @p peer does not. */
void ps_peers_fill(const struct ps_peers *peers, uint64_t key, struct ps_peer_class *peer);
/** @return false when there is none. */
bool ps_peers_get(const struct ps_peers *peers, uint64_t key, struct ps_peer_profile *ret_profile);

/** Once a turn: forget who was not seen for long, and salts under which nothing can be kept. At
 * most a few thousand peers at a time. */
void ps_peers_tend(struct ps_peers *peers, uint64_t now_ns);

/** Everything held of a peer here, under every salt there is, oldest first. @return How many. */
uint32_t ps_peers_export(const struct ps_peers *peers, const struct ps_peer_id *id,
                         void (*each)(void *arg, const struct ps_peers_held *held), void *arg);
/** Forget a peer under every salt there is; forgotten() is told of each key, with a profile or
 * not. @return How many profiles there were. */
uint32_t ps_peers_erase(struct ps_peers *peers, const struct ps_peer_id *id);

/** Erase, and keep nothing from now on. @return 0, also when it was out already, or -ENOSPC. */
int ps_peers_opt_out(struct ps_peers *peers, const struct ps_peer_id *id);
/** @return 0 or -ENOENT (it is not out). */
int ps_peers_opt_in(struct ps_peers *peers, const struct ps_peer_id *id);
bool ps_peers_is_out(const struct ps_peers *peers, const struct ps_peer_id *id);

void ps_peers_status(const struct ps_peers *peers, struct ps_peers_status *ret_status);

/** Changes with salts and opt-outs: they are to be on disk before anything kept under them is. */
uint64_t ps_peers_version(const struct ps_peers *peers);

/**
 * Salts and opt-outs as bytes (version, crc32c); secret. @param ret_data  free() it, overwritten.
 * @return 0 or -ENOMEM.
 */
int ps_peers_save_salts(const struct ps_peers *peers, void **ret_data, size_t *ret_size_bytes);
/** Before anything else. Salts of the future begin now. @return 0 or -EINVAL (damaged, or another
 * version); then nothing changed. */
int ps_peers_load_salts(struct ps_peers *peers, const void *data, size_t size_bytes,
                        uint64_t now_ns);

/** Profiles as bytes (version, crc32c). @return 0 or -ENOMEM. */
int ps_peers_save(const struct ps_peers *peers, void **ret_data, size_t *ret_size_bytes);
/**
 * After the salts. What is past its time stays out, and the oldest do when there is no room.
 * @return 0, -EINVAL (damaged, or another version) or -ESTALE (kept under salts that are lost);
 *         when not 0, nothing changed.
 */
int ps_peers_load(struct ps_peers *peers, const void *data, size_t size_bytes, uint64_t now_ns);

#endif

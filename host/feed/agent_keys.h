/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/agent_keys.h - the keys of peers' agents: made from one secret, none kept.
 *
 * An agent's key is drawn from our secret and its id (BLAKE2b, libsodium's crypto_kdf), so a
 * million agents cost no more than one, and nothing here says who they are. What has to be kept is
 * which ids are revoked: PS_AGENT_REVOKED_MAX of them; beyond that, only a new secret helps, with
 * which every agent enrols anew.
 *
 * Threads: one at a time. No I/O.
 */
#ifndef PS_HOST_FEED_AGENT_KEYS_H
#define PS_HOST_FEED_AGENT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/feed/datagram.h"

#define PS_AGENT_SECRET_BYTES 32u
#define PS_AGENT_REVOKED_MAX  65536u

struct ps_agent_keys {
    uint8_t secret[PS_AGENT_SECRET_BYTES];
    uint64_t *revoked; /* PS_AGENT_REVOKED_MAX, ascending */
    uint32_t revoked_count;
};

/** With a new secret. @return 0 or -ENOMEM; fini in every case. */
int ps_agent_keys_init(struct ps_agent_keys *keys);
/** The secret is overwritten. */
void ps_agent_keys_fini(struct ps_agent_keys *keys);

/** An id that was never given out (64 random bits), and not 0. */
uint64_t ps_agent_keys_draw(const struct ps_agent_keys *keys);
/** The key of an id. */
void ps_agent_keys_of(const struct ps_agent_keys *keys, uint64_t id,
                      uint8_t ret_key[static PS_DATAGRAM_KEY_BYTES]);

/** @return 0, also when it was revoked already, or -ENOSPC. */
int ps_agent_keys_revoke(struct ps_agent_keys *keys, uint64_t id);
bool ps_agent_keys_is_revoked(const struct ps_agent_keys *keys, uint64_t id);

/** All of it as bytes (version, crc32c); secret. @param ret_data  free() it, overwritten.
 * @return 0 or -ENOMEM. */
int ps_agent_keys_save(const struct ps_agent_keys *keys, void **ret_data, size_t *ret_size_bytes);
/** @return 0 or -EINVAL (damaged, or another version); then nothing changed. */
int ps_agent_keys_load(struct ps_agent_keys *keys, const void *data, size_t size_bytes);

#endif

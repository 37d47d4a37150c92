/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/keys.h - the keys that prestaged shares with each prestage-nic that sends over TCP.
 *
 * A file of lines `identity:hexkey`; empty lines and those that begin with # are skipped. A file
 * of another user than root and ourselves, or that others than its owner and group can reach, is
 * refused: it would be no secret.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_FEED_KEYS_H
#define PS_HOST_FEED_KEYS_H

#include <stdint.h>

#define PS_FEED_KEYS_MAX           16u
#define PS_FEED_IDENTITY_BYTES_MAX 64u
#define PS_FEED_KEY_BYTES_MIN      16u
#define PS_FEED_KEY_BYTES_MAX      64u

struct ps_feed_key {
    char identity[PS_FEED_IDENTITY_BYTES_MAX + 1];
    uint8_t bytes[PS_FEED_KEY_BYTES_MAX];
    uint32_t byte_count;
};

struct ps_feed_keys {
    struct ps_feed_key list[PS_FEED_KEYS_MAX];
    uint32_t count;
};

/**
 * @return 0, -EPERM (others have or can reach the file), -EINVAL (a line is not `identity:hexkey`,
 * the key too short or long, an identity twice, too many lines or none), -ENOENT, -EACCES or -EIO.
 */
int ps_feed_keys_read(struct ps_feed_keys *ret_keys, const char *path);
/** Forget them. */
void ps_feed_keys_clear(struct ps_feed_keys *keys);

/** NULL: not known. */
const struct ps_feed_key *ps_feed_keys_find(const struct ps_feed_keys *keys, const char *identity);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/watermark/key.h - which key a title is marked with: the one place where that is decided,
 * for those who mark (host/pipeline) and those who read (prestage-mark).
 *
 * A deployment has one secret of 64 bits; a title's key is a hash (BLAKE2b, by libsodium) of the
 * secret and of the title's own key, the hash of its name. It cannot be turned back into the
 * secret, so a key that gets known gives one title away.
 *
 * Threads: any; no state.
 */
#ifndef PS_HOST_WATERMARK_KEY_H
#define PS_HOST_WATERMARK_KEY_H

#include <stdint.h>

/** @param media_key  ps_hash64_name() of the media id. */
uint64_t ps_mark_key(uint64_t secret, uint64_t media_key);

/** Read 1 to 16 hexadecimal digits, and nothing else. @return 0 or -EINVAL. */
int ps_mark_key_parse(const char *text, uint64_t *ret_key);

/** Read a secret as prestaged keeps it: a file of 8 bytes. @return 0, -EINVAL or open's errno. */
int ps_mark_secret_load(const char *path, uint64_t *ret_secret);

#endif

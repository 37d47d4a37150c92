/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/hash.h - the two hashes of prestage: names become keys, stored bytes get checksums.
 *
 * xxh3-64 is libxxhash's, crc32c (Castagnoli, RFC 3720 appendix B.4) is ISA-L's.
 * Threads: any; no state.
 */
#ifndef PS_HOST_BASE_HASH_H
#define PS_HOST_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** xxh3-64 of the bytes; media_key and profile_key are this over the name without its NUL. */
uint64_t ps_hash64(const void *data, size_t size_bytes);

/** ps_hash64() of a NUL-terminated name. */
uint64_t ps_hash64_name(const char *name);

/** crc32c of the bytes; pass 0 or an earlier result as @p crc to go on. */
uint32_t ps_crc32c(uint32_t crc, const void *data, size_t size_bytes);

#endif

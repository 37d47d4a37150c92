/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/hash.h"

#include <isa-l/crc.h>
#include <string.h>
#include <xxhash.h>

#include "host/base/assert.h"

uint64_t ps_hash64(const void *data, size_t size_bytes)
{
    return XXH3_64bits(data, size_bytes);
}

uint64_t ps_hash64_name(const char *name)
{
    return XXH3_64bits(name, strlen(name));
}

uint32_t ps_crc32c(uint32_t crc, const void *data, size_t size_bytes)
{
    /* ISA-L's length is an int and its prototype lacks const; it only reads. */
    union {
        const void *in;
        unsigned char *out;
    } bytes = { .in = data };

    ps_assert(size_bytes <= INT32_MAX);
    return ~crc32_iscsi(bytes.out, (int)size_bytes, ~crc);
}

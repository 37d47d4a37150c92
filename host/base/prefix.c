/* SPDX-License-Identifier: BSD-3-Clause */
/* host/base/prefix.c - see prefix.h. */
#include "host/base/prefix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define V4_BITS_BEFORE 96u
#define NONE           UINT32_MAX

struct ps_prefixes_entry {
    uint8_t bytes[PS_ADDRESS_BYTES];
    uint32_t bits : 8;
    uint32_t order : 24; /* in which it was given; PS_PREFIXES_MAX fits */
    uint32_t value;
    uint32_t around; /* the longest shorter prefix that holds it, or NONE */
};
_Static_assert(sizeof(struct ps_prefixes_entry) == 28, "said in the header");
_Static_assert(PS_PREFIXES_MAX < 1u << 24, "order's bits");

static const uint8_t v4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool begins_with(const uint8_t *address, const uint8_t *prefix, uint32_t bits)
{
    const uint32_t whole = bits / 8;

    if (memcmp(address, prefix, whole) != 0)
        return false;
    const uint8_t mask = (uint8_t)(0xff00u >> (bits % 8));
    return bits % 8 == 0 || ((address[whole] ^ prefix[whole]) & mask) == 0;
}

/* 0..@p max in plain digits. */
static bool parse_bits(const char *text, uint32_t max, uint32_t *ret_bits)
{
    const size_t length = strspn(text, "0123456789");

    if (length == 0 || length > 3 || text[length] != '\0')
        return false;
    *ret_bits = (uint32_t)strtoul(text, NULL, 10);
    return *ret_bits <= max;
}

static bool is_v4(const uint8_t *address)
{
    return memcmp(address, v4_mapped, sizeof(v4_mapped)) == 0;
}

int ps_address_parse(uint8_t ret_bytes[static PS_ADDRESS_BYTES], const char *text)
{
    uint8_t v4[4];

    if (inet_pton(AF_INET, text, v4) == 1) {
        memcpy(ret_bytes, v4_mapped, sizeof(v4_mapped));
        memcpy(ret_bytes + sizeof(v4_mapped), v4, sizeof(v4));
        return 0;
    }
    return inet_pton(AF_INET6, text, ret_bytes) == 1 ? 0 : -EINVAL;
}

int ps_address_of(uint8_t ret_bytes[static PS_ADDRESS_BYTES], const struct sockaddr *address)
{
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        memcpy(ret_bytes, v4_mapped, sizeof(v4_mapped));
        memcpy(ret_bytes + sizeof(v4_mapped), &v4.sin_addr, 4);
        return 0;
    }
    if (address->sa_family != AF_INET6)
        return -EAFNOSUPPORT;
    memcpy(&v6, address, sizeof(v6));
    memcpy(ret_bytes, &v6.sin6_addr, PS_ADDRESS_BYTES);
    return 0;
}

int ps_prefix_parse(struct ps_prefix *ret_prefix, const char *text)
{
    const char *slash = strchr(text, '/');
    char address[INET6_ADDRSTRLEN];
    struct ps_prefix parsed;

    if (slash == NULL || (size_t)(slash - text) >= sizeof(address))
        return -EINVAL;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    if (ps_address_parse(parsed.bytes, address) != 0)
        return -EINVAL;
    const bool v4 = strchr(address, ':') == NULL && is_v4(parsed.bytes);
    if (!parse_bits(slash + 1, v4 ? 32 : PS_PREFIX_BITS, &parsed.bits))
        return -EINVAL;
    parsed.bits += v4 ? V4_BITS_BEFORE : 0;
    for (uint32_t bit = parsed.bits; bit < PS_PREFIX_BITS; bit++)
        if ((parsed.bytes[bit / 8] & (0x80u >> (bit % 8))) != 0)
            return -EINVAL; /* 10.77.1.5/24: a host or a typing error, no prefix */
    *ret_prefix = parsed;
    return 0;
}

int ps_prefixes_add(struct ps_prefixes *prefixes, const struct ps_prefix *prefix, uint32_t value)
{
    if (prefixes->count == PS_PREFIXES_MAX)
        return -ENOSPC;
    if (prefixes->count == prefixes->capacity) {
        const uint32_t capacity = prefixes->capacity == 0 ? 64 : prefixes->capacity * 2;
        struct ps_prefixes_entry *more =
            ps_realloc(prefixes->entries, capacity, sizeof(*prefixes->entries));

        if (more == NULL)
            return -ENOMEM;
        prefixes->entries = more;
        prefixes->capacity = capacity;
    }
    struct ps_prefixes_entry *entry = &prefixes->entries[prefixes->count];
    *entry = (struct ps_prefixes_entry){ .bits = prefix->bits & 0xffu,
                                         .order = prefixes->count & 0xffffffu,
                                         .value = value };
    memcpy(entry->bytes, prefix->bytes, sizeof(entry->bytes));
    prefixes->count++;
    return 0;
}

/* By address, then outer ones first: what is around an entry is before it. */
static int compare(const void *a, const void *b)
{
    const struct ps_prefixes_entry *x = a, *y = b;
    const int bytes = memcmp(x->bytes, y->bytes, sizeof(x->bytes));

    if (bytes != 0)
        return bytes;
    if (x->bits != y->bits)
        return x->bits < y->bits ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static bool is_same(const struct ps_prefixes_entry *a, const struct ps_prefixes_entry *b)
{
    return a->bits == b->bits && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Outwards from entry @p at to the first that holds the address. */
static uint32_t holder(const struct ps_prefixes *prefixes, uint32_t at, const uint8_t *address)
{
    while (at != NONE &&
           !begins_with(address, prefixes->entries[at].bytes, prefixes->entries[at].bits))
        at = prefixes->entries[at].around;
    return at;
}

void ps_prefixes_ready(struct ps_prefixes *prefixes)
{
    struct ps_prefixes_entry *entries = prefixes->entries;
    uint32_t kept = 0;

    if (prefixes->count == 0)
        return;
    qsort(entries, prefixes->count, sizeof(*entries), compare);
    for (uint32_t i = 0; i < prefixes->count; i++) {
        if (kept > 0 && is_same(&entries[kept - 1], &entries[i]))
            continue;
        entries[kept] = entries[i];
        entries[kept].around = kept == 0 ? NONE : holder(prefixes, kept - 1, entries[i].bytes);
        kept++;
    }
    prefixes->count = kept;
}

void ps_prefixes_fini(struct ps_prefixes *prefixes)
{
    free(prefixes->entries);
    *prefixes = (struct ps_prefixes){ 0 };
}

uint32_t ps_prefixes_find(const struct ps_prefixes *prefixes,
                          const uint8_t address[static PS_ADDRESS_BYTES])
{
    uint32_t low = 0, high = prefixes->count;

    while (low < high) { /* the first entry beyond the address */
        const uint32_t middle = low + (high - low) / 2;

        if (memcmp(prefixes->entries[middle].bytes, address, PS_ADDRESS_BYTES) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    const uint32_t at = low == 0 ? NONE : holder(prefixes, low - 1, address);
    return at == NONE ? 0 : prefixes->entries[at].value;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/agent_keys.c - see agent_keys.h. */
#include "host/feed/agent_keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"

#define MAGIC   0x41475350u /* "PSGA" */
#define VERSION 1u
#define CONTEXT "psagents" /* crypto_kdf: keys for something else differ */

_Static_assert(crypto_kdf_KEYBYTES == PS_AGENT_SECRET_BYTES, "what keys are drawn from");
_Static_assert(sizeof(CONTEXT) - 1 == crypto_kdf_CONTEXTBYTES, "exactly so long");

/* Then the ids. */
struct stored {
    uint32_t magic, version;
    uint32_t revoked_count;
    uint32_t crc; /* crc32c of all, with this 0 */
    uint8_t secret[PS_AGENT_SECRET_BYTES];
};
_Static_assert(sizeof(struct stored) == 48, "stored as it lies");

int ps_agent_keys_init(struct ps_agent_keys *keys)
{
    *keys = (struct ps_agent_keys){ .revoked_count = 0 };
    ps_assert(sodium_init() >= 0);
    randombytes_buf(keys->secret, sizeof(keys->secret));
    keys->revoked = ps_zalloc(PS_AGENT_REVOKED_MAX, sizeof(*keys->revoked));
    return keys->revoked == NULL ? -ENOMEM : 0;
}

void ps_agent_keys_fini(struct ps_agent_keys *keys)
{
    free(keys->revoked);
    explicit_bzero(keys, sizeof(*keys));
}

uint64_t ps_agent_keys_draw(const struct ps_agent_keys *keys)
{
    uint64_t id;

    do
        randombytes_buf(&id, sizeof(id));
    while (id == 0 || ps_agent_keys_is_revoked(keys, id));
    return id;
}

void ps_agent_keys_of(const struct ps_agent_keys *keys, uint64_t id,
                      uint8_t ret_key[static PS_DATAGRAM_KEY_BYTES])
{
    crypto_kdf_derive_from_key(ret_key, PS_DATAGRAM_KEY_BYTES, id, CONTEXT, keys->secret);
}

/* Where it is, or would be. */
static uint32_t place_of(const struct ps_agent_keys *keys, uint64_t id)
{
    uint32_t low = 0, high = keys->revoked_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (keys->revoked[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ps_agent_keys_is_revoked(const struct ps_agent_keys *keys, uint64_t id)
{
    const uint32_t place = place_of(keys, id);

    return place < keys->revoked_count && keys->revoked[place] == id;
}

int ps_agent_keys_revoke(struct ps_agent_keys *keys, uint64_t id)
{
    const uint32_t place = place_of(keys, id);

    if (ps_agent_keys_is_revoked(keys, id))
        return 0;
    if (keys->revoked_count == PS_AGENT_REVOKED_MAX)
        return -ENOSPC;
    memmove(keys->revoked + place + 1, keys->revoked + place,
            (keys->revoked_count - place) * sizeof(*keys->revoked));
    keys->revoked[place] = id;
    keys->revoked_count++;
    return 0;
}

static uint32_t crc_of(struct stored head, const void *ids)
{
    head.crc = 0;
    return ps_crc32c(ps_crc32c(0, &head, sizeof(head)), ids, head.revoked_count * sizeof(uint64_t));
}

int ps_agent_keys_save(const struct ps_agent_keys *keys, void **ret_data, size_t *ret_size_bytes)
{
    const size_t ids_bytes = keys->revoked_count * sizeof(*keys->revoked);
    struct stored head = { .magic = MAGIC,
                           .version = VERSION,
                           .revoked_count = keys->revoked_count };
    uint8_t *data = ps_zalloc(1, sizeof(head) + ids_bytes);

    if (data == NULL)
        return -ENOMEM;
    memcpy(head.secret, keys->secret, sizeof(head.secret));
    head.crc = crc_of(head, keys->revoked);
    memcpy(data, &head, sizeof(head));
    memcpy(data + sizeof(head), keys->revoked, ids_bytes);
    explicit_bzero(&head, sizeof(head));
    *ret_data = data;
    *ret_size_bytes = sizeof(head) + ids_bytes;
    return 0;
}

static bool is_ours(const struct stored *head, const uint64_t *ids, size_t size_bytes)
{
    if (head->magic != MAGIC || head->version != VERSION ||
        head->revoked_count > PS_AGENT_REVOKED_MAX ||
        size_bytes != sizeof(*head) + head->revoked_count * sizeof(*ids) ||
        head->crc != crc_of(*head, ids))
        return false;
    for (uint32_t i = 1; i < head->revoked_count; i++)
        if (ids[i - 1] >= ids[i])
            return false;
    return true;
}

int ps_agent_keys_load(struct ps_agent_keys *keys, const void *data, size_t size_bytes)
{
    const struct stored *head = data; /* malloc() and ps_state_file_read() align it */
    const uint64_t *ids = (const void *)(head + 1);

    if (size_bytes < sizeof(*head) || !is_ours(head, ids, size_bytes))
        return -EINVAL;
    memcpy(keys->secret, head->secret, sizeof(keys->secret));
    memcpy(keys->revoked, ids, head->revoked_count * sizeof(*ids));
    keys->revoked_count = head->revoked_count;
    return 0;
}

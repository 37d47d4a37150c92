/* SPDX-License-Identifier: BSD-3-Clause */
/* host/token/revoke.c - tokens that are refused before their time, and how they are kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/token/token_priv.h"

#define MAGIC   0x31564552534b5450ull /* "PTKSREV1" */
#define VERSION 1u

/* The file: this, then the ids. Little endian, as all machines that this runs on. */
struct head {
    uint64_t magic;
    uint32_t version;
    uint32_t count;
    uint32_t crc; /* crc32c of the ids */
    uint32_t zero;
};
_Static_assert(sizeof(struct head) == 24, "stored as bytes");
_Static_assert(sizeof(struct ps_token_known_id) == 16, "stored as bytes");

int ps_tokens_revoke(struct ps_tokens *tokens, const char *id, uint64_t wall_ns, uint64_t until_ns)
{
    const size_t length = strlen(id);

    if (length == 0 || length > PS_TOKEN_ID_MAX)
        return -EINVAL;
    return ps_token_known_add(&tokens->revoked, ps_hash64(id, length), until_ns, wall_ns);
}

int ps_tokens_save_revoked(const struct ps_tokens *tokens, void **ret_data, size_t *ret_size_bytes)
{
    const struct ps_token_known *known = &tokens->revoked;
    struct head head = { .magic = MAGIC, .version = VERSION, .count = known->count };
    const size_t ids_bytes = known->count * sizeof(*known->slots);
    uint8_t *data = ps_zalloc(1, sizeof(head) + ids_bytes);
    size_t at = sizeof(head);

    if (data == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < known->slot_count; i++) {
        if (known->slots[i].id == 0)
            continue;
        memcpy(data + at, &known->slots[i], sizeof(known->slots[i]));
        at += sizeof(known->slots[i]);
    }
    head.crc = ps_crc32c(0, data + sizeof(head), ids_bytes);
    memcpy(data, &head, sizeof(head));
    *ret_data = data;
    *ret_size_bytes = at;
    return 0;
}

int ps_tokens_load_revoked(struct ps_tokens *tokens, const void *data, size_t size_bytes,
                           uint64_t wall_ns)
{
    const uint8_t *at = data;
    struct ps_token_known_id item;
    struct head head;

    if (size_bytes < sizeof(head))
        return -EINVAL;
    memcpy(&head, at, sizeof(head));
    at += sizeof(head);
    size_bytes -= sizeof(head);
    if (head.magic != MAGIC || head.version != VERSION || head.count > PS_TOKEN_REVOKED_MAX ||
        size_bytes != head.count * sizeof(item) || head.crc != ps_crc32c(0, at, size_bytes))
        return -EINVAL;
    for (uint32_t i = 0; i < head.count; i++, at += sizeof(item)) {
        memcpy(&item, at, sizeof(item));
        if (item.until_ns > wall_ns)
            ps_token_known_add(&tokens->revoked, item.id, item.until_ns, wall_ns);
    }
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/peers/save.c - salts and profiles as bytes, little endian as the machine is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/peers/peers_priv.h"

#define MAGIC_SALTS    0x544c4153u /* "SALT" */
#define MAGIC_PROFILES 0x52454550u /* "PEER" */
#define VERSION        1u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored as it lies");

struct head {
    uint32_t magic, version;
    uint32_t crc; /* of all that follows this field */
    uint32_t count;
    uint64_t set_id;
};
_Static_assert(sizeof(struct head) == 24, "stored as it lies");

struct salts_head {
    struct head head;
    uint8_t out_secret[PS_PEERS_SALT_BYTES];
    uint64_t out_count;
};
_Static_assert(sizeof(struct salts_head) == 48, "stored as it lies");

struct stored_profile {
    uint64_t key, media_key;
    uint32_t seen_s, media_s;
    float activity;
    struct ps_peer_class class;
    uint8_t habit[PS_PEERS_HOURS / 2];
    uint32_t zero;
};
_Static_assert(sizeof(struct stored_profile) == 48, "stored as it lies");

#define CRC_FROM (offsetof(struct head, crc) + sizeof(uint32_t))

static uint32_t crc_of(const void *data, size_t size_bytes)
{
    return ps_crc32c(0, (const uint8_t *)data + CRC_FROM, size_bytes - CRC_FROM);
}

static bool is_whole(const void *data, size_t size_bytes, uint32_t magic, struct head *ret_head)
{
    if (size_bytes < sizeof(*ret_head))
        return false;
    memcpy(ret_head, data, sizeof(*ret_head));
    return ret_head->magic == magic && ret_head->version == VERSION &&
           ret_head->crc == crc_of(data, size_bytes);
}

int ps_peers_save_salts(const struct ps_peers *peers, void **ret_data, size_t *ret_size_bytes)
{
    const struct ps_peers_salts *salts = &peers->salts;
    struct salts_head head = { .head = { .magic = MAGIC_SALTS,
                                         .version = VERSION,
                                         .count = salts->count,
                                         .set_id = salts->set_id },
                               .out_count = salts->out_count };
    const size_t list_bytes = salts->count * sizeof(*salts->list);
    const size_t size_bytes = sizeof(head) + list_bytes + salts->out_count * sizeof(*salts->outs);
    uint8_t *data = ps_zalloc(1, size_bytes);

    if (data == NULL)
        return -ENOMEM;
    memcpy(head.out_secret, salts->out_secret, sizeof(head.out_secret));
    memcpy(data + sizeof(head), salts->list, list_bytes);
    memcpy(data + sizeof(head) + list_bytes, salts->outs, salts->out_count * sizeof(*salts->outs));
    memcpy(data, &head, sizeof(head));
    head.head.crc = crc_of(data, size_bytes);
    memcpy(data, &head, sizeof(head));
    explicit_bzero(&head, sizeof(head));
    *ret_data = data;
    *ret_size_bytes = size_bytes;
    return 0;
}

/* After a checksum that fits, wrong counts are another program's. */
static bool is_right(const struct salts_head *head, size_t size_bytes)
{
    return head->head.count <= PS_PEERS_SALTS_MAX && head->out_count <= PS_PEERS_OPT_OUTS_MAX &&
           size_bytes == sizeof(*head) + head->head.count * sizeof(struct ps_peers_salt) +
                             head->out_count * sizeof(uint64_t);
}

/* The clock was set back: they do not live longer for that. */
static void take_time(struct ps_peers *peers, uint64_t now_ns)
{
    struct ps_peers_salts *salts = &peers->salts;

    for (uint32_t i = 0; i < salts->count; i++) {
        struct ps_peers_salt *salt = &salts->list[i];

        if (salt->from_ns <= now_ns)
            continue;
        salt->from_ns = now_ns;
        if (salt->until_ns > now_ns + peers->cfg.salt_rotate_ns)
            salt->until_ns = now_ns + peers->cfg.salt_rotate_ns;
        salts->version++;
    }
}

int ps_peers_load_salts(struct ps_peers *peers, const void *data, size_t size_bytes,
                        uint64_t now_ns)
{
    struct ps_peers_salts *salts = &peers->salts;
    const uint8_t *at = data;
    struct salts_head head;

    if (size_bytes < sizeof(head) || !is_whole(data, size_bytes, MAGIC_SALTS, &head.head))
        return -EINVAL;
    memcpy(&head, data, sizeof(head));
    if (!is_right(&head, size_bytes))
        return -EINVAL;
    at += sizeof(head);
    salts->set_id = head.head.set_id;
    salts->count = head.head.count;
    salts->out_count = (uint32_t)head.out_count;
    memcpy(salts->out_secret, head.out_secret, sizeof(salts->out_secret));
    memcpy(salts->list, at, salts->count * sizeof(*salts->list));
    at += salts->count * sizeof(*salts->list);
    memcpy(salts->outs, at, salts->out_count * sizeof(*salts->outs));
    explicit_bzero(&head, sizeof(head));
    take_time(peers, now_ns);
    return 0;
}

int ps_peers_save(const struct ps_peers *peers, void **ret_data, size_t *ret_size_bytes)
{
    const struct ps_peers_table *table = &peers->table;
    struct head head = { .magic = MAGIC_PROFILES,
                         .version = VERSION,
                         .count = table->count,
                         .set_id = peers->salts.set_id };
    const size_t size_bytes = sizeof(head) + table->count * sizeof(struct stored_profile);
    uint8_t *data = ps_zalloc(1, size_bytes);

    if (data == NULL)
        return -ENOMEM;
    uint8_t *at = data + sizeof(head);
    for (uint32_t i = table->oldest; i != PS_PEERS_NONE; i = table->entries[i].newer) {
        const struct ps_peers_entry *entry = &table->entries[i];
        struct stored_profile stored = { .key = entry->key,
                                         .media_key = entry->media_key,
                                         .seen_s = entry->seen_s,
                                         .media_s = entry->media_s,
                                         .activity = entry->activity,
                                         .class = entry->class };

        memcpy(stored.habit, entry->habit, sizeof(stored.habit));
        memcpy(at, &stored, sizeof(stored));
        at += sizeof(stored);
    }
    memcpy(data, &head, sizeof(head));
    head.crc = crc_of(data, size_bytes);
    memcpy(data, &head, sizeof(head));
    *ret_data = data;
    *ret_size_bytes = size_bytes;
    return 0;
}

/* Oldest first, so that the list is in order again. */
static void take_profile(struct ps_peers *peers, const struct stored_profile *stored,
                         uint32_t now_s)
{
    const uint32_t retain_s = (uint32_t)(peers->cfg.retain_ns / PS_PEERS_NS_PER_SEC);
    const uint32_t seen_s = stored->seen_s < now_s ? stored->seen_s : now_s;

    if (stored->key == 0 || now_s - seen_s >= retain_s ||
        ps_peers_table_find(&peers->table, stored->key) != NULL)
        return;
    struct ps_peers_entry *entry = ps_peers_table_add(&peers->table, stored->key);
    entry->media_key = stored->media_key;
    entry->seen_s = seen_s > peers->newest_s ? seen_s : peers->newest_s;
    entry->media_s = stored->media_s;
    entry->activity = stored->activity;
    entry->class = stored->class;
    memcpy(entry->habit, stored->habit, sizeof(entry->habit));
    peers->newest_s = entry->seen_s;
}

int ps_peers_load(struct ps_peers *peers, const void *data, size_t size_bytes, uint64_t now_ns)
{
    const uint8_t *at = data;
    struct stored_profile stored;
    struct head head;

    if (!is_whole(data, size_bytes, MAGIC_PROFILES, &head) || head.count > PS_PEERS_MAX ||
        size_bytes != sizeof(head) + head.count * sizeof(stored))
        return -EINVAL;
    if (head.set_id != peers->salts.set_id)
        return -ESTALE;
    const uint32_t room = peers->table.capacity - peers->table.count;
    const uint32_t from = head.count > room ? head.count - room : 0;
    at += sizeof(head) + from * sizeof(stored);
    for (uint32_t i = from; i < head.count; i++, at += sizeof(stored)) {
        memcpy(&stored, at, sizeof(stored));
        take_profile(peers, &stored, (uint32_t)(now_ns / PS_PEERS_NS_PER_SEC));
    }
    return 0;
}

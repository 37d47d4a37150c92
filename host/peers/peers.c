/* SPDX-License-Identifier: BSD-3-Clause */
/* host/peers/peers.c - see peers.h. */
#include "host/peers/peers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/base/prefix.h"
#include "host/peers/peers_priv.h"

#define FORGET_PER_TURN_MAX 4096u
#define HALF_LIFE_S         86400.0f
#define KIND_ADDRESS        'a'
#define KIND_TOKEN          't'

static bool is_valid(const struct ps_peers_config *cfg)
{
    return cfg->peers_max >= 1 && cfg->peers_max <= PS_PEERS_MAX && cfg->salt_rotate_ns > 0 &&
           cfg->retain_ns / cfg->salt_rotate_ns <= PS_PEERS_SALTS_MAX - 4 && cfg->random != NULL;
}

int ps_peers_create(struct ps_peers **ret_peers, const struct ps_peers_config *cfg)
{
    if (!is_valid(cfg))
        return -EINVAL;
    struct ps_peers *peers = ps_zalloc(1, sizeof(*peers));
    if (peers == NULL)
        return -ENOMEM;
    peers->cfg = *cfg;
    int rc = ps_peers_table_init(&peers->table, cfg->peers_max);
    if (rc == 0)
        rc = ps_peers_salts_init(peers);
    if (rc != 0) {
        ps_peers_destroy(peers);
        return rc;
    }
    *ret_peers = peers;
    return 0;
}

void ps_peers_destroy(struct ps_peers *peers)
{
    if (peers == NULL)
        return;
    ps_peers_salts_fini(&peers->salts);
    ps_peers_table_fini(&peers->table);
    free(peers);
}

/* ---- who ---- */

/* The kind goes first, so that no token is an address. */
static void spell_address(struct ps_peer_id *ret_id, const uint8_t bytes[static PS_ADDRESS_BYTES])
{
    ret_id->bytes[0] = KIND_ADDRESS;
    memcpy(ret_id->bytes + 1, bytes, PS_ADDRESS_BYTES);
    ret_id->size_bytes = 1 + PS_ADDRESS_BYTES;
}

int ps_peer_id_of_text(struct ps_peer_id *ret_id, const char *text, size_t length)
{
    char copy[PS_PEERS_TOKEN_MAX + 1];
    uint8_t address[PS_ADDRESS_BYTES];

    if (length == 0 || length > PS_PEERS_TOKEN_MAX)
        return -EINVAL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (ps_address_parse(address, copy) == 0) {
        spell_address(ret_id, address);
        return 0;
    }
    ret_id->bytes[0] = KIND_TOKEN;
    memcpy(ret_id->bytes + 1, text, length);
    ret_id->size_bytes = 1 + (uint32_t)length;
    return 0;
}

int ps_peer_id_of_address(struct ps_peer_id *ret_id, const struct sockaddr *address)
{
    uint8_t bytes[PS_ADDRESS_BYTES];
    const int rc = ps_address_of(bytes, address);

    if (rc == 0)
        spell_address(ret_id, bytes);
    return rc;
}

uint64_t ps_peers_key(struct ps_peers *peers, const struct ps_peer_id *id, uint64_t now_ns)
{
    if (peers->salts.out_count > 0 && ps_peers_is_out(peers, id))
        return 0;
    return ps_peers_hash(ps_peers_salt_now(peers, now_ns)->bytes, id);
}

/* ---- profiles ---- */

static void forget(struct ps_peers *peers, struct ps_peers_entry *entry)
{
    const uint64_t key = entry->key;

    ps_peers_table_drop(&peers->table, entry);
    if (peers->cfg.forgotten != NULL)
        peers->cfg.forgotten(peers->cfg.arg, key, false);
}

static struct ps_peers_entry *find_or_add(struct ps_peers *peers, uint64_t key)
{
    struct ps_peers_entry *entry = ps_peers_table_find(&peers->table, key);

    if (entry != NULL) {
        ps_peers_table_touch(&peers->table, entry);
        return entry;
    }
    if (peers->table.count == peers->table.capacity) {
        forget(peers, ps_peers_table_oldest(&peers->table));
        peers->status.forgotten_for_room++;
    }
    return ps_peers_table_add(&peers->table, key);
}

/* When an hour's count is full all are halved: they are relative. */
static void add_habit(struct ps_peers_entry *entry, uint32_t time_s)
{
    const uint32_t hour = time_s / 3600 % PS_PEERS_HOURS;
    const uint32_t shift = hour % 2 * 4;

    if ((entry->habit[hour / 2] >> shift & 0xf) == PS_PEERS_HABIT_MAX)
        for (size_t i = 0; i < sizeof(entry->habit); i++)
            entry->habit[i] = entry->habit[i] >> 1 & 0x77;
    entry->habit[hour / 2] = (uint8_t)(entry->habit[hour / 2] + (1u << shift));
}

static void learn_class(struct ps_peer_class *known, const struct ps_peer_class *said)
{
    if (said->region != 0)
        known->region = said->region;
    if (said->device != 0)
        known->device = said->device;
    if (said->access != 0)
        known->access = said->access;
}

/* A late sample does not make its peer older than those seen before it: the list stays in order,
 * and retention counts from when we were told. */
void ps_peers_seen(struct ps_peers *peers, uint64_t key, const struct ps_peer_class *peer,
                   uint64_t media_key, uint64_t time_ns)
{
    const uint32_t time_s = (uint32_t)(time_ns / PS_PEERS_NS_PER_SEC);

    if (key == 0)
        return;
    if (time_s > peers->newest_s)
        peers->newest_s = time_s;
    struct ps_peers_entry *entry = find_or_add(peers, key);
    const float age_s = (float)(peers->newest_s - entry->seen_s);
    entry->activity = entry->activity * exp2f(-age_s / HALF_LIFE_S) + 1.0f;
    entry->seen_s = peers->newest_s;
    entry->media_key = media_key;
    entry->media_s = time_s;
    learn_class(&entry->class, peer);
    add_habit(entry, time_s);
}

void ps_peers_fill(const struct ps_peers *peers, uint64_t key, struct ps_peer_class *peer)
{
    const struct ps_peers_entry *entry = key == 0 ? NULL : ps_peers_table_find(&peers->table, key);
    struct ps_peer_class known;

    if (entry == NULL)
        return;
    known = entry->class;
    learn_class(&known, peer);
    *peer = known;
}

static void show(const struct ps_peers_entry *entry, struct ps_peer_profile *ret)
{
    *ret = (struct ps_peer_profile){
        .key = entry->key,
        .seen_ns = entry->seen_s * PS_PEERS_NS_PER_SEC,
        .class = entry->class,
        .media_key = entry->media_key,
        .media_ns = entry->media_s * PS_PEERS_NS_PER_SEC,
        .activity = entry->activity,
    };
    for (uint32_t hour = 0; hour < PS_PEERS_HOURS; hour++)
        ret->habit[hour] = entry->habit[hour / 2] >> (hour % 2 * 4) & 0xf;
}

bool ps_peers_get(const struct ps_peers *peers, uint64_t key, struct ps_peer_profile *ret_profile)
{
    const struct ps_peers_entry *entry = key == 0 ? NULL : ps_peers_table_find(&peers->table, key);

    if (entry != NULL)
        show(entry, ret_profile);
    return entry != NULL;
}

uint32_t ps_peers_forget_until(struct ps_peers *peers, uint64_t time_ns, uint32_t count_max)
{
    uint32_t count = 0;

    for (; count < count_max; count++) {
        struct ps_peers_entry *oldest = ps_peers_table_oldest(&peers->table);

        if (oldest == NULL || oldest->seen_s * PS_PEERS_NS_PER_SEC > time_ns)
            break;
        forget(peers, oldest);
    }
    peers->status.forgotten_in_time += count;
    return count;
}

void ps_peers_tend(struct ps_peers *peers, uint64_t now_ns)
{
    const uint64_t retain_ns = peers->cfg.retain_ns;
    uint32_t forgotten = 0;

    if (now_ns > retain_ns)
        forgotten = ps_peers_forget_until(peers, now_ns - retain_ns, FORGET_PER_TURN_MAX);
    if (forgotten < FORGET_PER_TURN_MAX) /* else some may be left under the oldest salt */
        ps_peers_salts_retire(peers, now_ns);
}

/* ---- what the people in it may ask for ---- */

uint32_t ps_peers_export(const struct ps_peers *peers, const struct ps_peer_id *id,
                         void (*each)(void *arg, const struct ps_peers_held *held), void *arg)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < peers->salts.count; i++) {
        const struct ps_peers_salt *salt = &peers->salts.list[i];
        struct ps_peers_held held = { .salt_from_ns = salt->from_ns,
                                      .salt_gone_ns = ps_peers_salt_gone_ns(peers, salt) };

        if (!ps_peers_get(peers, ps_peers_hash(salt->bytes, id), &held.profile))
            continue;
        each(arg, &held);
        count++;
    }
    return count;
}

uint32_t ps_peers_erase(struct ps_peers *peers, const struct ps_peer_id *id)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < peers->salts.count; i++) {
        const uint64_t key = ps_peers_hash(peers->salts.list[i].bytes, id);
        struct ps_peers_entry *entry = ps_peers_table_find(&peers->table, key);

        if (entry != NULL)
            ps_peers_table_drop(&peers->table, entry);
        if (peers->cfg.forgotten != NULL)
            peers->cfg.forgotten(peers->cfg.arg, key, true);
        count += entry != NULL;
    }
    peers->status.erased += count;
    return count;
}

/* Where a hash is among those that opted out, or would be. */
static uint32_t out_place(const struct ps_peers_salts *salts, uint64_t hash)
{
    uint32_t low = 0, high = salts->out_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (salts->outs[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct ps_peers_salts *salts, uint32_t place, uint64_t hash)
{
    return place < salts->out_count && salts->outs[place] == hash;
}

int ps_peers_opt_out(struct ps_peers *peers, const struct ps_peer_id *id)
{
    struct ps_peers_salts *salts = &peers->salts;
    const uint64_t hash = ps_peers_hash(salts->out_secret, id);
    const uint32_t place = out_place(salts, hash);

    if (!is_at(salts, place, hash)) {
        if (salts->out_count == PS_PEERS_OPT_OUTS_MAX)
            return -ENOSPC;
        memmove(salts->outs + place + 1, salts->outs + place,
                (salts->out_count - place) * sizeof(*salts->outs));
        salts->outs[place] = hash;
        salts->out_count++;
        salts->version++;
    }
    ps_peers_erase(peers, id);
    return 0;
}

int ps_peers_opt_in(struct ps_peers *peers, const struct ps_peer_id *id)
{
    struct ps_peers_salts *salts = &peers->salts;
    const uint64_t hash = ps_peers_hash(salts->out_secret, id);
    const uint32_t place = out_place(salts, hash);

    if (!is_at(salts, place, hash))
        return -ENOENT;
    salts->out_count--;
    memmove(salts->outs + place, salts->outs + place + 1,
            (salts->out_count - place) * sizeof(*salts->outs));
    salts->version++;
    return 0;
}

bool ps_peers_is_out(const struct ps_peers *peers, const struct ps_peer_id *id)
{
    const struct ps_peers_salts *salts = &peers->salts;
    const uint64_t hash = ps_peers_hash(salts->out_secret, id);

    return is_at(salts, out_place(salts, hash), hash);
}

void ps_peers_status(const struct ps_peers *peers, struct ps_peers_status *ret_status)
{
    *ret_status = peers->status;
    ret_status->peers = peers->table.count;
    ret_status->salts = peers->salts.count;
    ret_status->opt_outs = peers->salts.out_count;
}

uint64_t ps_peers_version(const struct ps_peers *peers)
{
    return peers->salts.version;
}

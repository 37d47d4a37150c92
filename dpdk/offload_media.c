/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/offload_media.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/epoch.h"
#include "dpdk/mem.h"
#include "dpdk/worker.h"

#define FAMILIES        2u
#define RULES_MAX       (NIC_PORTS_MAX * FAMILIES)
#define PLACE_BITS      6u
#define GENERATIONS     256u
#define MEDIA_PORT_MASK 0xffffu

_Static_assert(NIC_OFFLOAD_MEDIA_MAX == 1u << PLACE_BITS, "a place is named in its mark");
_Static_assert(GENERATIONS << PLACE_BITS == NIC_MEDIA_MARK, "and so is its generation");

enum place_state { PLACE_FREE, PLACE_USED, PLACE_RESTING };

struct place {
    /* Written by the control thread (release), read by workers (acquire); 0: nothing is noted. */
    _Atomic uint32_t mark;
    uint64_t media_key; /* set while the mark is 0 and no worker holds the one before */
    enum place_state state;
    uint32_t generation;
    uint32_t unwanted;     /* intervals on end */
    uint64_t noted;        /* handed out so far */
    uint64_t noted_before; /* when this media came */
    struct nic_rule rules[RULES_MAX];
};

/* Written by one worker, read by the control thread; only ever grow. */
struct notes {
    _Alignas(NIC_CACHE_LINE_BYTES) _Atomic uint64_t claims[NIC_OFFLOAD_MEDIA_MAX];
};

struct candidate {
    uint64_t media_key;
    uint32_t wanted; /* intervals on end */
};

struct nic_media {
    struct place places[NIC_OFFLOAD_MEDIA_MAX];
    uint32_t place_count;
    struct nic_media_port ports[NIC_PORTS_MAX];
    uint32_t port_count;
    struct candidate candidates[NIC_OFFLOAD_MEDIA_MAX];
    uint32_t candidate_count;
    struct notes *notes;
    uint32_t worker_count;
};

int nic_media_create(struct nic_media **ret_media, uint32_t places,
                     const struct nic_media_port *ports, uint32_t port_count, uint32_t worker_count)
{
    struct nic_media *m = nic_zalloc(1, sizeof(*m));

    assert(places > 0 && places <= NIC_OFFLOAD_MEDIA_MAX);
    assert(port_count <= NIC_PORTS_MAX && worker_count <= NIC_WORKERS_MAX);
    if (m == NULL)
        return -ENOMEM;
    m->place_count = places;
    m->port_count = port_count;
    m->worker_count = worker_count;
    memcpy(m->ports, ports, port_count * sizeof(*ports));
    m->notes = nic_zalloc(worker_count, sizeof(*m->notes));
    if (m->notes == NULL) {
        nic_media_destroy(m);
        return -ENOMEM;
    }
    *ret_media = m;
    return 0;
}

void nic_media_destroy(struct nic_media *media)
{
    if (media == NULL)
        return;
    free(media->notes);
    free(media);
}

bool nic_media_note(struct nic_media *media, uint32_t worker_idx, uint32_t mark, uint64_t media_key)
{
    const uint32_t idx = mark & (NIC_OFFLOAD_MEDIA_MAX - 1);
    struct place *place = &media->places[idx];
    _Atomic uint64_t *claims;

    if (mark == 0 || atomic_load_explicit(&place->mark, memory_order_acquire) != mark ||
        place->media_key != media_key)
        return false;
    claims = &media->notes[worker_idx].claims[idx];
    atomic_store_explicit(claims, atomic_load_explicit(claims, memory_order_relaxed) + 1,
                          memory_order_relaxed);
    return true;
}

static uint64_t noted(const struct nic_media *m, uint32_t place_idx)
{
    uint64_t sum = 0;

    for (uint32_t w = 0; w < m->worker_count; w++)
        sum += atomic_load_explicit(&m->notes[w].claims[place_idx], memory_order_relaxed);
    return sum;
}

static void install(const struct nic_media *m, struct nic_rule *rule, uint32_t port_idx)
{
    if (m->ports[port_idx].error != 0)
        nic_rule_refuse(rule, m->ports[port_idx].error);
    else
        nic_rule_install(rule);
}

/* Known to the workers before the NIC marks the first frame with it. */
static void occupy(struct nic_media *m, uint32_t place_idx, uint64_t media_key)
{
    struct place *place = &m->places[place_idx];
    uint32_t mark;

    place->generation = (place->generation + 1) % GENERATIONS;
    mark = NIC_MEDIA_MARK | place->generation << PLACE_BITS | place_idx;
    place->media_key = media_key;
    place->state = PLACE_USED;
    place->unwanted = 0;
    place->noted_before = place->noted;
    atomic_store_explicit(&place->mark, mark, memory_order_release);
    for (uint32_t i = 0; i < m->port_count * FAMILIES; i++) {
        place->rules[i] = (struct nic_rule){
            .port = m->ports[i / FAMILIES].port,
            .mark = mark,
            .match = { .is_v6 = i % FAMILIES == 1,
                       .is_udp = true,
                       .has_media = true,
                       .port = PPD_PORT,
                       .port_mask = MEDIA_PORT_MASK,
                       .media_key = media_key },
        };
        install(m, &place->rules[i], i / FAMILIES);
    }
}

static void vacate(struct nic_media *m, struct place *place)
{
    for (uint32_t i = 0; i < m->port_count * FAMILIES; i++)
        nic_rule_remove(&place->rules[i]);
    atomic_store_explicit(&place->mark, 0, memory_order_release);
    place->state = PLACE_RESTING;
}

static bool is_among(const uint64_t *keys, uint32_t count, uint64_t key)
{
    for (uint32_t i = 0; i < count; i++)
        if (keys[i] == key)
            return true;
    return false;
}

static struct place *place_of(struct nic_media *m, uint64_t media_key)
{
    for (uint32_t i = 0; i < m->place_count; i++)
        if (m->places[i].state == PLACE_USED && m->places[i].media_key == media_key)
            return &m->places[i];
    return NULL;
}

static uint32_t wanted_before(const struct nic_media *m, uint64_t media_key)
{
    for (uint32_t i = 0; i < m->candidate_count; i++)
        if (m->candidates[i].media_key == media_key)
            return m->candidates[i].wanted;
    return 0;
}

static bool occupy_free(struct nic_media *m, uint64_t media_key)
{
    for (uint32_t i = 0; i < m->place_count; i++) {
        if (m->places[i].state != PLACE_FREE)
            continue;
        occupy(m, i, media_key);
        return true;
    }
    return false;
}

/* Those not named now are forgotten; those named often enough get a place. */
static void admit(struct nic_media *m, const uint64_t *keys, uint32_t count)
{
    struct candidate next[NIC_OFFLOAD_MEDIA_MAX];
    uint32_t next_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t wanted = wanted_before(m, keys[i]) + 1;

        if (place_of(m, keys[i]) != NULL || is_among(keys, i, keys[i]) ||
            (wanted >= NIC_MEDIA_ENTER && occupy_free(m, keys[i])))
            continue;
        next[next_count++] = (struct candidate){ .media_key = keys[i], .wanted = wanted };
    }
    memcpy(m->candidates, next, next_count * sizeof(*next));
    m->candidate_count = next_count;
}

void nic_media_set(struct nic_media *media, const uint64_t *keys, uint32_t count)
{
    if (count > media->place_count)
        count = media->place_count;
    for (uint32_t i = 0; i < media->place_count; i++) {
        struct place *place = &media->places[i];

        if (place->state != PLACE_USED)
            continue;
        place->unwanted = is_among(keys, count, place->media_key) ? 0 : place->unwanted + 1;
        if (place->unwanted >= NIC_MEDIA_LEAVE)
            vacate(media, place);
    }
    admit(media, keys, count);
}

static uint64_t hits(const struct nic_media *m, const struct place *place)
{
    uint64_t packets = 0;

    for (uint32_t i = 0; i < m->port_count * FAMILIES; i++)
        packets += place->rules[i].hits.packets;
    return packets;
}

/* A NIC that takes MARK and delivers none only costs its table's room. */
static void turn_rules(struct nic_media *m, struct place *place)
{
    for (uint32_t i = 0; i < m->port_count * FAMILIES; i++)
        nic_rule_turn(&place->rules[i]);
    if (place->noted != place->noted_before || hits(m, place) < NIC_MEDIA_UNMARKED)
        return;
    for (uint32_t i = 0; i < m->port_count * FAMILIES; i++) {
        nic_rule_remove(&place->rules[i]);
        nic_rule_refuse(&place->rules[i], -ENODATA);
    }
}

uint32_t nic_media_turn(struct nic_media *media, struct psd_claim *ret_claims)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < media->place_count; i++) {
        struct place *place = &media->places[i];
        const uint64_t sum = noted(media, i);

        assert(sum >= place->noted);
        if (sum > place->noted)
            ret_claims[count++] = (struct psd_claim){ .media_key = place->media_key,
                                                      .count = (uint32_t)(sum - place->noted) };
        place->noted = sum;
        if (place->state == PLACE_RESTING)
            place->state = PLACE_FREE;
        else if (place->state == PLACE_USED)
            turn_rules(media, place);
    }
    return count;
}

void nic_media_reapply(struct nic_media *media, uint32_t port_idx, int error)
{
    media->ports[port_idx].error = error;
    for (uint32_t i = 0; i < media->place_count; i++) {
        if (media->places[i].state != PLACE_USED)
            continue;
        for (uint32_t f = 0; f < FAMILIES; f++) {
            struct nic_rule *rule = &media->places[i].rules[port_idx * FAMILIES + f];

            nic_rule_forget(rule);
            install(media, rule, port_idx);
        }
    }
}

void nic_media_remove_all(struct nic_media *media)
{
    for (uint32_t i = 0; i < media->place_count; i++)
        if (media->places[i].state == PLACE_USED)
            vacate(media, &media->places[i]);
}

uint32_t nic_media_report(const struct nic_media *media, struct psd_rule *ret_rules, uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < media->place_count && count < max; i++) {
        const struct place *place = &media->places[i];
        struct psd_rule *row = &ret_rules[count];

        if (place->state != PLACE_USED)
            continue;
        count++;
        *row = (struct psd_rule){ .place = PSD_RULE_SOFTWARE };
        snprintf(row->name, sizeof(row->name), "media %016" PRIx64, place->media_key);
        for (uint32_t r = 0; r < media->port_count * FAMILIES; r++) {
            row->packets += place->rules[r].hits.packets;
            row->bytes += place->rules[r].hits.bytes;
            if (nic_rule_is_in_nic(&place->rules[r]))
                row->place = PSD_RULE_HARDWARE;
            else if (row->error == 0)
                row->error = place->rules[r].error;
        }
    }
    return count;
}

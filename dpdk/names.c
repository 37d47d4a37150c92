/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/names.h"

#include <assert.h>
#include <errno.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dpdk/mem.h"

#define WAYS 16u /* places a key may take; fewer would forget names long before the set is full */

struct nic_name_queue {
    struct rte_ring *ring;
};

struct slot {
    struct nic_name name; /* bytes 0: free */
    uint32_t age;         /* when it was put here */
    bool due;             /* is in the due list */
};

struct nic_names {
    struct slot *slots;
    uint32_t *due; /* ring of slot indices; each slot at most once, so capacity suffices */
    uint32_t mask;
    uint32_t due_head;
    uint32_t due_count;
    uint32_t clock;
};

uint64_t nic_name_key(const char *text, uint32_t bytes)
{
    return XXH3_64bits(text, bytes);
}

struct nic_name nic_name_make(enum psd_name_kind kind, const char *text, uint32_t bytes)
{
    struct nic_name name = { .key = nic_name_key(text, bytes), .kind = (uint16_t)kind };

    assert(bytes >= 1 && bytes <= PSD_NAME_BYTES_MAX);
    name.bytes = (uint16_t)bytes;
    memcpy(name.text, text, bytes);
    return name;
}

int nic_name_queue_create(struct nic_name_queue **ret_queue)
{
    const ssize_t bytes = rte_ring_get_memsize_elem(sizeof(struct nic_name), NIC_NAME_QUEUE_NAMES);
    struct nic_name_queue *queue = nic_zalloc(1, sizeof(*queue));

    if (queue == NULL || bytes < 0)
        goto fail;
    queue->ring = nic_zalloc(1, (size_t)bytes);
    if (queue->ring == NULL ||
        rte_ring_init(queue->ring, "names", NIC_NAME_QUEUE_NAMES, RING_F_SP_ENQ | RING_F_SC_DEQ))
        goto fail;
    *ret_queue = queue;
    return 0;

fail:
    nic_name_queue_destroy(queue);
    return -ENOMEM;
}

void nic_name_queue_destroy(struct nic_name_queue *queue)
{
    if (queue == NULL)
        return;
    free(queue->ring);
    free(queue);
}

int nic_name_queue_put(struct nic_name_queue *queue, const struct nic_name *name)
{
    struct nic_name copy = *name; /* the ring's interface lacks const */

    return rte_ring_sp_enqueue_elem(queue->ring, &copy, sizeof(copy)) == 0 ? 0 : -ENOSPC;
}

int nic_name_queue_take(struct nic_name_queue *queue, struct nic_name *ret_name)
{
    return rte_ring_sc_dequeue_elem(queue->ring, ret_name, sizeof(*ret_name)) == 0 ? 0 : -ENOENT;
}

int nic_names_create(struct nic_names **ret_names, uint32_t capacity)
{
    struct nic_names *names;

    if (capacity < WAYS || capacity > NIC_NAMES_MAX || (capacity & (capacity - 1)) != 0)
        return -EINVAL;
    names = nic_zalloc(1, sizeof(*names));
    if (names == NULL)
        goto fail;
    names->mask = capacity - 1;
    names->slots = nic_zalloc(capacity, sizeof(*names->slots));
    if (names->slots == NULL)
        goto fail;
    names->due = nic_zalloc(capacity, sizeof(*names->due));
    if (names->due == NULL)
        goto fail;
    *ret_names = names;
    return 0;

fail:
    nic_names_destroy(names);
    return -ENOMEM;
}

void nic_names_destroy(struct nic_names *names)
{
    if (names == NULL)
        return;
    free(names->due);
    free(names->slots);
    free(names);
}

/* Media and profiles may have the same name; the multiplication keeps them apart. */
static uint32_t set_of(const struct nic_names *names, uint64_t key, uint16_t kind)
{
    return (uint32_t)((key * (2u * kind + 1u)) >> 32) & names->mask & ~(WAYS - 1);
}

static bool holds(const struct slot *slot, uint64_t key, uint16_t kind)
{
    return slot->name.bytes != 0 && slot->name.key == key && slot->name.kind == kind;
}

static void make_due(struct nic_names *names, uint32_t idx)
{
    if (names->slots[idx].due)
        return;
    names->slots[idx].due = true;
    names->due[(names->due_head + names->due_count++) & names->mask] = idx;
}

int nic_names_add(struct nic_names *names, const struct nic_name *name)
{
    const uint32_t first = set_of(names, name->key, name->kind);
    uint32_t oldest = first;

    for (uint32_t i = first; i < first + WAYS; i++) {
        struct slot *slot = &names->slots[i];

        if (holds(slot, name->key, name->kind)) {
            const bool same = slot->name.bytes == name->bytes &&
                              memcmp(slot->name.text, name->text, name->bytes) == 0;
            return same ? 0 : -EEXIST;
        }
        if (slot->age < names->slots[oldest].age)
            oldest = i;
    }
    names->slots[oldest].name = *name;
    names->slots[oldest].age = ++names->clock;
    make_due(names, oldest);
    return 0;
}

const struct nic_name *nic_names_find(const struct nic_names *names, uint64_t key,
                                      enum psd_name_kind kind)
{
    const uint32_t first = set_of(names, key, (uint16_t)kind);

    for (uint32_t i = first; i < first + WAYS; i++)
        if (holds(&names->slots[i], key, (uint16_t)kind))
            return &names->slots[i].name;
    return NULL;
}

const struct nic_name *nic_names_next_due(struct nic_names *names)
{
    struct slot *slot;

    if (names->due_count == 0)
        return NULL;
    slot = &names->slots[names->due[names->due_head]];
    names->due_head = (names->due_head + 1) & names->mask;
    names->due_count--;
    slot->due = false;
    return &slot->name;
}

void nic_names_all_due(struct nic_names *names)
{
    for (uint32_t i = 0; i <= names->mask; i++)
        if (names->slots[i].name.bytes != 0)
            make_due(names, i);
}

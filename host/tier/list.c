/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/list_priv.h"

#include "host/base/assert.h"

void ps_tier_list_init(struct ps_tier_list *list, struct ps_tier_link *links)
{
    list->links = links;
    list->head = PS_TIER_NONE;
    list->tail = PS_TIER_NONE;
    list->count = 0;
}

void ps_tier_list_push(struct ps_tier_list *list, uint32_t id)
{
    struct ps_tier_link *links = list->links;

    links[id].prev = list->tail;
    links[id].next = PS_TIER_NONE;
    if (list->tail == PS_TIER_NONE)
        list->head = id;
    else
        links[list->tail].next = id;
    list->tail = id;
    list->count++;
}

void ps_tier_list_remove(struct ps_tier_list *list, uint32_t id)
{
    struct ps_tier_link *links = list->links;
    const struct ps_tier_link link = links[id];

    ps_assert(list->count > 0);
    ps_assert(link.prev != PS_TIER_NONE || list->head == id);
    ps_assert(link.next != PS_TIER_NONE || list->tail == id);
    if (link.prev == PS_TIER_NONE)
        list->head = link.next;
    else
        links[link.prev].next = link.next;
    if (link.next == PS_TIER_NONE)
        list->tail = link.prev;
    else
        links[link.next].prev = link.prev;
    list->count--;
}

uint32_t ps_tier_list_pop(struct ps_tier_list *list)
{
    const uint32_t id = list->head;

    if (id != PS_TIER_NONE)
        ps_tier_list_remove(list, id);
    return id;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/tier/list_priv.h - lists of numbered things, linked through an array of links.
 *
 * Why numbers: segments and zones live in arrays taken at start-up, so 32-bit numbers name them for
 * half the memory of pointers. One links array serves many lists as long as a thing is in at most
 * one of them. Threads: the tier's owner.
 */
#ifndef PS_HOST_TIER_LIST_PRIV_H
#define PS_HOST_TIER_LIST_PRIV_H

#include <stdint.h>

#define PS_TIER_NONE UINT32_MAX /* no such segment, zone or page */

struct ps_tier_link {
    uint32_t prev;
    uint32_t next;
};

struct ps_tier_list {
    struct ps_tier_link *links; /* shared, not owned */
    uint32_t head;
    uint32_t tail;
    uint32_t count;
};

/** An empty list over @p links. */
void ps_tier_list_init(struct ps_tier_list *list, struct ps_tier_link *links);
/** Add @p id, which is in no list of these links, at the tail. */
void ps_tier_list_push(struct ps_tier_list *list, uint32_t id);
/** Take out @p id, which is in this list. */
void ps_tier_list_remove(struct ps_tier_list *list, uint32_t id);
/** Take out and return the head; PS_TIER_NONE when empty. */
uint32_t ps_tier_list_pop(struct ps_tier_list *list);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/meetings.c - which two peers may write to each other, and until when. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/messaging_priv.h"

int ps_meetings_init(struct ps_meetings *meetings)
{
    *meetings = (struct ps_meetings){ .free = PS_MESSAGING_NONE,
                                      .newest = PS_MESSAGING_NONE,
                                      .oldest = PS_MESSAGING_NONE };
    meetings->list = ps_zalloc(PS_MESSAGING_MEETINGS_MAX, sizeof(*meetings->list));
    meetings->buckets = ps_zalloc(PS_MESSAGING_MEETINGS_MAX, sizeof(*meetings->buckets));
    if (meetings->list == NULL || meetings->buckets == NULL)
        return -ENOMEM;
    memset(meetings->buckets, 0xff, PS_MESSAGING_MEETINGS_MAX * sizeof(*meetings->buckets));
    return 0;
}

void ps_meetings_fini(struct ps_meetings *meetings)
{
    free(meetings->list);
    free(meetings->buckets);
    *meetings = (struct ps_meetings){ 0 };
}

static uint32_t *bucket_of(const struct ps_meetings *meetings, uint64_t low, uint64_t high)
{
    const uint64_t both =
        (low ^ high * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);

    return &meetings->buckets[both >> 48 & (PS_MESSAGING_MEETINGS_MAX - 1)];
}

static uint32_t find(const struct ps_meetings *meetings, uint64_t low, uint64_t high)
{
    uint32_t at = *bucket_of(meetings, low, high);

    while (at != PS_MESSAGING_NONE &&
           (meetings->list[at].low != low || meetings->list[at].high != high))
        at = meetings->list[at].next;
    return at;
}

static void unlink_age(struct ps_meetings *meetings, uint32_t at)
{
    const struct ps_meeting *meeting = &meetings->list[at];

    if (meeting->newer == PS_MESSAGING_NONE)
        meetings->newest = meeting->older;
    else
        meetings->list[meeting->newer].older = meeting->older;
    if (meeting->older == PS_MESSAGING_NONE)
        meetings->oldest = meeting->newer;
    else
        meetings->list[meeting->older].newer = meeting->newer;
}

static void link_newest(struct ps_meetings *meetings, uint32_t at)
{
    struct ps_meeting *meeting = &meetings->list[at];

    meeting->newer = PS_MESSAGING_NONE;
    meeting->older = meetings->newest;
    if (meetings->newest == PS_MESSAGING_NONE)
        meetings->oldest = at;
    else
        meetings->list[meetings->newest].newer = at;
    meetings->newest = at;
}

static void drop_oldest(struct ps_meetings *meetings)
{
    const uint32_t at = meetings->oldest;
    struct ps_meeting *meeting = &meetings->list[at];
    uint32_t *link = bucket_of(meetings, meeting->low, meeting->high);

    while (*link != at)
        link = &meetings->list[*link].next;
    *link = meeting->next;
    unlink_age(meetings, at);
    meeting->next = meetings->free;
    meetings->free = at;
    meetings->count--;
}

static uint32_t take_place(struct ps_meetings *meetings)
{
    const uint32_t at = meetings->free;

    if (at == PS_MESSAGING_NONE)
        return meetings->count;
    meetings->free = meetings->list[at].next;
    return at;
}

void ps_meetings_add(struct ps_meetings *meetings, uint64_t a, uint64_t b, uint64_t until_ns)
{
    const uint64_t low = a < b ? a : b, high = a < b ? b : a;
    uint32_t at = find(meetings, low, high);

    if (a == b || a == 0 || b == 0)
        return;
    if (at != PS_MESSAGING_NONE) {
        unlink_age(meetings, at);
        meetings->list[at].until_ns = until_ns;
        link_newest(meetings, at);
        return;
    }
    if (meetings->count == PS_MESSAGING_MEETINGS_MAX)
        drop_oldest(meetings);
    at = take_place(meetings);
    uint32_t *bucket = bucket_of(meetings, low, high);
    meetings->list[at] =
        (struct ps_meeting){ .low = low, .high = high, .until_ns = until_ns, .next = *bucket };
    *bucket = at;
    link_newest(meetings, at);
    meetings->count++;
}

bool ps_meetings_has(const struct ps_meetings *meetings, uint64_t a, uint64_t b, uint64_t now_ns)
{
    const uint32_t at = find(meetings, a < b ? a : b, a < b ? b : a);

    return at != PS_MESSAGING_NONE && meetings->list[at].until_ns > now_ns;
}

void ps_meetings_tend(struct ps_meetings *meetings, uint64_t now_ns)
{
    for (uint32_t i = 0; i < PS_MESSAGING_ENDS_MAX && meetings->oldest != PS_MESSAGING_NONE &&
                         meetings->list[meetings->oldest].until_ns <= now_ns;
         i++)
        drop_oldest(meetings);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/shortlist.c - see shortlist.h. */
#include "tools/replay/shortlist.h"

#include <stdlib.h>

static int by_expected(const void *a, const void *b)
{
    const struct replay_listed *x = a, *y = b;

    if (x->expected != y->expected)
        return (x->expected < y->expected) - (x->expected > y->expected);
    return (x->row > y->row) - (x->row < y->row);
}

void replay_shortlist_add(struct replay_shortlist *list, struct replay_listed *rows, uint32_t count)
{
    const uint32_t tenth = count / 10 + (count % 10 != 0);

    if (count > 0)
        qsort(rows, count, sizeof(*rows), by_expected);
    list->taken += tenth;
    for (uint32_t i = 0; i < count; i++) {
        list->happened += rows[i].happened;
        list->hits += rows[i].happened && i < tenth;
    }
}

static double share(uint64_t part, uint64_t all)
{
    return all > 0 ? (double)part / (double)all : 0.0;
}

double replay_shortlist_precision(const struct replay_shortlist *list)
{
    return share(list->hits, list->taken);
}

double replay_shortlist_recall(const struct replay_shortlist *list)
{
    return share(list->hits, list->happened);
}

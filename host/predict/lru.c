/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/lru.c - see lru_priv.h. */
#include "host/predict/lru_priv.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

int ps_lru_init(struct ps_lru *lru, uint32_t count)
{
    ps_assert(count > 0 && count < PS_LRU_NONE);
    lru->links = ps_zalloc(count, sizeof(*lru->links));
    if (lru->links == NULL)
        return -ENOMEM;
    for (unsigned l = 0; l < PS_LRU_LISTS; l++)
        lru->newest[l] = lru->oldest[l] = PS_LRU_NONE;
    for (uint32_t i = 0; i < count; i++)
        lru->links[i] = (struct ps_lru_link){ .newer = i == 0 ? PS_LRU_NONE : i - 1,
                                              .older = i + 1 == count ? PS_LRU_NONE : i + 1,
                                              .list = PS_LRU_FREE };
    lru->newest[PS_LRU_FREE] = 0;
    lru->oldest[PS_LRU_FREE] = count - 1;
    return 0;
}

void ps_lru_fini(struct ps_lru *lru)
{
    free(lru->links);
    lru->links = NULL;
}

static void unlink_place(struct ps_lru *lru, uint32_t idx)
{
    const struct ps_lru_link *link = &lru->links[idx];

    if (link->newer == PS_LRU_NONE)
        lru->newest[link->list] = link->older;
    else
        lru->links[link->newer].older = link->older;
    if (link->older == PS_LRU_NONE)
        lru->oldest[link->list] = link->newer;
    else
        lru->links[link->older].newer = link->newer;
}

void ps_lru_move(struct ps_lru *lru, uint32_t idx, enum ps_lru_list list)
{
    const uint32_t second = lru->newest[list];

    if (second == idx)
        return;
    unlink_place(lru, idx);
    lru->links[idx] = (struct ps_lru_link){ .newer = PS_LRU_NONE, .older = second, .list = list };
    lru->newest[list] = idx;
    if (second == PS_LRU_NONE)
        lru->oldest[list] = idx;
    else
        lru->links[second].newer = idx;
}

uint32_t ps_lru_victim(const struct ps_lru *lru)
{
    for (unsigned l = 0; l < PS_LRU_LISTS; l++)
        if (lru->oldest[l] != PS_LRU_NONE)
            return lru->oldest[l];
    return PS_LRU_NONE;
}

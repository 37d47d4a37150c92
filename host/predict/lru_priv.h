/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/lru_priv.h - numbered places in order of use: free, known of, or wanted.
 *
 * Every place is in exactly one list. Moving is constant time; nothing allocates after init.
 */
#ifndef PS_HOST_PREDICT_LRU_PRIV_H
#define PS_HOST_PREDICT_LRU_PRIV_H

#include <stdint.h>

#define PS_LRU_NONE UINT32_MAX

enum ps_lru_list { PS_LRU_FREE, PS_LRU_KNOWN, PS_LRU_WANTED, PS_LRU_LISTS };

struct ps_lru_link {
    uint32_t newer;
    uint32_t older;
    enum ps_lru_list list;
};

struct ps_lru {
    struct ps_lru_link *links;
    uint32_t newest[PS_LRU_LISTS];
    uint32_t oldest[PS_LRU_LISTS];
};

/** All @p count places free. @return 0 or -ENOMEM. */
int ps_lru_init(struct ps_lru *lru, uint32_t count);
void ps_lru_fini(struct ps_lru *lru);

/** Make @p idx the newest of @p list, wherever it is now. */
void ps_lru_move(struct ps_lru *lru, uint32_t idx, enum ps_lru_list list);

/** The place to give up next: a free one, else the oldest only known of, else the oldest wanted. */
uint32_t ps_lru_victim(const struct ps_lru *lru);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/offload_rank.h"

#include <errno.h>
#include <stdlib.h>

#include "dpdk/mem.h"

struct sum {
    uint64_t media_key;
    uint64_t count;
};

struct nic_rank {
    struct sum *sums;
    uint32_t claims_max;
};

int nic_rank_create(struct nic_rank **ret_rank, uint32_t claims_max)
{
    struct nic_rank *rank = nic_zalloc(1, sizeof(*rank));

    if (rank == NULL)
        return -ENOMEM;
    rank->claims_max = claims_max;
    rank->sums = nic_zalloc(claims_max, sizeof(*rank->sums));
    if (rank->sums == NULL) {
        nic_rank_destroy(rank);
        return -ENOMEM;
    }
    *ret_rank = rank;
    return 0;
}

void nic_rank_destroy(struct nic_rank *rank)
{
    if (rank == NULL)
        return;
    free(rank->sums);
    free(rank);
}

static int by_key(const void *a, const void *b)
{
    const struct sum *x = a;
    const struct sum *y = b;

    return (x->media_key > y->media_key) - (x->media_key < y->media_key);
}

static int by_count(const void *a, const void *b)
{
    const struct sum *x = a;
    const struct sum *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return by_key(a, b);
}

/* @return How many media there are. */
static uint32_t sum_up(struct sum *sums, uint32_t count)
{
    uint32_t media = 0;

    qsort(sums, count, sizeof(*sums), by_key);
    for (uint32_t i = 0; i < count; i++) {
        if (media > 0 && sums[media - 1].media_key == sums[i].media_key)
            sums[media - 1].count += sums[i].count;
        else
            sums[media++] = sums[i];
    }
    return media;
}

uint32_t nic_rank_top(struct nic_rank *rank, const struct psd_claim *claims, uint32_t count,
                      uint64_t *ret_keys, uint32_t max)
{
    uint32_t media;

    if (count > rank->claims_max)
        count = rank->claims_max;
    for (uint32_t i = 0; i < count; i++)
        rank->sums[i] = (struct sum){ .media_key = claims[i].media_key, .count = claims[i].count };
    media = sum_up(rank->sums, count);
    qsort(rank->sums, media, sizeof(*rank->sums), by_count);
    if (media > max)
        media = max;
    for (uint32_t i = 0; i < media; i++)
        ret_keys[i] = rank->sums[i].media_key;
    return media;
}

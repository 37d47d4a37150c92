/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/top.h"

#include <errno.h>
#include <stdlib.h>

#include "dpdk/mem.h"

struct entry {
    uint64_t epoch;
    struct nic_top_media media;
};

struct nic_top {
    struct entry *ring;
    struct nic_top_media *sorted; /* room for as many */
    uint32_t entries;
    uint32_t epochs;
    uint64_t first; /* positions of the oldest entry and the next one, ever growing */
    uint64_t next;
    uint64_t epoch;       /* the last one added */
    uint64_t epoch_first; /* the first one added; 0: none yet */
    uint64_t epoch_cut;   /* the last one that lost entries */
};

int nic_top_create(struct nic_top **ret_top, uint32_t entries, uint32_t epochs)
{
    struct nic_top *top;

    if (entries == 0 || (entries & (entries - 1)) != 0 || epochs == 0)
        return -EINVAL;
    top = nic_zalloc(1, sizeof(*top));
    if (top == NULL)
        goto fail;
    top->entries = entries;
    top->epochs = epochs;
    top->ring = nic_zalloc(entries, sizeof(*top->ring));
    top->sorted = nic_zalloc(entries, sizeof(*top->sorted));
    if (top->ring == NULL || top->sorted == NULL)
        goto fail;
    *ret_top = top;
    return 0;

fail:
    nic_top_destroy(top);
    return -ENOMEM;
}

void nic_top_destroy(struct nic_top *top)
{
    if (top == NULL)
        return;
    free(top->sorted);
    free(top->ring);
    free(top);
}

static struct entry *at(const struct nic_top *top, uint64_t position)
{
    return &top->ring[position & (top->entries - 1)];
}

/* The first epoch that is still looked at. */
static uint64_t window_start(const struct nic_top *top)
{
    return top->epoch >= top->epochs ? top->epoch - top->epochs + 1 : 1;
}

static void add(struct nic_top *top, const struct nic_top_media *media)
{
    if (top->next - top->first == top->entries)
        top->epoch_cut = at(top, top->first++)->epoch;
    *at(top, top->next++) = (struct entry){ .epoch = top->epoch, .media = *media };
}

void nic_top_add(struct nic_top *top, const struct nic_batch *batch)
{
    top->epoch = batch->epoch;
    if (top->epoch_first == 0)
        top->epoch_first = batch->epoch;
    while (top->first < top->next && at(top, top->first)->epoch < window_start(top))
        top->first++;
    for (uint32_t i = 0; i < batch->record_count; i++) {
        const struct psd_record *r = &batch->records[i];

        add(top,
            &(struct nic_top_media){ .media_key = r->media_key,
                                     .requests = (uint64_t)r->starts + r->segments + r->other });
    }
}

static int by_key(const void *a, const void *b)
{
    const uint64_t left = ((const struct nic_top_media *)a)->media_key;
    const uint64_t right = ((const struct nic_top_media *)b)->media_key;

    return (left > right) - (left < right);
}

/* Put it where it belongs among the @p count best. @return How many there are now. */
static uint32_t insert(struct nic_top_media *best, uint32_t count, uint32_t max,
                       const struct nic_top_media *media)
{
    uint32_t i = count < max ? count : max;

    while (i > 0 && best[i - 1].requests < media->requests) {
        if (i < max)
            best[i] = best[i - 1];
        i--;
    }
    if (i < max)
        best[i] = *media;
    return count < max ? count + 1 : max;
}

static uint32_t whole_epochs(const struct nic_top *top)
{
    uint64_t start = window_start(top);

    if (start < top->epoch_first)
        start = top->epoch_first;
    if (start <= top->epoch_cut)
        start = top->epoch_cut + 1;
    return top->epoch_first == 0 ? 0 : (uint32_t)(top->epoch + 1 - start);
}

uint32_t nic_top_list(struct nic_top *top, struct nic_top_media *ret_media, uint32_t max,
                      uint32_t *ret_epochs)
{
    const uint32_t entries = (uint32_t)(top->next - top->first);
    uint32_t count = 0;

    for (uint32_t i = 0; i < entries; i++)
        top->sorted[i] = at(top, top->first + i)->media;
    qsort(top->sorted, entries, sizeof(top->sorted[0]), by_key);
    for (uint32_t i = 0; i < entries;) {
        struct nic_top_media sum = { .media_key = top->sorted[i].media_key };

        for (; i < entries && top->sorted[i].media_key == sum.media_key; i++)
            sum.requests += top->sorted[i].requests;
        count = insert(ret_media, count, max, &sum);
    }
    *ret_epochs = whole_epochs(top);
    return count;
}

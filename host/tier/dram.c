/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/dram_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/tier/list_priv.h"

#define WORD_BITS 64u

int ps_tier_dram_init(struct ps_tier_dram *dram, uint64_t size_bytes)
{
    const uint64_t page_count = size_bytes / PS_TIER_PAGE_BYTES;

    ps_assert(page_count > 0 && page_count < PS_TIER_NONE);
    dram->page_count = (uint32_t)page_count;
    dram->fd = memfd_create("prestage-tier", MFD_CLOEXEC);
    if (dram->fd < 0)
        return -errno;
    dram->taken = ps_zalloc(page_count / WORD_BITS + 1, sizeof(*dram->taken));
    if (dram->taken == NULL)
        return -ENOMEM;
    size_bytes = page_count * PS_TIER_PAGE_BYTES;
    if (ftruncate(dram->fd, (off_t)size_bytes) != 0)
        return -errno;
    void *base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, dram->fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    dram->base = base;
    return 0;
}

void ps_tier_dram_fini(struct ps_tier_dram *dram)
{
    if (dram->base != NULL)
        munmap(dram->base, ps_tier_dram_offset(dram->page_count));
    free(dram->taken);
    if (dram->fd >= 0)
        close(dram->fd);
    *dram = (struct ps_tier_dram){ .fd = -1 };
}

/* The first page at or after @p page that is taken (or free), or @p end. */
static uint32_t next_page(const struct ps_tier_dram *dram, uint32_t page, uint32_t end, bool taken)
{
    while (page < end) {
        uint64_t word = dram->taken[page / WORD_BITS];

        if (!taken)
            word = ~word;
        word &= UINT64_MAX << (page % WORD_BITS);
        if (word != 0) {
            page = page / WORD_BITS * WORD_BITS + (uint32_t)__builtin_ctzll(word);
            return page < end ? page : end;
        }
        page = (page / WORD_BITS + 1) * WORD_BITS;
    }
    return end;
}

static uint32_t find_run(const struct ps_tier_dram *dram, uint32_t from, uint32_t count)
{
    const uint32_t end = dram->page_count;

    while (end - from >= count) {
        const uint32_t start = next_page(dram, from, end, false);

        if (end - start < count)
            break;
        const uint32_t stop = next_page(dram, start, start + count, true);
        if (stop == start + count)
            return start;
        from = stop;
    }
    return PS_TIER_NONE;
}

static void mark(struct ps_tier_dram *dram, uint32_t page, uint32_t count)
{
    for (uint32_t i = page; i < page + count; i++)
        dram->taken[i / WORD_BITS] ^= 1ull << (i % WORD_BITS);
}

static uint32_t pages_of(uint32_t size_bytes)
{
    return (size_bytes + PS_TIER_PAGE_BYTES - 1) / PS_TIER_PAGE_BYTES;
}

uint32_t ps_tier_dram_take(struct ps_tier_dram *dram, uint32_t size_bytes)
{
    const uint32_t count = pages_of(size_bytes);

    ps_assert(count > 0);
    uint32_t page = find_run(dram, dram->search_idx, count);
    if (page == PS_TIER_NONE)
        page = find_run(dram, 0, count);
    if (page == PS_TIER_NONE)
        return PS_TIER_NONE;
    mark(dram, page, count);
    dram->taken_count += count;
    dram->search_idx = page + count;
    return page;
}

void ps_tier_dram_give(struct ps_tier_dram *dram, uint32_t page, uint32_t size_bytes,
                       bool handed_out)
{
    const uint32_t count = pages_of(size_bytes);

    ps_assert(page + count <= dram->page_count);
    ps_assert(next_page(dram, page, page + count, false) == page + count);
    if (handed_out) {
        const int rc =
            fallocate(dram->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                      (off_t)ps_tier_dram_offset(page), (off_t)ps_tier_dram_offset(count));
        if (rc != 0)
            return; /* never reuse what could not be detached: a leak harms less than wrong bytes */
    }
    mark(dram, page, count);
    dram->taken_count -= count;
}

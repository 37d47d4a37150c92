/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/arena.c - one mapping, cut into stretches and joined again. */
#include "host/messaging/arena_priv.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "host/base/assert.h"

#define PAGE 4096u

struct ps_arena_stretch {
    struct ps_arena_stretch *next, **link;
};

size_t ps_arena_round(size_t bytes)
{
    return (bytes + PS_ARENA_GRAIN - 1) / PS_ARENA_GRAIN * PS_ARENA_GRAIN;
}

static uint32_t grain_of(const struct ps_arena *arena, const void *block)
{
    return (uint32_t)((size_t)((const uint8_t *)block - arena->base) / PS_ARENA_GRAIN);
}

static struct ps_arena_stretch *stretch_at(const struct ps_arena *arena, uint32_t grain)
{
    return (struct ps_arena_stretch *)(void *)(arena->base + (size_t)grain * PS_ARENA_GRAIN);
}

/* Lengths up to 8 have lists of their own; then each doubling has 8. */
static uint32_t list_of(uint32_t count)
{
    if (count < 8)
        return count;
    const uint32_t doubling = 31 - (uint32_t)__builtin_clz(count);

    return (doubling - 2) * 8 + (count >> (doubling - 3) & 7);
}

static void list(struct ps_arena *arena, uint32_t grain, uint32_t count)
{
    const uint32_t which = list_of(count);
    struct ps_arena_stretch *stretch = stretch_at(arena, grain);

    *stretch = (struct ps_arena_stretch){ arena->lists[which], &arena->lists[which] };
    if (stretch->next != NULL)
        stretch->next->link = &stretch->next;
    arena->lists[which] = stretch;
    arena->filled[which / 64] |= UINT64_C(1) << which % 64;
    arena->counts[grain] = arena->counts[grain + count - 1] = count;
}

static void unlist(struct ps_arena *arena, uint32_t grain, uint32_t count)
{
    const uint32_t which = list_of(count);
    struct ps_arena_stretch *stretch = stretch_at(arena, grain);

    *stretch->link = stretch->next;
    if (stretch->next != NULL)
        stretch->next->link = stretch->link;
    if (arena->lists[which] == NULL)
        arena->filled[which / 64] &= ~(UINT64_C(1) << which % 64);
    arena->counts[grain] = arena->counts[grain + count - 1] = 0;
}

static void give_stretch(struct ps_arena *arena, uint32_t grain, uint32_t count)
{
    arena->free_grains += count;
    const uint32_t before = grain > 0 ? arena->counts[grain - 1] : 0;
    if (before > 0) {
        unlist(arena, grain - before, before);
        grain -= before;
        count += before;
    }
    const uint32_t behind = grain + count < arena->grains ? arena->counts[grain + count] : 0;
    if (behind > 0) {
        unlist(arena, grain + count, behind);
        count += behind;
    }
    list(arena, grain, count);
}

/* Every page is written now, so that no put waits for the kernel to find one. */
static void touch(struct ps_arena *arena)
{
    (void)madvise(arena->base, arena->bytes, MADV_HUGEPAGE); /* fewer misses; may be refused */
    for (size_t at = 0; at < arena->bytes; at += PAGE)
        ((volatile uint8_t *)arena->base)[at] = 0;
}

int ps_arena_init(struct ps_arena *arena, uint64_t budget_bytes)
{
    const uint64_t per_grain = PS_ARENA_GRAIN + sizeof(uint32_t);

    *arena = (struct ps_arena){ .bytes = budget_bytes / PAGE * PAGE };
    if (arena->bytes == 0 || arena->bytes / per_grain > UINT32_MAX / 2)
        return -EINVAL;
    void *base =
        mmap(NULL, arena->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return -ENOMEM;
    arena->base = base;
    touch(arena);
    arena->grains = (uint32_t)(arena->bytes / per_grain);
    arena->counts = (uint32_t *)(void *)(arena->base + (size_t)arena->grains * PS_ARENA_GRAIN);
    give_stretch(arena, 0, arena->grains);
    return 0;
}

void ps_arena_fini(struct ps_arena *arena)
{
    if (arena->base != NULL)
        (void)munmap(arena->base, arena->bytes);
    *arena = (struct ps_arena){ 0 };
}

/* The first that does of a few of the list that its length falls into. */
static struct ps_arena_stretch *look_through(const struct ps_arena *arena, uint32_t count)
{
    struct ps_arena_stretch *stretch = arena->lists[list_of(count)];

    for (uint32_t looks = 0; stretch != NULL && looks < PS_ARENA_LOOKS; looks++) {
        if (arena->counts[grain_of(arena, stretch)] >= count)
            return stretch;
        stretch = stretch->next;
    }
    return NULL;
}

/* All stretches of the lists behind its own are long enough. */
static struct ps_arena_stretch *take_longer(const struct ps_arena *arena, uint32_t count)
{
    const uint32_t from = list_of(count) + 1;

    for (uint32_t map = from / 64; map < PS_ARENA_MAPS; map++) {
        uint64_t filled = arena->filled[map];

        if (map == from / 64)
            filled &= UINT64_MAX << from % 64;
        if (filled != 0)
            return arena->lists[map * 64 + (uint32_t)__builtin_ctzll(filled)];
    }
    return NULL;
}

void *ps_arena_take(struct ps_arena *arena, size_t bytes)
{
    const size_t wanted = ps_arena_round(bytes) / PS_ARENA_GRAIN;
    struct ps_arena_stretch *stretch;

    ps_assert(wanted > 0);
    if (wanted > arena->free_grains)
        return NULL;
    const uint32_t count = (uint32_t)wanted;
    stretch = look_through(arena, count);
    if (stretch == NULL)
        stretch = take_longer(arena, count);
    if (stretch == NULL)
        return NULL;
    const uint32_t grain = grain_of(arena, stretch), got = arena->counts[grain];
    ps_assert(got >= count);
    unlist(arena, grain, got);
    arena->free_grains -= count;
    if (got > count)
        list(arena, grain + count, got - count);
    return stretch;
}

void ps_arena_give(struct ps_arena *arena, void *block, size_t bytes)
{
    const uint32_t grain = grain_of(arena, block);
    const size_t count = ps_arena_round(bytes) / PS_ARENA_GRAIN;

    ps_assert(grain + count <= arena->grains);
    give_stretch(arena, grain, (uint32_t)count);
}

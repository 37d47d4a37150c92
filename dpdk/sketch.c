/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/sketch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dpdk/mem.h"

#define ROWS        4u
#define COLUMNS     4u
#define COLUMN_BITS 2u

struct block {
    uint32_t rows[ROWS][COLUMNS];
};
_Static_assert(sizeof(struct block) == NIC_CACHE_LINE_BYTES, "one line per key");
_Static_assert(COLUMNS == 1u << COLUMN_BITS, "a column is so many bits of the hash");

struct nic_sketch {
    struct block *blocks;
    uint32_t block_count;
    uint64_t total;
};

int nic_sketch_create(struct nic_sketch **ret_sketch, uint32_t blocks)
{
    struct nic_sketch *sketch;

    if (blocks == 0 || blocks > NIC_SKETCH_BLOCKS_MAX || (blocks & (blocks - 1)) != 0)
        return -EINVAL;
    sketch = nic_zalloc(1, sizeof(*sketch));
    if (sketch == NULL)
        goto fail;
    sketch->block_count = blocks;
    sketch->blocks = nic_zalloc(blocks, sizeof(*sketch->blocks));
    if (sketch->blocks == NULL)
        goto fail;
    *ret_sketch = sketch;
    return 0;

fail:
    nic_sketch_destroy(sketch);
    return -ENOMEM;
}

void nic_sketch_destroy(struct nic_sketch *sketch)
{
    if (sketch == NULL)
        return;
    free(sketch->blocks);
    free(sketch);
}

/*
 * Keys come here because their places in the table are taken, so bits of the hash that chose those
 * are worn: mix them all again. The multiplier is 2^64 / phi, made odd.
 */
static uint64_t mix(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15ull;
    return hash ^ hash >> 32;
}

/* @return The smallest of the key's counters; where they are goes to @p ret_columns. */
static uint32_t smallest(const struct block *block, uint64_t mixed, uint32_t *ret_columns)
{
    uint32_t least = UINT32_MAX;

    for (uint32_t row = 0; row < ROWS; row++) {
        ret_columns[row] = (uint32_t)(mixed >> row * COLUMN_BITS) % COLUMNS;
        if (block->rows[row][ret_columns[row]] < least)
            least = block->rows[row][ret_columns[row]];
    }
    return least;
}

static struct block *block_of(const struct nic_sketch *sketch, uint64_t mixed)
{
    return &sketch->blocks[mixed >> 32 & (sketch->block_count - 1)];
}

void nic_sketch_add(struct nic_sketch *sketch, uint64_t hash)
{
    const uint64_t mixed = mix(hash);
    struct block *block = block_of(sketch, mixed);
    uint32_t columns[ROWS];
    const uint32_t least = smallest(block, mixed, columns);

    sketch->total++;
    if (least == UINT32_MAX)
        return;
    for (uint32_t row = 0; row < ROWS; row++)
        block->rows[row][columns[row]] += block->rows[row][columns[row]] == least;
}

uint32_t nic_sketch_estimate(const struct nic_sketch *sketch, uint64_t hash)
{
    const uint64_t mixed = mix(hash);
    uint32_t columns[ROWS];

    return smallest(block_of(sketch, mixed), mixed, columns);
}

uint64_t nic_sketch_total(const struct nic_sketch *sketch)
{
    return sketch->total;
}

uint64_t nic_sketch_error_max(const struct nic_sketch *sketch)
{
    const uint64_t columns = (uint64_t)COLUMNS * sketch->block_count;

    return (NIC_SKETCH_DELTA_INVERSE * sketch->total + columns - 1) / columns;
}

void nic_sketch_clear(struct nic_sketch *sketch)
{
    if (sketch->total > 0)
        memset(sketch->blocks, 0, sketch->block_count * sizeof(*sketch->blocks));
    sketch->total = 0;
}

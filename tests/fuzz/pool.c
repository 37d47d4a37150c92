/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/fuzz/pool.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define LARGE_BYTES 65536u
#define ALIGN_BYTES 64u
#define BLOCKS_MAX  64u

struct block {
    void *at;
    size_t align, bytes;
    bool is_used;
};

static struct block blocks[BLOCKS_MAX];
static unsigned block_count;

void *__real_aligned_alloc(size_t align, size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void __real_free(void *p);

static struct block *find_free(size_t align, size_t bytes)
{
    for (unsigned i = 0; i < block_count; i++)
        if (!blocks[i].is_used && blocks[i].align == align && blocks[i].bytes == bytes)
            return &blocks[i];
    return NULL;
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
    struct block *block = bytes >= LARGE_BYTES ? find_free(align, bytes) : NULL;

    if (block == NULL) {
        void *p = __real_aligned_alloc(align, bytes);
        if (p == NULL || bytes < LARGE_BYTES || block_count == BLOCKS_MAX)
            return p;
        block = &blocks[block_count++];
        *block = (struct block){ .at = p, .align = align, .bytes = bytes };
    }
    block->is_used = true;
    ASAN_UNPOISON_MEMORY_REGION(block->at, block->bytes);
    return block->at;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    size_t all;
    void *p;

    if (__builtin_mul_overflow(count, bytes, &all) || all < LARGE_BYTES)
        return __real_calloc(count, bytes);
    all = (all + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    p = __wrap_aligned_alloc(ALIGN_BYTES, all);
    return p != NULL ? memset(p, 0, all) : NULL;
}

void __wrap_free(void *p)
{
    for (unsigned i = 0; p != NULL && i < block_count; i++)
        if (blocks[i].at == p) {
            FUZZ_REQUIRE(blocks[i].is_used);
            blocks[i].is_used = false;
            ASAN_POISON_MEMORY_REGION(p, blocks[i].bytes);
            return;
        }
    __real_free(p);
}

void fuzz_pool_require_free(void)
{
    for (unsigned i = 0; i < block_count; i++)
        FUZZ_REQUIRE(!blocks[i].is_used);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)

static bool armed;
static unsigned countdown;

static bool fails_now(void)
{
    if (!armed || countdown-- > 0)
        return false;
    armed = false;
    return true;
}

void *nic_zalloc(size_t count, size_t size)
{
    size_t bytes, align;
    void *p;

    if (fails_now() || __builtin_mul_overflow(count, size, &bytes) ||
        bytes > SIZE_MAX - HUGE_PAGE_BYTES)
        return NULL;
    align = bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : NIC_CACHE_LINE_BYTES;
    bytes = (bytes + align - 1) & ~(align - 1);
    p = aligned_alloc(align, bytes > 0 ? bytes : NIC_CACHE_LINE_BYTES);
    if (p == NULL)
        return NULL;
    /* Look-ups at random miss the TLB on small pages. A kernel without large ones loses nothing. */
    if (align == HUGE_PAGE_BYTES)
        madvise(p, bytes, MADV_HUGEPAGE);
    memset(p, 0, bytes);
    return p;
}

void nic_fail_alloc_after(unsigned n)
{
    armed = true;
    countdown = n;
}

void nic_fail_alloc_never(void)
{
    armed = false;
}

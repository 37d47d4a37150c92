/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
    size_t bytes;
    void *p;

    if (fails_now() || __builtin_mul_overflow(count, size, &bytes) ||
        bytes > SIZE_MAX - NIC_CACHE_LINE_BYTES)
        return NULL;
    bytes = (bytes + NIC_CACHE_LINE_BYTES - 1) & ~(size_t)(NIC_CACHE_LINE_BYTES - 1);
    p = aligned_alloc(NIC_CACHE_LINE_BYTES, bytes > 0 ? bytes : NIC_CACHE_LINE_BYTES);
    if (p != NULL)
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

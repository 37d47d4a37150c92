/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/mem.h - the fast path's only door to the heap, so that tests can make it fail.
 *
 * All memory is taken at start-up, aligned to a cache line so that two threads' tables never share
 * one. Threads: nic_zalloc() from any thread; nic_fail_alloc_*() from single-threaded tests only.
 */
#ifndef PS_DPDK_MEM_H
#define PS_DPDK_MEM_H

#include <stddef.h>

#define NIC_CACHE_LINE_BYTES 64u
#define NIC_ARRAY_LEN(a)     (sizeof(a) / sizeof((a)[0]))

/** Zeroed memory for @p count items of @p size bytes, or NULL. Free with free(). */
void *nic_zalloc(size_t count, size_t size);

/** Make the allocation after the next @p n ones fail, once. */
void nic_fail_alloc_after(unsigned n);

/** Let every allocation through again. */
void nic_fail_alloc_never(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/mem.h - the only door to the heap, so that tests can make it fail.
 *
 * Threads: ps_zalloc(), ps_realloc() and ps_strdup() from any thread; ps_fail_alloc_*() from
 * single-threaded tests only.
 */
#ifndef PS_HOST_BASE_MEM_H
#define PS_HOST_BASE_MEM_H

#include <stddef.h>

#define PS_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/** Zeroed memory for @p count items of @p size bytes; NULL when out of memory. Free with free(). */
void *ps_zalloc(size_t count, size_t size);

/** As reallocarray(3): NULL when out of memory, @p p then still valid; new bytes undefined. */
void *ps_realloc(void *p, size_t count, size_t size);

/** A copy of @p s to free with free(); NULL when out of memory. */
char *ps_strdup(const char *s);

/** Make the allocation after the next @p n ones fail, once. */
void ps_fail_alloc_after(unsigned n);

/** Let every allocation through again. */
void ps_fail_alloc_never(void);

#endif

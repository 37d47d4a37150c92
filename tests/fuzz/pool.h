/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/pool.h - large blocks go from run to run instead of back to the kernel.
 *
 * Why: what is fuzzed takes megabytes at creation, and nine tenths of a run's time would be page
 * faults. The linker puts the functions below in place of the allocator's (`--wrap`); a block that
 * was freed is poisoned for ASan until it is taken again. Threads: one.
 */
#ifndef PS_TESTS_FUZZ_POOL_H
#define PS_TESTS_FUZZ_POOL_H

#include <stddef.h>

void *__wrap_aligned_alloc(size_t align, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void __wrap_free(void *p);

/** At the end of a run every large block must be free. */
void fuzz_pool_require_free(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/assert.h - programmer-error checks.
 *
 * ps_assert() stays on in release builds: a corrupt control plane must stop, not guess.
 * ps_hot_assert() vanishes with NDEBUG and is the only kind allowed on a per-packet path.
 * Threads: any.
 */
#ifndef PS_HOST_BASE_ASSERT_H
#define PS_HOST_BASE_ASSERT_H

_Noreturn void ps_assert_fail(const char *expr, const char *file, int line);

#define ps_assert(x) ((x) ? (void)0 : ps_assert_fail(#x, __FILE__, __LINE__))
#ifdef NDEBUG
#define ps_hot_assert(x) ((void)sizeof(x))
#else
#define ps_hot_assert(x) ps_assert(x)
#endif

#endif

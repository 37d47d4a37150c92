/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/support/ps_test.h - the few lines every CUnit binary needs.
 *
 * One binary per source file; exit status 0 pass, 1 fail, 77 skipped (meson's convention).
 */
#ifndef PS_TESTS_SUPPORT_PS_TEST_H
#define PS_TESTS_SUPPORT_PS_TEST_H

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define PS_TEST_SKIP 77

struct ps_test {
    const char *name;
    void (*run)(void);
};

/* clang-format off */
#define PS_TEST(fn) { #fn, fn }
/* clang-format on */

/** Run @p count tests as one suite; returns main()'s exit status. */
int ps_test_run(const char *source, const struct ps_test *tests, size_t count);

/* Stop this test when what follows would be meaningless. Evaluates @p x exactly once. */
#define PS_REQUIRE(x)                                                                              \
    do {                                                                                           \
        const bool ok_ = (x);                                                                      \
        CU_assertImplementation(ok_, __LINE__, #x, __FILE__, "", CU_TRUE);                         \
    } while (0)

#endif

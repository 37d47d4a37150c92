/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void ps_assert_fail(const char *expr, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
    abort();
}

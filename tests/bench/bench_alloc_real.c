/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/bench/bench_alloc.h"

bool bench_alloc_real(void)
{
    return true;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/mem.h"

#include <stdbool.h>
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

void *ps_zalloc(size_t count, size_t size)
{
    return fails_now() ? NULL : calloc(count, size);
}

void *ps_realloc(void *p, size_t count, size_t size)
{
    return fails_now() ? NULL : reallocarray(p, count, size);
}

char *ps_strdup(const char *s)
{
    return fails_now() ? NULL : strdup(s);
}

void ps_fail_alloc_after(unsigned n)
{
    armed = true;
    countdown = n;
}

void ps_fail_alloc_never(void)
{
    armed = false;
}

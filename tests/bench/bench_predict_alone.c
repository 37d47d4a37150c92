/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/bench/bench_predict_alone.c - in place of bench_predict_plain.c where GLib is not there. */
#include <stddef.h>

#include "tests/bench/bench_predict.h"

struct plain *plain_create(void)
{
    return NULL;
}

void plain_destroy(struct plain *plain)
{
    (void)plain;
}

void plain_learn(struct plain *plain, const struct ps_demand *demand)
{
    (void)plain, (void)demand;
}

double plain_read(const struct plain *plain, const struct ps_resource *resource, uint64_t now_ns)
{
    (void)plain, (void)resource, (void)now_ns;
    return 0.0;
}

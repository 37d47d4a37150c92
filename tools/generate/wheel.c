/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/wheel.c - see wheel.h. */
#include "tools/generate/wheel.h"

#include <math.h>

#include "host/base/assert.h"

uint32_t gen_wheel(const double *sums, uint32_t count, double u)
{
    uint32_t low = 0, high = count - 1;

    ps_assert(count > 0 && sums[count - 1] > 0.0);
    u *= sums[count - 1];
    /* The product may round up to the total: what falls there has no weight. */
    if (u >= sums[count - 1])
        u = nextafter(sums[count - 1], 0.0);
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (sums[middle] > u)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool gen_happens(struct chance *chance, double percent)
{
    return chance_uniform(chance) * 100.0 < percent;
}

uint32_t gen_pick(struct chance *chance, const double *weights, uint32_t count)
{
    double total = 0.0, u;
    uint32_t last = count;

    for (uint32_t i = 0; i < count; i++)
        total += weights[i];
    u = chance_uniform(chance) * total;
    for (uint32_t i = 0; i < count && u >= 0.0; i++) {
        if (weights[i] <= 0.0)
            continue;
        last = i;
        u -= weights[i];
    }
    return last;
}

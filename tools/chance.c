/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/chance.c - see chance.h. */
#include "tools/chance.h"

#include <math.h>

#include "host/base/assert.h"

/* Above it the Poisson law is close enough to a rounded normal one. */
#define POISSON_BY_PRODUCT_MAX 30.0

static uint64_t next(struct chance *chance)
{
    uint64_t x = chance->state += 0x9e3779b97f4a7c15ull;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

void chance_init(struct chance *chance, uint64_t seed, uint64_t purpose)
{
    chance->state = purpose;
    chance->state = next(chance) ^ seed;
}

double chance_uniform(struct chance *chance)
{
    return (double)(next(chance) >> 11) * 0x1p-53;
}

uint32_t chance_below(struct chance *chance, uint32_t limit)
{
    ps_assert(limit > 0);
    return (uint32_t)((next(chance) >> 32) * limit >> 32);
}

double chance_normal(struct chance *chance)
{
    const double u = 1.0 - chance_uniform(chance); /* never 0 */

    return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * chance_uniform(chance));
}

uint32_t chance_poisson(struct chance *chance, double mean)
{
    double product = 1.0;
    uint32_t count = 0;

    ps_assert(mean >= 0.0);
    if (mean > POISSON_BY_PRODUCT_MAX)
        return (uint32_t)fmax(0.0, round(mean + sqrt(mean) * chance_normal(chance)));
    for (const double stop = exp(-mean); (product *= chance_uniform(chance)) > stop;)
        count++;
    return count;
}

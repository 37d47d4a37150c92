/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/generate/wheel.h - which of many, each as often as its weight says. */
#ifndef PS_TOOLS_GENERATE_WHEEL_H
#define PS_TOOLS_GENERATE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/chance.h"

/**
 * @param sums  Running sums of the weights; the last one, the total, is > 0.
 * @param u     In [0, 1).
 * @return The position that u falls on; never one of weight 0.
 */
uint32_t gen_wheel(const double *sums, uint32_t count, double u);

/** The same for a few weights that are not summed. @return @p count when all are 0. */
uint32_t gen_pick(struct chance *chance, const double *weights, uint32_t count);

bool gen_happens(struct chance *chance, double percent);

#endif

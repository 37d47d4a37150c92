/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/heat.h - the emulated card's power and temperature.
 *
 * Why: a host that caps its work by power or heat needs a card that has some. Power is that of the
 * idle card and of each busy compute unit; the temperature goes towards ambient plus power times
 * thermal resistance, with one time constant. A card that is opened has been idle for long.
 *
 * Threads: none inside; the device's lock guards it. Time comes in.
 */
#ifndef PS_KERNELS_EMU_HEAT_H
#define PS_KERNELS_EMU_HEAT_H

#include "kernels/abi/card_model.h"

#include <stdint.h>

struct emu_heat {
    const struct psk_card_model *model;
    double watts;
    double celsius; /* at at_ns */
    uint64_t at_ns;
};

void emu_heat_init(struct emu_heat *heat, const struct psk_card_model *model, uint64_t now_ns);

/** From @p now_ns on @p busy_count compute units are busy. */
void emu_heat_set(struct emu_heat *heat, uint32_t busy_count, uint64_t now_ns);

/** The temperature at @p now_ns in degrees Celsius. */
double emu_heat_celsius(const struct emu_heat *heat, uint64_t now_ns);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/heat.h"

#include <math.h>

static double watts_with(const struct psk_card_model *model, uint32_t busy_count)
{
    return (model->idle_mw + (double)model->cu_mw * busy_count) / 1000;
}

/* Where the temperature ends when nothing changes. */
static double settled(const struct emu_heat *heat)
{
    return (heat->model->ambient_mc + heat->watts * heat->model->mk_per_w) / 1000;
}

void emu_heat_init(struct emu_heat *heat, const struct psk_card_model *model, uint64_t now_ns)
{
    *heat = (struct emu_heat){ .model = model, .watts = watts_with(model, 0), .at_ns = now_ns };
    heat->celsius = settled(heat);
}

void emu_heat_set(struct emu_heat *heat, uint32_t busy_count, uint64_t now_ns)
{
    heat->celsius = emu_heat_celsius(heat, now_ns);
    heat->at_ns = now_ns;
    heat->watts = watts_with(heat->model, busy_count);
}

double emu_heat_celsius(const struct emu_heat *heat, uint64_t now_ns)
{
    const double end = settled(heat);
    const double ms = (double)(now_ns - heat->at_ns) / 1e6;

    if (heat->model->thermal_ms == 0)
        return end;
    return end + (heat->celsius - end) * exp(-ms / heat->model->thermal_ms);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/chance.h"

/* One round of a 64-bit mixer: multiply by an odd constant, fold the high bits down. */
static uint64_t mix(uint64_t state, uint64_t value)
{
    state = (state ^ value) * 0x9e3779b97f4a7c15u;
    state ^= state >> 32;
    state *= 0xd6e8feb86659fd93u;
    return state ^ state >> 29;
}

uint64_t emu_chance_draw(const struct emu_chance *chance)
{
    uint64_t state = mix(chance->seed, 0x70726573u);

    state = mix(state, (uint64_t)chance->what << 32 | chance->card_idx);
    state = mix(state, (uint64_t)chance->cu_idx << 48 ^ chance->nth);
    return mix(state, chance->nth);
}

double emu_chance_share(const struct emu_chance *chance)
{
    return (double)(emu_chance_draw(chance) >> 11) * 0x1p-53;
}

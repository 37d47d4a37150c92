/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/timing.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_DEFAULT   1u
#define JITTER_PCT_MAX 50u
#define RUN_NS_MAX     1e15 /* some eleven days, far above any time-out */

static enum emu_timing_mode read_mode(void)
{
    static const char *const names[] = { "functional", "timed", "dry" };
    const char *text = getenv("PS_EMU_TIMING");

    if (text == NULL)
        return EMU_TIMING_FUNCTIONAL;
    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    fprintf(stderr, "[emulated card] PS_EMU_TIMING is functional, timed or dry, not \"%s\"\n",
            text);
    return EMU_TIMING_FUNCTIONAL;
}

static uint64_t read_number(const char *name, uint64_t max, uint64_t otherwise)
{
    const char *text = getenv(name);
    unsigned long long value;
    char *end;

    if (text == NULL)
        return otherwise;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && value <= max)
        return value;
    fprintf(stderr, "[emulated card] %s is no number up to %llu: \"%s\"\n", name,
            (unsigned long long)max, text);
    return otherwise;
}

struct emu_timing emu_timing_read(void)
{
    return (struct emu_timing){
        .mode = read_mode(),
        .seed = read_number("PS_EMU_SEED", UINT64_MAX, SEED_DEFAULT),
        .jitter_pct = (uint32_t)read_number("PS_EMU_JITTER_PCT", JITTER_PCT_MAX, 0),
    };
}

struct emu_run_cost emu_timing_cost(const struct emu_timing *timing,
                                    const struct psk_card_model *model, uint32_t kernel_idx,
                                    psk_cycles_entry *cycles, const uint8_t *registers,
                                    double jitter)
{
    struct emu_run_cost cost = { .bytes = 0 };
    double ns = (double)cycles(registers, &cost.bytes) * 1000 / model->clock_mhz;

    ns *= model->kernels[kernel_idx].factor_ppm / 1e6;
    ns *= 1 + timing->jitter_pct * jitter / 100;
    cost.alone_ns = (uint64_t)(ns < RUN_NS_MAX ? ns : RUN_NS_MAX);
    return cost;
}

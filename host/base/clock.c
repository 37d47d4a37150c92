/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/clock.h"

#include <time.h>

#include "host/base/assert.h"

static uint64_t read_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * PS_NS_PER_SEC + (uint64_t)t.tv_nsec;
}

void ps_clock_init(struct ps_clock *clock, double scale)
{
    ps_assert(scale >= 0.01 && scale <= 1000.0);
    *clock = (struct ps_clock){
        .wall_start_ns = read_ns(CLOCK_REALTIME),
        .mono_start_ns = read_ns(CLOCK_MONOTONIC),
        .scale = scale,
    };
}

uint64_t ps_clock_now_ns(const struct ps_clock *clock)
{
    const uint64_t elapsed_ns = read_ns(CLOCK_MONOTONIC) - clock->mono_start_ns;

    return clock->wall_start_ns + (uint64_t)((double)elapsed_ns * clock->scale);
}

uint64_t ps_clock_real_ns(const struct ps_clock *clock, uint64_t scaled_ns)
{
    return (uint64_t)((double)scaled_ns / clock->scale);
}

uint64_t ps_clock_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

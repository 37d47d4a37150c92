/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/load_priv.h"

#include <stddef.h>
#include <string.h>

void accel_load_init(struct accel_load *load, uint64_t now_ns)
{
    *load = (struct accel_load){ .step = now_ns / ACCEL_LOAD_STEP_NS, .begun_ns = now_ns };
}

/* Steps that have passed since were idle, unless accel_load_add() says otherwise next. */
static void go_to(struct accel_load *load, uint64_t step)
{
    if (step >= load->step + ACCEL_LOAD_STEPS)
        memset(load->busy_ns, 0, sizeof(load->busy_ns));
    else
        for (uint64_t s = load->step + 1; s <= step; s++)
            load->busy_ns[s % ACCEL_LOAD_STEPS] = 0;
    if (step > load->step)
        load->step = step;
}

/* The oldest time that still counts. */
static uint64_t window_begin_ns(const struct accel_load *load)
{
    const uint64_t step = load->step + 1 < ACCEL_LOAD_STEPS ? 0 : load->step + 1 - ACCEL_LOAD_STEPS;
    const uint64_t begin_ns = step * ACCEL_LOAD_STEP_NS;

    return begin_ns > load->begun_ns ? begin_ns : load->begun_ns;
}

void accel_load_add(struct accel_load *load, uint64_t start_ns, uint64_t end_ns)
{
    go_to(load, end_ns / ACCEL_LOAD_STEP_NS);
    if (start_ns < window_begin_ns(load))
        start_ns = window_begin_ns(load);
    while (start_ns < end_ns) {
        const uint64_t step = start_ns / ACCEL_LOAD_STEP_NS;
        const uint64_t step_end_ns = (step + 1) * ACCEL_LOAD_STEP_NS;
        const uint64_t until_ns = step_end_ns < end_ns ? step_end_ns : end_ns;

        load->busy_ns[step % ACCEL_LOAD_STEPS] += until_ns - start_ns;
        start_ns = until_ns;
    }
}

double accel_load_share(const struct accel_load *load, uint64_t now_ns)
{
    struct accel_load now = *load;
    uint64_t busy_ns = 0;

    go_to(&now, now_ns / ACCEL_LOAD_STEP_NS);
    for (size_t i = 0; i < ACCEL_LOAD_STEPS; i++)
        busy_ns += now.busy_ns[i];
    const uint64_t window_ns = now_ns - window_begin_ns(&now);
    return window_ns == 0 ? 0.0 : (double)busy_ns / (double)window_ns;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/alloc/steer.h"

#include <math.h>
#include <stdbool.h>

#define STEP_MAX_SEC 5.0 /* a turn that comes late counts as this much time at most */
#define DEAD_BAND    0.05

#define TARGET_UNUSED_SHARE 0.2   /* a fifth of the buffer may be bets nobody has taken yet */
#define WANTED_USEFULNESS   0.25  /* one staged item in four should find a viewer */
#define GAIN_PER_SEC        0.004 /* an error of 1 crosses the whole range in about four minutes */
#define MARGINAL_GAIN       (1.0 / 8800.0) /* see the header */

#define LOAD_SMOOTHING_SEC 20.0
#define LOAD_RAISES        0.5 /* of the way from base to maximum, at full load */

#define POWER_GAIN_PER_SEC   (1.0 / 60.0) /* see the header for both */
#define THERMAL_GAIN_PER_SEC (1.0 / 720.0)
#define THERMAL_UNIT_C       10.0
#define RISE_PART            0.25
#define SHARE_PER_SEC_MAX    0.02

static double clamp(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

void ps_steer_init(struct ps_steer *steer, double threshold)
{
    *steer = (struct ps_steer){ .share = 1.0 };
    steer->base = clamp(threshold, PS_THRESHOLD_MIN, PS_THRESHOLD_MAX);
    steer->threshold = steer->base;
}

/* What the marginal bets ask for, as a speed of the base. */
static double marginal_rate(struct ps_steer *steer, const struct ps_steer_reading *reading)
{
    const double share = reading->marginal_useful / reading->marginal_bets;

    if (!(reading->marginal_bets >= PS_MARGINAL_BETS_MIN) || isnan(share)) {
        steer->poor = steer->rich = false;
        return 0.0;
    }
    steer->poor = share < PS_MARGINAL_POOR + (steer->poor ? PS_MARGINAL_BACK : 0.0);
    steer->rich = share > PS_MARGINAL_RICH - (steer->rich ? PS_MARGINAL_BACK : 0.0);
    if (steer->poor)
        return MARGINAL_GAIN * (PS_MARGINAL_POOR + 2 * PS_MARGINAL_BACK - share);
    return steer->rich ? -MARGINAL_GAIN * (share - PS_MARGINAL_RICH + 2 * PS_MARGINAL_BACK) : 0.0;
}

static void move_base(struct ps_steer *steer, const struct ps_steer_reading *reading,
                      double elapsed_s)
{
    const double usefulness = reading->buffer.usefulness_share;
    double error = reading->buffer.unused_share - TARGET_UNUSED_SHARE;
    double rate = marginal_rate(steer, reading);

    if (usefulness < WANTED_USEFULNESS)
        error = fmax(error, 0.0) + WANTED_USEFULNESS - usefulness;
    if (steer->poor)
        error = fmax(error, 0.0);
    if (rate < 0.0 && error >= DEAD_BAND)
        rate = 0.0;
    if (fabs(error) >= DEAD_BAND) /* not NaN either */
        rate += GAIN_PER_SEC * clamp(error, -1.0, 1.0);
    steer->base = clamp(steer->base + rate * elapsed_s, PS_THRESHOLD_MIN, PS_THRESHOLD_MAX);
}

static void follow_load(struct ps_steer *steer, double load, double elapsed_s)
{
    if (!isnan(load))
        steer->load +=
            (clamp(load, 0.0, 1.0) - steer->load) * elapsed_s / (LOAD_SMOOTHING_SEC + elapsed_s);
    steer->threshold =
        steer->base + LOAD_RAISES * steer->load * steer->load * (PS_THRESHOLD_MAX - steer->base);
}

static double rate_of(double error, double gain)
{
    double rate = 0.0;

    if (error > 0.0)
        rate = -gain * error;
    else if (error < -DEAD_BAND)
        rate = -gain * RISE_PART * error;
    return clamp(rate, -SHARE_PER_SEC_MAX, SHARE_PER_SEC_MAX);
}

static bool is_read(double reading, double limit)
{
    return limit > 0.0 && reading > 0.0;
}

static void move_share(struct ps_steer *steer, const struct ps_steer_reading *reading,
                       double elapsed_s)
{
    double rate = SHARE_PER_SEC_MAX;

    if (!(reading->power_budget_w > 0.0) && !(reading->temperature_limit_c > 0.0)) {
        steer->share = 1.0;
        return;
    }
    if (is_read(reading->power_w, reading->power_budget_w))
        rate = rate_of(reading->power_w / reading->power_budget_w - 1.0, POWER_GAIN_PER_SEC);
    else if (reading->power_budget_w > 0.0)
        rate = 0.0; /* blind: do not rise; temperature may still make it fall */
    if (is_read(reading->temperature_c, reading->temperature_limit_c))
        rate = fmin(
            rate, rate_of((reading->temperature_c - reading->temperature_limit_c) / THERMAL_UNIT_C,
                          THERMAL_GAIN_PER_SEC));
    else if (reading->temperature_limit_c > 0.0)
        rate = fmin(rate, 0.0);
    steer->share = clamp(steer->share + rate * elapsed_s, 0.0, 1.0);
}

void ps_steer_adapt(struct ps_steer *steer, const struct ps_steer_reading *reading, uint64_t now_ns)
{
    const uint64_t last_ns = steer->moved_ns;

    steer->moved_ns = now_ns;
    if (last_ns == 0 || now_ns <= last_ns)
        return;
    const double elapsed_s = fmin((double)(now_ns - last_ns) / 1e9, STEP_MAX_SEC);
    move_base(steer, reading, elapsed_s);
    follow_load(steer, reading->real_time_load, elapsed_s);
    move_share(steer, reading, elapsed_s);
}

void ps_buffer_shares(const struct ps_buffer_reading *reading, double ret_share[3])
{
    const double bets = 0.25 + 0.5 * clamp(reading->usefulness_share, 0.0, 1.0);

    ret_share[0] = 1.0 - bets;
    ret_share[1] = bets * 2.0 / 3.0;
    ret_share[2] = bets / 3.0;
}

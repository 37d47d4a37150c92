/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/plot_axis.c - see plot_axis.h. */
#include "tools/replay/plot_axis.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define DAY_S 86400.0

void plot_axis_count_label(double count, char ret[PLOT_TICK_LABEL_MAX + 1])
{
    static const char units[] = " kMGTP";
    unsigned unit = 0;

    while (count >= 999.5 && units[unit + 1] != '\0') {
        count /= 1000.0;
        unit++;
    }
    if (unit == 0)
        snprintf(ret, PLOT_TICK_LABEL_MAX + 1, "%.3g", count);
    else
        snprintf(ret, PLOT_TICK_LABEL_MAX + 1, "%.3g %c", count, units[unit]);
}

static struct plot_tick *add_tick(struct plot_axis *axis, double value)
{
    struct plot_tick *tick = &axis->ticks[axis->tick_count];

    ps_assert(axis->tick_count < PLOT_TICKS_MAX);
    axis->tick_count++;
    tick->value = value;
    return tick;
}

static void add_number(struct plot_axis *axis, double value)
{
    struct plot_tick *tick = add_tick(axis, value);

    if (value >= 1000.0)
        plot_axis_count_label(value, tick->label);
    else
        snprintf(tick->label, sizeof(tick->label), "%.6g", value);
}

/* The least of 1, 2 and 5 times a power of ten that is not below @p raw. */
static double nice_step(double raw)
{
    static const double steps[] = { 1.0, 2.0, 5.0 };
    const double power = pow(10.0, floor(log10(raw) + 1e-9));

    for (unsigned i = 0; i < PS_ARRAY_LEN(steps); i++)
        if (steps[i] * power >= raw * (1.0 - 1e-9))
            return steps[i] * power;
    return 10.0 * power;
}

void plot_axis_linear(struct plot_axis *ret, double least, double most, uint32_t wanted)
{
    double step, first, last;

    ps_assert(wanted >= 2 && wanted <= 8 && most >= least);
    if (most <= least) /* one value: something to lie between */
        most = least + fmax(fabs(least), 1.0);
    step = nice_step((most - least) / wanted);
    first = floor(least / step + 1e-9);
    last = ceil(most / step - 1e-9);
    *ret = (struct plot_axis){ .title = ret->title, .least = first * step, .most = last * step };
    for (double i = first; i <= last; i++)
        add_number(ret, i * step);
}

void plot_axis_log(struct plot_axis *ret, double least, double most)
{
    static const double steps[] = { 1.0, 2.0, 5.0, 10.0 };
    double from, to;
    uint32_t decades;

    ps_assert(least > 0.0 && most >= least && most / least < 1e12);
    from = floor(log10(least) + 1e-9);
    to = fmax(ceil(log10(most) - 1e-9), from + 1.0);
    decades = (uint32_t)(to - from);
    *ret = (struct plot_axis){ .title = ret->title, .is_log = true };
    for (double power = from; power <= to; power++)
        for (unsigned i = 0; i < (decades <= 4 ? 3u : 1u); i++) {
            const double here = steps[i] * pow(10.0, power), next = steps[i + 1] * pow(10.0, power);
            const bool encloses = next > least * (1.0 + 1e-9) &&
                                  (ret->tick_count < 2 ||
                                   ret->ticks[ret->tick_count - 1].value < most * (1.0 - 1e-9));

            if (decades > 4 || encloses)
                add_number(ret, here);
        }
    ret->least = ret->ticks[0].value;
    ret->most = ret->ticks[ret->tick_count - 1].value;
}

/* The day at midnight; the time of day within it. */
static void label_time(struct plot_tick *tick, double step_s)
{
    const time_t at = (time_t)tick->value;
    struct tm utc;

    gmtime_r(&at, &utc);
    strftime(tick->label, sizeof(tick->label),
             step_s >= DAY_S || (utc.tm_hour == 0 && utc.tm_min == 0) ? "%d %b" : "%H:%M", &utc);
}

void plot_axis_time(struct plot_axis *ret, double least_s, double most_s, uint32_t wanted)
{
    static const double steps_s[] = { 60,        300,       900,        1800,      3600,
                                      7200,      10800,     21600,      43200,     DAY_S,
                                      2 * DAY_S, 7 * DAY_S, 14 * DAY_S, 28 * DAY_S };
    double step_s = 28 * DAY_S;

    ps_assert(wanted >= 2 && wanted <= 8 && most_s >= least_s);
    if (most_s <= least_s)
        most_s = least_s + 60.0;
    for (unsigned i = PS_ARRAY_LEN(steps_s); i-- > 0 && (most_s - least_s) / steps_s[i] <= wanted;)
        step_s = steps_s[i];
    while ((most_s - least_s) / step_s > wanted)
        step_s *= 2.0;
    *ret = (struct plot_axis){ .title = ret->title, .least = least_s, .most = most_s };
    for (double at = ceil(least_s / step_s) * step_s; at <= most_s; at += step_s)
        label_time(add_tick(ret, at), step_s);
}

double plot_axis_at(const struct plot_axis *axis, double value)
{
    if (axis->is_log)
        return log(value / axis->least) / log(axis->most / axis->least);
    return (value - axis->least) / (axis->most - axis->least);
}

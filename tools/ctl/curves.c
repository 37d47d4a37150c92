/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/curves.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "host/base/mem.h"
#include "tools/ctl/grid.h"

#define STEPS_MAX  48u
#define BAR_CHARS  12
#define NAME_BYTES 140u

static struct ctl_grid grid; /* too large for a stack, and one at a time is enough */

static const struct ps_msg_value *array_of(const struct ps_msg_value *map, const char *name,
                                           uint32_t *ret_count)
{
    const struct ps_msg_value *array = ps_msg_get(map, name);
    const bool is_array = array != NULL && ps_msg_type_of(array) == PS_MSG_ARRAY;

    *ret_count = is_array ? ps_msg_count(array) : 0;
    return array;
}

static double number(const struct ps_msg_value *value)
{
    double number = 0.0;

    return value == NULL || ps_msg_as_f64(value, &number) != 0 || !isfinite(number) ? 0.0 : number;
}

/* ---- what a curve is of ---- */

struct name {
    char text[NAME_BYTES];
};

/* Nothing of a name reaches a terminal as a command. */
static struct name text_of(const struct ps_msg_value *map, const char *key)
{
    const struct ps_msg_value *value = ps_msg_get(map, key);
    struct name name = { "any" };
    const char *bytes;
    size_t length = 0;

    if (value == NULL || ps_msg_as_bytes(value, &bytes, &length) != 0)
        return name;
    if (length >= sizeof(name.text))
        length = sizeof(name.text) - 1;
    for (size_t i = 0; i < length; i++)
        name.text[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '?';
    name.text[length] = '\0';
    return name;
}

static struct name number_of(const struct ps_msg_value *map, const char *key)
{
    const struct ps_msg_value *value = ps_msg_get(map, key);
    bool is_other = false;
    uint64_t number;
    struct name name = { "any" };

    if (ps_msg_get(map, "other") != NULL)
        ps_msg_as_bool(ps_msg_get(map, "other"), &is_other);
    if (is_other)
        snprintf(name.text, sizeof(name.text), "other");
    else if (value != NULL && ps_msg_as_u64(value, &number) == 0)
        snprintf(name.text, sizeof(name.text), "%" PRIu64, number);
    return name;
}

static void write_heading(FILE *out, const struct ps_msg_value *curve)
{
    fprintf(out, "title %s, profile %s, region %s, device %s\n", text_of(curve, "media").text,
            text_of(curve, "profile").text, number_of(curve, "region").text,
            number_of(curve, "device").text);
}

/* ---- the first one, by the interval ---- */

static struct name clock_of(const struct ps_msg_value *step)
{
    const double start_s = number(ps_msg_get(step, "start_s"));
    const time_t at = start_s > 0.0 && start_s < 1e11 ? (time_t)start_s : 0;
    struct name name = { "-" };
    struct tm tm;

    if (localtime_r(&at, &tm) != NULL)
        strftime(name.text, sizeof(name.text), "%H:%M", &tm);
    return name;
}

static double largest(const struct ps_msg_value *steps, uint32_t count)
{
    double most = 0.0;

    for (uint32_t s = 0; s < count; s++)
        most = fmax(most, number(ps_msg_get(ps_msg_at(steps, s), "expected")));
    return most;
}

static void put_bar(double value, double most)
{
    static const char bar[BAR_CHARS + 1] = "############";
    const int length = most > 0.0 ? (int)lround(value / most * BAR_CHARS) : 0;

    ctl_grid_put(&grid, "%.*s", length, bar);
}

static void put_step(const struct ps_msg_value *step, double most)
{
    uint32_t count;
    const struct ps_msg_value *quantiles = array_of(step, "quantiles", &count);
    const double expected = number(ps_msg_get(step, "expected"));

    if (!ctl_grid_row(&grid))
        return;
    ctl_grid_put(&grid, "%s", clock_of(step).text);
    ctl_grid_put(&grid, "%.*f", expected < 10.0 ? 2 : 0, expected);
    for (uint32_t q = 0; q < count && q < CTL_GRID_COLUMNS_MAX - 3; q++)
        ctl_grid_put(&grid, "%.0f", floor(number(ps_msg_at(quantiles, q))));
    put_bar(expected, most);
}

static void put_levels(const struct ps_msg_value *result)
{
    uint32_t count;
    const struct ps_msg_value *levels = array_of(result, "levels", &count);

    ctl_grid_row(&grid);
    ctl_grid_put(&grid, "from");
    ctl_grid_put(&grid, "expected");
    for (uint32_t q = 0; q < count && q < CTL_GRID_COLUMNS_MAX - 3; q++)
        ctl_grid_put(&grid, "%.0f%%", number(ps_msg_at(levels, q)) * 100.0);
}

static void write_first(FILE *out, const struct ps_msg_value *result,
                        const struct ps_msg_value *curve)
{
    uint32_t count;
    const struct ps_msg_value *steps = array_of(curve, "intervals", &count);

    write_heading(out, curve);
    ctl_grid_begin(&grid, "  ", "lrrrrrrrrl");
    put_levels(result);
    for (uint32_t s = 0; s < count && s < STEPS_MAX; s++)
        put_step(ps_msg_at(steps, s), largest(steps, count));
    ctl_grid_write(&grid, out);
}

/* ---- the others, a line each ---- */

/* One of eight heights for each interval. */
static struct name sparks(const struct ps_msg_value *steps, uint32_t count)
{
    static const char *const height[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    const double most = largest(steps, count);
    struct name name = { "" };

    for (uint32_t s = 0; s < count && s < 24; s++) {
        const double part =
            most > 0.0 ? number(ps_msg_get(ps_msg_at(steps, s), "expected")) / most : 0.0;

        strcat(name.text, height[(size_t)(fmin(fmax(part, 0.0), 1.0) * 7.0 + 0.5)]);
    }
    return name;
}

static void put_line(const struct ps_msg_value *curve)
{
    uint32_t count;
    const struct ps_msg_value *steps = array_of(curve, "intervals", &count);
    double first = 0.0, sum = 0.0;

    if (!ctl_grid_row(&grid))
        return;
    for (uint32_t s = 0; s < count && s < STEPS_MAX; s++) {
        sum += number(ps_msg_get(ps_msg_at(steps, s), "expected"));
        first = s == 0 ? sum : first;
    }
    ctl_grid_put(&grid, "%s", text_of(curve, "profile").text);
    ctl_grid_put(&grid, "%s", number_of(curve, "region").text);
    ctl_grid_put(&grid, "%s", number_of(curve, "device").text);
    ctl_grid_put(&grid, "%.2f", first);
    ctl_grid_put(&grid, "%.1f", sum);
    ctl_grid_put(&grid, "%s", sparks(steps, count).text);
}

static void write_others(FILE *out, const struct ps_msg_value *curves, uint32_t count)
{
    static const char *const headings[] = { "profile", "region", "device", "in 5 minutes",
                                            "within the hour" };

    ctl_grid_begin(&grid, "  ", "lllrrl");
    ctl_grid_row(&grid);
    for (size_t i = 0; i < PS_ARRAY_LEN(headings); i++)
        ctl_grid_put(&grid, "%s", headings[i]);
    for (uint32_t c = 1; c < count; c++)
        put_line(ps_msg_at(curves, c));
    fputs("\n", out);
    ctl_grid_write(&grid, out);
}

void ctl_curves_write(FILE *out, const struct ps_msg_value *result)
{
    uint32_t count;
    const struct ps_msg_value *curves = array_of(result, "curves", &count);

    if (count == 0) {
        fputs("Nothing to tell yet: no interval of five minutes is over.\n", out);
        return;
    }
    write_first(out, result, ps_msg_at(curves, 0));
    if (count > 1)
        write_others(out, curves, count);
}

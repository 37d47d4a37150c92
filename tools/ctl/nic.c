/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/nic.h"

#include <inttypes.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/ctl/grid.h"

#define INDENT     "  "
#define TEXT_BYTES 240u /* a warning */

static struct ctl_grid grid; /* too large for a stack, and one at a time is enough */

/* ---- values as text; `-` for what is not there ---- */

struct text {
    char bytes[TEXT_BYTES];
};

/* Names come from viewers: nothing of them reaches a terminal as a command. */
static struct text plain(const struct ps_msg_value *value)
{
    struct text text = { "-" };
    const char *bytes = NULL;
    size_t length = 0;

    if (value == NULL || ps_msg_type_of(value) != PS_MSG_STR)
        return text;
    ps_msg_as_bytes(value, &bytes, &length);
    if (length >= sizeof(text.bytes))
        length = sizeof(text.bytes) - 1;
    for (size_t i = 0; i < length; i++)
        text.bytes[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '?';
    text.bytes[length] = '\0';
    return text;
}

static struct text text_of(const struct ps_msg_value *map, const char *key)
{
    return plain(ps_msg_get(map, key));
}

static uint64_t count_of(const struct ps_msg_value *map, const char *key)
{
    return ps_msg_u64_or(map, key, 0);
}

/* 1234 becomes 1.23 k. */
static struct text scaled(double value, const char *unit)
{
    static const char *const prefix[] = { "", "k", "M", "G", "T" };
    struct text text;
    size_t p = 0;

    for (; value >= 999.5 && p + 1 < PS_ARRAY_LEN(prefix); p++)
        value /= 1000;
    snprintf(text.bytes, sizeof(text.bytes), "%.*f%s%s%s",
             p == 0 || value >= 99.95 ? 0
             : value >= 9.995         ? 1
                                      : 2,
             value, p > 0 || unit[0] != '\0' ? " " : "", prefix[p], unit);
    return text;
}

static struct text rate_of(const struct ps_msg_value *map, const char *key, const char *unit)
{
    const struct ps_msg_value *value = ps_msg_get(map, key);
    double rate = 0;

    if (value == NULL || ps_msg_as_f64(value, &rate) != 0)
        return (struct text){ "-" };
    return scaled(rate, unit);
}

static struct text time_of(const struct ps_msg_value *map, const char *key)
{
    const struct ps_msg_value *value = ps_msg_get(map, key);
    struct text text = { "-" };
    double seconds = 0;

    if (value == NULL || ps_msg_as_f64(value, &seconds) != 0)
        return text;
    if (seconds >= 2 * 3600)
        snprintf(text.bytes, sizeof(text.bytes), "%.1f h", seconds / 3600);
    else if (seconds >= 120)
        snprintf(text.bytes, sizeof(text.bytes), "%.1f min", seconds / 60);
    else
        snprintf(text.bytes, sizeof(text.bytes), "%.1f s", seconds);
    return text;
}

static bool is_set(const struct ps_msg_value *map, const char *key)
{
    const struct ps_msg_value *value = ps_msg_get(map, key);
    bool flag = false;

    return value != NULL && ps_msg_as_bool(value, &flag) == 0 && flag;
}

/* The rows of an array; 0 when it is not one. */
static uint32_t rows_of(const struct ps_msg_value *nic, const char *name,
                        const struct ps_msg_value **ret_rows)
{
    *ret_rows = ps_msg_get(nic, name);
    return *ret_rows != NULL && ps_msg_type_of(*ret_rows) == PS_MSG_ARRAY ? ps_msg_count(*ret_rows)
                                                                          : 0;
}

/* ---- the page: 80 columns wide, unless numbers or names are very large ---- */

static const struct ps_msg_value *counter(const struct ps_msg_value *nic, const char *name)
{
    const struct ps_msg_value *rows;
    const uint32_t count = rows_of(nic, "counters", &rows);

    for (uint32_t i = 0; i < count; i++)
        if (ps_msg_is(ps_msg_get(ps_msg_at(rows, i), "name"), name))
            return ps_msg_at(rows, i);
    return NULL;
}

static void write_stream(FILE *out, const struct ps_msg_value *nic)
{
    const struct text server = text_of(nic, "server");
    const struct text now = rate_of(counter(nic, "media_requests"), "per_s", "/s now");

    fprintf(out, "%s\n", text_of(nic, "from").bytes);
    fprintf(out, INDENT "watches   %s\n",
            strcmp(server.bytes, "-") == 0 ? "several servers, or one of IPv6" : server.bytes);
    if (!is_set(nic, "is_demand"))
        fputs(INDENT "          not demand: another source counts its server (own_server)\n", out);
    fprintf(out, INDENT "run       %s, connected %s; epoch %" PRIu64 " came %s ago\n",
            text_of(nic, "boot").bytes, time_of(nic, "connected_s").bytes, count_of(nic, "epoch"),
            time_of(nic, "epoch_age_s").bytes);
    fprintf(out,
            INDENT "requests  %" PRIu64 " counted, %s\n" INDENT "          %" PRIu64
                   " received, %" PRIu64 " missing, %" PRIu64 " before this daemon\n",
            count_of(nic, "requests_counted"),
            strcmp(now.bytes, "-") == 0 ? "their rate with the next epoch" : now.bytes,
            count_of(nic, "requests_received"), count_of(nic, "requests_missing"),
            count_of(nic, "requests_before"));
}

static void write_warnings(FILE *out, const struct ps_msg_value *nic)
{
    const struct ps_msg_value *rows;
    const uint32_t count = rows_of(nic, "warnings", &rows);

    for (uint32_t i = 0; i < count; i++)
        fprintf(out, INDENT "warning:  %s\n", plain(ps_msg_at(rows, i)).bytes);
}

static void head(const char *const *names, size_t count)
{
    ctl_grid_row(&grid);
    for (size_t i = 0; i < count; i++)
        ctl_grid_put(&grid, "%s", names[i]);
}

static struct text link_of(const struct ps_msg_value *port)
{
    const uint64_t mbps = count_of(port, "speed_mbps");
    struct text text = { "down" };

    if (!is_set(port, "up"))
        return text;
    if (mbps == 0)
        return (struct text){ "up" };
    snprintf(text.bytes, sizeof(text.bytes), "%" PRIu64 " %s",
             mbps % 1000 == 0 ? mbps / 1000 : mbps, mbps % 1000 == 0 ? "Gb/s" : "Mb/s");
    return text;
}

static void write_ports(FILE *out, const struct ps_msg_value *nic)
{
    static const char *const names[] = { "port",  "driver", "link",   "rxq",   "packets",
                                         "pkt/s", "bit/s",  "missed", "errors" };
    const struct ps_msg_value *rows;
    const uint32_t count = rows_of(nic, "ports", &rows);

    if (count == 0)
        return;
    ctl_grid_begin(&grid, INDENT, "lllrrrrrr");
    head(names, PS_ARRAY_LEN(names));
    for (uint32_t i = 0; i < count && ctl_grid_row(&grid); i++) {
        const struct ps_msg_value *port = ps_msg_at(rows, i);

        ctl_grid_put(&grid, "%s", text_of(port, "name").bytes);
        ctl_grid_put(&grid, "%s", text_of(port, "driver").bytes);
        ctl_grid_put(&grid, "%s", link_of(port).bytes);
        ctl_grid_put(&grid, "%" PRIu64, count_of(port, "queues"));
        ctl_grid_put(&grid, "%s", scaled((double)count_of(port, "packets"), "").bytes);
        ctl_grid_put(&grid, "%s", rate_of(port, "packets_per_s", "").bytes);
        ctl_grid_put(&grid, "%s", rate_of(port, "bits_per_s", "").bytes);
        ctl_grid_put(&grid, "%s", scaled((double)count_of(port, "missed"), "").bytes);
        ctl_grid_put(&grid, "%s", scaled((double)count_of(port, "errors"), "").bytes);
    }
    fputc('\n', out);
    ctl_grid_write(&grid, out);
}

static void write_classes(FILE *out, const struct ps_msg_value *nic)
{
    static const char *const names[] = { "class", "packets", "pkt/s", "bytes", "bit/s" };
    const struct ps_msg_value *rows;
    const uint32_t count = rows_of(nic, "classes", &rows);

    ctl_grid_begin(&grid, INDENT, "lrrrr");
    head(names, PS_ARRAY_LEN(names));
    for (uint32_t i = 0; i < count; i++) {
        const struct ps_msg_value *class = ps_msg_at(rows, i);

        if (count_of(class, "packets") == 0 || !ctl_grid_row(&grid))
            continue;
        ctl_grid_put(&grid, "%s", text_of(class, "name").bytes);
        ctl_grid_put(&grid, "%" PRIu64, count_of(class, "packets"));
        ctl_grid_put(&grid, "%s", rate_of(class, "packets_per_s", "").bytes);
        ctl_grid_put(&grid, "%s", scaled((double)count_of(class, "bytes"), "B").bytes);
        ctl_grid_put(&grid, "%s", rate_of(class, "bits_per_s", "").bytes);
    }
    if (grid.row_count == 1)
        return;
    fputc('\n', out);
    ctl_grid_write(&grid, out);
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* What may have been missed, and what was put right, is news even at 0. */
static bool is_shown(const char *name, uint64_t value)
{
    static const char *const vital[] = { "dups",   "cut",      "joined",
                                         "unseen", "overflow", "shed_records" };
    static const char *const elsewhere[] = { "packets", "bytes", "media_requests",
                                             "overflow_error" };

    return !is_among(name, elsewhere, PS_ARRAY_LEN(elsewhere)) &&
           (value > 0 || is_among(name, vital, PS_ARRAY_LEN(vital)));
}

/* Two in a line; what overflowed stands with its error. */
static void write_counters(FILE *out, const struct ps_msg_value *nic)
{
    const struct ps_msg_value *rows;
    const uint32_t count = rows_of(nic, "counters", &rows);
    uint32_t shown = 0;

    ctl_grid_begin(&grid, INDENT, "lrlr");
    for (uint32_t i = 0; i < count; i++) {
        const struct text name = text_of(ps_msg_at(rows, i), "name");
        const uint64_t value = count_of(ps_msg_at(rows, i), "value");

        if (!is_shown(name.bytes, value))
            continue;
        if (shown % 2 == 0 && !ctl_grid_row(&grid))
            break;
        ctl_grid_put(&grid, "%s%s", shown % 2 > 0 ? "  " : "", name.bytes);
        if (strcmp(name.bytes, "overflow") == 0 && value > 0)
            ctl_grid_put(&grid, "%" PRIu64 " ± %" PRIu64, value,
                         count_of(counter(nic, "overflow_error"), "value"));
        else
            ctl_grid_put(&grid, "%" PRIu64, value);
        shown++;
    }
    if (shown == 0)
        return;
    fputc('\n', out);
    ctl_grid_write(&grid, out);
}

/* Why all of them are in software, when there is one reason for it; NULL else. */
static const struct ps_msg_value *why_none(const struct ps_msg_value *rows, uint32_t count)
{
    const struct ps_msg_value *why = ps_msg_get(ps_msg_at(rows, 0), "why");
    const struct text first = plain(why);

    for (uint32_t i = 0; i < count; i++)
        if (!ps_msg_is(ps_msg_get(ps_msg_at(rows, i), "place"), "software") ||
            strcmp(text_of(ps_msg_at(rows, i), "why").bytes, first.bytes) != 0)
            return NULL;
    return why;
}

static void write_rules(FILE *out, const struct ps_msg_value *nic)
{
    static const char *const names[] = { "rule", "counted in", "packets", "bytes", "why" };
    const struct ps_msg_value *rows;
    const uint32_t count = rows_of(nic, "rules", &rows);

    if (count == 0)
        return;
    if (why_none(rows, count) != NULL) {
        fprintf(out, "\n" INDENT "rules: all %" PRIu32 " are counted in software: %s\n", count,
                plain(why_none(rows, count)).bytes);
        return;
    }
    ctl_grid_begin(&grid, INDENT, "llrrl");
    head(names, PS_ARRAY_LEN(names));
    for (uint32_t i = 0; i < count && ctl_grid_row(&grid); i++) {
        const struct ps_msg_value *rule = ps_msg_at(rows, i);

        ctl_grid_put(&grid, "%s", text_of(rule, "name").bytes);
        ctl_grid_put(&grid, "%s", text_of(rule, "place").bytes);
        ctl_grid_put(&grid, "%s", scaled((double)count_of(rule, "packets"), "").bytes);
        ctl_grid_put(&grid, "%s", scaled((double)count_of(rule, "bytes"), "B").bytes);
        ctl_grid_put(&grid, "%s", text_of(rule, "why").bytes);
    }
    fputc('\n', out);
    ctl_grid_write(&grid, out);
}

static void write_top(FILE *out, const struct ps_msg_value *nic, const char *list,
                      const char *counts, const char *title)
{
    const struct ps_msg_value *rows;
    const uint32_t count = rows_of(nic, list, &rows);

    if (count == 0)
        return;
    ctl_grid_begin(&grid, INDENT, "rl"); /* names last: they may be long */
    ctl_grid_row(&grid);
    ctl_grid_put(&grid, "last minute");
    ctl_grid_put(&grid, "%s", title);
    for (uint32_t i = 0; i < count && ctl_grid_row(&grid); i++) {
        const struct ps_msg_value *item = ps_msg_at(rows, i);
        const struct text name = text_of(item, "name");

        ctl_grid_put(&grid, "%" PRIu64, count_of(item, counts));
        /* The name of a key that came in a flood may not be known. */
        ctl_grid_put(&grid, "%s%s", strcmp(name.bytes, "-") == 0 ? "key " : "",
                     strcmp(name.bytes, "-") == 0 ? text_of(item, "key").bytes : name.bytes);
    }
    fputc('\n', out);
    ctl_grid_write(&grid, out);
}

void ctl_nic_write(FILE *out, const struct ps_msg_value *nics)
{
    const uint32_t count = ps_msg_type_of(nics) == PS_MSG_ARRAY ? ps_msg_count(nics) : 0;

    if (count == 0)
        fputs("no prestage-nic is connected; its own log says why. If it was turned away\n"
              "(demand.nic_refused in `prestagectl status`), the daemon's log says why\n",
              out);
    for (uint32_t i = 0; i < count; i++) {
        const struct ps_msg_value *nic = ps_msg_at(nics, i);

        fputs(i > 0 ? "\n\n" : "", out);
        write_stream(out, nic);
        write_warnings(out, nic);
        write_ports(out, nic);
        write_classes(out, nic);
        write_counters(out, nic);
        write_rules(out, nic);
        write_top(out, nic, "media", "requests", "media by requests");
        write_top(out, nic, "claims", "count", "media that peers claim to want (unverified)");
        write_top(out, nic, "tls_names", "flows", "TLS servers by flows");
    }
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/control/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "host/base/assert.h"

enum type { COUNTER, GAUGE, HISTOGRAM };

static const char *const type_name[] = { "counter", "gauge", "histogram" };

static const struct family {
    const char *name;
    enum type type;
    const char *labels;
    const char *help;
} families[PS_METRIC_COUNT] = {
#define PS_METRIC(id, type, labels, help) { "prestage_" #id, type, labels, help },
#include "host/control/metrics.def"
};

void ps_metrics_clear(struct ps_metrics *m)
{
    m->text[0] = '\0';
    m->size_bytes = 0;
    m->full = false;
    m->family = PS_METRIC_COUNT;
    memset(m->begun, 0, sizeof(m->begun));
}

__attribute__((format(printf, 2, 3))) static void append(struct ps_metrics *m, const char *format,
                                                         ...)
{
    const size_t room = sizeof(m->text) - m->size_bytes;
    va_list args;

    va_start(args, format);
    const int size = vsnprintf(m->text + m->size_bytes, room, format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= room) {
        m->full = true;
        m->text[m->size_bytes] = '\0';
        return;
    }
    m->size_bytes += (size_t)size;
}

/* A family's lines have to stand together. */
static void begin(struct ps_metrics *m, enum ps_metric id)
{
    const struct family *family = &families[id];

    if (m->family == id)
        return;
    ps_assert(!m->begun[id]);
    m->begun[id] = true;
    m->family = id;
    append(m, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name,
           type_name[family->type]);
}

static void append_value(struct ps_metrics *m, double value)
{
    if (isnan(value))
        append(m, " NaN\n");
    else if (isinf(value))
        append(m, value > 0 ? " +Inf\n" : " -Inf\n");
    else
        append(m, " %.17g\n", value);
}

static void append_label_text(struct ps_metrics *m, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            append(m, "\\n");
        else
            append(m, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
}

static void append_labels(struct ps_metrics *m, const char *names, const char *const values[])
{
    const char *opening = "{";

    while (*names != '\0') {
        const size_t bytes = strcspn(names, ",");

        append(m, "%s%.*s=\"", opening, (int)bytes, names);
        append_label_text(m, *values++);
        append(m, "\"");
        opening = ",";
        names += bytes + (names[bytes] == ',');
    }
    append(m, "}");
}

void ps_metrics_put(struct ps_metrics *m, enum ps_metric id, double value,
                    const char *const labels[])
{
    const struct family *family = &families[id];

    ps_assert(family->type != HISTOGRAM && (labels != NULL) == (family->labels[0] != '\0'));
    begin(m, id);
    append(m, "%s", family->name);
    if (labels != NULL)
        append_labels(m, family->labels, labels);
    append_value(m, value);
}

void ps_metrics_put_plain(struct ps_metrics *m, enum ps_metric id, double value)
{
    ps_metrics_put(m, id, value, NULL);
}

void ps_metrics_put_histogram(struct ps_metrics *m, enum ps_metric id,
                              const struct ps_metrics_histogram *h)
{
    const char *name = families[id].name;
    uint64_t count = 0;

    ps_assert(families[id].type == HISTOGRAM);
    begin(m, id);
    for (uint32_t i = 0; i < h->bound_count; i++) {
        count += h->counts[i];
        append(m, "%s_bucket{le=\"%.9g\"} %" PRIu64 "\n", name, h->bounds[i], count);
    }
    count += h->counts[h->bound_count];
    append(m, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum", name, count, name);
    append_value(m, h->sum);
    append(m, "%s_count %" PRIu64 "\n", name, count);
}

void ps_metrics_write_markdown(FILE *out)
{
    fputs("# Metrics\n\n"
          "What `/metrics` tells (`metrics.listen` in [prestage.conf](man/prestage.conf.5)), made "
          "from host/control/metrics.def by\n`ninja -C build metrics-doc`. Labels are of fixed "
          "lists or of what is configured; no title and no peer is ever one.\n\n"
          "| name | type | labels | help |\n|---|---|---|---|\n",
          out);
    for (unsigned i = 0; i < PS_METRIC_COUNT; i++)
        fprintf(out, "| `%s` | %s | %s | %s |\n", families[i].name, type_name[families[i].type],
                families[i].labels, families[i].help);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/control/metrics.h - figures as Prometheus reads them (text exposition format 0.0.4).
 *
 * metrics.def is the list of families; who has the figures puts them one after the other, each
 * family's in one go. A page is whole or it is not told: what does not fit is an error, not a cut.
 *
 * Threads: the owner's.
 */
#ifndef PS_HOST_CONTROL_METRICS_H
#define PS_HOST_CONTROL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PS_METRICS_BYTES_MAX  (256u << 10)
#define PS_METRICS_LABELS_MAX 6u
#define PS_METRICS_TYPE       "text/plain; version=0.0.4; charset=utf-8"

enum ps_metric {
#define PS_METRIC(id, ...) PS_METRIC_##id,
#include "host/control/metrics.def"
    PS_METRIC_COUNT,
};

struct ps_metrics {
    char text[PS_METRICS_BYTES_MAX]; /* ends with NUL, always */
    size_t size_bytes;
    bool full; /* something did not fit: the page must not be told */
    enum ps_metric family;
    bool begun[PS_METRIC_COUNT];
};

/** Empty the page. */
void ps_metrics_clear(struct ps_metrics *metrics);

/**
 * One sample. @param labels  As many values as metrics.def names for the family; NULL when it names
 * none. A family that was left for another does not begin again.
 */
void ps_metrics_put(struct ps_metrics *metrics, enum ps_metric family, double value,
                    const char *const labels[]);
/** A sample without labels. */
void ps_metrics_put_plain(struct ps_metrics *metrics, enum ps_metric family, double value);

struct ps_metrics_histogram {
    const double *bounds;   /* upper, growing; in the family's unit */
    const uint64_t *counts; /* bound_count + 1 of them; the last is what is above all bounds */
    uint32_t bound_count;
    double sum; /* of what was counted, in the family's unit */
};
void ps_metrics_put_histogram(struct ps_metrics *metrics, enum ps_metric family,
                              const struct ps_metrics_histogram *histogram);

/** All families as docs/metrics.md. */
void ps_metrics_write_markdown(FILE *out);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/histogram.h - durations in buckets of doubling width: small, mergeable, good enough for
 * p99.
 *
 * Bucket 0 counts values below 1, bucket i those in [2^(i-1), 2^i). Embed it, zeroed.
 * Threads: the owner's.
 */
#ifndef PS_HOST_BASE_HISTOGRAM_H
#define PS_HOST_BASE_HISTOGRAM_H

#include <stdint.h>

#define PS_HISTOGRAM_BUCKETS 32u

struct ps_histogram {
    uint64_t bucket[PS_HISTOGRAM_BUCKETS];
    uint64_t sum; /* of the values */
};

void ps_histogram_add(struct ps_histogram *histogram, uint64_t value);

/** The value below which a share @p q in (0,1] lies, interpolated in its bucket; 0 when empty. */
double ps_histogram_quantile(const struct ps_histogram *histogram, double q);

#endif

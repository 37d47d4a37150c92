/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/base/histogram.h"

void ps_histogram_add(struct ps_histogram *histogram, uint64_t value)
{
    uint32_t i = 0;

    while (i < PS_HISTOGRAM_BUCKETS - 1 && value >> i != 0)
        i++;
    histogram->bucket[i]++;
    histogram->sum += value;
}

double ps_histogram_quantile(const struct ps_histogram *histogram, double q)
{
    double total = 0.0, below = 0.0;

    for (uint32_t i = 0; i < PS_HISTOGRAM_BUCKETS; i++)
        total += (double)histogram->bucket[i];
    for (uint32_t i = 0; i < PS_HISTOGRAM_BUCKETS; i++) {
        const double count = (double)histogram->bucket[i];

        if (count > 0 && below + count >= q * total) {
            const double low = i == 0 ? 0.0 : (double)(1ull << (i - 1));
            const double high = (double)(1ull << i);

            return low + (q * total - below) / count * (high - low);
        }
        below += count;
    }
    return 0.0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/tops.c - see tops_priv.h. */
#include "host/predict/tops_priv.h"

#include <math.h>

/* A count of an older epoch in today's measure. Epochs differ by a few per day at most. */
static float today(const struct ps_top *top, const struct ps_rate_clock *clock)
{
    const struct ps_hours alone = { .inflated = { top->inflated }, .epoch = top->epoch };

    return ps_hours_read(&alone, clock, 0);
}

void ps_tops_offer(struct ps_tops *tops, const struct ps_rate_clock *clock, uint64_t media_key,
                   const struct ps_hours *hours)
{
    struct ps_top *media = tops->media[clock->hour];
    const uint32_t count = tops->count[clock->hour];
    const struct ps_top offer = { .media_key = media_key,
                                  .inflated = hours->inflated[clock->hour],
                                  .epoch = hours->epoch };
    uint32_t least = 0;
    float least_count = INFINITY;

    for (uint32_t i = 0; i < count; i++) {
        if (media[i].media_key == media_key) {
            media[i] = offer;
            return;
        }
        if (today(&media[i], clock) < least_count) {
            least_count = today(&media[i], clock);
            least = i;
        }
    }
    if (count < PS_TOPS_MAX)
        media[tops->count[clock->hour]++] = offer;
    else if (least_count < today(&offer, clock))
        media[least] = offer;
}

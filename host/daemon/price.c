/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/price.h"

#include <math.h>

#include "host/base/assert.h"

#define SMOOTHING 0.1
#define CU_S_MIN  0.001 /* nothing is free: else it would beat everything */

static void smooth(double *mean, double value)
{
    *mean = *mean == 0.0 ? value : *mean + SMOOTHING * (value - *mean);
}

void ps_price_waited(struct ps_price_made *made, double wait_s)
{
    smooth(&made->wait_s, wait_s);
}

void ps_price_weighed(struct ps_price_made *made, uint64_t size_bytes)
{
    smooth(&made->size_bytes, (double)size_bytes);
}

void ps_price_look_at_room(struct ps_price_room *room, double used_share)
{
    room->wide = used_share < (room->wide ? PS_PRICE_ROOM_ENDS : PS_PRICE_ROOM_BEGINS);
}

bool ps_price_horizon(const struct ps_price_room *room, const struct ps_prediction *prediction,
                      double threshold, enum ps_horizon *ret_horizon)
{
    const unsigned farthest = room->wide ? PS_HORIZON_60MIN : PS_HORIZON_15MIN;

    for (unsigned h = PS_HORIZON_5MIN; h <= farthest; h++)
        if (prediction->confidence[h] >= threshold) {
            *ret_horizon = (enum ps_horizon)h;
            return true;
        }
    return false;
}

double ps_price_benefit(const struct ps_price_offer *offer)
{
    const double quarters =
        (double)PS_HORIZON_NS(offer->horizon) / (double)PS_HORIZON_NS(PS_HORIZON_15MIN);
    const double space_s = fmin(fmax(offer->space_taken, 0.0), 1.0) * (double)offer->size_bytes /
                           PS_PRICE_BYTES_PER_CU_SECOND;

    ps_assert(offer->expected >= 0.0 && offer->saved_s >= 0.0 && offer->trust >= 0.0);
    return offer->expected / quarters * offer->saved_s * offer->trust /
           (fmax(offer->cu_s, CU_S_MIN) + space_s);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/price.h - what staging something brings for what it takes, and for how long to bet.
 *
 * The horizon of a bet. Space is held until the viewer comes, so the nearest horizon that is sure
 * enough is the one to bet on: 5 minutes, else 15. An hour ahead is for a buffer that is mostly
 * empty (PS_PRICE_ROOM_BEGINS), where space costs nothing yet; it goes on until less room is left
 * (PS_PRICE_ROOM_ENDS), so that it does not flutter.
 *
 * The benefit, by which bets are ranked against each other:
 *
 *     starts expected, per quarter of an hour that the space is held
 *   x what a viewer of it is saved: seconds that viewers of this profile waited when it was missing
 *   x trust: how bets for this reason and horizon kept their word so far (host/daemon/feedback.h)
 *   / cost: CU seconds to make it, and its bytes, dearer the fuller the bets' part of the buffer is
 *
 * Pure; embed it. Threads: the owner's.
 */
#ifndef PS_HOST_DAEMON_PRICE_H
#define PS_HOST_DAEMON_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/plan/prediction.h"

#define PS_PRICE_ROOM_BEGINS                                                                       \
    0.5 /* share of the buffer in use, below which an hour ahead is bet on */
#define PS_PRICE_ROOM_ENDS 0.6
/* In a full buffer, bytes that cost as much as a CU second. */
#define PS_PRICE_BYTES_PER_CU_SECOND (8.0 * 1024 * 1024)

/* What earlier segments of a profile were like, smoothed; 0 until the first. */
struct ps_price_made {
    double wait_s; /* that viewers of misses had */
    double size_bytes;
};

/* Whether there is room to bet an hour ahead; remembers on which side it was. */
struct ps_price_room {
    bool wide;
};

/** A viewer waited for a segment that nobody had begun. */
void ps_price_waited(struct ps_price_made *made, double wait_s);
/** A segment was made. */
void ps_price_weighed(struct ps_price_made *made, uint64_t size_bytes);

/** @param used_share  Of the buffer's bytes. */
void ps_price_look_at_room(struct ps_price_room *room, double used_share);

/** The horizon to bet on. @return false when none is sure enough. */
bool ps_price_horizon(const struct ps_price_room *room, const struct ps_prediction *prediction,
                      double threshold, enum ps_horizon *ret_horizon);

struct ps_price_offer {
    double expected; /* starts within the horizon */
    enum ps_horizon horizon;
    double saved_s; /* of a viewer's wait */
    double trust;
    double cu_s;
    uint64_t size_bytes;
    double space_taken; /* share of the bets' part of the buffer, 0..1 */
};

/** @return benefit per CU second or its worth in bytes; not negative. */
double ps_price_benefit(const struct ps_price_offer *offer);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/support/hrd.h - the hypothetical reference decoder of H.264, annex C.1, as the standard
 * tells it: in arrival and removal times, for one schedule with cbr_flag 0. Not as the host's
 * rate control keeps it, in bits, so that each checks the other.
 */
#ifndef PS_TESTS_SUPPORT_HRD_H
#define PS_TESTS_SUPPORT_HRD_H

#include <stdint.h>

struct hrd {
    double rate_bps;
    double size_bits;
    double frame_s;
    double removal_s; /* of the next frame */
    double arrived_s; /* final arrival time of the last frame */
    uint32_t underflows;
    double least_spare_s; /* least time from a frame's arrival to its removal; below 0: too late */
};

static inline void hrd_begin(struct hrd *hrd, double rate_bps, double size_bits, double start_bits,
                             double frame_s)
{
    *hrd = (struct hrd){ .rate_bps = rate_bps,
                         .size_bits = size_bits,
                         .frame_s = frame_s,
                         .removal_s = start_bits / rate_bps,
                         .least_spare_s = 1e9 };
}

/* C.1.1 and C.1.2: a frame begins to arrive behind the one before, and no earlier than there is
 * room for it; it must be there at its removal time, to a millionth of a frame. */
static inline void hrd_frame(struct hrd *hrd, double bits)
{
    const double earliest_s = hrd->removal_s - hrd->size_bits / hrd->rate_bps;
    const double begins_s = hrd->arrived_s > earliest_s ? hrd->arrived_s : earliest_s;
    double spare_s;

    hrd->arrived_s = begins_s + bits / hrd->rate_bps;
    spare_s = hrd->removal_s - hrd->arrived_s;
    hrd->underflows += spare_s < -hrd->frame_s * 1e-6;
    hrd->least_spare_s = spare_s < hrd->least_spare_s ? spare_s : hrd->least_spare_s;
    hrd->removal_s += hrd->frame_s;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/lane.h - a memory bank or a direction of PCIe that several users share.
 *
 * Why: compute units on one bank, and copies over one link, slow each other down once they ask
 * for more than there is. Each job asks for bytes evenly over the time it would take alone; while
 * all together ask for more than the lane's rate, all are slowed by the same factor. One factor for
 * all means one virtual clock per lane, on which each job's end is known when it starts.
 *
 * Threads: none inside; the device's lock guards it. Time comes in and never goes back.
 */
#ifndef PS_KERNELS_EMU_LANE_H
#define PS_KERNELS_EMU_LANE_H

#include <stdint.h>

struct emu_lane_job {
    double end_ns;             /* on the lane's virtual clock */
    double bytes_per_ns;       /* asked for */
    struct emu_lane_job *next; /* by end */
};

struct emu_lane {
    double bytes_per_ns; /* 0: as much as is asked */
    double virtual_ns;   /* at at_ns */
    uint64_t at_ns;
    double speed; /* of the virtual clock, 0..1 */
    struct emu_lane_job *first;
};

/** An empty lane of @p gbps 10^9 bit/s; 0: as much as is asked. */
void emu_lane_init(struct emu_lane *lane, uint32_t gbps);

/** Put @p job, the caller's, on the lane: alone it would take @p alone_ns and move @p bytes. */
void emu_lane_add(struct emu_lane *lane, struct emu_lane_job *job, uint64_t now_ns,
                  uint64_t alone_ns, uint64_t bytes);

/** Take @p job off before its end; nothing when it is not on the lane. */
void emu_lane_remove(struct emu_lane *lane, struct emu_lane_job *job, uint64_t now_ns);

/** Take off a job that has ended by @p now_ns. @return NULL when there is none. */
struct emu_lane_job *emu_lane_take_ended(struct emu_lane *lane, uint64_t now_ns);

/** When the next job ends, as things stand; UINT64_MAX when the lane is empty. */
uint64_t emu_lane_due_ns(const struct emu_lane *lane);

#endif

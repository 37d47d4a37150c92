/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/lane.h"

#include <math.h>
#include <stddef.h>

#define ENDED_WITHIN_NS 0.5 /* for what rounding left */

static void advance(struct emu_lane *lane, uint64_t now_ns)
{
    if (now_ns > lane->at_ns) {
        lane->virtual_ns += (double)(now_ns - lane->at_ns) * lane->speed;
        lane->at_ns = now_ns;
    }
}

static void set_speed(struct emu_lane *lane)
{
    double asked = 0;

    for (const struct emu_lane_job *job = lane->first; job != NULL; job = job->next)
        asked += job->bytes_per_ns;
    lane->speed =
        lane->bytes_per_ns > 0 && asked > lane->bytes_per_ns ? lane->bytes_per_ns / asked : 1;
}

void emu_lane_init(struct emu_lane *lane, uint32_t gbps)
{
    *lane = (struct emu_lane){ .bytes_per_ns = gbps / 8.0, .speed = 1 };
}

void emu_lane_add(struct emu_lane *lane, struct emu_lane_job *job, uint64_t now_ns,
                  uint64_t alone_ns, uint64_t bytes)
{
    const double alone = alone_ns > 0 ? (double)alone_ns : 1;
    struct emu_lane_job **at = &lane->first;

    advance(lane, now_ns);
    *job = (struct emu_lane_job){ .end_ns = lane->virtual_ns + alone,
                                  .bytes_per_ns = (double)bytes / alone };
    while (*at != NULL && (*at)->end_ns <= job->end_ns)
        at = &(*at)->next;
    job->next = *at;
    *at = job;
    set_speed(lane);
}

void emu_lane_remove(struct emu_lane *lane, struct emu_lane_job *job, uint64_t now_ns)
{
    struct emu_lane_job **at = &lane->first;

    while (*at != NULL && *at != job)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    advance(lane, now_ns);
    *at = job->next;
    set_speed(lane);
}

struct emu_lane_job *emu_lane_take_ended(struct emu_lane *lane, uint64_t now_ns)
{
    struct emu_lane_job *job = lane->first;
    uint64_t end_ns;

    if (job == NULL)
        return NULL;
    end_ns = emu_lane_due_ns(lane);
    if (end_ns > now_ns)
        return NULL;
    advance(lane, end_ns); /* not to now: those behind it are faster from its end on */
    lane->first = job->next;
    set_speed(lane);
    return job;
}

uint64_t emu_lane_due_ns(const struct emu_lane *lane)
{
    double left_ns;

    if (lane->first == NULL)
        return UINT64_MAX;
    left_ns = lane->first->end_ns - lane->virtual_ns;
    return left_ns <= ENDED_WITHIN_NS ? lane->at_ns
                                      : lane->at_ns + (uint64_t)ceil(left_ns / lane->speed);
}

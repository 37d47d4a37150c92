/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/jobs.c - see jobs.h. */
#include "tools/sim/jobs.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

int sim_jobs_init(struct sim_jobs *jobs, uint32_t capacity)
{
    *jobs = (struct sim_jobs){ .capacity = capacity, .free_head = SIM_NO_SLOT };
    jobs->slots = ps_zalloc(capacity, sizeof(*jobs->slots));
    return jobs->slots == NULL ? -ENOMEM : 0;
}

void sim_jobs_fini(struct sim_jobs *jobs)
{
    free(jobs->slots);
    *jobs = (struct sim_jobs){ 0 };
}

uint32_t sim_jobs_take(struct sim_jobs *jobs, const struct sim_work *work, enum ps_queue queue)
{
    uint32_t slot = jobs->free_head;

    if (slot != SIM_NO_SLOT)
        jobs->free_head = jobs->slots[slot].next_free;
    else if (jobs->used < jobs->capacity)
        slot = jobs->used++;
    else
        return SIM_NO_SLOT;
    jobs->slots[slot] = (struct sim_job){ .work = *work, .queue = queue, .last_cu = UINT32_MAX };
    jobs->live++;
    return slot;
}

void sim_jobs_give(struct sim_jobs *jobs, uint32_t slot)
{
    ps_assert(slot < jobs->used && jobs->live > 0);
    jobs->slots[slot].next_free = jobs->free_head;
    jobs->free_head = slot;
    jobs->live--;
}

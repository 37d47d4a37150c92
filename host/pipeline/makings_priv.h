/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/makings_priv.h - all segments under way: found by key, and by an allocator's job.
 *
 * Owns nothing; a making is in it from its beginning to its end, a stage while it has a job.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_PIPELINE_MAKINGS_PRIV_H
#define PS_HOST_PIPELINE_MAKINGS_PRIV_H

#include "host/plan/resource.h"

#define PS_MAKINGS_BUCKETS 4096u /* a power of two; about one making each when there are most */

struct making;
struct stage;

struct ps_makings {
    struct making *head; /* newest first */
    uint32_t count;
    struct making *by_key[PS_MAKINGS_BUCKETS];
    struct stage *by_job[PS_MAKINGS_BUCKETS];
};

/** Both variants of a marked segment come out of one making, which is known by variant A. */
struct ps_segment_key ps_making_key(const struct ps_segment_key *key);

void ps_makings_add(struct ps_makings *makings, struct making *making);
void ps_makings_remove(struct ps_makings *makings, struct making *making);
/** The making of @p key or of its other variant; NULL when there is none. */
struct making *ps_makings_find(const struct ps_makings *makings, const struct ps_segment_key *key);

/** @p stage has got its job_id, and is about to lose it. */
void ps_makings_add_job(struct ps_makings *makings, struct stage *stage);
void ps_makings_remove_job(struct ps_makings *makings, struct stage *stage);
/** NULL when no stage has that job. */
struct stage *ps_makings_stage(const struct ps_makings *makings, uint64_t job_id);

#endif

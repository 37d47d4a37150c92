/* SPDX-License-Identifier: BSD-3-Clause */
/* host/pipeline/pipeline_priv.h - what the files of this folder share of the pipeline. Loop thread.
 */
#ifndef PS_HOST_PIPELINE_PIPELINE_PRIV_H
#define PS_HOST_PIPELINE_PIPELINE_PRIV_H

#include "host/pipeline/decode.h"
#include "host/pipeline/makings_priv.h"
#include "host/pipeline/pipeline.h"
#include "kernels/abi/kernels.h"

struct ps_pipeline {
    struct ps_pipeline_config cfg;
    struct ps_workers *workers;
    struct ps_decodes *decodes; /* NULL without a card */
    struct ps_makings makings;
    uint32_t probing;
    /* Learned, see cost_priv.h; 0: nothing yet. Kernels without an effort use the first. */
    double ns_per_pixel[PSK_KERNEL_COUNT][PSK_ENC_EFFORT_MAX + 1];
    struct ps_pipeline_status status;
};

/* pipeline.c: the end of a making, good or bad. */
void ps_making_finish(struct making *making, int status, uint64_t now_ns);
/* The counter in the status that the making is in. */
uint64_t *ps_making_count(struct making *making);

/* request.c: those in line, as far as there is room. */
void ps_pipeline_begin_waiting(struct ps_pipeline *pipeline, uint64_t now_ns);

/* dispatch.c: wait until nothing runs; results are dropped. */
void ps_pipeline_drain(struct ps_pipeline *pipeline);

/** The profile that @p key names, in the version it names; NULL when there is none. */
const struct ps_profile *ps_pipeline_profile(const struct ps_pipeline *p,
                                             const struct ps_segment_key *key);

#endif

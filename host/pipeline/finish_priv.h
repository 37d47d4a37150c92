/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/finish_priv.h - the last step: bytes become CMAF, go to the tier, and are told of.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_PIPELINE_FINISH_PRIV_H
#define PS_HOST_PIPELINE_FINISH_PRIV_H

#include "host/pipeline/making_priv.h"

/** Mux what was encoded, or take what was passed through, and put it into the tier. */
int ps_making_store(struct making *making, uint64_t *ret_size_bytes, uint64_t now_ns);

/** The init segment of a transcoded resource needs no CU: made, stored and told of at once. */
int ps_making_init_segment(struct ps_pipeline *pipeline, const struct ps_make_request *request,
                           const struct ps_media *media, const struct ps_profile *profile,
                           uint64_t now_ns);

/** Tell the owner, once per variant. */
void ps_making_tell(struct ps_pipeline *pipeline, struct ps_made *made, uint64_t now_ns);

#endif

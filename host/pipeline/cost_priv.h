/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/pipeline/cost_priv.h - what a run costs, learned from the runs there were.
 *
 * Per kernel the CU time of one pixel, as a moving average over runs; the encoder's for each effort
 * apart, as one says nothing of another. The scaler's work grows with the pixels that it reads, the
 * others' with those of the profile. Threads: the loop thread.
 */
#ifndef PS_HOST_PIPELINE_COST_PRIV_H
#define PS_HOST_PIPELINE_COST_PRIV_H

#include "host/pipeline/making_priv.h"

/** A run of @p frame_count frames of @p stage went well. */
void ps_cost_learn(const struct stage *stage, uint32_t frame_count, uint64_t busy_ns);

/** CU time of one job of @p kernel over @p frame_count frames; 0 when nothing is known of it. */
uint64_t ps_cost_of_job(const struct ps_pipeline *pipeline, const struct ps_profile *profile,
                        const struct ps_source_info *info, uint32_t kernel, uint32_t frame_count);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/sketch.h - about how often each of any number of keys was counted, in fixed memory.
 *
 * Why: keys that find no room in the exact table (count.h) still have to show when they are in
 * demand. A count-min sketch (Cormode and Muthukrishnan, "An improved data stream summary: the
 * count-min sketch and its applications", Journal of Algorithms 55, 2005) in blocks: a key's four
 * rows of four counters share one cache line, so counting costs one miss. Updates are
 * conservative (Estan and Varghese, 2002): only the smallest of a key's counters grow.
 *
 * An estimate is never below the truth. It is above it by more than epsilon * N, N being all that
 * was counted, with a probability of at most delta = 1 / NIC_SKETCH_DELTA_INVERSE, where
 * epsilon = NIC_SKETCH_DELTA_INVERSE / (4 * blocks). That is Markov's inequality for one row. The
 * four rows do better in practice, but a block's rows share its keys, so the unblocked sketch's
 * exp(-rows) may not be claimed. Bounds of several sketches add up: delta holds for the sum.
 *
 * Threads: one at a time.
 */
#ifndef PS_DPDK_SKETCH_H
#define PS_DPDK_SKETCH_H

#include <stdint.h>

#define NIC_SKETCH_BLOCKS_MAX    (1u << 20)
#define NIC_SKETCH_DELTA_INVERSE 64u

struct nic_sketch;

/** @param blocks  Of 64 bytes; a power of two up to the limit. @return 0, -EINVAL or -ENOMEM. */
int nic_sketch_create(struct nic_sketch **ret_sketch, uint32_t blocks);
void nic_sketch_destroy(struct nic_sketch *sketch);

/** Count the key of this @p hash once. The hash decides everything: seed it. */
void nic_sketch_add(struct nic_sketch *sketch, uint64_t hash);

/** At least how often the key was counted since the last clearing. */
uint32_t nic_sketch_estimate(const struct nic_sketch *sketch, uint64_t hash);

/** Everything counted since the last clearing: N. */
uint64_t nic_sketch_total(const struct nic_sketch *sketch);

/** epsilon * N, rounded up. */
uint64_t nic_sketch_error_max(const struct nic_sketch *sketch);

/** Back to nothing counted; costs nothing when nothing was. */
void nic_sketch_clear(struct nic_sketch *sketch);

#endif

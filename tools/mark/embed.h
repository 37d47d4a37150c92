/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/mark/embed.h - marks and encodes a source segment by segment, by the kernels as C.
 * Constant quantiser, no audio. Threads: one, and one embedding per process (the kernels' rule).
 */
#ifndef PS_TOOLS_MARK_EMBED_H
#define PS_TOOLS_MARK_EMBED_H

#include <stdint.h>

#include "host/media/segment.h"
#include "host/media/source.h"

#define EMBED_PATTERN_MAX 65536u

struct embed_config {
    uint64_t key;
    const char *pattern; /* of A and B, one a segment, over and over */
    uint32_t segment_ms;
    uint32_t width, height; /* even, at most the source's; scaled down to */
    uint32_t qp, effort, strength;
};

struct embed;

/** @return 0, -EINVAL (a size or rate that the kernels do not take) or -ENOMEM. */
int embed_create(struct embed **ret_embed, const struct embed_config *cfg,
                 struct ps_source *source);
/** NULL is allowed. */
void embed_destroy(struct embed *embed);

/** Init segment; free() its data. @return 0 or -ENOMEM. */
int embed_init_segment(const struct embed *embed, struct ps_segment_bytes *ret_bytes);
/** Media segment @p index; free() its data. @return 0, or an error of ps_source_frames(). */
int embed_segment(struct embed *embed, uint32_t index, struct ps_segment_bytes *ret_bytes);
uint32_t embed_segment_count(const struct embed *embed);

#endif

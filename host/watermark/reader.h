/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/watermark/reader.h - pictures with their times in, the bit of each segment out.
 *
 * The first PS_MARK_SEARCH_MAX segments are kept in pieces until it is known how the recording lies
 * against the marked title (host/watermark/search.h); after that each segment is read as it ends.
 * Segments go by time, so the recording's frame rate does not matter.
 *
 * Threads: one at a time per reader.
 */
#ifndef PS_HOST_WATERMARK_READER_H
#define PS_HOST_WATERMARK_READER_H

#include "host/watermark/search.h"

#define PS_MARK_SEGMENTS_MAX   65536u /* of one recording */
#define PS_MARK_SEGMENT_NS_MIN 100000000ull
#define PS_MARK_SEGMENT_NS_MAX 60000000000ull

struct ps_mark_reader;

struct ps_mark_reader_config {
    uint64_t key;
    uint64_t segment_ns; /* in whole frames of the marked title: 2.002 s, not 2, at 29.97 */
    uint32_t start_expected;
    uint32_t start_end; /* as in struct ps_mark_search */
    enum ps_mark_effort effort;
    void (*progress)(void *arg, const char *what, double share); /* of the search; or NULL */
    void *progress_arg;
};

struct ps_mark_bit {
    uint32_t segment;
    uint32_t frame_count;
    double z; /* positive: A */
};

/** @return 0, -EINVAL (a segment's length or start_end out of range) or -ENOMEM. */
int ps_mark_reader_create(struct ps_mark_reader **ret_reader,
                          const struct ps_mark_reader_config *cfg);
/** NULL is allowed. */
void ps_mark_reader_destroy(struct ps_mark_reader *reader);

/**
 * The next picture; @p time_ns from the recording's start, not less than the one before.
 * @return 0, -EINVAL (a side out of range), -E2BIG (more than PS_MARK_SEGMENTS_MAX) or -ENOMEM.
 */
int ps_mark_reader_add(struct ps_mark_reader *reader, uint64_t time_ns, const uint8_t *luma,
                       ptrdiff_t stride_bytes, uint32_t width, uint32_t height);
/** No more pictures. @return 0 or -ENOMEM. */
int ps_mark_reader_finish(struct ps_mark_reader *reader);

/** After finish: what was read, by segment; the reader's. */
const struct ps_mark_bit *ps_mark_reader_bits(const struct ps_mark_reader *reader,
                                              uint32_t *ret_count);
const struct ps_mark_found *ps_mark_reader_found(const struct ps_mark_reader *reader);

/** How strong the mark is on average: the root of mean z^2 - 1, or 0. */
double ps_mark_strength(const struct ps_mark_bit *bits, uint32_t count);
/** Probability that a bit is right, given the recording's strength: 0.5..1. */
double ps_mark_confidence(double z, double strength);

#endif

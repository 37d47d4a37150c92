/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/watermark/search.h - finds out which part of the picture, and which segments, a recording
 * shows: the mark itself is what it is aligned by.
 *
 * A hypothesis is a view (scale and crop), a phase (how far into a segment the recording begins)
 * and the first segment's number. Its evidence is the sum of z^2 over the segments, which under a
 * wrong hypothesis is about chi-squared with that many degrees of freedom. Tried in order, until
 * one stands out from as many tries as it took: as expected; other times; other views; both. It
 * stands out when Chernoff's bound of the chi-squared tail times the tries is below
 * PS_MARK_SEARCH_CHANCE.
 *
 * Threads: one per search.
 */
#ifndef PS_HOST_WATERMARK_SEARCH_H
#define PS_HOST_WATERMARK_SEARCH_H

#include <stdbool.h>

#include "host/watermark/detect.h"

#define PS_MARK_PHASES        8u  /* pieces of a segment: the resolution of its beginning */
#define PS_MARK_SEARCH_MAX    16u /* segments looked at */
#define PS_MARK_STARTS_MAX    65536u
#define PS_MARK_SEARCH_CHANCE 1e-3

enum ps_mark_effort {
    PS_MARK_EFFORT_NONE,   /* take it as expected */
    PS_MARK_EFFORT_NORMAL, /* crops of up to 12 % of a side */
    PS_MARK_EFFORT_WIDE,   /* crops of up to 30 %, bars of up to 30 % */
};

struct ps_mark_search {
    uint64_t key;
    const struct ps_mark_map *pieces; /* PS_MARK_PHASES to a segment, from the start on */
    uint32_t piece_count;             /* at most PS_MARK_SEARCH_MAX * PS_MARK_PHASES are used */
    uint32_t start_expected;          /* segment that the first piece belongs to, if all is well */
    uint32_t start_end;               /* starts below this are tried; at most PS_MARK_STARTS_MAX */
    enum ps_mark_effort effort;
    void (*progress)(void *arg, const char *what, double share); /* or NULL */
    void *progress_arg;
};

struct ps_mark_found {
    struct ps_mark_view view;
    uint32_t phase; /* pieces of the first segment that are missing */
    uint32_t start;
    double evidence;
    uint64_t tries;
    bool is_sure; /* otherwise all is as expected, and nothing stood out */
};

/** @return 0 or -ENOMEM. */
int ps_mark_search(const struct ps_mark_search *search, struct ps_mark_found *ret_found);

/** Probability bound that @p evidence comes of @p segment_count unmarked segments in one try. */
double ps_mark_evidence_chance(double evidence, uint32_t segment_count);

#endif

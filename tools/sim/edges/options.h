/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/options.h - what prestage-sim edges is told, checked.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_EDGES_OPTIONS_H
#define PS_TOOLS_SIM_EDGES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EDGES_SEGMENTS_MAX 50000       /* of a title */
#define EDGES_CELLS_MAX    160000000.0 /* edges x titles x profiles: 4 bytes each */

enum edges_option {
#define EDGES_OPTION(id, name, initial, least, most, whole, help) EDGES_##id,
#include "tools/sim/edges/options.def"
#undef EDGES_OPTION
    EDGES_OPTION_COUNT
};

struct edges_options {
    double value[EDGES_OPTION_COUNT];
    bool search, help;
};

/** What holds when nothing is said. */
void edges_options_init(struct edges_options *options);
/** @param ret_why  On failure what is wrong with which option. @return 0 or -EINVAL. */
int edges_options_parse(struct edges_options *options, int argc, char *const *argv, char *ret_why,
                        size_t why_size);
void edges_options_usage(FILE *out);

/** Edges that share with each other, all of them if no groups are asked for. */
uint32_t edges_group_size(const struct edges_options *options);
/** Titles times profiles; then come channels times profiles, then the crowd's. */
uint32_t edges_live_first(const struct edges_options *options);
uint32_t edges_crowd_first(const struct edges_options *options);
uint32_t edges_resource_count(const struct edges_options *options);
/** Peers that watch at each edge. */
double edges_viewers_each(const struct edges_options *options);
/** Mean segments of a view. */
double edges_view_segments(const struct edges_options *options);
/** The same, @p factor times as many edges and peers. */
struct edges_options edges_scaled(const struct edges_options *options, double factor);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/world_priv.h - parts of the world, see world.h: how the evening has begun.
 *
 * Threads: one.
 */
#ifndef PS_TOOLS_SIM_EDGES_WORLD_PRIV_H
#define PS_TOOLS_SIM_EDGES_WORLD_PRIV_H

#include "tools/sim/edges/world.h"

/** Shares of the views; ends in 1. */
void edges_shares(const struct edges_options *options, double *ret_share);
/** A view of its own length from its beginning; @p viewer->resource is drawn. */
void edges_view_begin(struct edges_world *world, struct edges_viewer *viewer);
/** What earlier viewers left, and who watches now. */
void edges_world_begin(struct edges_world *world);

static inline bool edges_is_live(const struct edges_world *world, uint32_t resource)
{
    return resource >= world->live_first && resource < world->crowd_first;
}

/* The one that is broadcast now. */
static inline uint16_t edges_live_segment(const struct edges_world *world)
{
    return (uint16_t)((double)world->second / world->options->value[EDGES_SEGMENT_S]);
}

static inline struct edges_cell *edges_cell_at(struct edges_world *world, uint32_t edge,
                                               uint32_t resource)
{
    return &world->cells[(size_t)edge * world->resources + resource];
}

static inline struct edges_viewer *edges_viewer_at(struct edges_world *world, uint32_t edge,
                                                   uint32_t viewer)
{
    return &world->viewers[(size_t)viewer * world->edges + edge];
}

static inline uint16_t *edges_made_at(struct edges_world *world, uint32_t edge, uint32_t resource)
{
    return &world->made[(size_t)(edge / world->group) * world->resources + resource];
}

#endif

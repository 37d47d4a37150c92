/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/world.h - viewers and peers of many edges, and what each edge has, on virtual
 * time.
 *
 * Every viewer asks its edge for the next segment once per segment length; a view begins at the
 * first segment, of a channel at the one that is broadcast, goes on for an exponential time and is
 * followed by another. What an edge has of a resource is its first so many segments: the furthest
 * view within `keep-h`. It begins as if the evening had gone on for ever. Sessions come as Poisson
 * processes.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_EDGES_WORLD_H
#define PS_TOOLS_SIM_EDGES_WORLD_H

#include "tools/chance.h"
#include "tools/sim/edges/load.h"

/* One resource at one edge. */
struct edges_cell {
    uint16_t reached; /* segments that are there */
    uint16_t viewers;
};

struct edges_viewer {
    uint32_t resource;
    uint16_t next, end; /* segments */
};

struct edges_world {
    const struct edges_options *options;
    uint32_t edges, viewers_each, resources, group;
    uint32_t title_segments, live_first, crowd_first;
    struct edges_cell *cells;     /* [edge][resource] */
    uint16_t *made;               /* [group][resource]: segments that some edge has */
    struct edges_viewer *viewers; /* [viewer][edge] */
    double *share;                /* of the views, up to and with this resource */
    struct edges_tally *tallies;  /* of the second that goes on, [edge] */
    double *bets;                 /* not yet whole, [edge] */
    struct chance views, sessions;
    uint64_t second;
};

/** @param options  Outlive it. @return 0 or -ENOMEM. */
int edges_world_init(struct edges_world *world, const struct edges_options *options);
/** Zeroed and half-built ones are allowed. */
void edges_world_fini(struct edges_world *world);
/** A second passes; what happened is in tallies until the next. */
void edges_world_advance(struct edges_world *world);

#endif

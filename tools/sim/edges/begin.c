/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/begin.c - see world_priv.h. */
#include <math.h>

#include "tools/sim/edges/world_priv.h"

#define LONGEST_VIEW 8.0 /* means; so few are longer that they may count as this long */

void edges_shares(const struct edges_options *options, double *ret_share)
{
    const uint32_t profiles = (uint32_t)options->value[EDGES_PROFILES];
    const uint32_t live = edges_live_first(options), crowd = edges_crowd_first(options);
    double sum = 0;

    for (uint32_t r = 0; r < live; r++)
        ret_share[r] = sum += pow(r / profiles + 1, -options->value[EDGES_ZIPF]);
    for (uint32_t r = 0; r < live; r++)
        ret_share[r] *= (1 - options->value[EDGES_LIVE]) / sum;
    for (uint32_t r = live; r < crowd; r++)
        ret_share[r] = 1 - options->value[EDGES_LIVE] * (crowd - 1 - r) / (crowd - live);
}

static uint32_t draw_resource(struct edges_world *world)
{
    const double at = chance_uniform(&world->views);
    uint32_t low = 0, high = edges_crowd_first(world->options) - 1;

    while (low < high) {
        const uint32_t middle = (low + high) / 2;

        if (world->share[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint16_t whole_segments(const struct edges_world *world, double segments)
{
    return (uint16_t)fmin(fmax(ceil(segments), 1), world->title_segments);
}

static double mean_segments(const struct edges_world *world)
{
    return world->options->value[EDGES_WATCH_MIN] * 60 / world->options->value[EDGES_SEGMENT_S];
}

void edges_view_begin(struct edges_world *world, struct edges_viewer *viewer)
{
    viewer->resource = draw_resource(world);
    viewer->next = edges_is_live(world, viewer->resource) ? edges_live_segment(world) : 0;
    viewer->end = (uint16_t)(viewer->next +
                             whole_segments(world, -mean_segments(world) *
                                                       log(1 - chance_uniform(&world->views))));
}

/* The furthest of so many views, by the inverse of its distribution. */
static uint16_t furthest(struct edges_world *world, uint32_t views)
{
    const double u = pow(chance_uniform(&world->views), 1.0 / views);

    return whole_segments(world, -mean_segments(world) * log(1 - fmin(u, 1 - 1e-12)));
}

static void leave_earlier_views(struct edges_world *world, uint32_t edge)
{
    const struct edges_options *options = world->options;
    const double views = world->viewers_each * options->value[EDGES_KEEP_H] * 3600 /
                         (edges_view_segments(options) * options->value[EDGES_SEGMENT_S]);

    for (uint32_t r = 0; r < edges_live_first(options); r++) {
        const double share = world->share[r] - (r > 0 ? world->share[r - 1] : 0);
        const uint32_t came = chance_poisson(&world->views, views * share);
        uint16_t *made = edges_made_at(world, edge, r);

        if (came == 0)
            continue;
        edges_cell_at(world, edge, r)->reached = furthest(world, came);
        if (*made < edges_cell_at(world, edge, r)->reached)
            *made = edges_cell_at(world, edge, r)->reached;
    }
}

/* A view that goes on now is longer than most: it is met with the chance of its length. */
static void seat_viewer(struct edges_world *world, uint32_t edge, struct edges_viewer *viewer)
{
    const double longest =
        fmin(world->title_segments, LONGEST_VIEW * edges_view_segments(world->options));
    struct edges_cell *cell;

    do {
        edges_view_begin(world, viewer);
    } while (viewer->end < longest * chance_uniform(&world->views));
    cell = edges_cell_at(world, edge, viewer->resource);
    cell->viewers++;
    if (edges_is_live(world, viewer->resource)) {
        viewer->end = (uint16_t)(1 + chance_below(&world->views, viewer->end));
        return;
    }
    viewer->next = (uint16_t)chance_below(&world->views, viewer->end);
    if (cell->reached < viewer->next)
        cell->reached = viewer->next;
    if (*edges_made_at(world, edge, viewer->resource) < cell->reached)
        *edges_made_at(world, edge, viewer->resource) = cell->reached;
}

/* What a group has made before, claimed by its first edge: where does not matter. */
static void count_keys(struct edges_world *world, uint32_t edge)
{
    const double *value = world->options->value;
    double keys = 0;

    for (uint32_t r = 0; r < world->live_first; r++)
        keys += *edges_made_at(world, edge, r);
    for (uint32_t r = world->live_first; r < world->crowd_first; r++)
        keys += value[EDGES_LIVE] > 0 ? value[EDGES_KEEP_H] * 3600 / value[EDGES_SEGMENT_S] : 0;
    world->tallies[edge].keys = keys / value[EDGES_SPAN];
}

void edges_world_begin(struct edges_world *world)
{
    for (uint32_t e = 0; e < world->edges; e++)
        leave_earlier_views(world, e);
    for (uint32_t e = 0; e < world->edges; e++) {
        for (uint32_t v = 0; v < world->viewers_each; v++)
            seat_viewer(world, e, edges_viewer_at(world, e, v));
        for (uint32_t r = 0; r < world->resources; r++)
            world->tallies[e].resources += edges_cell_at(world, e, r)->viewers > 0;
    }
    for (uint32_t e = 0; e < world->edges; e += world->group)
        count_keys(world, e);
}

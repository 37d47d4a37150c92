/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/world.c - see world.h. */
#include "tools/sim/edges/world.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/sim/edges/world_priv.h"

#define CROWD_AFTER_S 10.0

int edges_world_init(struct edges_world *world, const struct edges_options *options)
{
    const double *value = options->value;
    const uint32_t edges = (uint32_t)value[EDGES_EDGES], group = edges_group_size(options);

    *world = (struct edges_world){
        .options = options,
        .edges = edges,
        .group = group,
        .viewers_each = (uint32_t)lround(edges_viewers_each(options)),
        .resources = edges_resource_count(options),
        .live_first = edges_live_first(options),
        .crowd_first = edges_crowd_first(options),
        .title_segments = (uint32_t)fmax(value[EDGES_TITLE_MIN] * 60 / value[EDGES_SEGMENT_S], 1),
    };
    world->cells = ps_zalloc((size_t)edges * world->resources, sizeof(*world->cells));
    world->made =
        ps_zalloc((size_t)((edges - 1) / group + 1) * world->resources, sizeof(*world->made));
    world->viewers = ps_zalloc((size_t)edges * world->viewers_each + 1, sizeof(*world->viewers));
    world->share = ps_zalloc(world->resources, sizeof(*world->share));
    world->tallies = ps_zalloc(edges, sizeof(*world->tallies));
    world->bets = ps_zalloc(edges, sizeof(*world->bets));
    if (world->cells == NULL || world->made == NULL || world->viewers == NULL ||
        world->share == NULL || world->tallies == NULL || world->bets == NULL) {
        edges_world_fini(world);
        return -ENOMEM;
    }
    chance_init(&world->views, (uint64_t)value[EDGES_SEED], 1);
    chance_init(&world->sessions, (uint64_t)value[EDGES_SEED], 2);
    edges_shares(options, world->share);
    edges_world_begin(world);
    return 0;
}

void edges_world_fini(struct edges_world *world)
{
    free(world->cells);
    free(world->made);
    free(world->viewers);
    free(world->share);
    free(world->tallies);
    free(world->bets);
    *world = (struct edges_world){ 0 };
}

/* Bets are made beside what is watched, and claimed like it. */
static void make(struct edges_world *world, uint32_t edge)
{
    struct edges_tally *tally = &world->tallies[edge];
    const double bets = world->options->value[EDGES_BETS];

    tally->made += 1 + bets;
    world->bets[edge] += bets / world->options->value[EDGES_SPAN];
    tally->claims += floor(world->bets[edge]);
    tally->won += floor(world->bets[edge]);
    world->bets[edge] -= floor(world->bets[edge]);
}

static uint32_t neighbour_of(struct edges_world *world, uint32_t edge)
{
    const uint32_t first = edge / world->group * world->group;
    const uint32_t count =
        first + world->group > world->edges ? world->edges - first : world->group;
    const uint32_t neighbour = first + chance_below(&world->views, count);

    return neighbour != edge ? neighbour : first + (edge - first + 1) % count;
}

/* The edge does not have it: claim it, and make it or fetch it. */
static void miss(struct edges_world *world, uint32_t edge, uint32_t resource, uint16_t segment)
{
    struct edges_tally *tally = &world->tallies[edge];
    uint16_t *made = edges_made_at(world, edge, resource);
    const double *value = world->options->value;
    const bool is_known = segment < *made && value[EDGES_NEWS] != 0;
    const bool claims = segment % (uint32_t)value[EDGES_SPAN] == 0 && !is_known;

    tally->claims += claims;
    edges_cell_at(world, edge, resource)->reached = (uint16_t)(segment + 1);
    if (segment < *made) {
        tally->fetched++;
        world->tallies[neighbour_of(world, edge)].given++;
        return;
    }
    *made = (uint16_t)(segment + 1);
    tally->won += claims;
    tally->keys += claims;
    make(world, edge);
}

static void leave_and_join(struct edges_world *world, uint32_t edge, struct edges_viewer *viewer,
                           uint32_t crowd)
{
    struct edges_cell *cell = edges_cell_at(world, edge, viewer->resource);

    if (--cell->viewers == 0)
        world->tallies[edge].resources--;
    edges_view_begin(world, viewer);
    world->tallies[edge].starts++;
    if (crowd != UINT32_MAX)
        viewer->resource = crowd;
    cell = edges_cell_at(world, edge, viewer->resource);
    if (cell->viewers++ == 0)
        world->tallies[edge].resources++;
}

/* The first viewers of each edge are those of the crowd; UINT32_MAX: this one does not go now. */
static uint32_t crowd_calls(const struct edges_world *world, uint32_t viewer,
                            const struct edges_viewer *v)
{
    const double *value = world->options->value;
    const double share = viewer / fmax(world->viewers_each, 1);
    const double since = (double)world->second - CROWD_AFTER_S;
    const uint32_t first = world->crowd_first;

    if (since < 0 || share >= value[EDGES_CROWD] || v->resource >= first ||
        share * value[EDGES_CROWD_S] > since * value[EDGES_CROWD])
        return UINT32_MAX;
    return first + viewer % (uint32_t)value[EDGES_PROFILES];
}

static void watch(struct edges_world *world, uint32_t edge, uint32_t viewer)
{
    struct edges_viewer *v = edges_viewer_at(world, edge, viewer);
    const uint32_t crowd = crowd_calls(world, viewer, v);

    if (v->next >= v->end || crowd != UINT32_MAX)
        leave_and_join(world, edge, v, crowd);
    world->tallies[edge].responses++;
    if (edges_is_live(world, v->resource))
        v->next = edges_live_segment(world);
    if (v->next >= edges_cell_at(world, edge, v->resource)->reached)
        miss(world, edge, v->resource, v->next);
    v->next++;
}

/* Those that watch a resource use its collection, and an edge where nobody does has none. */
static void tell_interested(struct edges_world *world, uint32_t edge, uint32_t resource)
{
    const uint32_t first = edge / world->group * world->group;
    bool any = false;

    for (uint32_t e = first; e < first + world->group && e < world->edges; e++) {
        if (e == edge || edges_cell_at(world, e, resource)->viewers == 0)
            continue;
        world->tallies[e].heard++;
        any = true;
    }
    world->tallies[edge].requests_out += any;
}

static void talk(struct edges_world *world, uint32_t edge)
{
    const double *value = world->options->value;
    struct edges_tally *tally = &world->tallies[edge];
    const double a_second = value[EDGES_PEERS] / value[EDGES_EDGES] * value[EDGES_SESSIONS] / 3600;
    const uint32_t sessions = chance_poisson(&world->sessions, a_second);

    tally->requests += sessions;
    tally->answers += sessions * value[EDGES_ANSWERS];
    for (uint32_t s = 0; s < sessions && world->viewers_each > 0 && world->group > 1; s++) {
        const uint32_t viewer = chance_below(&world->sessions, world->viewers_each);

        tell_interested(world, edge, edges_viewer_at(world, edge, viewer)->resource);
        if (chance_uniform(&world->sessions) < value[EDGES_FAR])
            tally->far_answers += value[EDGES_ANSWERS];
    }
}

/* Every message goes to every edge, whether anybody wants it there or not. */
static void tell_all(struct edges_world *world, uint32_t first, uint32_t end)
{
    double said = 0;

    for (uint32_t e = first; e < end; e++) {
        struct edges_tally *tally = &world->tallies[e];

        tally->requests_out = end - first > 1 ? tally->requests + tally->answers : 0;
        tally->far_answers = 0;
        said += tally->requests_out;
    }
    for (uint32_t e = first; e < end; e++)
        world->tallies[e].copies_in = said - world->tallies[e].requests_out;
}

static void send_copies(struct edges_world *world)
{
    const bool by_interest = world->options->value[EDGES_INTEREST] != 0;

    for (uint32_t e = 0; by_interest && e < world->edges; e++)
        world->tallies[e].copies_in = world->tallies[e].heard;
    for (uint32_t e = 0; !by_interest && e < world->edges; e += world->group)
        tell_all(world, e, e + world->group > world->edges ? world->edges : e + world->group);
}

/* Viewers are spread evenly over a segment's length. */
static uint32_t asks_now(const struct edges_world *world, uint32_t viewer)
{
    const double segment_s = world->options->value[EDGES_SEGMENT_S];
    const double phase = (viewer * 40503u % 65536u) / 65536.0;
    const double now = (double)world->second / segment_s + phase;

    return (uint32_t)(ceil(now + 1 / segment_s) - ceil(now));
}

void edges_world_advance(struct edges_world *world)
{
    for (uint32_t e = 0; e < world->edges; e++)
        world->tallies[e] = (struct edges_tally){ .resources = world->tallies[e].resources,
                                                  .keys = world->tallies[e].keys };
    for (uint32_t v = 0; v < world->viewers_each; v++) {
        /* Who is first must make it: it shall not be the same edge always. */
        const uint32_t first = chance_below(&world->views, world->edges);

        for (uint32_t asks = asks_now(world, v); asks > 0; asks--)
            for (uint32_t i = 0; i < world->edges; i++)
                watch(world, (first + i) % world->edges, v);
    }
    for (uint32_t e = 0; e < world->edges; e++)
        talk(world, e);
    send_copies(world);
    world->second++;
}

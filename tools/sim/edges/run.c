/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/run.c - see run.h. */
#include "tools/sim/edges/run.h"

#include <errno.h>
#include <math.h>

#include "tools/sim/edges/world.h"

#define SEARCH_EXACT   1.02 /* the factor is known to this */
#define FACTOR_MAX     8.0  /* as far as one looks */
#define SEARCH_SECONDS 6.0

static void add_second(const struct edges_world *world, const struct edges_load *load,
                       double seconds, struct edges_outcome *sum)
{
    for (unsigned k = 0; k < EDGES_KIND_COUNT; k++) {
        sum->flow[k].peer_msgs += load->flow[k].peer_msgs / seconds;
        sum->flow[k].peer_bytes += load->flow[k].peer_bytes / seconds;
        sum->flow[k].msgs_out += load->flow[k].msgs_out / seconds;
        sum->flow[k].msgs_in += load->flow[k].msgs_in / seconds;
        sum->flow[k].bytes_out += load->flow[k].bytes_out / seconds;
        sum->flow[k].bytes_in += load->flow[k].bytes_in / seconds;
    }
    for (unsigned c = 0; c < EDGES_COMPONENT_COUNT; c++) {
        sum->mean[c] += load->use[c] / seconds;
        sum->peak[c] = fmax(sum->peak[c], load->use[c]);
    }
    for (uint32_t e = 0; e < world->edges; e++) {
        const struct edges_tally *t = &world->tallies[e];

        sum->made += t->made / seconds;
        sum->fetched += t->fetched / seconds;
        sum->missed += (t->fetched + t->made / (1 + world->options->value[EDGES_BETS])) / seconds;
    }
}

int edges_run(const struct edges_options *options, struct edges_outcome *ret_outcome)
{
    const uint32_t seconds = (uint32_t)options->value[EDGES_SECONDS];
    struct edges_world world;
    struct edges_load load;

    *ret_outcome = (struct edges_outcome){ 0 };
    if (edges_world_init(&world, options) != 0)
        return -ENOMEM;
    for (uint32_t s = 0; s < seconds; s++) {
        edges_world_advance(&world);
        edges_load_of(options, world.tallies, &load);
        add_second(&world, &load, seconds, ret_outcome);
    }
    edges_world_fini(&world);
    return 0;
}

static double largest(const struct edges_options *options)
{
    const double cells = options->value[EDGES_EDGES] * edges_resource_count(options);

    return fmin(EDGES_CELLS_MAX / cells, FACTOR_MAX);
}

/* No reason against growing: more edges relieve the cards, and a full bucket forgets the oldest. */
static int try_factor(const struct edges_options *options, double factor,
                      struct edges_break *ret_break, bool *ret_breaks)
{
    struct edges_options scaled = edges_scaled(options, factor);
    struct edges_outcome outcome;

    scaled.value[EDGES_SECONDS] = fmin(scaled.value[EDGES_SECONDS], SEARCH_SECONDS);
    if (edges_run(&scaled, &outcome) != 0)
        return -ENOMEM;
    outcome.peak[EDGES_EDGE_CARDS] = outcome.peak[EDGES_HUB_BUCKET] = 0;
    const enum edges_component worst = edges_worst(outcome.peak);

    *ret_breaks = outcome.peak[worst] >= 1;
    if (*ret_breaks || ret_break->beyond)
        *ret_break = (struct edges_break){ .factor = factor,
                                           .edges = scaled.value[EDGES_EDGES],
                                           .first = worst,
                                           .beyond = !*ret_breaks };
    return 0;
}

int edges_search(const struct edges_options *options, struct edges_break *ret_break)
{
    const double most = largest(options);
    double fits = 0, breaks = INFINITY, factor = fmin(1, most);
    bool does_break;

    *ret_break = (struct edges_break){ .beyond = true };
    for (unsigned i = 0; i < EDGES_SEARCH_RUNS_MAX; i++) {
        if (try_factor(options, factor, ret_break, &does_break) != 0)
            return -ENOMEM;
        if (does_break)
            breaks = factor;
        else
            fits = factor;
        if (breaks <= fits * SEARCH_EXACT || fits >= most || ret_break->edges <= 1)
            return 0;
        if (isinf(breaks))
            factor = fmin(fits * 2, most);
        else
            factor = fits > 0 ? sqrt(fits * breaks) : breaks / 2;
    }
    return 0;
}

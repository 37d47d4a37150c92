/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/run.h - an evening of many edges, run; and the size at which something breaks.
 *
 * Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_EDGES_RUN_H
#define PS_TOOLS_SIM_EDGES_RUN_H

#include "tools/sim/edges/load.h"

#define EDGES_SEARCH_RUNS_MAX 24u

struct edges_outcome {
    struct edges_flow flow[EDGES_KIND_COUNT]; /* mean of a second, all edges together */
    double mean[EDGES_COMPONENT_COUNT];       /* of the seconds: the busiest of its kind */
    double peak[EDGES_COMPONENT_COUNT];
    double made, fetched, missed; /* segments a second, all edges together; bets not in missed */
};

/* What was found. */
struct edges_break {
    double factor; /* times as many edges and peers; then `first` is at its capacity */
    double edges;
    enum edges_component first;
    bool beyond; /* nothing breaks up to there: more does not fit in memory */
};

/** @return 0 or -ENOMEM. */
int edges_run(const struct edges_options *options, struct edges_outcome *ret_outcome);
/** Edges and peers grow together, as does nothing else. @return 0 or -ENOMEM. */
int edges_search(const struct edges_options *options, struct edges_break *ret_break);

#endif

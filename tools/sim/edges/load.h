/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/sim/edges/load.h - what one second of an evening means for lines and servers: messages and
 * bytes by kind, and how much of each component's capacity they take.
 *
 * The simulation and the estimate on paper share this: both say what happened at each edge, and
 * only what happened differs between them. Threads: the owner's.
 */
#ifndef PS_TOOLS_SIM_EDGES_LOAD_H
#define PS_TOOLS_SIM_EDGES_LOAD_H

#include "tools/sim/edges/options.h"

/* What happened at one edge within a second. */
struct edges_tally {
    double responses; /* segments to viewers */
    double claims;    /* asked who makes */
    double made;      /* segments, bets included */
    double won;       /* claims, of those */
    double fetched, given;
    double requests, answers, far_answers; /* peers' messages */
    double requests_out;                   /* of those, what goes to other edges */
    double copies_in;                      /* of other edges' */
    double heard;                          /* other edges' requests that are wanted here */
    double starts;                         /* of views */
    double resources;                      /* that are watched now */
    double keys;                           /* of all that it has claimed and still has */
};

enum edges_kind {
    EDGES_KIND_SEGMENTS,    /* to viewers */
    EDGES_KIND_COLLECTIONS, /* peers' puts, fetches and acknowledgements */
    EDGES_KIND_COPIES,      /* of those, to other edges */
    EDGES_KIND_CLAIMS,      /* and that a segment is made */
    EDGES_KIND_NEWS,        /* of claims, to who watches them */
    EDGES_KIND_NEIGHBOURS,  /* segments from edge to edge, not by way of the hub */
    EDGES_KIND_PULLS,       /* for other edges' messages, there are any or not */
    EDGES_KIND_DEMAND,
    EDGES_KIND_HEARTBEATS,
    EDGES_KIND_COUNT
};

/* Of one kind, a second. */
struct edges_flow {
    double peer_msgs, peer_bytes; /* between an edge and its peers */
    double msgs_out, msgs_in;     /* between an edge and the hub, seen from the edge */
    double bytes_out, bytes_in;   /* the same, or from neighbour to neighbour */
};

enum edges_component {
    EDGES_EDGE_PEERS,
    EDGES_EDGE_UPLINK,
    EDGES_EDGE_LOOP,
    EDGES_EDGE_STREAM,
    EDGES_EDGE_LEAF,
    EDGES_EDGE_CARDS,
    EDGES_HUB_MESSAGES,
    EDGES_HUB_NETWORK,
    EDGES_HUB_CLAIMS,
    EDGES_HUB_BUCKET,
    EDGES_HUB_MEMORY,
    EDGES_COMPONENT_COUNT
};

struct edges_load {
    struct edges_flow flow[EDGES_KIND_COUNT]; /* of all edges together */
    double use[EDGES_COMPONENT_COUNT];        /* of its capacity, the busiest one of each */
};

/** @param tallies  One for each edge; edges of a group stand together. */
void edges_load_of(const struct edges_options *options, const struct edges_tally *tallies,
                   struct edges_load *ret_load);

const char *edges_kind_name(enum edges_kind kind);
const char *edges_component_name(enum edges_component component);
/** The one that is used most. */
enum edges_component edges_worst(const double use[EDGES_COMPONENT_COUNT]);

#endif

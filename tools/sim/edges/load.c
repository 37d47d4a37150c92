/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/load.c - see load.h. */
#include "tools/sim/edges/load.h"

#include <math.h>

#include "tools/sim/edges/sizes.h"

static const char *const kinds[EDGES_KIND_COUNT] = {
    [EDGES_KIND_SEGMENTS] = "segments",
    [EDGES_KIND_COLLECTIONS] = "collections",
    [EDGES_KIND_COPIES] = "copies",
    [EDGES_KIND_CLAIMS] = "claims",
    [EDGES_KIND_NEWS] = "news",
    [EDGES_KIND_NEIGHBOURS] = "neighbours",
    [EDGES_KIND_PULLS] = "pulls",
    [EDGES_KIND_DEMAND] = "demand",
    [EDGES_KIND_HEARTBEATS] = "heartbeats",
};

static const char *const components[EDGES_COMPONENT_COUNT] = {
    [EDGES_EDGE_PEERS] = "edge_peers",     [EDGES_EDGE_UPLINK] = "edge_uplink",
    [EDGES_EDGE_LOOP] = "edge_loop",       [EDGES_EDGE_STREAM] = "edge_stream",
    [EDGES_EDGE_LEAF] = "edge_leaf",       [EDGES_EDGE_CARDS] = "edge_cards",
    [EDGES_HUB_MESSAGES] = "hub_messages", [EDGES_HUB_NETWORK] = "hub_network",
    [EDGES_HUB_CLAIMS] = "hub_claims",     [EDGES_HUB_BUCKET] = "hub_bucket",
    [EDGES_HUB_MEMORY] = "hub_memory",
};

const char *edges_kind_name(enum edges_kind kind)
{
    return kinds[kind];
}

const char *edges_component_name(enum edges_component component)
{
    return components[component];
}

enum edges_component edges_worst(const double use[EDGES_COMPONENT_COUNT])
{
    enum edges_component worst = 0;

    for (unsigned c = 1; c < EDGES_COMPONENT_COUNT; c++)
        if (use[c] > use[worst])
            worst = (enum edges_component)c;
    return worst;
}

/* What a group's edges say to all others of it. */
struct said {
    double edges;
    double writes; /* of the bucket: claims, won or not, and what is made */
    double kept;   /* of those, the ones that edges are told of */
    double reports, report_bytes;
    double subjects; /* that servers have to know of */
    double keys;
};

/* An edge where nobody began to watch anything has nothing to report. */
static double reports_of(const struct edges_options *options, const struct edges_tally *t)
{
    return fmin(1 / options->value[EDGES_DEMAND_S], t->starts);
}

static double report_bytes(const struct edges_options *options, const struct edges_tally *t)
{
    return reports_of(options, t) * EDGES_MESSAGE_OVERHEAD + t->starts * EDGES_SAMPLE_BYTES;
}

static struct said group_says(const struct edges_options *options,
                              const struct edges_tally *tallies, uint32_t count)
{
    const double span = options->value[EDGES_SPAN];
    const bool by_interest = options->value[EDGES_INTEREST] != 0;
    struct said said = { .edges = count };

    for (uint32_t e = 0; e < count; e++) {
        said.writes += tallies[e].claims + tallies[e].made / span;
        said.kept += tallies[e].won + tallies[e].made / span;
        said.reports += reports_of(options, &tallies[e]);
        said.report_bytes += report_bytes(options, &tallies[e]);
        said.subjects += by_interest ? tallies[e].resources : count - 1;
        said.keys += tallies[e].keys;
    }
    return said;
}

static void flows_to_peers(const struct edges_options *options, const struct edges_tally *t,
                           struct edges_flow *flow)
{
    const double *value = options->value;
    const double heard = t->requests + t->heard;
    const double puts = t->requests + t->answers;
    const double fetches = heard * value[EDGES_LISTENERS] + t->answers;
    const double acks = puts;
    const double bytes = value[EDGES_MESSAGE_BYTES] + EDGES_MESSAGE_OVERHEAD;

    flow[EDGES_KIND_SEGMENTS].peer_msgs = 2 * t->responses;
    flow[EDGES_KIND_SEGMENTS].peer_bytes =
        t->responses * (value[EDGES_SEGMENT_KB] * 1000 + EDGES_HTTP_OVERHEAD);
    flow[EDGES_KIND_COLLECTIONS].peer_msgs = 2 * (puts + fetches + acks);
    flow[EDGES_KIND_COLLECTIONS].peer_bytes =
        (puts + fetches) * bytes + (puts + fetches + 2 * acks) * EDGES_MESSAGE_OVERHEAD;
}

/* A message goes out with its acknowledgement, which other edges have to hear of too. */
static struct edges_flow copies(const struct edges_options *options, const struct edges_tally *t)
{
    const double bytes = options->value[EDGES_MESSAGE_BYTES] + 2 * EDGES_MESSAGE_OVERHEAD;
    const double out = t->requests_out + t->far_answers;
    const double in = t->copies_in + t->far_answers;

    return (struct edges_flow){
        .msgs_out = 2 * out, .msgs_in = 2 * in, .bytes_out = out * bytes, .bytes_in = in * bytes
    };
}

/* Each edge asks every other one, and is asked by it; without news the answer is that. */
static struct edges_flow pulls(const struct edges_options *options, double others)
{
    const double asks =
        options->value[EDGES_INTEREST] != 0 ? 0 : others / options->value[EDGES_PULL_S];

    return (struct edges_flow){ .msgs_out = 2 * asks,
                                .msgs_in = 2 * asks,
                                .bytes_out = 2 * asks * EDGES_PULL_BYTES,
                                .bytes_in = 2 * asks * EDGES_PULL_BYTES };
}

static struct edges_flow claims(const struct edges_options *options, const struct edges_tally *t)
{
    const double writes = t->claims + t->made / options->value[EDGES_SPAN];
    const double asks = options->value[EDGES_NEWS] == 0 ? t->claims - t->won : 0;

    return (struct edges_flow){
        .msgs_out = writes + asks,
        .msgs_in = writes + asks,
        .bytes_out = (writes + asks) * EDGES_CLAIM_BYTES,
        .bytes_in = writes * EDGES_MESSAGE_OVERHEAD + asks * EDGES_CLAIM_BYTES,
    };
}

static void flows_to_edges(const struct edges_options *options, const struct edges_tally *t,
                           const struct said *said, struct edges_flow *flow)
{
    const double *value = options->value;
    const double others = said->edges - 1;
    const double segment = value[EDGES_SEGMENT_KB] * 1000 + EDGES_HTTP_OVERHEAD;
    const double news = value[EDGES_NEWS] != 0 ? said->kept : 0;
    const double beats = 1 / value[EDGES_HEARTBEAT_S];

    flow[EDGES_KIND_COPIES] = copies(options, t);
    flow[EDGES_KIND_PULLS] = pulls(options, others);
    flow[EDGES_KIND_CLAIMS] = claims(options, t);
    flow[EDGES_KIND_NEWS] =
        (struct edges_flow){ .msgs_in = news, .bytes_in = news * EDGES_CLAIM_BYTES };
    flow[EDGES_KIND_NEIGHBOURS] =
        (struct edges_flow){ .bytes_out = t->given * segment, .bytes_in = t->fetched * segment };
    flow[EDGES_KIND_DEMAND] =
        (struct edges_flow){ .msgs_out = reports_of(options, t),
                             .msgs_in = said->reports - reports_of(options, t),
                             .bytes_out = report_bytes(options, t),
                             .bytes_in = said->report_bytes - report_bytes(options, t) };
    flow[EDGES_KIND_HEARTBEATS] =
        (struct edges_flow){ .msgs_out = beats,
                             .msgs_in = beats * others,
                             .bytes_out = beats * EDGES_BEAT_BYTES,
                             .bytes_in = beats * others * EDGES_BEAT_BYTES };
}

static void raise_to(double *use, double value)
{
    *use = fmax(*use, value);
}

static void use_of_edge(const struct edges_options *options, const struct edges_tally *t,
                        const struct edges_flow *flow, double *use)
{
    const double *value = options->value;
    struct edges_flow all = { 0 };

    for (unsigned k = 0; k < EDGES_KIND_COUNT; k++) {
        all.peer_msgs += k == EDGES_KIND_SEGMENTS ? 0 : flow[k].peer_msgs;
        all.peer_bytes += flow[k].peer_bytes;
        all.msgs_out += flow[k].msgs_out;
        all.msgs_in += flow[k].msgs_in;
        all.bytes_out += flow[k].bytes_out;
        all.bytes_in += flow[k].bytes_in;
    }
    const double messages = all.peer_msgs / 2 + all.msgs_out + all.msgs_in;

    raise_to(&use[EDGES_EDGE_PEERS], all.peer_bytes * 8 / (value[EDGES_PEERS_GBPS] * 1e9));
    raise_to(&use[EDGES_EDGE_UPLINK],
             fmax(all.bytes_out, all.bytes_in) * 8 / (value[EDGES_UPLINK_GBPS] * 1e9));
    raise_to(&use[EDGES_EDGE_LOOP], (messages * value[EDGES_MESSAGE_US] +
                                     (t->responses + t->given) * value[EDGES_RESPONSE_US]) /
                                        1e6);
    raise_to(&use[EDGES_EDGE_STREAM], 2 * (t->requests + t->answers) / value[EDGES_STREAM_MSGS]);
    raise_to(&use[EDGES_EDGE_LEAF], (all.msgs_out + all.msgs_in) / value[EDGES_LEAF_MSGS]);
    raise_to(&use[EDGES_EDGE_CARDS], t->made / value[EDGES_MAKE]);
}

/* Each hub server hands on what others' edges want; what is kept goes to all, who acknowledge. */
static void use_of_hub(const struct edges_options *options, const struct edges_load *load,
                       const struct said *sum, double *use)
{
    const double *value = options->value;
    const double servers = value[EDGES_HUB_SERVERS];
    double msgs = 4 * sum->writes * (servers - 1);
    double bytes = 2 * sum->writes * (servers - 1) * EDGES_CLAIM_BYTES;

    for (unsigned k = 0; k < EDGES_KIND_COUNT; k++) {
        const struct edges_flow *flow = &load->flow[k];
        const bool is_to_one = k == EDGES_KIND_CLAIMS || k == EDGES_KIND_PULLS;
        const double routed = is_to_one ? (servers - 1) / servers : servers - 1;

        if (k == EDGES_KIND_NEIGHBOURS)
            continue;
        msgs += flow->msgs_in + flow->msgs_out * (1 + 2 * routed);
        bytes += fmax(flow->bytes_in, flow->bytes_out) + flow->bytes_out * routed;
    }
    use[EDGES_HUB_MESSAGES] = msgs / servers / value[EDGES_HUB_MSGS];
    use[EDGES_HUB_NETWORK] = bytes / servers * 8 / (value[EDGES_HUB_GBPS] * 1e9);
    use[EDGES_HUB_MEMORY] =
        (EDGES_SERVER_BYTES + sum->subjects * EDGES_INTEREST_BYTES) / (value[EDGES_HUB_GB] * 1e9);
}

static void add(struct edges_flow *sum, const struct edges_flow *flow)
{
    sum->peer_msgs += flow->peer_msgs;
    sum->peer_bytes += flow->peer_bytes;
    sum->msgs_out += flow->msgs_out;
    sum->msgs_in += flow->msgs_in;
    sum->bytes_out += flow->bytes_out;
    sum->bytes_in += flow->bytes_in;
}

static void add_group(const struct edges_options *options, const struct edges_tally *tallies,
                      uint32_t count, struct said *sum, struct edges_load *load)
{
    const struct said said = group_says(options, tallies, count);

    for (uint32_t e = 0; e < count; e++) {
        struct edges_flow flow[EDGES_KIND_COUNT] = { 0 };

        flows_to_peers(options, &tallies[e], flow);
        if (count > 1)
            flows_to_edges(options, &tallies[e], &said, flow);
        use_of_edge(options, &tallies[e], flow, load->use);
        for (unsigned k = 0; k < EDGES_KIND_COUNT; k++)
            add(&load->flow[k], &flow[k]);
    }
    if (count == 1)
        return;
    raise_to(&load->use[EDGES_HUB_CLAIMS], said.writes / options->value[EDGES_HUB_KV]);
    raise_to(&load->use[EDGES_HUB_BUCKET],
             said.keys * EDGES_KEY_BYTES / (options->value[EDGES_BUCKET_MB] * 1e6));
    sum->writes += said.writes;
    sum->subjects += said.subjects;
}

void edges_load_of(const struct edges_options *options, const struct edges_tally *tallies,
                   struct edges_load *ret_load)
{
    const uint32_t edges = (uint32_t)options->value[EDGES_EDGES];
    const uint32_t group = edges_group_size(options);
    struct said sum = { 0 };

    *ret_load = (struct edges_load){ 0 };
    for (uint32_t first = 0; first < edges; first += group)
        add_group(options, tallies + first, first + group > edges ? edges - first : group, &sum,
                  ret_load);
    use_of_hub(options, ret_load, &sum, ret_load->use);
}

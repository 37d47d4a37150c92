/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/report.c - see report.h. */
#include "tools/sim/edges/report.h"

#include <errno.h>

static void report_flows(FILE *out, const struct edges_outcome *outcome, double edges)
{
    for (unsigned k = 0; k < EDGES_KIND_COUNT; k++) {
        const char *name = edges_kind_name((enum edges_kind)k);
        const struct edges_flow *flow = &outcome->flow[k];

        fprintf(out, "edges: %s_peer_msgs_per_edge_s=%.1f\nedges: %s_peer_kb_per_edge_s=%.1f\n",
                name, flow->peer_msgs / edges, name, flow->peer_bytes / edges / 1e3);
        fprintf(out, "edges: %s_hub_msgs_s=%.0f\n", name, flow->msgs_out + flow->msgs_in);
        fprintf(out, "edges: %s_out_kb_per_edge_s=%.1f\nedges: %s_in_kb_per_edge_s=%.1f\n", name,
                flow->bytes_out / edges / 1e3, name, flow->bytes_in / edges / 1e3);
    }
}

static void report_use(FILE *out, const struct edges_outcome *outcome,
                       const struct edges_load *paper)
{
    for (unsigned c = 0; c < EDGES_COMPONENT_COUNT; c++) {
        const char *name = edges_component_name((enum edges_component)c);

        fprintf(out, "edges: use_%s_mean=%.4f\nedges: use_%s_peak=%.4f\n", name, outcome->mean[c],
                name, outcome->peak[c]);
        fprintf(out, "edges: use_%s_paper=%.4f\n", name, paper->use[c]);
    }
    fprintf(out, "edges: worst=%s\n", edges_component_name(edges_worst(outcome->peak)));
    fprintf(out, "edges: worst_use=%.4f\n", outcome->peak[edges_worst(outcome->peak)]);
    fprintf(out, "edges: holds=%d\n", outcome->peak[edges_worst(outcome->peak)] < 1);
}

int edges_report(FILE *out, const struct edges_options *options,
                 const struct edges_outcome *outcome, const struct edges_load *paper,
                 const struct edges_break *found, double real_s)
{
    const double *value = options->value;

    fprintf(out, "edges: time=virtual\nedges: edges=%.0f\nedges: peers=%.0f\n", value[EDGES_EDGES],
            value[EDGES_PEERS]);
    fprintf(out, "edges: group=%u\nedges: seed=%.0f\nedges: virtual_s=%.0f\n",
            edges_group_size(options), value[EDGES_SEED], value[EDGES_SECONDS]);
    fprintf(out, "edges: missed_s=%.1f\nedges: made_s=%.1f\nedges: fetched_s=%.1f\n",
            outcome->missed, outcome->made, outcome->fetched);
    fprintf(out, "edges: fetched_share=%.4f\n",
            outcome->missed > 0 ? outcome->fetched / outcome->missed : 0);
    report_flows(out, outcome, value[EDGES_EDGES]);
    report_use(out, outcome, paper);
    if (found != NULL) {
        fprintf(out, "edges: breaks_first=%s\nedges: breaks_at_factor=%.3f\n",
                found->beyond ? "nothing" : edges_component_name(found->first), found->factor);
        fprintf(out, "edges: breaks_at_edges=%.0f\n", found->edges);
    }
    fprintf(out, "edges: real_s=%.1f\n", real_s);
    return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}

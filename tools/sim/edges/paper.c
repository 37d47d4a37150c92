/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/paper.c - see paper.h. */
#include "tools/sim/edges/paper.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "tools/sim/edges/world_priv.h"

/*
 * Views of a resource come at a rate v; a view goes past all N of the last `keep` hours by
 * L / (N + 1) segments on average (L: mean segments of a view), and the mean of 1 / (N + 1) is
 * (1 - exp(-v keep)) / (v keep). So new segments come at L / keep x (1 - exp(-v keep)), whatever v.
 */
static double new_segments(const struct edges_options *options, double views_per_s)
{
    const double keep_s = options->value[EDGES_KEEP_H] * 3600;

    return edges_view_segments(options) / keep_s * (1 - exp(-views_per_s * keep_s));
}

/* Of exponential lengths the furthest of n is about L (ln n + 0.577), and at most the title. */
static double furthest_segment(const struct edges_options *options, double views_per_s)
{
    const double *value = options->value;
    const double views = views_per_s * value[EDGES_KEEP_H] * 3600;
    const double title = value[EDGES_TITLE_MIN] * 60 / value[EDGES_SEGMENT_S];
    const double mean = value[EDGES_WATCH_MIN] * 60 / value[EDGES_SEGMENT_S];

    return fmin(title, views < 1 ? views * mean : mean * (log(views) + 0.577));
}

static void tally_on_paper(const struct edges_options *options, const double *share,
                           struct edges_tally *ret)
{
    const double *value = options->value;
    const double viewers = edges_viewers_each(options), group = edges_group_size(options);
    const double views = viewers / (edges_view_segments(options) * value[EDGES_SEGMENT_S]);
    double copies = 0, some = 0, missed = 0, made = 0, keys = 0;

    *ret = (struct edges_tally){ .responses = viewers / value[EDGES_SEGMENT_S] };
    for (uint32_t r = 0; r < edges_crowd_first(options); r++) {
        const double p = share[r] - (r > 0 ? share[r - 1] : 0);
        const double here = 1 - exp(-viewers * p); /* somebody watches it at an edge */

        ret->resources += here;
        const double anywhere = 1 - pow(1 - here, group);

        if (r < edges_live_first(options)) {
            missed += new_segments(options, views * p);
            made += new_segments(options, views * p * group) / group;
            keys += furthest_segment(options, views * p * group) / group;
        } else {
            missed += here / value[EDGES_SEGMENT_S];
            made += anywhere / value[EDGES_SEGMENT_S] / group;
            keys += anywhere * value[EDGES_KEEP_H] * 3600 / value[EDGES_SEGMENT_S] / group;
        }
        copies += p * (group - 1) * here;
        some += p * (1 - pow(1 - here, group - 1));
    }
    ret->requests = value[EDGES_PEERS] / value[EDGES_EDGES] * value[EDGES_SESSIONS] / 3600;
    ret->answers = ret->requests * value[EDGES_ANSWERS];
    ret->heard = ret->requests * copies;
    if (value[EDGES_INTEREST] != 0 && group > 1) {
        ret->far_answers = ret->answers * value[EDGES_FAR];
        ret->copies_in = ret->heard;
        ret->requests_out = ret->requests * some;
    } else if (group > 1) {
        ret->requests_out = ret->requests + ret->answers;
        ret->copies_in = ret->requests_out * (group - 1);
    }
    ret->starts = views;
    ret->made = made * (1 + value[EDGES_BETS]);
    ret->won = ret->made / value[EDGES_SPAN];
    ret->keys = keys / value[EDGES_SPAN];
    ret->claims =
        value[EDGES_NEWS] != 0 ? ret->won : (missed + made * value[EDGES_BETS]) / value[EDGES_SPAN];
    ret->fetched = ret->given = missed - made;
}

int edges_paper(const struct edges_options *options, struct edges_load *ret_load)
{
    const uint32_t edges = (uint32_t)options->value[EDGES_EDGES];
    struct edges_tally *tallies = ps_zalloc(edges, sizeof(*tallies));
    double *share = ps_zalloc(edges_crowd_first(options), sizeof(*share));

    if (tallies != NULL && share != NULL) {
        edges_shares(options, share);
        tally_on_paper(options, share, &tallies[0]);
        for (uint32_t e = 1; e < edges; e++)
            tallies[e] = tallies[0];
        edges_load_of(options, tallies, ret_load);
    }
    const int rc = tallies != NULL && share != NULL ? 0 : -ENOMEM;
    free(share);
    free(tallies);
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/search.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

/* Starts tried together with views: around the expected one. */
#define NEAR_STARTS 4u

/* Steps that lose little: half a cell of place, and so much scale that edges are off by less. */
#define STEP_ACROSS  (0.5 / PSK_MARK_COLUMNS)
#define STEP_DOWN    (0.5 / PSK_MARK_ROWS)
#define SCALE_ACROSS 0.01
#define SCALE_DOWN   0.0125

/* Below this a find needs no other tried beside it; and below that none of the last, long stage. */
#define CLEAR_CHANCE  1e-12
#define ENOUGH_CHANCE 1e-6

/* Segments that views are tried on; refining uses all. */
#define VIEW_SEGMENTS 6u

/* The recording cut into segments at one phase. */
struct cut {
    uint32_t phase;
    uint32_t count;
    struct ps_mark_map map[PS_MARK_SEARCH_MAX + 1];
};

struct work {
    const struct ps_mark_search *search;
    struct cut cut[PS_MARK_PHASES];
    struct ps_mark_strips strips[PS_MARK_PHASES][VIEW_SEGMENTS];
    struct ps_mark_cells cells[PS_MARK_PHASES][PS_MARK_SEARCH_MAX + 1];
    struct ps_mark_signs signs[2 * NEAR_STARTS + PS_MARK_SEARCH_MAX + 2];
    uint32_t signs_first;
    struct ps_mark_found best; /* of the stage at hand */
    double best_chance;
    uint64_t stage_tries;
    struct ps_mark_found chosen; /* of all stages so far */
    double chosen_chance;        /* times the tries of its stage */
};

/* A stretch of one side of the marked picture. */
struct stretch {
    double from, length;
};

double ps_mark_evidence_chance(double evidence, uint32_t segment_count)
{
    const double n = segment_count;

    if (n == 0 || evidence <= n)
        return 1;
    return exp(n / 2 * (log(evidence / n) + 1 - evidence / n));
}

static void tell(const struct work *work, const char *what, double share)
{
    if (work->search->progress != NULL)
        work->search->progress(work->search->progress_arg, what, share);
}

static void cut_at(struct work *work, uint32_t phase)
{
    const struct ps_mark_search *search = work->search;
    const uint32_t pieces = search->piece_count < PS_MARK_SEARCH_MAX * PS_MARK_PHASES
                                ? search->piece_count
                                : PS_MARK_SEARCH_MAX * PS_MARK_PHASES;
    struct cut *cut = &work->cut[phase];

    cut->phase = phase;
    for (uint32_t i = 0; i < pieces; i++) {
        const uint32_t at = (i + phase) / PS_MARK_PHASES;

        ps_mark_map_merge(&cut->map[at], &search->pieces[i]);
        cut->count = at + 1;
    }
}

/* Take over a hypothesis when it is the least likely to be chance. */
static void consider(struct work *work, const struct ps_mark_view *view, const struct cut *cut,
                     uint32_t segments, uint32_t start, double evidence)
{
    const double chance = ps_mark_evidence_chance(evidence, segments);

    work->stage_tries++;
    if (chance >= work->best_chance)
        return;
    work->best_chance = chance;
    work->best.view = *view;
    work->best.phase = cut->phase;
    work->best.start = start;
    work->best.evidence = evidence;
}

/* End a stage. @return whether what was found so far is below @p limit. */
static bool is_clear(struct work *work, double limit)
{
    const double chance = work->stage_tries > 0 ? work->best_chance * (double)work->stage_tries : 2;

    work->chosen.tries += work->stage_tries;
    if (chance < work->chosen_chance) {
        const uint64_t tries = work->chosen.tries;

        work->chosen = work->best;
        work->chosen.tries = tries;
        work->chosen_chance = chance;
    }
    work->best_chance = 2;
    work->stage_tries = 0;
    return work->chosen_chance < limit;
}

static double square(double value)
{
    return value * value;
}

static double evidence_of(const struct work *work, const struct ps_mark_view *view,
                          const struct cut *cut, uint32_t start)
{
    double evidence = 0;

    for (uint32_t i = 0; i < cut->count; i++) {
        struct ps_mark_cells cells;
        struct ps_mark_signs signs;

        ps_mark_cells_of(&cut->map[i], view, &cells);
        ps_mark_signs_of(work->search->key, start + i, &signs);
        evidence += square(ps_mark_z(&cells, &signs));
    }
    return evidence;
}

static void try_as_expected(struct work *work)
{
    const uint32_t start = work->search->start_expected;

    consider(work, &ps_mark_view_whole, &work->cut[0], work->cut[0].count, start,
             evidence_of(work, &ps_mark_view_whole, &work->cut[0], start));
}

/* All starts and phases, of the whole picture: each segment number's signs are made once. */
static int try_times(struct work *work)
{
    const uint32_t starts = work->search->start_end;
    double(*evidence)[PS_MARK_PHASES];

    if (starts == 0)
        return 0;
    evidence = ps_zalloc(starts, sizeof(*evidence));
    if (evidence == NULL)
        return -ENOMEM;
    for (uint32_t phase = 0; phase < PS_MARK_PHASES; phase++)
        for (uint32_t i = 0; i < work->cut[phase].count; i++)
            ps_mark_cells_of(&work->cut[phase].map[i], &ps_mark_view_whole, &work->cells[phase][i]);
    for (uint32_t segment = 0; segment < starts + PS_MARK_SEARCH_MAX; segment++) {
        struct ps_mark_signs signs;

        ps_mark_signs_of(work->search->key, segment, &signs);
        for (uint32_t phase = 0; phase < PS_MARK_PHASES; phase++)
            for (uint32_t i = 0; i < work->cut[phase].count && i <= segment; i++)
                if (segment - i < starts)
                    evidence[segment - i][phase] +=
                        square(ps_mark_z(&work->cells[phase][i], &signs));
        if (segment % 64 == 0)
            tell(work, "times", (double)segment / starts);
    }
    for (uint32_t start = 0; start < starts; start++)
        for (uint32_t phase = 0; phase < PS_MARK_PHASES; phase++)
            consider(work, &ps_mark_view_whole, &work->cut[phase], work->cut[phase].count, start,
                     evidence[start][phase]);
    free(evidence);
    return 0;
}

/* All stretches with a length from 1 - crop to 1 + bars. @return their number; NULL counts only. */
static uint32_t list_stretches(double crop, double bars, double scale, double step,
                               struct stretch *stretches)
{
    const int first = -(int)floor(crop / scale + 1e-9), last = (int)floor(bars / scale + 1e-9);
    uint32_t count = 0;

    for (int i = first; i <= last; i++) {
        const double length = 1 + i * scale;
        const double room = fabs(1 - length);
        const uint32_t places = (uint32_t)ceil(room / step - 1e-9) + 1;

        for (uint32_t k = 0; k < places; k++) {
            const double from = places > 1 ? room * k / (places - 1) : 0;

            if (stretches != NULL)
                stretches[count] = (struct stretch){ length > 1 ? -from : from, length };
            count++;
        }
    }
    return count;
}

/* Fewer segments than the recording has are enough to find a view: even ones. */
static uint32_t sample_of(const struct cut *cut, uint32_t i, uint32_t samples)
{
    return i * cut->count / samples;
}

static void try_view(struct work *work, const struct ps_mark_view *view, uint32_t phases,
                     uint32_t first, uint32_t last)
{
    for (uint32_t phase = 0; phase < phases; phase++) {
        const struct cut *cut = &work->cut[phase];
        const uint32_t samples = cut->count < VIEW_SEGMENTS ? cut->count : VIEW_SEGMENTS;

        for (uint32_t i = 0; i < samples; i++)
            ps_mark_cells_of_strips(&work->strips[phase][i], view->top, view->height,
                                    &work->cells[phase][i]);
        for (uint32_t start = first; start <= last; start++) {
            double evidence = 0;

            for (uint32_t i = 0; i < samples; i++)
                evidence += square(ps_mark_z(
                    &work->cells[phase][i],
                    &work->signs[start + sample_of(cut, i, samples) - work->signs_first]));
            consider(work, view, cut, samples, start, evidence);
        }
    }
}

static void make_signs(struct work *work, uint32_t first, uint32_t last)
{
    work->signs_first = first;
    for (uint32_t i = 0; i <= last - first + PS_MARK_SEARCH_MAX; i++)
        ps_mark_signs_of(work->search->key, first + i, &work->signs[i]);
}

/* Views from the expected start at phase 0 or, with @p times, from those near it at any. */
static void try_views_of(struct work *work, const struct stretch *across, uint32_t across_count,
                         const struct stretch *down, uint32_t down_count, bool times)
{
    const uint32_t expected = work->search->start_expected;
    const uint32_t first = !times ? expected : expected > NEAR_STARTS ? expected - NEAR_STARTS : 0;
    const uint32_t last = times ? expected + NEAR_STARTS : expected;
    const uint32_t phases = times ? PS_MARK_PHASES : 1;

    make_signs(work, first, last);
    for (uint32_t x = 0; x < across_count; x++) {
        for (uint32_t phase = 0; phase < phases; phase++) {
            const struct cut *cut = &work->cut[phase];
            const uint32_t samples = cut->count < VIEW_SEGMENTS ? cut->count : VIEW_SEGMENTS;

            for (uint32_t i = 0; i < samples; i++)
                ps_mark_strips_of(&cut->map[sample_of(cut, i, samples)], across[x].from,
                                  across[x].length, &work->strips[phase][i]);
        }
        for (uint32_t y = 0; y < down_count; y++) {
            const struct ps_mark_view view = { across[x].from, down[y].from, across[x].length,
                                               down[y].length };

            try_view(work, &view, phases, first, last);
        }
        tell(work, times ? "views and times" : "views", (double)x / across_count);
    }
}

static int try_views(struct work *work, bool times)
{
    const bool is_wide = work->search->effort == PS_MARK_EFFORT_WIDE;
    const double crop = is_wide ? 0.30 : 0.12, bars = is_wide ? 0.30 : 0;
    const uint32_t across_count = list_stretches(crop, bars, SCALE_ACROSS, STEP_ACROSS, NULL);
    const uint32_t down_count = list_stretches(crop, bars, SCALE_DOWN, STEP_DOWN, NULL);
    struct stretch *across = ps_zalloc(across_count, sizeof(*across));
    struct stretch *down = ps_zalloc(down_count, sizeof(*down));

    if (across != NULL && down != NULL) {
        list_stretches(crop, bars, SCALE_ACROSS, STEP_ACROSS, across);
        list_stretches(crop, bars, SCALE_DOWN, STEP_DOWN, down);
        try_views_of(work, across, across_count, down, down_count, times);
    }
    const int rc = across != NULL && down != NULL ? 0 : -ENOMEM;
    free(across);
    free(down);
    return rc;
}

/* Move one side of the view by a step each way as long as that helps; smaller steps each round. */
static void refine(struct work *work)
{
    double step[4] = { STEP_ACROSS / 2, STEP_DOWN / 2, SCALE_ACROSS / 2, SCALE_DOWN / 2 };
    const struct cut *cut = &work->cut[work->chosen.phase];
    double best = evidence_of(work, &work->chosen.view, cut, work->chosen.start);

    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            struct ps_mark_view view = work->chosen.view;
            double *const side[4] = { &view.left, &view.top, &view.width, &view.height };
            double evidence;

            /* A side's length grows about the middle. */
            *side[i / 2] += i % 2 == 0 ? step[i / 2] : -step[i / 2];
            if (i >= 4)
                *side[i / 2 - 2] -= (i % 2 == 0 ? step[i / 2] : -step[i / 2]) / 2;
            evidence = evidence_of(work, &view, cut, work->chosen.start);
            if (evidence > best) {
                best = evidence;
                work->chosen.view = view;
            }
        }
        for (int i = 0; i < 4 && round > 0; i++)
            step[i] /= 2;
    }
    work->chosen.evidence = best;
}

static int run(struct work *work)
{
    int rc;

    try_as_expected(work);
    if (is_clear(work, CLEAR_CHANCE) || work->search->effort == PS_MARK_EFFORT_NONE)
        return 0;
    for (uint32_t phase = 1; phase < PS_MARK_PHASES; phase++)
        cut_at(work, phase);
    rc = try_times(work);
    if (rc == 0 && !is_clear(work, CLEAR_CHANCE)) {
        rc = try_views(work, false);
        if (rc == 0 && !is_clear(work, ENOUGH_CHANCE))
            rc = try_views(work, true);
        if (rc == 0)
            is_clear(work, 0);
    }
    if (rc == 0 && work->chosen_chance < PS_MARK_SEARCH_CHANCE)
        refine(work);
    return rc;
}

int ps_mark_search(const struct ps_mark_search *search, struct ps_mark_found *ret_found)
{
    struct work *work = ps_zalloc(1, sizeof(*work));
    int rc;

    ps_assert(search->start_end <= PS_MARK_STARTS_MAX);
    if (work == NULL)
        return -ENOMEM;
    work->search = search;
    work->best_chance = 2;
    work->chosen_chance = 2;
    cut_at(work, 0);
    rc = run(work);
    if (rc == 0) {
        *ret_found = work->chosen;
        ret_found->is_sure = work->chosen_chance < PS_MARK_SEARCH_CHANCE;
        if (!ret_found->is_sure) {
            ret_found->view = ps_mark_view_whole;
            ret_found->phase = 0;
            ret_found->start = search->start_expected;
        }
    }
    free(work);
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/feedback.h"

#include <math.h>
#include <stddef.h>

#include "host/base/assert.h"

static void fade_cells(struct ps_feedback_cell *cells, size_t count, double factor)
{
    for (size_t i = 0; i < count; i++) {
        cells[i].bets *= factor;
        cells[i].said *= factor;
        cells[i].useful *= factor;
    }
}

void ps_feedback_fade(struct ps_feedback *feedback, uint64_t now_ns)
{
    if (feedback->faded_ns != 0 && now_ns > feedback->faded_ns) {
        const double elapsed_ns = (double)(now_ns - feedback->faded_ns);
        const double slow = exp2(-elapsed_ns / (double)PS_FEEDBACK_HALF_LIFE_NS);
        const double fast = exp2(-elapsed_ns / (double)PS_FEEDBACK_STEER_HALF_LIFE_NS);

        fade_cells(feedback->by[0], (size_t)PS_REASON_COUNT * PS_HORIZON_COUNT, slow);
        fade_cells(feedback->bins, PS_FEEDBACK_BINS, slow);
        fade_cells(&feedback->recent, 1, fast);
        fade_cells(&feedback->marginal, 1, fast);
    }
    if (now_ns > feedback->faded_ns)
        feedback->faded_ns = now_ns;
}

static void add(struct ps_feedback_cell *cell, double p, bool useful)
{
    cell->bets += 1.0;
    cell->said += p;
    cell->useful += useful ? 1.0 : 0.0;
}

void ps_feedback_judge(struct ps_feedback *feedback, const struct ps_feedback_bet *bet, bool useful)
{
    ps_assert(bet->reason < PS_REASON_COUNT);
    ps_assert(bet->horizon < PS_HORIZON_COUNT);
    ps_assert(bet->p >= 0.0 && bet->p <= 1.0);
    const unsigned bin = (unsigned)fmin(bet->p * PS_FEEDBACK_BINS, PS_FEEDBACK_BINS - 1.0);

    add(&feedback->by[bet->reason][bet->horizon], bet->p, useful);
    if (bet->reason == PS_REASON_FOLLOW) /* that is no prediction, and knows no threshold */
        return;
    add(&feedback->bins[bin], bet->p, useful);
    add(&feedback->recent, bet->p, useful);
    if (bet->marginal)
        add(&feedback->marginal, bet->p, useful);
}

/* The bet may have faded since; then so much less of it is left to be made good. */
static void make_good(struct ps_feedback_cell *cell)
{
    cell->useful = fmin(cell->useful + 1.0, cell->bets);
}

void ps_feedback_redeem(struct ps_feedback *feedback, const struct ps_feedback_bet *bet)
{
    make_good(&feedback->by[bet->reason][bet->horizon]);
    if (bet->reason == PS_REASON_FOLLOW)
        return;
    make_good(&feedback->recent);
    if (bet->marginal)
        make_good(&feedback->marginal);
}

static struct ps_feedback_cell of_reason(const struct ps_feedback *feedback, enum ps_reason reason)
{
    struct ps_feedback_cell sum = { 0 };

    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        sum.bets += feedback->by[reason][h].bets;
        sum.said += feedback->by[reason][h].said;
        sum.useful += feedback->by[reason][h].useful;
    }
    return sum;
}

static double share_of(const struct ps_feedback_cell *cell)
{
    return (cell->useful + PS_FEEDBACK_PRIOR) / (cell->bets + PS_FEEDBACK_PRIOR);
}

static double trust_of(const struct ps_feedback_cell *cell)
{
    const double trust = (cell->useful + PS_FEEDBACK_PRIOR) / (cell->said + PS_FEEDBACK_PRIOR);

    return fmin(fmax(trust, PS_FEEDBACK_TRUST_MIN), PS_FEEDBACK_TRUST_MAX);
}

double ps_feedback_usefulness(const struct ps_feedback *feedback, enum ps_reason reason)
{
    const struct ps_feedback_cell sum = of_reason(feedback, reason);

    return share_of(&sum);
}

double ps_feedback_trust(const struct ps_feedback *feedback, enum ps_reason reason,
                         enum ps_horizon horizon)
{
    return trust_of(&feedback->by[reason][horizon]);
}

double ps_feedback_reason_trust(const struct ps_feedback *feedback, enum ps_reason reason)
{
    const struct ps_feedback_cell sum = of_reason(feedback, reason);

    return trust_of(&sum);
}

double ps_feedback_recent(const struct ps_feedback *feedback)
{
    return share_of(&feedback->recent);
}

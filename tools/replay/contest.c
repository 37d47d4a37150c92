/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/contest.c - see contest.h. */
#include "tools/replay/contest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

static int enter(struct replay_contestant *contestant, const struct replay_baseline *baseline,
                 uint32_t row_max)
{
    int rc;

    contestant->baseline = baseline;
    rc = baseline->create(&contestant->state);
    contestant->is_absent = rc != 0; /* fini must not touch what was not created */
    if (rc == -ENOTSUP)
        return 0;
    contestant->raw = ps_zalloc(row_max, sizeof(*contestant->raw));
    return rc == 0 && contestant->raw == NULL ? -ENOMEM : rc;
}

int replay_contest_init(struct replay_contest *contest, uint32_t row_max, uint32_t baselines)
{
    int rc = 0;

    *contest = (struct replay_contest){ 0 };
    contest->rows.x = ps_zalloc(row_max, sizeof(*contest->rows.x));
    contest->happened = ps_zalloc(row_max, sizeof(*contest->happened));
    if (contest->rows.x == NULL || contest->happened == NULL)
        return -ENOMEM;
    for (uint32_t b = 0; rc == 0 && replay_baselines[b] != NULL; b++)
        if ((baselines >> b & 1u) != 0)
            rc = enter(&contest->contestants[contest->count++], replay_baselines[b], row_max);
    return rc;
}

void replay_contest_fini(struct replay_contest *contest)
{
    while (contest->count > 0) {
        struct replay_contestant *contestant = &contest->contestants[--contest->count];

        free(contestant->raw);
        if (!contestant->is_absent)
            contestant->baseline->destroy(contestant->state);
    }
    free(contest->happened);
    free(contest->rows.x);
}

static int tell(struct replay_contestant *contestant, const struct replay_rows *rows,
                const bool *happened)
{
    if (contestant->is_absent)
        return 0;
    if (contestant->baseline->is_calibrated) {
        for (uint32_t i = 0; i < rows->count; i++)
            replay_isotonic_add(&contestant->isotonic, contestant->raw[i], happened[i]);
        replay_isotonic_fit(&contestant->isotonic);
    }
    return contestant->baseline->learn(contestant->state, rows, happened);
}

static void ask(struct replay_contestant *contestant, const struct replay_rows *rows,
                const bool *happened, bool is_scored)
{
    if (contestant->is_absent)
        return;
    contestant->baseline->say(contestant->state, rows, contestant->raw);
    for (uint32_t i = 0; is_scored && i < rows->count; i++) {
        double said = contestant->raw[i];

        if (contestant->baseline->is_calibrated)
            said = replay_isotonic_map(&contestant->isotonic, said);
        replay_score_add(&contestant->score, fmin(fmax(said, 0.0), 1.0), happened[i]);
    }
}

int replay_contest_tick(struct replay_contest *contest, struct replay_history *history,
                        uint64_t now_ns, const bool *happened, bool is_scored)
{
    struct replay_rows *rows = &contest->rows;
    int rc = 0;

    for (uint32_t c = 0; rc == 0 && rows->count > 0 && c < contest->count; c++)
        rc = tell(&contest->contestants[c], rows, contest->happened);
    replay_history_rows(history, now_ns, rows);
    memcpy(contest->happened, happened, rows->count * sizeof(*happened));
    for (uint32_t c = 0; rc == 0 && c < contest->count; c++)
        ask(&contest->contestants[c], rows, happened, is_scored);
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/history.c - see history_priv.h. */
#include "agent/history_priv.h"

#include <string.h>
#include <time.h>

#define DAY_S          86400
#define WEEKS_BACK     20         /* what is longer ago says nothing of now */
#define FADE           0.9        /* a week */
#define TIMES_MIN      2u         /* once is no habit */
#define SEQUEL_S_MAX   (6 * 3600) /* what comes later comes for other reasons */
#define WINDOW_S_LEAST 300

/* Days since 1970 of a local date. */
static int64_t local_day(const struct tm *local)
{
    struct tm date = { .tm_year = local->tm_year,
                       .tm_mon = local->tm_mon,
                       .tm_mday = local->tm_mday };

    return (int64_t)timegm(&date) / DAY_S;
}

static void place_in_week(struct psa_play *play)
{
    const time_t at = (time_t)play->at_s;
    struct tm local;

    memset(&local, 0, sizeof(local));
    localtime_r(&at, &local);
    const int64_t days = local_day(&local) + 3; /* 1 January 1970 was a Thursday */
    play->week = (int32_t)(days / 7);
    play->hour = (uint8_t)(days % 7 * 24 + local.tm_hour);
    play->minute = (uint8_t)local.tm_min;
}

static const struct psa_play *at(const struct psa_history *history, uint32_t idx)
{
    return &history->plays[(history->first + idx) % PSA_PLAYS_MAX];
}

const struct psa_play *psa_history_last(const struct psa_history *history)
{
    return history->count == 0 ? NULL : at(history, history->count - 1);
}

bool psa_history_add(struct psa_history *history, const struct psa_id *id, int64_t at_s)
{
    const struct psa_play *last = psa_history_last(history);

    if (at_s < 0 || (last != NULL && at_s <= last->at_s))
        return false;
    if (history->count == PSA_PLAYS_MAX)
        history->first = (history->first + 1) % PSA_PLAYS_MAX;
    else
        history->count++;
    struct psa_play *play = &history->plays[(history->first + history->count - 1) % PSA_PLAYS_MAX];
    *play = (struct psa_play){ .at_s = at_s, .id = *id };
    place_in_week(play);
    return true;
}

static bool same(const struct psa_id *a, const struct psa_id *b)
{
    return strcmp(a->text, b->text) == 0;
}

/* ---- habits ---- */

struct tally {
    const struct psa_id *id;
    double weight; /* of the weeks that it was played in */
    int32_t week;  /* the last one counted */
    unsigned weeks;
    uint8_t minute_min, minute_max;
};

static struct tally *tally_of(struct tally *tallies, uint32_t *count, const struct psa_id *id)
{
    for (uint32_t i = 0; i < *count; i++)
        if (same(tallies[i].id, id))
            return &tallies[i];
    if (*count == PSA_GUESSES_MAX)
        return NULL;
    tallies[*count] = (struct tally){ .id = id, .week = INT32_MIN, .minute_min = 59 };
    return &tallies[(*count)++];
}

static double fade(int32_t weeks_ago)
{
    double weight = 1.0;

    for (int32_t i = 1; i < weeks_ago; i++)
        weight *= FADE;
    return weight;
}

static void count_play(struct tally *tally, const struct psa_play *play, int32_t this_week)
{
    if (play->minute < tally->minute_min)
        tally->minute_min = play->minute;
    if (play->minute > tally->minute_max)
        tally->minute_max = play->minute;
    if (play->week == tally->week)
        return;
    tally->week = play->week;
    tally->weeks++;
    tally->weight += fade(this_week - play->week);
}

/* Of the weeks that are known. One more than there were, in which it was not played, keeps few
 * weeks from being sure. */
static double weight_of_weeks(const struct psa_history *history, int32_t this_week)
{
    int32_t weeks = this_week - at(history, 0)->week;
    double weight = 1.0;

    if (weeks > WEEKS_BACK)
        weeks = WEEKS_BACK;
    for (int32_t ago = 1; ago <= weeks; ago++)
        weight += fade(ago);
    return weight;
}

uint32_t psa_history_habits(const struct psa_history *history, int64_t at_s,
                            struct psa_guess ret_guesses[PSA_GUESSES_MAX])
{
    struct psa_play then = { .at_s = at_s };
    struct tally tallies[PSA_GUESSES_MAX];
    uint32_t count = 0, guesses = 0;

    place_in_week(&then);
    const int64_t hour_s = at_s - then.minute * 60 - at_s % 60;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct psa_play *play = at(history, i);

        if (play->hour != then.hour || play->week >= then.week ||
            then.week - play->week > WEEKS_BACK)
            continue;
        struct tally *tally = tally_of(tallies, &count, &play->id);
        if (tally != NULL)
            count_play(tally, play, then.week);
    }
    for (uint32_t i = 0; i < count; i++)
        if (tallies[i].weeks >= TIMES_MIN)
            ret_guesses[guesses++] = (struct psa_guess){
                .id = *tallies[i].id,
                .from_s = hour_s + tallies[i].minute_min * 60,
                .to_s = hour_s + tallies[i].minute_max * 60 + 59,
                .probability = tallies[i].weight / weight_of_weeks(history, then.week),
            };
    return guesses;
}

/* ---- sequels ---- */

struct follower {
    const struct psa_id *id;
    unsigned times;
    int64_t gap_min_s, gap_max_s;
};

static struct follower *follower_of(struct follower *followers, uint32_t *count,
                                    const struct psa_id *id)
{
    for (uint32_t i = 0; i < *count; i++)
        if (same(followers[i].id, id))
            return &followers[i];
    if (*count == PSA_GUESSES_MAX)
        return NULL;
    followers[*count] = (struct follower){ .id = id, .gap_min_s = INT64_MAX };
    return &followers[(*count)++];
}

static void count_gap(struct follower *follower, int64_t gap_s)
{
    if (follower == NULL)
        return;
    follower->times++;
    if (gap_s < follower->gap_min_s)
        follower->gap_min_s = gap_s;
    if (gap_s > follower->gap_max_s)
        follower->gap_max_s = gap_s;
}

uint32_t psa_history_sequels(const struct psa_history *history, int64_t now_s,
                             struct psa_guess ret_guesses[PSA_GUESSES_MAX])
{
    const struct psa_play *last = psa_history_last(history);
    struct follower followers[PSA_GUESSES_MAX];
    uint32_t count = 0, guesses = 0, times = 0;

    if (last == NULL || now_s - last->at_s > SEQUEL_S_MAX)
        return 0;
    for (uint32_t i = 0; i + 1 < history->count; i++) {
        const struct psa_play *before = at(history, i), *after = at(history, i + 1);

        if (!same(&before->id, &last->id))
            continue;
        times++;
        if (after->at_s - before->at_s <= SEQUEL_S_MAX && !same(&after->id, &last->id))
            count_gap(follower_of(followers, &count, &after->id), after->at_s - before->at_s);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct follower *f = &followers[i];
        const struct psa_guess guess = { .id = *f->id,
                                         .from_s = last->at_s + f->gap_min_s,
                                         .to_s = last->at_s + f->gap_max_s + WINDOW_S_LEAST,
                                         .probability = (double)f->times / (times + 1.0) };
        if (f->times >= TIMES_MIN && guess.to_s >= now_s)
            ret_guesses[guesses++] = guess;
    }
    return guesses;
}

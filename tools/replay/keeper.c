/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/keeper.c - see keeper.h. */
#include "tools/replay/keeper.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"

#define MINUTE_NS  60e9
#define PRICE_STEP 0.1 /* a minute */
#define PRICE_MIN  0.2 /* of a logarithm: what displaces must be better by this */
#define PRICE_MAX  1.5
#define SCARCE     0.3 /* of the budget of a minute */

int replay_keeper_init(struct replay_keeper *keeper, uint32_t capacity, uint32_t object_count,
                       uint32_t budget_per_min)
{
    *keeper = (struct replay_keeper){ .capacity = capacity, .budget_per_min = budget_per_min };
    keeper->inside = ps_zalloc(capacity + 1, sizeof(*keeper->inside));
    keeper->at = ps_zalloc(object_count, sizeof(*keeper->at));
    keeper->staged = ps_zalloc(object_count, sizeof(*keeper->staged));
    return keeper->inside == NULL || keeper->at == NULL || keeper->staged == NULL ? -ENOMEM : 0;
}

void replay_keeper_fini(struct replay_keeper *keeper)
{
    free(keeper->staged);
    free(keeper->at);
    free(keeper->inside);
}

static void come_in(struct replay_keeper *keeper, uint32_t obj)
{
    keeper->inside[keeper->count++] = obj;
    keeper->at[obj] = keeper->count;
    keeper->came++;
}

static void go(struct replay_keeper *keeper, uint32_t obj)
{
    const uint32_t place = keeper->at[obj] - 1;
    const uint32_t last = keeper->inside[--keeper->count];

    keeper->inside[place] = last;
    keeper->at[last] = place + 1;
    keeper->at[obj] = 0;
    keeper->staged[obj] = false;
}

static uint32_t least(const struct replay_keeper *keeper, const float *score)
{
    uint32_t obj = keeper->inside[0];

    for (uint32_t i = 1; i < keeper->count; i++)
        if (score[keeper->inside[i]] < score[obj])
            obj = keeper->inside[i];
    return obj;
}

bool replay_keeper_request(struct replay_keeper *keeper, uint32_t obj, const float *score)
{
    if (replay_keeper_has(keeper, obj)) {
        keeper->used_count += keeper->staged[obj];
        keeper->staged[obj] = false;
        return true;
    }
    come_in(keeper, obj);
    if (keeper->count > keeper->capacity)
        go(keeper, least(keeper, score));
    return false;
}

/* @return false when it is not worth the price. */
static bool stage(struct replay_keeper *keeper, uint32_t obj, const float *score)
{
    if (keeper->count == keeper->capacity) {
        const uint32_t worst = least(keeper, score);

        if ((double)score[obj] <= (double)score[worst] + keeper->price)
            return false;
        go(keeper, worst);
    }
    come_in(keeper, obj);
    keeper->staged[obj] = true;
    keeper->staged_count++;
    return true;
}

/* Of two turnovers, about. */
static void measure(struct replay_keeper *keeper, double seconds)
{
    const double fade = keeper->capacity / (keeper->capacity + 2.0 * keeper->came);

    keeper->came_all = keeper->came_all * fade + keeper->came;
    keeper->came_s = keeper->came_s * fade + seconds;
    keeper->came = 0;
}

double replay_keeper_turnover_s(const struct replay_keeper *keeper)
{
    return keeper->came_all > 0.0 ? keeper->came_s / keeper->came_all * keeper->capacity : 0.0;
}

void replay_keeper_offer(struct replay_keeper *keeper, const uint32_t *objs, uint32_t count,
                         const float *score, uint64_t time_ns)
{
    const double budget = keeper->budget_per_min;
    const double minutes =
        keeper->time_ns == 0 ? 0.0 : (double)(time_ns - keeper->time_ns) / MINUTE_NS;
    const double step = minutes < 1.0 ? PRICE_STEP * minutes : PRICE_STEP;

    keeper->time_ns = time_ns;
    measure(keeper, minutes * 60.0);
    keeper->tokens += budget * minutes;
    if (keeper->tokens > budget)
        keeper->tokens = budget;
    keeper->price += keeper->tokens < SCARCE * budget ? step : -step;
    keeper->price = keeper->price < PRICE_MIN   ? PRICE_MIN
                    : keeper->price > PRICE_MAX ? PRICE_MAX
                                                : keeper->price;
    for (uint32_t i = 0; i < count && keeper->tokens >= 1.0; i++) {
        if (replay_keeper_has(keeper, objs[i]))
            continue;
        if (!stage(keeper, objs[i], score))
            break;
        keeper->tokens -= 1.0;
    }
}

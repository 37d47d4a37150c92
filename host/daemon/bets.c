/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/bets.h"

static bool is_before(const struct ps_bet *a, const struct ps_bet *b)
{
    if (a->benefit != b->benefit)
        return a->benefit > b->benefit;
    return a->prediction->id < b->prediction->id; /* so that the heap's order never matters */
}

void ps_bets_add(struct ps_bets *bets, const struct ps_bet *bet)
{
    uint32_t at = bets->count;

    if (at == PS_PREDICTIONS_MAX)
        return;
    bets->count++;
    for (; at > 0 && is_before(bet, &bets->items[(at - 1) / 2]); at = (at - 1) / 2)
        bets->items[at] = bets->items[(at - 1) / 2];
    bets->items[at] = *bet;
}

bool ps_bets_take(struct ps_bets *bets, struct ps_bet *ret_bet)
{
    uint32_t at = 0;

    if (bets->count == 0)
        return false;
    *ret_bet = bets->items[0];
    const struct ps_bet *last = &bets->items[--bets->count];
    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= bets->count)
            break;
        if (child + 1 < bets->count && is_before(&bets->items[child + 1], &bets->items[child]))
            child++;
        if (!is_before(&bets->items[child], last))
            break;
        bets->items[at] = bets->items[child];
        at = child;
    }
    bets->items[at] = *last;
    return true;
}

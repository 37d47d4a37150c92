/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/ledger.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

struct ps_ledger {
    uint64_t first_id, next_id;
    uint64_t due_id[PS_HORIZON_COUNT]; /* bets of that horizon before it are judged */
    struct ps_feedback feedback;
    struct ps_ledger_totals totals;
    struct ps_ledger_entry entries[PS_LEDGER_MAX]; /* id modulo the size */
};

int ps_ledger_create(struct ps_ledger **ret_ledger, uint64_t first_id)
{
    struct ps_ledger *ledger = ps_zalloc(1, sizeof(*ledger));

    if (ledger == NULL)
        return -ENOMEM;
    ledger->first_id = first_id;
    ledger->next_id = first_id;
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        ledger->due_id[h] = first_id;
    *ret_ledger = ledger;
    return 0;
}

void ps_ledger_destroy(struct ps_ledger *ledger)
{
    free(ledger);
}

static struct ps_ledger_entry *find(struct ps_ledger *ledger, uint64_t id)
{
    struct ps_ledger_entry *entry = &ledger->entries[id % PS_LEDGER_MAX];

    return id != 0 && entry->id == id ? entry : NULL;
}

static bool is_final(enum ps_fate fate)
{
    return fate != PS_FATE_MAKING && fate != PS_FATE_STORED;
}

/* Count an entry into the totals (by = 1) or out of them (by = -1), all breakdowns alike. */
static void count(struct ps_ledger *ledger, const struct ps_ledger_entry *entry, int by)
{
    struct ps_ledger_totals *t = &ledger->totals;
    const uint64_t step = (uint64_t)by; /* wraps: adding it takes one away */

    t->by_fate[entry->fate] += step;
    t->by[entry->reason][entry->horizon][entry->fate] += step;
    t->by_class[entry->class][entry->fate] += step;
    t->by_tenant[entry->tenant][entry->fate] += step;
}

static void take_out(struct ps_ledger *ledger, struct ps_ledger_entry *entry)
{
    count(ledger, entry, -1);
    ledger->totals.staged--;
    entry->id = 0;
}

uint64_t ps_ledger_stage(struct ps_ledger *ledger, const struct ps_ledger_entry *entry)
{
    const uint64_t id = ledger->next_id++;
    struct ps_ledger_entry *slot = &ledger->entries[id % PS_LEDGER_MAX];

    ps_assert(entry->tenant < PS_LEDGER_TENANTS_MAX);
    if (slot->id != 0 && !is_final(slot->fate)) { /* its end will not be known any more */
        take_out(ledger, slot);
        ledger->totals.forgotten++;
    }
    *slot = *entry;
    slot->id = id;
    slot->fate = PS_FATE_MAKING;
    slot->fate_ns = 0;
    slot->judged = false;
    ledger->totals.staged++;
    count(ledger, slot, 1);
    return id;
}

void ps_ledger_unstage(struct ps_ledger *ledger, uint64_t id)
{
    struct ps_ledger_entry *entry = find(ledger, id);

    if (entry == NULL)
        return;
    take_out(ledger, entry);
    if (ledger->next_id == id + 1)
        ledger->next_id = id;
}

static void judge(struct ps_ledger *ledger, struct ps_ledger_entry *entry, bool useful)
{
    const struct ps_feedback_bet bet = { entry->reason, entry->horizon, entry->p, entry->marginal };

    if (!entry->judged)
        ps_feedback_judge(&ledger->feedback, &bet, useful);
    else if (useful)
        ps_feedback_redeem(&ledger->feedback, &bet);
    entry->judged = true;
}

void ps_ledger_settle(struct ps_ledger *ledger, uint64_t id, enum ps_fate fate, uint64_t busy_ns,
                      uint64_t now_ns)
{
    struct ps_ledger_entry *entry = find(ledger, id);

    if (entry == NULL || is_final(entry->fate))
        return;
    count(ledger, entry, -1);
    entry->fate = fate;
    entry->fate_ns = now_ns;
    entry->busy_ns += busy_ns;
    count(ledger, entry, 1);
    if (is_final(fate))
        judge(ledger, entry, fate == PS_FATE_USED || fate == PS_FATE_LATE);
    if (fate == PS_FATE_WASTED || fate == PS_FATE_EVICTED_UNUSED)
        ledger->totals.wasted_busy_ns += entry->busy_ns;
}

/* Entries of one horizon become due in the order they were staged, so a cursor finds them. */
static void judge_due(struct ps_ledger *ledger, enum ps_horizon horizon, uint64_t now_ns)
{
    uint64_t *id = &ledger->due_id[horizon];

    if (ledger->next_id > *id + PS_LEDGER_MAX)
        *id = ledger->next_id - PS_LEDGER_MAX;
    for (uint32_t seen = 0; *id < ledger->next_id && seen < PS_LEDGER_DUE_MAX; (*id)++, seen++) {
        struct ps_ledger_entry *entry = find(ledger, *id);

        if (entry == NULL || entry->horizon != horizon || entry->judged)
            continue;
        if (now_ns < entry->staged_ns + PS_HORIZON_NS(horizon))
            return;
        judge(ledger, entry, false);
    }
}

void ps_ledger_pass_time(struct ps_ledger *ledger, uint64_t now_ns)
{
    ps_feedback_fade(&ledger->feedback, now_ns);
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
        judge_due(ledger, (enum ps_horizon)h, now_ns);
}

const struct ps_feedback *ps_ledger_feedback(const struct ps_ledger *ledger)
{
    return &ledger->feedback;
}

void ps_ledger_take_feedback(struct ps_ledger *ledger, const struct ps_feedback *feedback)
{
    ledger->feedback = *feedback;
}

void ps_ledger_totals(const struct ps_ledger *ledger, struct ps_ledger_totals *ret_totals)
{
    *ret_totals = ledger->totals;
}

static uint64_t sum_of(const uint64_t *by_fate)
{
    uint64_t sum = 0;

    for (unsigned fate = 0; fate < PS_FATE_COUNT; fate++)
        sum += by_fate[fate];
    return sum;
}

bool ps_ledger_adds_up(const struct ps_ledger_totals *totals)
{
    uint64_t by_reason = 0, by_class = 0, by_tenant = 0;

    for (unsigned r = 0; r < PS_REASON_COUNT; r++)
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++)
            by_reason += sum_of(totals->by[r][h]);
    for (unsigned c = 0; c < PS_TIER_CLASS_COUNT; c++)
        by_class += sum_of(totals->by_class[c]);
    for (unsigned t = 0; t < PS_LEDGER_TENANTS_MAX; t++)
        by_tenant += sum_of(totals->by_tenant[t]);
    return totals->staged == sum_of(totals->by_fate) && totals->staged == by_reason &&
           totals->staged == by_class && totals->staged == by_tenant;
}

void ps_ledger_open_bytes(const struct ps_ledger *ledger, uint64_t since_ns,
                          uint64_t ret_by_tenant[PS_LEDGER_TENANTS_MAX])
{
    memset(ret_by_tenant, 0, PS_LEDGER_TENANTS_MAX * sizeof(*ret_by_tenant));
    for (uint64_t id = ledger->next_id; id-- > ledger->first_id;) {
        const struct ps_ledger_entry *entry = &ledger->entries[id % PS_LEDGER_MAX];

        if (ledger->next_id - id > PS_LEDGER_MAX || entry->staged_ns < since_ns)
            break;
        if (entry->id == id && entry->fate != PS_FATE_USED && entry->fate != PS_FATE_LATE)
            ret_by_tenant[entry->tenant] += entry->size_bytes;
    }
}

uint32_t ps_ledger_list(const struct ps_ledger *ledger, struct ps_ledger_entry *ret_entries,
                        uint32_t max)
{
    uint32_t count = 0;

    for (uint64_t id = ledger->next_id; id-- > ledger->first_id && count < max;) {
        const struct ps_ledger_entry *entry = &ledger->entries[id % PS_LEDGER_MAX];

        if (ledger->next_id - id > PS_LEDGER_MAX)
            break;
        if (entry->id == id)
            ret_entries[count++] = *entry;
    }
    return count;
}

const char *ps_fate_name(enum ps_fate fate)
{
    static const char *const name[PS_FATE_COUNT] = { "making", "stored", "used",
                                                     "late",   "wasted", "evicted-unused" };

    return name[fate];
}

const char *ps_reason_name(enum ps_reason reason)
{
    static const char *const name[] = { "rate", "sibling", "prior", "hint", "sequel", "follow" };

    return name[reason];
}

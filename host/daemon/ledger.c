/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/ledger.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "host/base/mem.h"

struct ps_ledger {
    uint64_t first_id, next_id;
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

uint64_t ps_ledger_stage(struct ps_ledger *ledger, const struct ps_ledger_entry *entry)
{
    const uint64_t id = ledger->next_id++;
    struct ps_ledger_entry *slot = &ledger->entries[id % PS_LEDGER_MAX];

    if (slot->id != 0 && !is_final(slot->fate)) /* its end will not be known any more */
        ps_ledger_unstage(ledger, slot->id);
    *slot = *entry;
    slot->id = id;
    slot->fate = PS_FATE_MAKING;
    slot->fate_ns = 0;
    ledger->totals.staged++;
    ledger->totals.by_fate[PS_FATE_MAKING]++;
    ledger->totals.by_reason[entry->reason][PS_FATE_MAKING]++;
    return id;
}

void ps_ledger_unstage(struct ps_ledger *ledger, uint64_t id)
{
    struct ps_ledger_entry *entry = find(ledger, id);

    if (entry == NULL)
        return;
    ledger->totals.staged--;
    ledger->totals.by_fate[entry->fate]--;
    ledger->totals.by_reason[entry->reason][entry->fate]--;
    entry->id = 0;
    if (ledger->next_id == id + 1)
        ledger->next_id = id;
}

void ps_ledger_settle(struct ps_ledger *ledger, uint64_t id, enum ps_fate fate, uint64_t busy_ns,
                      uint64_t now_ns)
{
    struct ps_ledger_entry *entry = find(ledger, id);

    if (entry == NULL || is_final(entry->fate))
        return;
    ledger->totals.by_fate[entry->fate]--;
    ledger->totals.by_reason[entry->reason][entry->fate]--;
    entry->fate = fate;
    entry->fate_ns = now_ns;
    entry->busy_ns += busy_ns;
    ledger->totals.by_fate[fate]++;
    ledger->totals.by_reason[entry->reason][fate]++;
    if (fate == PS_FATE_WASTED || fate == PS_FATE_EVICTED_UNUSED)
        ledger->totals.wasted_busy_ns += entry->busy_ns;
}

void ps_ledger_totals(const struct ps_ledger *ledger, struct ps_ledger_totals *ret_totals)
{
    *ret_totals = ledger->totals;
}

double ps_ledger_usefulness(const struct ps_ledger *ledger, enum ps_reason reason)
{
    const uint64_t *n = ledger->totals.by_reason[reason];
    const uint64_t good = n[PS_FATE_USED] + n[PS_FATE_LATE];
    const uint64_t known = good + n[PS_FATE_WASTED] + n[PS_FATE_EVICTED_UNUSED];

    return known == 0 ? 1.0 : (double)good / (double)known;
}

uint64_t ps_ledger_open_bytes(const struct ps_ledger *ledger, uint64_t since_ns)
{
    uint64_t bytes = 0;

    for (uint64_t id = ledger->next_id; id-- > ledger->first_id;) {
        const struct ps_ledger_entry *entry = &ledger->entries[id % PS_LEDGER_MAX];

        if (ledger->next_id - id > PS_LEDGER_MAX || entry->staged_ns < since_ns)
            break;
        if (entry->id == id && entry->fate != PS_FATE_USED && entry->fate != PS_FATE_LATE)
            bytes += entry->size_bytes;
    }
    return bytes;
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

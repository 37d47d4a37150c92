/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/ledger.h - everything made by prediction, and what became of it.
 *
 * Why: speculation is only worth what viewers took of it. Each staged segment gets an entry, whose
 * id travels with the stored record, and ends as used, late, wasted or evicted unused. The newest
 * PS_LEDGER_MAX entries are kept; totals are kept for all.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_LEDGER_H
#define PS_HOST_DAEMON_LEDGER_H

#include <stdint.h>

#include "host/plan/prediction.h"
#include "host/plan/resource.h"

#define PS_LEDGER_MAX 65536u

enum ps_fate {
    PS_FATE_MAKING,
    PS_FATE_STORED, /* there, and nobody asked yet */
    PS_FATE_USED,   /* somebody asked and it was there */
    PS_FATE_LATE,   /* somebody asked while it was being made */
    PS_FATE_WASTED, /* could not be made */
    PS_FATE_EVICTED_UNUSED,
    PS_FATE_COUNT,
};

struct ps_ledger_entry {
    uint64_t id;            /* of this staging; the tier calls it prediction_id */
    uint64_t prediction_id; /* of the prediction behind it; 0 for following a viewer */
    struct ps_segment_key key;
    double p; /* confidence within the horizon when staged */
    enum ps_horizon horizon;
    enum ps_reason reason;
    uint64_t staged_ns;
    enum ps_fate fate;
    uint64_t fate_ns;
    uint64_t busy_ns;    /* CU time it took */
    uint64_t size_bytes; /* as expected */
};

struct ps_ledger_totals {
    uint64_t staged;
    uint64_t by_fate[PS_FATE_COUNT];
    uint64_t by_reason[PS_REASON_FOLLOW + 1][PS_FATE_COUNT];
    uint64_t wasted_busy_ns; /* CU time of what was evicted unused or wasted */
};

struct ps_ledger;

/** @param first_id  Entries are numbered from here; must not repeat over restarts (wall time does
 * not). */
int ps_ledger_create(struct ps_ledger **ret_ledger, uint64_t first_id);
/** NULL is allowed. */
void ps_ledger_destroy(struct ps_ledger *ledger);

/** Open an entry in fate MAKING; its id, fate and fate_ns are set here. @return the id. */
uint64_t ps_ledger_stage(struct ps_ledger *ledger, const struct ps_ledger_entry *entry);

/** Take back an entry whose making never began. */
void ps_ledger_unstage(struct ps_ledger *ledger, uint64_t id);

/** The entry's fate is now @p fate. Ids of other lives or too old to be kept are ignored. */
void ps_ledger_settle(struct ps_ledger *ledger, uint64_t id, enum ps_fate fate, uint64_t busy_ns,
                      uint64_t now_ns);

void ps_ledger_totals(const struct ps_ledger *ledger, struct ps_ledger_totals *ret_totals);

/** Of staged segments whose end is known, the share that somebody asked for; 1 when none is. */
double ps_ledger_usefulness(const struct ps_ledger *ledger, enum ps_reason reason);

/**
 * Bytes of segments staged since @p since_ns that nobody has asked for, whether they are there, in
 * the making or gone again: what goes without being asked for is not free to be bet once more.
 * Takes as long as there are entries that young.
 */
uint64_t ps_ledger_open_bytes(const struct ps_ledger *ledger, uint64_t since_ns);

/** Newest first. @return how many were written. */
uint32_t ps_ledger_list(const struct ps_ledger *ledger, struct ps_ledger_entry *ret_entries,
                        uint32_t max);

const char *ps_fate_name(enum ps_fate fate);
const char *ps_reason_name(enum ps_reason reason);

#endif

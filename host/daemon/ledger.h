/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/ledger.h - everything made by prediction, and what became of it.
 *
 * Why: speculation is only worth what viewers took of it. Each staged segment gets an entry, whose
 * id travels with the stored record, and ends as used, late, wasted or evicted unused. The newest
 * PS_LEDGER_MAX entries are kept; totals are kept for all, and add up at any moment:
 *
 *     staged = used + late + wasted + evicted unused + still there (being made, or stored)
 *
 * in whole and by reason and horizon, class, tenant and model. An entry whose place is needed
 * before its end is known leaves the totals altogether and is counted as `forgotten`. What the
 * fates teach is in host/daemon/feedback.h, which is told of each bet once: at its end, or when its
 * horizon is over.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_LEDGER_H
#define PS_HOST_DAEMON_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "host/daemon/feedback.h"
#include "host/plan/demand.h"
#include "host/plan/prediction.h"
#include "host/plan/resource.h"
#include "host/tier/tier.h"

#define PS_LEDGER_MAX         65536u
#define PS_LEDGER_TENANTS_MAX 64u
#define PS_LEDGER_DUE_MAX     4096u /* entries looked at in one ps_ledger_pass_time() */

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
    double p;       /* confidence within the horizon when staged */
    bool marginal;  /* that was just above the threshold */
    uint32_t model; /* version of what predicted it */
    enum ps_horizon horizon;
    enum ps_reason reason;
    enum ps_tier_class class;  /* it was staged as */
    struct ps_peer_class peer; /* who is followed; unknown of predictions */
    uint64_t staged_ns;
    enum ps_fate fate;
    uint64_t fate_ns;
    uint32_t tenant;     /* whose media it is */
    uint64_t busy_ns;    /* CU time it took */
    uint64_t size_bytes; /* as expected */
    bool judged;         /* feedback knows of it */
};

struct ps_ledger_totals {
    uint64_t staged;
    uint64_t by_fate[PS_FATE_COUNT];
    uint64_t by[PS_REASON_COUNT][PS_HORIZON_COUNT][PS_FATE_COUNT];
    uint64_t by_class[PS_TIER_CLASS_COUNT][PS_FATE_COUNT];
    uint64_t by_tenant[PS_LEDGER_TENANTS_MAX][PS_FATE_COUNT];
    uint64_t forgotten;      /* left the totals before their end was known */
    uint64_t wasted_busy_ns; /* CU time of what was evicted unused or wasted */
};

struct ps_ledger;

/** @param first_id  Entries are numbered from here; must not repeat over restarts (wall time does
 * not). */
int ps_ledger_create(struct ps_ledger **ret_ledger, uint64_t first_id);
/** NULL is allowed. */
void ps_ledger_destroy(struct ps_ledger *ledger);

/** Open an entry in fate MAKING; its id, fate, fate_ns and judged are set here. @return the id. */
uint64_t ps_ledger_stage(struct ps_ledger *ledger, const struct ps_ledger_entry *entry);

/** Take back an entry whose making never began. */
void ps_ledger_unstage(struct ps_ledger *ledger, uint64_t id);

/** The entry's fate is now @p fate. Ids of other lives or too old to be kept are ignored. */
void ps_ledger_settle(struct ps_ledger *ledger, uint64_t id, enum ps_fate fate, uint64_t busy_ns,
                      uint64_t now_ns);

void ps_ledger_totals(const struct ps_ledger *ledger, struct ps_ledger_totals *ret_totals);

/** Whether @p totals add up, in whole and in each breakdown. */
bool ps_ledger_adds_up(const struct ps_ledger_totals *totals);

/** Once a turn: judge the bets whose horizon is over, and let what was learnt fade. Lasts bounded
 * time; what is left over is judged the next time. */
void ps_ledger_pass_time(struct ps_ledger *ledger, uint64_t now_ns);

/** What the fates taught so far; valid as long as the ledger. */
const struct ps_feedback *ps_ledger_feedback(const struct ps_ledger *ledger);
/** Go on from what an earlier life learnt. */
void ps_ledger_take_feedback(struct ps_ledger *ledger, const struct ps_feedback *feedback);

/**
 * Bytes of segments staged since @p since_ns that nobody has asked for, whether they are there, in
 * the making or gone again: what goes without being asked for is not free to be bet once more.
 * Takes as long as there are entries that young.
 */
void ps_ledger_open_bytes(const struct ps_ledger *ledger, uint64_t since_ns,
                          uint64_t ret_by_tenant[PS_LEDGER_TENANTS_MAX]);

/** Newest first. @return how many were written. */
uint32_t ps_ledger_list(const struct ps_ledger *ledger, struct ps_ledger_entry *ret_entries,
                        uint32_t max);

const char *ps_fate_name(enum ps_fate fate);
const char *ps_reason_name(enum ps_reason reason);

#endif

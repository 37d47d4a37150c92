/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/fates.c - the ledger and what it taught, as the API tells it. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/daemon/report.h"

#define LIST_MAX 4096u /* the largest limit that the table of methods allows */

static void put_by_fate(struct ps_msg_writer *w, const uint64_t *by_fate)
{
    uint64_t staged = 0;

    for (unsigned fate = 0; fate < PS_FATE_COUNT; fate++)
        staged += by_fate[fate];
    ps_msg_pair_u64(w, "staged", staged);
    ps_msg_pair_u64(w, "used", by_fate[PS_FATE_USED]);
    ps_msg_pair_u64(w, "late", by_fate[PS_FATE_LATE]);
    ps_msg_pair_u64(w, "wasted", by_fate[PS_FATE_WASTED]);
    ps_msg_pair_u64(w, "evicted_unused", by_fate[PS_FATE_EVICTED_UNUSED]);
    ps_msg_pair_u64(w, "still_there", by_fate[PS_FATE_STORED] + by_fate[PS_FATE_MAKING]);
}

void ps_report_fates(struct ps_msg_writer *w, const struct ps_ledger_totals *t)
{
    put_by_fate(w, t->by_fate);
    ps_msg_pair_u64(w, "making", t->by_fate[PS_FATE_MAKING]);
    ps_msg_pair_u64(w, "stored", t->by_fate[PS_FATE_STORED]);
    ps_msg_pair_u64(w, "forgotten", t->forgotten);
    ps_msg_pair_bool(w, "adds_up", ps_ledger_adds_up(t));
}

/* ---- what it taught ---- */

static void put_cell(struct ps_msg_writer *w, const struct ps_feedback_cell *cell)
{
    ps_msg_pair_f64(w, "bets", cell->bets);
    ps_msg_pair_f64(w, "said", cell->bets > 0.0 ? cell->said / cell->bets : 0.0);
    ps_msg_pair_f64(w, "useful", cell->bets > 0.0 ? cell->useful / cell->bets : 0.0);
}

void ps_report_feedback(struct ps_msg_writer *w, const struct ps_feedback *feedback)
{
    ps_msg_pair_array(w, "trust");
    for (unsigned r = 0; r < PS_REASON_COUNT; r++) {
        const enum ps_reason reason = (enum ps_reason)r;

        ps_msg_open_map(w);
        ps_msg_pair_str(w, "reason", ps_reason_name(reason));
        ps_msg_pair_f64(w, "trust", ps_feedback_reason_trust(feedback, reason));
        ps_msg_pair_f64(w, "useful", ps_feedback_usefulness(feedback, reason));
        ps_msg_close(w);
    }
    ps_msg_close(w);
    ps_msg_pair_array(w, "confidence");
    for (unsigned b = 0; b < PS_FEEDBACK_BINS; b++) {
        ps_msg_open_map(w);
        ps_msg_pair_f64(w, "from", (double)b / PS_FEEDBACK_BINS);
        put_cell(w, &feedback->bins[b]);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

/* ---- method ledger ---- */

static void put_reasons(struct ps_msg_writer *w, const struct ps_ledger_totals *t,
                        const struct ps_feedback *feedback)
{
    ps_msg_pair_array(w, "reasons");
    for (unsigned r = 0; r < PS_REASON_COUNT; r++)
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            uint64_t staged = 0;

            for (unsigned fate = 0; fate < PS_FATE_COUNT; fate++)
                staged += t->by[r][h][fate];
            if (staged == 0)
                continue;
            ps_msg_open_map(w);
            ps_msg_pair_str(w, "reason", ps_reason_name((enum ps_reason)r));
            ps_msg_pair_str(w, "horizon", ps_report_horizon((enum ps_horizon)h));
            put_by_fate(w, t->by[r][h]);
            ps_msg_pair_f64(w, "trust",
                            ps_feedback_trust(feedback, (enum ps_reason)r, (enum ps_horizon)h));
            ps_msg_close(w);
        }
    ps_msg_close(w);
}

static void put_classes(struct ps_msg_writer *w, const struct ps_ledger_totals *t)
{
    ps_msg_pair_array(w, "classes");
    for (unsigned c = 0; c < PS_TIER_CLASS_COUNT; c++) {
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "class", ps_report_class((enum ps_tier_class)c));
        put_by_fate(w, t->by_class[c]);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_tenants(struct ps_msg_writer *w, const struct ps_daemon *d,
                        const struct ps_ledger_totals *t)
{
    ps_msg_pair_array(w, "tenants");
    for (uint32_t i = 0; i < d->config->tenant_count; i++) {
        struct ps_predict_tenant_status s;

        ps_predict_tenant_status(d->predict, i, &s);
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "tenant", d->config->tenants[i].name);
        ps_msg_pair_u64(w, "weight", d->config->tenants[i].weight);
        put_by_fate(w, t->by_tenant[i]);
        ps_msg_pair_u64(w, "tracked", s.places);
        ps_msg_pair_u64(w, "tracked_part", s.places_part);
        ps_msg_pair_u64(w, "candidates", s.candidates);
        ps_msg_close(w);
    }
    ps_msg_close(w);
}

static void put_entry(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_ledger_entry *e, uint64_t now_ns)
{
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "prediction", e->prediction_id);
    ps_report_resource(w, d, e->key.media_key, e->key.profile_key);
    ps_msg_pair_i64(w, "index", e->key.index);
    ps_msg_pair_f64(w, "p", e->p);
    ps_msg_pair_str(w, "horizon", ps_report_horizon(e->horizon));
    ps_msg_pair_str(w, "reason", ps_reason_name(e->reason));
    ps_msg_pair_str(w, "class", ps_report_class(e->class));
    ps_msg_pair_u64(w, "region", e->peer.region);
    ps_msg_pair_u64(w, "device", e->peer.device);
    ps_msg_pair_u64(w, "model", e->model);
    ps_msg_pair_f64(w, "staged_ago_s", (double)(now_ns - e->staged_ns) / 1e9);
    ps_msg_pair_str(w, "fate", ps_fate_name(e->fate));
    if (e->fate_ns != 0 && e->fate != PS_FATE_STORED)
        ps_msg_pair_f64(w, "fate_after_s", (double)(e->fate_ns - e->staged_ns) / 1e9);
    ps_msg_close(w);
}

static int put_items(struct ps_msg_writer *w, const struct ps_daemon *d, uint32_t limit)
{
    struct ps_ledger_entry *entries = ps_zalloc(LIST_MAX, sizeof(*entries));

    if (entries == NULL)
        return -ENOMEM;
    const uint32_t count = ps_ledger_list(d->ledger, entries, limit);
    ps_msg_pair_array(w, "items");
    for (uint32_t i = 0; i < count; i++)
        put_entry(w, d, &entries[i], ps_clock_now_ns(&d->clock));
    ps_msg_close(w);
    free(entries);
    return 0;
}

int ps_report_ledger(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_ledger_totals t;
    int rc;

    ps_ledger_totals(d->ledger, &t);
    ps_msg_open_map(w);
    ps_msg_pair_map(w, "totals");
    ps_report_fates(w, &t);
    ps_msg_pair_u64(w, "model", PS_PREDICT_MODEL_VERSION);
    ps_msg_close(w);
    put_reasons(w, &t, ps_ledger_feedback(d->ledger));
    put_classes(w, &t);
    put_tenants(w, d, &t);
    ps_report_feedback(w, ps_ledger_feedback(d->ledger));
    rc = put_items(w, d, ps_report_limit(params));
    ps_msg_close(w);
    return rc;
}

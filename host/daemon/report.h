/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/report.h - what the API's methods that report have in common, and these methods.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_REPORT_H
#define PS_HOST_DAEMON_REPORT_H

#include "host/daemon/daemon_priv.h"

/* report.c */
/** The parameter `limit`, or its default. */
uint32_t ps_report_limit(const struct ps_msg_value *params);
const char *ps_report_queue(enum ps_queue queue);
const char *ps_report_horizon(enum ps_horizon horizon);
const char *ps_report_class(enum ps_tier_class class);
const char *ps_report_origin(enum ps_model_origin origin);
/** What decides what stays stored. */
const char *ps_report_policy(const struct ps_daemon *d);
/** `unknown` when it is none of the configured ones. */
const char *ps_report_tenant(const struct ps_daemon *d, uint32_t tenant);
/** `media` and `profile` into an open map; nil where they are not known (any more). */
void ps_report_resource(struct ps_msg_writer *w, const struct ps_daemon *d, uint64_t media_key,
                        uint64_t profile_key);
/** 0 of nothing. */
double ps_report_share(uint64_t part, uint64_t whole);
/** What became of what was staged, into an open map. fates.c */
void ps_report_fates(struct ps_msg_writer *w, const struct ps_ledger_totals *t);
/** What bets teach: trust, usefulness and confidence bins, into an open map. fates.c */
void ps_report_feedback(struct ps_msg_writer *w, const struct ps_feedback *feedback);

/* The methods; @p arg is the daemon. status.c, work.c, media.c, predictions.c, fates.c */
int ps_report_status(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_tier(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_predictions(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_predictions_why(void *arg, const struct ps_msg_value *params,
                              struct ps_msg_writer *w);
int ps_report_queues(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_devices(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_ledger(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_media(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_media_add(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_report_media_describe(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);

#endif

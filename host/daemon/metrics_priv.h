/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/metrics_priv.h - parts of the page /metrics.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_METRICS_PRIV_H
#define PS_HOST_DAEMON_METRICS_PRIV_H

#include "host/daemon/report.h"

#define PS_LABELS(...) ((const char *const[]){ __VA_ARGS__ })

/* metrics_bets.c */
/** What is predicted, and how right that was. */
void ps_metrics_put_predict(struct ps_metrics *metrics, const struct ps_daemon *daemon);
/** What was bet on it, what came of that, and what follows. */
void ps_metrics_put_bets(struct ps_metrics *metrics, const struct ps_daemon *daemon);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/cards.h - the cards: opened as configured, watched each turn, and reported.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_CARDS_H
#define PS_HOST_DAEMON_CARDS_H

#include "host/daemon/daemon_priv.h"

/**
 * Open the configured cards into daemon->accel. When none works, and none is configured, it stays
 * NULL, and degraded_card says why.
 * @return 0 or -ENOMEM.
 */
int ps_cards_open(struct ps_daemon *daemon);
/** Open lost cards again, and log and tell the allocator which went and came. */
void ps_cards_watch(struct ps_daemon *daemon, uint64_t now_ns);
/** A sentence for each configured card that does not work, into an open array. */
void ps_cards_degraded(const struct ps_daemon *daemon, struct ps_msg_writer *w);
/** The API's method; @p arg is the daemon. */
int ps_cards_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);

#endif

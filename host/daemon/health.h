/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/health.h - what of the node is as configured and what is not, and whether it lives.
 *
 * Alive: turns of the loop end. Ready: the card, the buffer's device and the NIC, as far as they
 * are configured, work. A node that is not ready still serves what it can; that it is not ready is
 * for people and alarms, not a reason to start it again.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_HEALTH_H
#define PS_HOST_DAEMON_HEALTH_H

#include "host/daemon/daemon_priv.h"

#define PS_HEALTH_TURNS_MISSED 5u                       /* so many turns without an end ... */
#define PS_HEALTH_SILENT_NS    (10ull * 1000 * 1000000) /* ... and as long as this: it hangs */

enum ps_health_part {
    PS_HEALTH_CARD,
    PS_HEALTH_TIER,
    PS_HEALTH_NIC,
    PS_HEALTH_READY_COUNT, /* those above make the node ready */
    PS_HEALTH_PEERS = PS_HEALTH_READY_COUNT,
    PS_HEALTH_RESERVATIONS,
    PS_HEALTH_SPECULATION,
    PS_HEALTH_MODEL,
    PS_HEALTH_DELIVER,
    PS_HEALTH_CLUSTER,
    PS_HEALTH_PART_COUNT,
};

enum ps_health_state { PS_HEALTH_OK, PS_HEALTH_NONE /* not configured */, PS_HEALTH_FAILED };

struct ps_health {
    enum ps_health_state part[PS_HEALTH_PART_COUNT];
};

void ps_health_look(const struct ps_daemon *daemon, struct ps_health *ret_health);
const char *ps_health_part_name(enum ps_health_part part);
bool ps_health_is_ready(const struct ps_health *health);
/** Whether turns end. @param mono_ns  CLOCK_MONOTONIC. */
bool ps_health_is_turning(const struct ps_daemon *daemon, uint64_t mono_ns);

/** Answer /healthz and /readyz at @p http; 503 when not. @return 0 or -ENOSPC. */
int ps_health_serve(struct ps_daemon *daemon, struct ps_http *http);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/nic.h - the connected prestage-nic, reported.
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_NIC_H
#define PS_HOST_DAEMON_NIC_H

#include "host/daemon/daemon_priv.h"

/** The API's method; @p arg is the daemon. */
int ps_nic_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/faults.h - breaking an emulated card on purpose, from the control API.
 *
 * Why: a lab wants to see what an orchestrator does when a CU hangs or a card is lost. The
 * emulation driver reads faults from a file (docs/hil.md has the words); the daemon only writes
 * that file and reads back what fired. Off unless card.fault_dir is configured, and never for a
 * real card.
 *
 * Threads: the loop thread; writing waits for the disk.
 */
#ifndef PS_HOST_DAEMON_FAULTS_H
#define PS_HOST_DAEMON_FAULTS_H

#include "host/config/config.h"
#include "host/msg/msg.h"

#define PS_FAULT_SPEC_BYTES_MAX 4096u

/** Tell the driver where its files are, before a card is opened; begins without faults. @return 0
 * or -errno. */
int ps_faults_prepare(const struct ps_config *config);

/* Methods of the API; @p arg is the daemon. */
int ps_faults_set(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_faults_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w);

#endif

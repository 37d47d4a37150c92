/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/tls_names.h - one worker's counts of TLS flows by the server they asked for.
 *
 * Exists only where the user asked for it: which servers somebody visits is personal. Counts have
 * no client in them. Anybody can make names up, so the table is small; where it is full, only what
 * is heavy finds a place (see count.h) and the rest is counted as shed.
 *
 * Threads: one worker counts; the control thread drains a closed epoch (see epoch.h).
 */
#ifndef PS_DPDK_TLS_NAMES_H
#define PS_DPDK_TLS_NAMES_H

#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "dpdk/names.h"
#include "dpdk/tls.h"

#define NIC_TLS_NAMES_MAX 1024u /* told apart at once */

struct nic_tls_names;

/** @param seed  Random, so that nobody can choose names that collide. @return 0 or -ENOMEM. */
int nic_tls_names_create(struct nic_tls_names **ret_names, uint64_t seed);
void nic_tls_names_destroy(struct nic_tls_names *names);

/**
 * Count one flow in @p epoch; a name that is new here also goes into @p queue.
 * @return 0, or -ENOSPC: it is counted, but the queue has no room for its name, which is tried
 * again with its next flow.
 */
int nic_tls_names_add(struct nic_tls_names *names, const struct nic_tls_name *name, uint64_t epoch,
                      struct nic_name_queue *queue);

/** Hand each name of a closed epoch to @p each, once. @return Flows shed, whose name had no room.
 */
uint64_t nic_tls_names_drain(struct nic_tls_names *names, uint64_t epoch,
                             void (*each)(void *arg, const struct psd_tls_name *name), void *arg);

#endif

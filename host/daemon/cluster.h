/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/cluster.h - this edge among others: joined to host/cluster, demand shared, segments
 * lent, and how it stands.
 *
 * Demand elsewhere is not demand here: it is told to the predictor as forward looks of the edges it
 * came from, which are believed by how often what was asked for there was asked for here as well.
 * So it raises what is expected, and is counted by nobody.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_CLUSTER_H
#define PS_HOST_DAEMON_CLUSTER_H

#include <stdint.h>

#include "host/control/metrics.h"
#include "host/http/http.h"
#include "host/msg/msg.h"
#include "host/plan/resource.h"

#define PS_CLUSTER_SEGMENTS "/s/" /* path of segments for other edges, before the key's text */

struct ps_daemon;
struct ps_demand_sample;

/* cluster.c */
/** @return 0, or what was logged. Without cluster.url there is nothing. */
int ps_daemon_create_cluster(struct ps_daemon *daemon);
void ps_daemon_destroy_cluster(struct ps_daemon *daemon);
void ps_daemon_poll_cluster(struct ps_daemon *daemon);
void ps_daemon_tend_cluster(struct ps_daemon *daemon, uint64_t now_ns);
/** Our token for other edges, new in time; NULL: none can be made. */
const char *ps_daemon_node_token(struct ps_daemon *daemon);

/* elsewhere.c */
struct ps_elsewhere;
/** @return 0 or -ENOMEM. */
int ps_elsewhere_create(struct ps_elsewhere **ret_elsewhere);
/** Tell the others of this turn's demand, and the predictor which of theirs it bears out. */
void ps_daemon_share_demand(struct ps_daemon *daemon, uint64_t now_ns);
/** Demand that another edge saw. */
void ps_elsewhere_demand(void *daemon, uint16_t node, const struct ps_demand_sample *samples,
                         uint32_t count);

/* cluster_lend.c */
struct ps_loans;
/** Answer other edges at PS_CLUSTER_SEGMENTS. @return 0, -ENOSPC or -ENOMEM. */
int ps_cluster_lend_create(struct ps_daemon *daemon, struct ps_http *http);
void ps_cluster_lend_destroy(struct ps_daemon *daemon);
/** A segment was read from the device, or could not be: whoever waits for it is answered. */
void ps_cluster_lend_loaded(struct ps_daemon *daemon, const struct ps_segment_key *key, int status);

/* cluster_messages.c */
/** To be called before the collections are created. */
void ps_cluster_messages_link(struct ps_daemon *daemon);
void ps_cluster_messages_event(void *daemon, uint16_t node, const void *data, uint32_t size_bytes);
void ps_cluster_messages_kept(void *daemon, uint64_t ticket, int status);
uint32_t ps_cluster_messages_asked(void *daemon, uint16_t node, const void *data,
                                   uint32_t size_bytes, void *ret_answer, uint32_t answer_bytes);
void ps_cluster_messages_answered(void *daemon, uint64_t ticket, int status, const void *data,
                                  uint32_t size_bytes);

/* cluster_report.c */
int ps_cluster_show(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
/** What is wrong, as a sentence for people; NULL: nothing. */
const char *ps_cluster_complaint(const struct ps_daemon *daemon);
void ps_cluster_put_metrics(struct ps_metrics *m, const struct ps_daemon *daemon);

#endif

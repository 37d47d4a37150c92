/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/requests.h - finds each media request once in the TCP segments of many connections.
 *
 * Why state: a request line split across segments and a request sent twice are everyday TCP, and a
 * stateless reader miscounts both. Two bounded tables mend that: one remembers where counted
 * requests began, (flow, seq); one keeps the parsers of lines that were cut. Both forget the older
 * when two want one place. What stays missed is counted as unseen.
 *
 * Threads: one thread per object. Allocates at creation only.
 */
#ifndef PS_DPDK_REQUESTS_H
#define PS_DPDK_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/classify.h"
#include "dpdk/http.h"
#include "dpdk/totals.h"

#define NIC_SEEN_SLOTS  65536u /* requests remembered against retransmission; a power of two */
#define NIC_CUT_SLOTS   4096u  /* lines open at once; a power of two */
#define NIC_CUT_AGE_MAX 8u     /* ticks an open line waits for its rest */

struct nic_requests;

/* Called for each request, counted by then in the totals. The request points into the parser. */
typedef void nic_found_fn(void *arg, const struct nic_segment *segment,
                          const struct nic_request *request);

/**
 * @param media_template  Copied.
 * @param seed  Keys the flow hash, so that its table cannot be aimed at.
 * @return 0 or -ENOMEM.
 */
int nic_requests_create(struct nic_requests **ret_requests,
                        const struct nic_template *media_template, uint64_t seed);
void nic_requests_destroy(struct nic_requests *requests);

/** Whether a segment towards a server has anything to read; the others need not be fed. */
bool nic_requests_may_read(const struct nic_segment *segment);

/**
 * The flow of a segment towards a server, to be fed with it. Asks for what that will read: done for
 * a whole burst first, the cache misses overlap.
 */
uint64_t nic_requests_flow(const struct nic_requests *requests, const struct nic_segment *segment);

/** Read one segment towards a server; what it holds goes to @p totals and @p found. */
void nic_requests_feed(struct nic_requests *requests, const struct nic_segment *segment,
                       uint64_t flow, struct nic_totals *totals, nic_found_fn *found, void *arg);

/** Time passes: lines open for more than NIC_CUT_AGE_MAX ticks are given up as unseen. */
void nic_requests_tick(struct nic_requests *requests, struct nic_totals *totals);

/** Give up all open lines as unseen: no more segments will come. */
void nic_requests_end(struct nic_requests *requests, struct nic_totals *totals);

#endif

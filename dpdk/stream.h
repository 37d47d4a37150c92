/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/stream.h - sends names and counts to prestaged, as demand_stream.h says, each exactly once.
 *
 * One interval is on its way at a time, and is kept until the reader acknowledged it. prestaged may
 * be away, slow or restarted at any time: meanwhile counts gather, merged, up to the batch's bound,
 * and what does not fit is counted as shed. An interval that was not acknowledged when the
 * connection ended goes out again, the same bytes; a reader that has part of it drops that part.
 * Names go out again to each new reader.
 *
 * Threads: the control thread. Never blocks, except nic_stream_finish() for a bounded time.
 */
#ifndef PS_DPDK_STREAM_H
#define PS_DPDK_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/batch.h"
#include "dpdk/link.h"
#include "dpdk/names.h"

#define NIC_STREAM_RETRY_MS_MIN 100u
#define NIC_STREAM_RETRY_MS_MAX 5000u
#define NIC_STREAM_GREET_MS_MAX 5000u /* to be connected, with TLS's handshake done */

struct nic_stream;

struct nic_stream_config {
    struct nic_link_config to;
    struct nic_names *names; /* outlives the stream */
    uint64_t boot_id;
    uint64_t server_v4;   /* see struct psd_hello */
    uint32_t records_max; /* keys that may gather; a power of two */
    /* How ports and rules are now: at most @p max into the array. NULL: they are not sent. */
    uint32_t (*ports)(void *arg, struct psd_port *ret_ports, uint32_t max);
    uint32_t (*rules)(void *arg, struct psd_rule *ret_rules, uint32_t max);
    void *arg;
};

struct nic_stream_status {
    bool connected;
    uint64_t connects;
    uint64_t epochs_sent;  /* and acknowledged */
    uint64_t epochs_again; /* sent again after a connection ended */
    uint64_t shed_records; /* requests that found no room among what gathered */
    int last_error;        /* why there is no connection, negative errno; 0 */
};

/** @return 0, -EINVAL, -ENAMETOOLONG (path) or -ENOMEM. */
int nic_stream_create(struct nic_stream **ret_stream, const struct nic_stream_config *cfg);
void nic_stream_destroy(struct nic_stream *stream);

/** Add a closed interval to what is to be sent. */
void nic_stream_put(struct nic_stream *stream, const struct nic_batch *batch);

/** Connect when due, send what goes without blocking, hear what the reader took. */
void nic_stream_work(struct nic_stream *stream, uint64_t mono_ns);

/** What to poll() for; -1 while not connected. */
int nic_stream_fd(const struct nic_stream *stream, short *ret_events);

/** When nic_stream_work() should be called even if nothing happens; UINT64_MAX: never. */
uint64_t nic_stream_wake_ns(const struct nic_stream *stream);

/** Send the rest, for at most @p wait_ms. @return 0 or -ETIMEDOUT: counts were left that the reader
 * did not acknowledge. */
int nic_stream_finish(struct nic_stream *stream, uint32_t wait_ms);

void nic_stream_status(const struct nic_stream *stream, struct nic_stream_status *ret_status);

#endif

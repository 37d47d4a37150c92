/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/stream.h - sends names and counts to prestaged over a unix socket, as demand_stream.h says.
 *
 * prestaged may be away, slow or restarted at any time. Then counts gather, merged, up to the
 * batch's bound, and go out after the reconnect; names go out again to each new reader. A frame
 * that was not handed to the kernel whole is sent again whole. What the kernel had accepted when
 * the reader died is lost with it: the protocol has no acknowledgement.
 *
 * Threads: the control thread. Never blocks, except nic_stream_finish() for a bounded time.
 */
#ifndef PS_DPDK_STREAM_H
#define PS_DPDK_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/batch.h"
#include "dpdk/names.h"

#define NIC_STREAM_RETRY_MS_MIN 100u
#define NIC_STREAM_RETRY_MS_MAX 5000u

struct nic_stream;

struct nic_stream_config {
    const char *path;        /* of the unix socket; copied */
    struct nic_names *names; /* outlives the stream */
    uint64_t boot_id;
    uint64_t server_v4;   /* see struct psd_hello */
    uint32_t records_max; /* keys that may gather; a power of two */
};

struct nic_stream_status {
    bool connected;
    uint64_t connects;
    uint64_t epochs_sent;
    int last_error; /* why there is no connection, negative errno; 0 */
};

/** @return 0, -EINVAL, -ENAMETOOLONG (path) or -ENOMEM. */
int nic_stream_create(struct nic_stream **ret_stream, const struct nic_stream_config *cfg);
void nic_stream_destroy(struct nic_stream *stream);

/** Add a closed interval to what is to be sent. */
void nic_stream_put(struct nic_stream *stream, const struct nic_batch *batch);

/** Connect when due, send what goes without blocking, notice a reader that left. */
void nic_stream_work(struct nic_stream *stream, uint64_t mono_ns);

/** What to poll() for; -1 while not connected. */
int nic_stream_fd(const struct nic_stream *stream, short *ret_events);

/** When nic_stream_work() should be called even if nothing happens; UINT64_MAX: never. */
uint64_t nic_stream_wake_ns(const struct nic_stream *stream);

/** Send the rest, for at most @p wait_ms. @return 0 or -ETIMEDOUT: counts were left unsent. */
int nic_stream_finish(struct nic_stream *stream, uint32_t wait_ms);

void nic_stream_status(const struct nic_stream *stream, struct nic_stream_status *ret_status);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/fetch.h - a finished segment from a neighbour's tier, over HTTP. The only face of
 * libcurl.
 *
 * What is fetched has a size and a crc32c that are known before; anything else is an error. No
 * redirect is followed, no proxy used, no other scheme than HTTP and HTTPS.
 * Threads: the loop thread; nothing blocks.
 */
#ifndef PS_HOST_CLUSTER_FETCH_H
#define PS_HOST_CLUSTER_FETCH_H

#include <stdint.h>

#include "host/plan/resource.h"

#define PS_FETCHES_MAX     128u        /* at once */
#define PS_FETCH_BYTES_MAX (64u << 20) /* of one, as the tier takes */
#define PS_FETCH_URL_MAX   512u

struct ps_fetches;

struct ps_fetches_config {
    const char *ca; /* certificates to trust, for HTTPS; NULL: the system's */
    /*
     * How it ended: 0 with the bytes (valid during the call), -ENOENT (not there), -EACCES,
     * -EBADMSG (another size or checksum), -ETIMEDOUT, -EHOSTUNREACH or -EIO.
     */
    void (*done)(void *arg, const struct ps_segment_key *key, int status, const void *data,
                 uint32_t size_bytes);
    void *arg;
};

struct ps_fetch_request {
    struct ps_segment_key key;
    const char *url;    /* whole */
    const char *bearer; /* token; NULL: none */
    uint32_t size_bytes, crc32c;
    uint64_t timeout_ms;
};

/** @return 0 or -ENOMEM. */
int ps_fetches_create(struct ps_fetches **ret_fetches, const struct ps_fetches_config *cfg);
/** What is under way is dropped without a word. NULL is allowed. */
void ps_fetches_destroy(struct ps_fetches *fetches);
/** @return 0 (done will be called from poll), -EAGAIN (as many as can be), -E2BIG or -ENOMEM. */
int ps_fetch_begin(struct ps_fetches *fetches, const struct ps_fetch_request *request);
uint32_t ps_fetches_count(const struct ps_fetches *fetches);
int ps_fetches_fd(const struct ps_fetches *fetches); /* epoll */
void ps_fetches_poll(struct ps_fetches *fetches);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/web.h - collections over HTTP, for browsers: JSON and msgpack, long poll,
 * server-sent events, CORS. docs/collections.md has the paths and bodies.
 *
 * Threads: the loop thread, polled by the HTTP server's owner; nothing blocks.
 */
#ifndef PS_HOST_MESSAGING_WEB_H
#define PS_HOST_MESSAGING_WEB_H

#include "host/http/http.h"
#include "host/messaging/messaging.h"
#include "host/messaging/rpc.h" /* the gate */

struct ps_messaging_web;

struct ps_messaging_web_config {
    struct ps_http *http; /* outlives it; routes below /c/ are added */
    struct ps_messaging_gate gate;
    uint32_t waiting_max; /* long polls and event streams at once; beyond: 503 */
    uint64_t (*now_ns)(void *arg);
    uint64_t (*wall_ns)(void *arg);
    uint64_t (*real_ns)(void); /* CLOCK_MONOTONIC, for waits */
    /* Region of an address; 0 unknown. NULL: nobody's is known. */
    uint16_t (*region_of)(void *arg, const struct sockaddr *address);
    void *arg;
};

struct ps_messaging_web_status {
    uint64_t requests, errors, refused_tokens;
    uint32_t waiting, streams;
};

/** @return 0, -EINVAL, -ENOSPC (routes) or -ENOMEM. */
int ps_messaging_web_create(struct ps_messaging_web **ret_web, struct ps_messaging *messaging,
                            const struct ps_messaging_web_config *cfg);
/** Before the messaging module and the server; nobody may call ps_messaging_kept() any more. NULL
 * is allowed. */
void ps_messaging_web_destroy(struct ps_messaging_web *web);
/** Once a turn: end waits that are over, keep streams alive. */
void ps_messaging_web_tick(struct ps_messaging_web *web);
void ps_messaging_web_status(const struct ps_messaging_web *web,
                             struct ps_messaging_web_status *ret_status);

#endif

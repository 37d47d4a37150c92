/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/link.h - a connection to prestaged: its unix socket, or TLS to its port.
 *
 * A unix socket is as safe as its mode and the reader's look at who we are; over TCP nothing of the
 * stream passes before the handshake of link_tls.h is done.
 *
 * Threads: one at a time. Nothing blocks.
 */
#ifndef PS_DPDK_LINK_H
#define PS_DPDK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "dpdk/address.h"
#include "dpdk/psk.h"

struct nic_link;

struct nic_link_config {
    const char *path;           /* of the unix socket, copied; or NULL, and: */
    struct nic_endpoint server; /* to connect to over TCP */
    const struct nic_psk *psk;  /* not kept */
};

/** @return 0, -ENAMETOOLONG (path) or -ENOMEM. */
int nic_link_create(struct nic_link **ret_link, const struct nic_link_config *cfg);
void nic_link_destroy(struct nic_link *link);

/** Begin to connect. @return 0, or why not: a negative errno. */
int nic_link_open(struct nic_link *link);
void nic_link_close(struct nic_link *link);

/** After open: @return 0 when bytes may pass, -EAGAIN, or why they never will (see
 * nic_link_tls_handshake()). */
int nic_link_ready(struct nic_link *link);

/** As send() and recv(), with a negative errno. After -EAGAIN the same bytes must be given. */
ssize_t nic_link_send(struct nic_link *link, const void *bytes, size_t count);
ssize_t nic_link_receive(struct nic_link *link, void *ret_bytes, size_t count);

/** -1 while closed. */
int nic_link_fd(const struct nic_link *link);

/** Whether nic_link_ready() waits for room to write. */
bool nic_link_wants_write(const struct nic_link *link);

#endif

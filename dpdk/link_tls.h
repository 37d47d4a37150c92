/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/link_tls.h - one TLS 1.3 session as client, authenticated by a key both sides have, and by
 * nothing else.
 *
 * ECDHE with the external key (ECDHE-PSK): no certificates, no tickets, no older version, so a
 * peer without the key gets no byte, and a key that leaks later does not open what was recorded.
 * The only file of dpdk/ that names GnuTLS.
 *
 * Threads: one at a time. Nothing blocks.
 */
#ifndef PS_DPDK_LINK_TLS_H
#define PS_DPDK_LINK_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "dpdk/psk.h"

struct nic_link_tls;

/** @return 0 or -ENOMEM. */
int nic_link_tls_create(struct nic_link_tls **ret_tls, const struct nic_psk *psk);
void nic_link_tls_destroy(struct nic_link_tls *tls);

/** Begin a session on a connected non-blocking socket; an earlier one is forgotten. @return 0 or
 * -ENOMEM. */
int nic_link_tls_start(struct nic_link_tls *tls, int fd);
void nic_link_tls_stop(struct nic_link_tls *tls);

/** Go on with the handshake. @return 0: the peer has the key; -EAGAIN, -EACCES (it does not, or
 * says that we do not), -ECONNRESET or -EPROTO. */
int nic_link_tls_handshake(struct nic_link_tls *tls);

/** Whether -EAGAIN waits for room to write. */
bool nic_link_tls_wants_write(const struct nic_link_tls *tls);

/** As send() and recv(), with a negative errno. After -EAGAIN the same bytes must be given. */
ssize_t nic_link_tls_send(struct nic_link_tls *tls, const void *bytes, size_t count);
ssize_t nic_link_tls_receive(struct nic_link_tls *tls, void *ret_bytes, size_t count);

#endif

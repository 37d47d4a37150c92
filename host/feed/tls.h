/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/tls.h - TLS 1.3 towards a prestage-nic, authenticated by a shared key and nothing else.
 *
 * ECDHE with the external key (ECDHE-PSK): no certificates, no tickets, no older version. A peer
 * without a key of ours gets no further than the handshake. With tls.c, all that names GnuTLS.
 *
 * Threads: the loop thread. Nothing blocks.
 */
#ifndef PS_HOST_FEED_TLS_H
#define PS_HOST_FEED_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "host/feed/keys.h"

struct ps_feed_tls;        /* what all sessions have in common */
struct gnutls_session_int; /* one session; the library's own name */

/** @param keys  Copied. @return 0 or -ENOMEM. */
int ps_feed_tls_create(struct ps_feed_tls **ret_tls, const struct ps_feed_keys *keys);
void ps_feed_tls_destroy(struct ps_feed_tls *tls);

/** A session on a connected non-blocking socket. @return 0 or -ENOMEM. */
int ps_feed_tls_accept(struct ps_feed_tls *tls, int fd, struct gnutls_session_int **ret_session);
void ps_feed_tls_close(struct gnutls_session_int *session);

/** @return 0: the peer has the key of ps_feed_tls_identity(); -EAGAIN, -EACCES (it does not),
 * -ENOTCONN (it left) or -EPROTO (it does not speak TLS 1.3). */
int ps_feed_tls_handshake(struct gnutls_session_int *session);
const char *ps_feed_tls_identity(struct gnutls_session_int *session);

/** Whether -EAGAIN waits for room to write. */
bool ps_feed_tls_wants_write(struct gnutls_session_int *session);
/** Whether there are bytes that no readable socket announces. */
bool ps_feed_tls_has_more(struct gnutls_session_int *session);

/** As send() and recv(), with a negative errno. After -EAGAIN the same bytes must be given. */
ssize_t ps_feed_tls_send(struct gnutls_session_int *session, const void *bytes, size_t count);
ssize_t ps_feed_tls_receive(struct gnutls_session_int *session, void *ret_bytes, size_t count);

#endif

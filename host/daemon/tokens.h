/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/tokens.h - capability tokens in the daemon's life: keys, revocations, the API, and
 * who of the viewers may have what.
 *
 * Without tokens.key_file the daemon signs with a key of its own, kept as `token.key` in the state
 * directory: the same text as a key file, to be moved there. Revocations are kept as `tokens.bin`,
 * on disk before the answer is sent. Token time is the world's clock, never scaled.
 *
 * Threads: the loop thread.
 */
#ifndef PS_HOST_DAEMON_TOKENS_H
#define PS_HOST_DAEMON_TOKENS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "host/control/metrics.h"
#include "host/msg/msg.h"
#include "host/plan/grant.h"

struct ps_daemon;
struct ps_deliver_asker;

/** @return 0, or what was logged. */
int ps_daemon_create_tokens(struct ps_daemon *daemon);
/** Wall clock in nanoseconds, as tokens are dated. */
uint64_t ps_daemon_wall_ns(void);
/** For whatever guards something by token. @return 0 or -EACCES. */
int ps_daemon_check_token(void *daemon, const char *text, size_t length,
                          const struct sockaddr *from, struct ps_grant *ret_grant);
/** For who keeps a grant: is it neither expired nor revoked? @return 0 or -EACCES. */
int ps_daemon_grant_holds(void *daemon, const struct ps_grant *grant);

/** May a viewer have it? As struct ps_deliver_config's. */
int ps_daemon_admit(void *daemon, const struct ps_deliver_asker *asker, uint32_t *ret_viewer);
/** Which variant of a segment a viewer gets, as `prestage-mark codes` says. */
char ps_daemon_variant_of(void *daemon, uint64_t media_key, uint32_t viewer, int32_t index);

/* Methods token.issue, token.check, token.revoke, token.keys and token.reload. */
int ps_tokens_method_issue(void *daemon, const struct ps_msg_value *params,
                           struct ps_msg_writer *w);
int ps_tokens_method_check(void *daemon, const struct ps_msg_value *params,
                           struct ps_msg_writer *w);
int ps_tokens_method_revoke(void *daemon, const struct ps_msg_value *params,
                            struct ps_msg_writer *w);
int ps_tokens_method_keys(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_tokens_method_reload(void *daemon, const struct ps_msg_value *params,
                            struct ps_msg_writer *w);

void ps_tokens_put_status(struct ps_msg_writer *w, const struct ps_daemon *daemon);
void ps_tokens_put_metrics(struct ps_metrics *m, const struct ps_daemon *daemon);

#endif

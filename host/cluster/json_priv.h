/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/json_priv.h - the few members of JetStream's answers that are needed.
 *
 * Not a JSON reader: a member is found by its name, wherever it is first; strings are taken as they
 * stand. That is enough for names and numbers, and what is not found is an error, never a crash.
 * Threads: any.
 */
#ifndef PS_HOST_CLUSTER_JSON_PRIV_H
#define PS_HOST_CLUSTER_JSON_PRIV_H

#include <stddef.h>
#include <stdint.h>

/** @return 0 or -ENOENT. */
int ps_json_u64(const char *text, size_t bytes, const char *name, uint64_t *ret_value);
/** @return 0, -ENOENT, or -EMSGSIZE (longer than @p size_bytes with its NUL). */
int ps_json_text(const char *text, size_t bytes, const char *name, char *ret_text,
                 size_t size_bytes);
/** JetStream's err_code; 0: the answer is no error. 1: an error without a code. */
uint32_t ps_json_error(const char *text, size_t bytes);

#endif

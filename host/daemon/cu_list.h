/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/cu_list.h - a list of CU shares in one word: `scale:500000x2,h264enc:1000000`.
 * Threads: any; no state.
 */
#ifndef PS_HOST_DAEMON_CU_LIST_H
#define PS_HOST_DAEMON_CU_LIST_H

#include "host/alloc/lease.h"

/* The longest that ps_cu_list_print() writes, its NUL included. */
#define PS_CU_LIST_BYTES_MAX 512u

/**
 * Items of @p text, each `KERNEL[:SHARE[xCOUNT]]`; a kernel alone is one whole CU. Whether shares
 * and counts are in range is left to who takes the request.
 * @return 0, or -EINVAL (not such a list, no kernel of that name, or more than
 *         PS_LEASE_ITEMS_MAX); @p request is as it was then.
 */
int ps_cu_list_parse(struct ps_lease_request *request, const char *text);

/** The items of a valid request, as ps_cu_list_parse() takes them. */
void ps_cu_list_print(const struct ps_lease_request *request, char ret_text[PS_CU_LIST_BYTES_MAX]);

#endif

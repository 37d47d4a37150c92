/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/names.h - names behind keys, as many as there is room for: for showing, not counting.
 *
 * A name comes before its key's first record, so the newest are kept and what is shown later copies
 * the ones it needs. Names were checked against their keys, so streams can share them.
 *
 * Threads: one at a time.
 */
#ifndef PS_HOST_FEED_NAMES_H
#define PS_HOST_FEED_NAMES_H

#include <stdint.h>

#include "dpdk/abi/demand_stream.h"

#define PS_FEED_NAMES_MAX 4096u

struct ps_feed_name {
    uint64_t key;
    uint64_t age;   /* when it came; the oldest of its set gives way */
    uint16_t kind;  /* enum psd_name_kind */
    uint16_t bytes; /* 0: free */
    char text[PSD_NAME_BYTES_MAX];
};

struct ps_feed_names {
    struct ps_feed_name *slots; /* PS_FEED_NAMES_MAX */
    uint64_t clock;
};

/** @return 0 or -ENOMEM. */
int ps_feed_names_init(struct ps_feed_names *names);
void ps_feed_names_fini(struct ps_feed_names *names);

void ps_feed_names_add(struct ps_feed_names *names, const struct psd_name *head, const char *text);

/** NULL when not known (any more). Good until the next ps_feed_names_add(). */
const struct ps_feed_name *ps_feed_names_find(const struct ps_feed_names *names, uint64_t key,
                                              enum psd_name_kind kind);

#endif

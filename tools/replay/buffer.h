/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/buffer.h - a buffer of so many resources that gives up the one of least value.
 *
 * The value is the caller's: the time of the last request makes it LRU, the expected count makes
 * it the predictor's. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_BUFFER_H
#define PS_TOOLS_REPLAY_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

struct replay_buffer {
    uint32_t capacity;
    uint32_t count;
    uint32_t *resources; /* what is inside */
    double *value;       /* of every resource there is */
    bool *inside;        /* of every resource there is */
    uint64_t hits, misses;
};

/** @return 0 or -ENOMEM; fini in every case. */
int replay_buffer_init(struct replay_buffer *buffer, uint32_t capacity, uint32_t resource_count);
void replay_buffer_fini(struct replay_buffer *buffer);

/** A request: counted as hit or miss (if @p counts), and inside afterwards. */
void replay_buffer_request(struct replay_buffer *buffer, uint32_t idx, bool counts);

#endif

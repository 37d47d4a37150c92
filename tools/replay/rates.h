/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/rates.h - true rates of a made-up trace, `t,obj,rate` as generate writes them.
 *
 * What is not listed has the rate 0. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_RATES_H
#define PS_TOOLS_REPLAY_RATES_H

#include <stdint.h>

#include "tools/replay/trace.h"

struct replay_rate {
    uint64_t interval; /* t / 300 s */
    uint32_t idx;      /* of its resource in the trace */
    float expected;    /* requests in the interval */
};

struct replay_rates {
    struct replay_rate *rates; /* by interval */
    uint32_t count;
    uint64_t line_count;
};

/**
 * Read a file; lines of resources that the trace never asks for are left out.
 * @return 0, -EINVAL (line line_count is no rate, or earlier than the one before), -EFBIG, -ENOMEM
 *         or open(2)'s errors; fini in every case.
 */
int replay_rates_open(struct replay_rates *ret_rates, const char *path,
                      const struct replay_trace *trace);
void replay_rates_fini(struct replay_rates *rates);

/** Rates of one interval: ret[idx] for all resources of the trace. */
void replay_rates_at(const struct replay_rates *rates, uint64_t interval, uint32_t resource_count,
                     float *ret);

#endif

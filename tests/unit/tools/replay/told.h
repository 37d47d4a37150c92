/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/told.h - a trace from counts: who was asked for how often, when. */
#ifndef PS_TESTS_UNIT_TOOLS_REPLAY_TOLD_H
#define PS_TESTS_UNIT_TOOLS_REPLAY_TOLD_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/replay/trace.h"

#define T0 1700006400u /* an interval begins */

/* CSV whose lines are given by @p count starts of object, device and geo in each interval. */
struct made {
    char *text;
    size_t size;
    FILE *file;
};

static inline void made_begin(struct made *made)
{
    made->file = open_memstream(&made->text, &made->size);
    PS_REQUIRE(made->file != NULL);
    fputs("t,obj,device,geo\n", made->file);
}

static inline void made_want(struct made *made, uint32_t interval, const char *object,
                             uint32_t device, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        fprintf(made->file, "%u,%s,%u,1\n", T0 + interval * 300 + i * 300 / count, object, device);
}

static inline void made_end(struct made *made, struct replay_trace *ret_trace)
{
    fclose(made->file);
    FILE *file = fmemopen(made->text, made->size, "r");
    PS_REQUIRE(file != NULL && replay_trace_read(ret_trace, file, REPLAY_CSV, NULL) == 0);
    fclose(file);
    free(made->text);
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/trace.c - see trace.h. */
#include "tools/replay/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tools/replay/text.h"
#include "tools/replay/trace_priv.h"

/* idx is the line's place until resources are numbered. */
static int by_time(const void *a, const void *b)
{
    const struct replay_request *x = a, *y = b;

    if (x->time_ns != y->time_ns)
        return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
    return (x->idx > y->idx) - (x->idx < y->idx);
}

/* The resource's place in the table, or the empty one that it would take. */
static uint32_t *place_of(const struct replay_trace *trace, const struct ps_resource *resource)
{
    const uint32_t mask = trace->table_size - 1;
    uint32_t at = (uint32_t)ps_hash64(resource, sizeof(*resource)) & mask;

    while (trace->table[at] != 0 && memcmp(&trace->requests[trace->table[at] - 1].resource,
                                           resource, sizeof(*resource)) != 0)
        at = (at + 1) & mask;
    return &trace->table[at];
}

static int number_resources(struct replay_trace *trace)
{
    const uint64_t no_profile = ps_hash64_name("");

    trace->table_size = 16;
    while (trace->table_size < trace->request_count * 2)
        trace->table_size *= 2;
    trace->table = ps_zalloc(trace->table_size, sizeof(*trace->table));
    if (trace->table == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < trace->request_count; i++) {
        struct replay_request *request = &trace->requests[i];
        uint32_t *place = place_of(trace, &request->resource);

        trace->has_profiles |= request->resource.profile_key != no_profile;
        if (*place == 0) {
            *place = i + 1;
            request->idx = trace->resource_count++;
        } else {
            request->idx = trace->requests[*place - 1].idx;
        }
    }
    return 0;
}

uint32_t replay_trace_find(const struct replay_trace *trace, const struct ps_resource *resource)
{
    const uint32_t place = *place_of(trace, resource);

    return place == 0 ? UINT32_MAX : trace->requests[place - 1].idx;
}

static int list_times(struct replay_trace *trace)
{
    uint32_t *next;

    trace->times_ns = ps_zalloc(trace->request_count, sizeof(*trace->times_ns));
    trace->first = ps_zalloc(trace->resource_count + 2, sizeof(*trace->first));
    if (trace->times_ns == NULL || trace->first == NULL)
        return -ENOMEM;
    /* Counting sort; first[] runs one ahead while it fills. */
    next = trace->first + 1;
    for (uint32_t i = 0; i < trace->request_count; i++)
        next[trace->requests[i].idx + 1]++;
    for (uint32_t r = 0; r < trace->resource_count; r++)
        next[r + 1] += next[r];
    for (uint32_t i = 0; i < trace->request_count; i++)
        trace->times_ns[next[trace->requests[i].idx]++] = trace->requests[i].time_ns;
    return 0;
}

int replay_trace_read_text(struct replay_trace *ret_trace, struct replay_text *text,
                           enum replay_format format)
{
    int rc;

    *ret_trace = (struct replay_trace){ 0 };
    rc = replay_trace_read_lines(ret_trace, text, format);
    if (rc != 0)
        return rc;
    qsort(ret_trace->requests, ret_trace->request_count, sizeof(*ret_trace->requests), by_time);
    rc = number_resources(ret_trace);
    return rc != 0 ? rc : list_times(ret_trace);
}

int replay_trace_read(struct replay_trace *ret_trace, FILE *file, enum replay_format format,
                      struct replay_progress *progress)
{
    struct replay_text text = { .file = file, .progress = progress };

    return replay_trace_read_text(ret_trace, &text, format);
}

void replay_trace_fini(struct replay_trace *trace)
{
    free(trace->table);
    free(trace->first);
    free(trace->times_ns);
    free(trace->requests);
}

/* Requests of a resource up to and with a time. */
static uint32_t until(const struct replay_trace *trace, uint32_t idx, uint64_t time_ns)
{
    uint32_t low = trace->first[idx], high = trace->first[idx + 1];

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (trace->times_ns[middle] <= time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t replay_trace_starts(const struct replay_trace *trace, uint32_t idx, uint64_t from_ns,
                             uint64_t to_ns)
{
    return until(trace, idx, to_ns) - until(trace, idx, from_ns);
}

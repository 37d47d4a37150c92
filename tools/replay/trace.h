/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/trace.h - a whole trace in memory, with the future of each resource to judge by.
 *
 * Threads: none; one trace per process.
 */
#ifndef PS_TOOLS_REPLAY_TRACE_H
#define PS_TOOLS_REPLAY_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "host/plan/demand.h"
#include "host/request/logged.h"

/* As host/request/logged.h has them; of a common log each path is a resource, and of what is below
 * /m/ only media playlists are requests. */
enum replay_format {
    REPLAY_AUTO = PS_LOGGED_AUTO, /* the first line decides */
    REPLAY_HISTORY = PS_LOGGED_HISTORY,
    REPLAY_TRACE = PS_LOGGED_TRACE,
    REPLAY_COMMON = PS_LOGGED_COMMON,
    REPLAY_CSV = PS_LOGGED_CSV,
};

struct replay_progress;

struct replay_request {
    uint64_t time_ns;
    struct ps_resource resource;
    struct ps_peer_class peer;
    uint64_t peer_key; /* of the user's name; 0: unknown */
    uint64_t born_ns;  /* when the media came into being; 0: unknown */
    uint32_t category; /* of the media; 0: unknown */
    uint32_t idx;      /* of its resource: 0.., in order of first request */
};

struct replay_trace {
    struct replay_request *requests; /* oldest first */
    uint32_t request_count;
    uint32_t resource_count;
    uint64_t *times_ns; /* of all requests, resource by resource, oldest first */
    uint32_t *first;    /* resource i owns times_ns[first[i]] .. times_ns[first[i + 1] - 1] */
    uint32_t *table;    /* open hash: a request of the resource, plus one; 0 is empty */
    uint32_t table_size;
    bool has_profiles; /* some obj is media/profile */
    uint64_t line_count;
    uint64_t bad_lines;
    uint64_t first_bad_line; /* from 1; 0: none */
};

/** By name: history, trace, common, csv or auto. @return 0 or -EINVAL. */
int replay_format_parse(const char *name, enum replay_format *ret);

/**
 * Read everything, and put it in order: by time, then as the lines were.
 *
 * @param progress  NULL or where to keep it.
 * @return 0, -EINVAL (no good line), -ENOMSG (line line_count is no CSV header), -EBADMSG (line
 *         line_count has a quoted field), -EFBIG, -EIO or -ENOMEM; fini in every case.
 */
int replay_trace_read(struct replay_trace *ret_trace, FILE *file, enum replay_format format,
                      struct replay_progress *progress);
/** The same from a file by name, - for standard input. @return Also open(2)'s errors. */
int replay_trace_open(struct replay_trace *ret_trace, const char *path, enum replay_format format,
                      struct replay_progress *progress);
void replay_trace_fini(struct replay_trace *trace);

/** Say on standard error why @p path was not read, or how many of its lines are bad, if any. */
void replay_trace_complain(const struct replay_trace *trace, const char *path, int rc);

/** xxh3-64 of a user's name; 0 when it is empty. Without a secret: for replaying only. */
uint64_t replay_user_key(struct ps_field user);

/** @return The resource's number, or UINT32_MAX. */
uint32_t replay_trace_find(const struct replay_trace *trace, const struct ps_resource *resource);

/** Starts of a resource after @p from_ns, up to and with @p to_ns. */
uint32_t replay_trace_starts(const struct replay_trace *trace, uint32_t idx, uint64_t from_ns,
                             uint64_t to_ns);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/lines.c - see trace.h and trace_priv.h. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/request/logged.h"
#include "tools/replay/text.h"
#include "tools/replay/trace_priv.h"

#define REQUESTS_MAX (1u << 26)

struct reader {
    struct replay_trace *trace;
    uint32_t capacity;
    struct ps_logged_reader lines;
};

int replay_format_parse(const char *name, enum replay_format *ret)
{
    enum ps_logged_format format;
    const int rc = ps_logged_format_parse(name, &format);

    if (rc == 0)
        *ret = (enum replay_format)format;
    return rc;
}

uint64_t replay_user_key(struct ps_field user)
{
    return user.length == 0 ? 0 : ps_hash64(user.text, user.length);
}

static int make_room(struct reader *reader)
{
    struct replay_trace *trace = reader->trace;
    struct replay_request *more;

    if (trace->request_count < reader->capacity)
        return 0;
    if (reader->capacity >= REQUESTS_MAX)
        return -EFBIG;
    reader->capacity = reader->capacity == 0 ? 4096 : reader->capacity * 2;
    more = ps_realloc(trace->requests, reader->capacity, sizeof(*more));
    if (more == NULL)
        return -ENOMEM;
    trace->requests = more;
    return 0;
}

static void add(struct replay_trace *trace, const struct ps_logged *logged)
{
    trace->requests[trace->request_count] = (struct replay_request){
        .time_ns = logged->time_ns,
        .resource = logged->resource,
        .peer = logged->peer,
        .peer_key = replay_user_key(logged->who),
        .born_ns = logged->born_ns,
        .category = logged->category,
        .idx = trace->request_count,
    };
    trace->request_count++;
}

static int take(struct reader *reader, struct replay_text *text)
{
    const bool had_header = reader->lines.has_header;
    struct ps_logged logged;
    const int rc = ps_logged_read(&reader->lines, text->line, &logged);

    if (reader->lines.format == PS_LOGGED_CSV && strchr(text->line, '"') != NULL)
        return -EBADMSG;
    if (reader->lines.has_header != had_header) /* this line is it */
        return text->is_whole && rc == 1 ? 0 : -ENOMSG;
    if (!text->is_whole || rc < 0)
        replay_text_bad(text);
    else if (rc == 0 && logged.is_start)
        add(reader->trace, &logged);
    return 0;
}

int replay_trace_read_lines(struct replay_trace *trace, struct replay_text *text,
                            enum replay_format format)
{
    struct reader reader = {
        .trace = trace,
        .lines = { .format = (enum ps_logged_format)format, .whole_paths = true },
    };
    int rc = 0;

    while (rc == 0 && replay_text_next(text)) {
        rc = make_room(&reader);
        if (rc == 0)
            rc = take(&reader, text);
    }
    trace->line_count = text->line_count;
    trace->bad_lines = text->bad_lines;
    trace->first_bad_line = text->first_bad_line;
    if (rc != 0)
        return rc;
    if (ferror(text->file))
        return -EIO;
    return trace->request_count == 0 ? -EINVAL : 0;
}

int replay_trace_open(struct replay_trace *ret_trace, const char *path, enum replay_format format,
                      struct replay_progress *progress)
{
    struct replay_text text;
    int rc = replay_text_open(&text, path, progress);

    if (rc == 0)
        rc = replay_trace_read_text(ret_trace, &text, format);
    replay_text_close(&text);
    return rc;
}

void replay_trace_complain(const struct replay_trace *trace, const char *path, int rc)
{
    if (rc == -EBADMSG)
        fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": quoted fields are not understood\n", path,
                trace->line_count);
    else if (rc == -ENOMSG)
        fprintf(stderr,
                "prestage-replay: %s:%" PRIu64 ": no header with t and obj, no column twice\n",
                path, trace->line_count);
    else if (rc != 0)
        fprintf(stderr, "prestage-replay: %s: %s\n", path,
                rc == -EINVAL ? "no line is a request" : strerror(-rc));
    if (trace->bad_lines > 0)
        fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": the first of %" PRIu64 " bad lines\n",
                path, trace->first_bad_line, trace->bad_lines);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/lines.c - see trace.h and trace_priv.h. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tools/replay/csv.h"
#include "tools/replay/text.h"
#include "tools/replay/trace_priv.h"

#define REQUESTS_MAX (1u << 26)

struct reader {
    struct replay_trace *trace;
    uint32_t capacity;
    enum replay_format format;
    bool has_header;
    struct replay_columns columns;
};

int replay_format_parse(const char *name, enum replay_format *ret)
{
    static const char *const formats[] = { [REPLAY_HISTORY] = "history",
                                           [REPLAY_TRACE] = "trace",
                                           [REPLAY_CSV] = "csv",
                                           [REPLAY_AUTO] = "auto" };

    for (unsigned f = 0; f < PS_ARRAY_LEN(formats); f++)
        if (strcmp(name, formats[f]) == 0) {
            *ret = (enum replay_format)f;
            return 0;
        }
    return -EINVAL;
}

bool replay_trace_parse(const char *line, enum replay_format format, struct replay_request *ret)
{
    char media[PS_MEDIA_ID_MAX + 2], profile[PS_PROFILE_NAME_MAX + 2] = "";
    char user[REPLAY_USER_NAME_MAX + 2] = "";
    unsigned region = 0, device = 0, access = 0;
    double time_s;
    int end = 0;

    if (format == REPLAY_HISTORY) {
        if (sscanf(line, "%lf %129s %65s %5u %3u %3u %n", &time_s, media, profile, &region, &device,
                   &access, &end) != 6)
            return false;
    } else if (sscanf(line, "%lf %129s %129s %*s %n", &time_s, media, user, &end) != 3) {
        return false;
    }
    if (end == 0 || line[end] != '\0' || !(time_s > 0.0 && time_s < 1e10) ||
        strlen(media) > PS_MEDIA_ID_MAX || strlen(profile) > PS_PROFILE_NAME_MAX ||
        strlen(user) > REPLAY_USER_NAME_MAX || region > UINT16_MAX || device > UINT8_MAX ||
        access > UINT8_MAX)
        return false;
    *ret = (struct replay_request){
        .time_ns = (uint64_t)llround(time_s * 1e3) * 1000000ull,
        .resource = { ps_hash64_name(media), ps_hash64_name(profile) },
        .peer = { (uint16_t)region, (uint8_t)device, (uint8_t)access },
        .peer_key = user[0] == '\0' ? 0 : ps_hash64_name(user),
    };
    return true;
}

static enum replay_format format_of(const char *line)
{
    int fields = 0;

    if (strchr(line, ',') != NULL)
        return REPLAY_CSV;
    for (const char *at = line + strspn(line, " \t"); *at != '\0'; at += strspn(at, " \t\r\n")) {
        at += strcspn(at, " \t\r\n");
        fields++;
    }
    return fields == 6 ? REPLAY_HISTORY : REPLAY_TRACE;
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

static int take(struct reader *reader, struct replay_text *text)
{
    struct replay_trace *trace = reader->trace;
    struct replay_request *request = &trace->requests[trace->request_count];
    const char *line = text->line;

    if (reader->format == REPLAY_AUTO)
        reader->format = format_of(line);
    if (reader->format == REPLAY_CSV && strchr(line, '"') != NULL)
        return -EBADMSG;
    if (reader->format == REPLAY_CSV && !reader->has_header) {
        reader->has_header = true;
        return text->is_whole && replay_csv_header(&reader->columns, line) == 0 ? 0 : -ENOMSG;
    }
    if (text->is_whole &&
        (reader->format == REPLAY_CSV ? replay_csv_parse(&reader->columns, line, request)
                                      : replay_trace_parse(line, reader->format, request)))
        request->idx = trace->request_count++;
    else
        replay_text_bad(text);
    return 0;
}

int replay_trace_read_lines(struct replay_trace *trace, struct replay_text *text,
                            enum replay_format format)
{
    struct reader reader = { .trace = trace, .format = format };
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

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/request/logged.h - one line of a log of earlier requests, in any format that is understood.
 *
 * The daemon's import and prestage-replay read logs by this. Formats:
 *   history  `unix_time media profile region device access`
 *   trace    `unix_time object user size`
 *   common   NCSA common or combined: `host ident user [time] "request" status bytes`, perhaps
 *            with `"referer" "user-agent"` behind; more behind that is ignored
 *   csv      comma-separated under a header that names the columns: t (seconds), obj (`media` or
 *            `media/profile`) and, if they are there, user, size, device, geo, ctime and cat; an
 *            empty field says nothing, others are ignored, a quoted one is not understood
 * Lines that are empty or begin with # say nothing. In history and trace a time is digits with at
 * most nine decimals.
 *
 * A request of a common log asks for a media when it is a GET or HEAD, was answered below 400, and
 * its path is a media playlist's (a start) or a segment's below /m/. Paths are taken as they are
 * written, up to ? or #: an escaped one is another one.
 *
 * Threads: any, one at a time per reader. Nothing is allocated.
 */
#ifndef PS_HOST_REQUEST_LOGGED_H
#define PS_HOST_REQUEST_LOGGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/demand.h"
#include "host/request/fields.h"

#define PS_LOGGED_LINE_BYTES_MAX 8192u

enum ps_logged_format {
    PS_LOGGED_AUTO, /* the first line that looks like one of them decides */
    PS_LOGGED_HISTORY,
    PS_LOGGED_TRACE,
    PS_LOGGED_COMMON,
    PS_LOGGED_CSV,
};

struct ps_logged {
    uint64_t time_ns; /* since the Unix epoch, or since whatever the log counts from */
    struct ps_resource resource;
    struct ps_peer_class peer;
    bool is_start;       /* else a segment: watching goes on */
    uint32_t reached;    /* 1 + the index of that segment; 0 unknown */
    struct ps_field who; /* client address, host name or user, in the line; length 0 unknown */
    uint64_t born_ns;    /* of the media, in time_ns' count; 0 unknown, 1 before it began */
    uint32_t category;   /* of the media; 0 unknown */
    double size_bytes;   /* 0 unknown */
};

/* Zeroed but for the format and whole_paths. */
struct ps_logged_reader {
    enum ps_logged_format format; /* known after the first line that looks like one */
    bool whole_paths;             /* common: a path not below /m/ is a resource by itself */
    bool has_header;
    struct ps_columns columns;
};

/** By name: auto, history, trace, common or csv. @return 0 or -EINVAL. */
int ps_logged_format_parse(const char *name, enum ps_logged_format *ret_format);

/**
 * @param line        Without NULs inside; its end of line may be there.
 * @param ret_logged  Written when 0 is returned; points into @p line.
 * @return 0, 1 (nothing is asked for: comment, header, another method, path or status), -EBADMSG
 *         (not a line of this format) or -ENOMSG (no header with t and obj, once each).
 */
int ps_logged_read(struct ps_logged_reader *reader, const char *line, struct ps_logged *ret_logged);

/* What ps_logged_read() is made of. ret_logged is zeroed. common.c, csv.c */
int ps_logged_read_common(const char *line, bool whole_paths, struct ps_logged *ret_logged);
int ps_logged_csv_header(struct ps_columns *ret_columns, const char *line);
int ps_logged_read_csv(const struct ps_columns *columns, const char *line,
                       struct ps_logged *ret_logged);

/** Digits, perhaps with up to nine decimals, before the year 2286. @return false for others. */
bool ps_logged_time(struct ps_field text, uint64_t *ret_ns);

#endif

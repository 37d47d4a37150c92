/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/http.h - recognises request lines for media in the bytes of an HTTP/1.x connection.
 *
 * It is fed bytes in pieces of any size and gives the same answer however they were cut: what must
 * survive a cut is in struct nic_http. Only GET and HEAD count; the target may be a path or an
 * absolute URL; bytes may be percent-encoded. A request may begin at the first byte fed and after
 * each empty line; bodies are not followed, since players send none.
 *
 * Below the template (`/m/`) a path is MEDIA/FILE or MEDIA/PROFILE/FILE; the query does not matter.
 * Threads: each parser belongs to one thread. No allocation.
 */
#ifndef PS_DPDK_HTTP_H
#define PS_DPDK_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"

#define NIC_TEMPLATE_BYTES_MAX  64u
#define NIC_FILE_BYTES_MAX      64u
#define NIC_PATH_BYTES_MAX      (2 * PSD_NAME_BYTES_MAX + NIC_FILE_BYTES_MAX + 2)
#define NIC_AUTHORITY_BYTES_MAX 255u

/* What every media path starts with, e.g. "/m/". */
struct nic_template {
    char text[NIC_TEMPLATE_BYTES_MAX + 1];
    uint32_t bytes;
};

enum nic_request_kind {
    NIC_REQUEST_START,   /* a profile's index.m3u8: someone begins to watch */
    NIC_REQUEST_SEGMENT, /* <number>.m4s */
    NIC_REQUEST_OTHER,   /* init segments, master playlists, anything else */
};
#define NIC_REQUEST_KINDS 3u

/* Points into the parser; good until it is fed again. */
struct nic_request {
    enum nic_request_kind kind;
    const char *media; /* not NUL-terminated */
    const char *profile;
    uint32_t media_bytes;   /* 1..PSD_NAME_BYTES_MAX */
    uint32_t profile_bytes; /* 0: a file of the media itself */
};

enum nic_http_event {
    NIC_HTTP_MORE,      /* all bytes were taken */
    NIC_HTTP_REQUEST,   /* a media request line ended; ret_request is filled */
    NIC_HTTP_MALFORMED, /* below the template, but not a request we can name */
};

struct nic_http {
    uint32_t position; /* bytes fed since nic_http_init() */
    uint32_t line_at;  /* position of the request line's first byte */
    uint16_t matched;  /* bytes of the template, scheme or version seen */
    uint16_t path_bytes;
    uint16_t slashes[2]; /* where the first two are in the path */
    uint16_t slash_count;
    uint8_t state;
    uint8_t hex; /* first digit after a percent sign */
    char path[NIC_PATH_BYTES_MAX];
};

/** @return 0 or -EINVAL: must begin and end with '/', no '%', '?', '#', blank; within the limit. */
int nic_template_parse(const char *text, struct nic_template *ret_template);

/** Expect a request to begin with the next byte fed. */
void nic_http_init(struct nic_http *http);

/**
 * Take bytes up to the first event. Call again with the rest.
 * @return How many bytes were taken; @p count when the event is NIC_HTTP_MORE.
 */
size_t nic_http_feed(struct nic_http *http, const struct nic_template *media_template,
                     const uint8_t *bytes, size_t count, enum nic_http_event *ret_event,
                     struct nic_request *ret_request);

/** Whether the bytes so far end within a line that may still be a media request. */
bool nic_http_is_within_line(const struct nic_http *http);

#endif

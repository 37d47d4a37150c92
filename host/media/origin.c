/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/origin_priv.h"

#include <errno.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "host/base/assert.h"
#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/media/libav_priv.h"

#define TIMEOUT_MS_DEFAULT    10000u
#define RECONNECT_DELAY_S_MAX 1
#define BUFFER_BYTES          (64u * 1024u)

struct ps_origin {
    AVIOContext *below; /* libavformat's protocol */
    AVIOContext *io;    /* ours, for the demuxer */
    uint64_t timeout_ns;
    uint64_t deadline_ns;      /* of the call under way, CLOCK_MONOTONIC */
    const atomic_bool *cancel; /* may be NULL */
    int64_t size_bytes;
    int64_t pos;       /* of io */
    int64_t below_pos; /* of below; only moved when bytes are wanted */
    uint64_t version;
    int error;
    uint32_t head_bytes;
    uint8_t head[PS_ORIGIN_HEAD_BYTES];
};

static bool is_cancelled(const struct ps_origin *origin)
{
    return origin->cancel != NULL && atomic_load_explicit(origin->cancel, memory_order_relaxed);
}

/* libav polls this while it waits; non-zero ends the call. */
static int is_over(void *arg)
{
    const struct ps_origin *origin = arg;

    return is_cancelled(origin) || ps_clock_mono_ns() > origin->deadline_ns;
}

static void start_timing(struct ps_origin *origin)
{
    origin->deadline_ns = ps_clock_mono_ns() + origin->timeout_ns;
}

static int errno_of(const struct ps_origin *origin, int av_error)
{
    if (is_cancelled(origin))
        return -ECANCELED;
    if (ps_clock_mono_ns() > origin->deadline_ns)
        return -ETIMEDOUT;
    return ps_libav_errno(av_error);
}

static int keep_error(struct ps_origin *origin, int av_error)
{
    if (origin->error == 0)
        origin->error = errno_of(origin, av_error);
    return av_error;
}

static int read_below(struct ps_origin *origin, uint8_t *buf, int size)
{
    int got;

    start_timing(origin);
    if (is_cancelled(origin))
        return keep_error(origin, AVERROR_EXIT);
    if (origin->below_pos != origin->pos) {
        const int64_t at = avio_seek(origin->below, origin->pos, SEEK_SET);
        if (at < 0)
            return keep_error(origin, (int)at);
        origin->below_pos = origin->pos;
    }
    got = avio_read_partial(origin->below, buf, size);
    if (got == AVERROR_EOF || got == 0) {
        /* The end where the end should be is no error; before it the origin broke off. */
        return origin->pos < origin->size_bytes ? keep_error(origin, AVERROR(EIO)) : AVERROR_EOF;
    }
    if (got < 0)
        return keep_error(origin, got);
    origin->below_pos += got;
    return got;
}

static int read_io(void *arg, uint8_t *buf, int size)
{
    struct ps_origin *origin = arg;
    int got;

    if (origin->pos >= origin->size_bytes)
        return AVERROR_EOF;
    if (origin->pos < origin->head_bytes) {
        const int64_t left = origin->head_bytes - origin->pos;
        got = left < size ? (int)left : size;
        memcpy(buf, origin->head + origin->pos, (size_t)got);
    } else {
        got = read_below(origin, buf, size);
    }
    if (got > 0)
        origin->pos += got;
    return got;
}

static int64_t seek_io(void *arg, int64_t offset, int whence)
{
    struct ps_origin *origin = arg;

    if (whence & AVSEEK_SIZE)
        return origin->size_bytes;
    ps_assert((whence & ~AVSEEK_FORCE) == SEEK_SET); /* libavformat works out the others */
    if (offset < 0)
        return AVERROR(EINVAL);
    origin->pos = offset;
    return offset;
}

/* Whether @p url starts with a scheme; a colon after a slash belongs to a path. */
static bool has_scheme(const char *url)
{
    const char *stop = strpbrk(url, ":/");

    return stop != NULL && *stop == ':';
}

static bool is_http(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

/* Only what can be read at any offset: a pipe or a device could block for ever. */
static int stat_file(struct ps_origin *origin, const char *path)
{
    uint64_t facts[3];
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == EACCES ? -EACCES : errno == ENOENT || errno == ENOTDIR ? -ENOENT : -EIO;
    if (!S_ISREG(st.st_mode))
        return -ENOTSUP;
    facts[0] = (uint64_t)st.st_size;
    facts[1] = (uint64_t)st.st_mtim.tv_sec;
    facts[2] = (uint64_t)st.st_mtim.tv_nsec;
    origin->version = ps_hash64(facts, sizeof(facts));
    return 0;
}

static int open_below(struct ps_origin *origin, const char *url, const char *whitelist)
{
    const AVIOInterruptCB callback = { .callback = is_over, .opaque = origin };
    AVDictionary *options = NULL;
    int rc;

    rc = av_dict_set(&options, "protocol_whitelist", whitelist, 0);
    if (rc >= 0)
        rc = av_dict_set_int(&options, "rw_timeout", (int64_t)(origin->timeout_ns / 1000u), 0);
    if (rc >= 0)
        rc = av_dict_set_int(&options, "short_seek_size", PS_ORIGIN_READ_ON_BYTES, 0);
    if (rc >= 0) /* an origin may close a connection that was idle between two segments */
        rc = av_dict_set_int(&options, "reconnect", 1, 0);
    if (rc >= 0)
        rc = av_dict_set_int(&options, "reconnect_delay_max", RECONNECT_DELAY_S_MAX, 0);
    if (rc >= 0)
        rc = avio_open2(&origin->below, url, AVIO_FLAG_READ, &callback, &options);
    av_dict_free(&options); /* a file leaves the options of HTTP here */
    return rc < 0 ? errno_of(origin, rc) : 0;
}

static int open_url(struct ps_origin *origin, const char *url)
{
    char prefixed[PS_URL_BYTES_MAX + sizeof("file:")];
    const char *path = url;
    int rc;

    if (is_http(url))
        return open_below(origin, url, "http,https,tcp,tls");
    if (strncasecmp(url, "file://", 7) == 0)
        path = url + 7;
    else if (strncasecmp(url, "file:", 5) == 0)
        path = url + 5;
    else if (has_scheme(url))
        return -EPROTONOSUPPORT;
    rc = stat_file(origin, path);
    if (rc != 0)
        return rc;
    /* The prefix keeps a path with a colon in it from being taken for a scheme. */
    if (snprintf(prefixed, sizeof(prefixed), "file:%s", path) >= (int)sizeof(prefixed))
        return -ENOENT;
    return open_below(origin, prefixed, "file");
}

static int read_head(struct ps_origin *origin)
{
    uint8_t head[PS_ORIGIN_HEAD_BYTES];
    uint32_t have = 0;

    while (have < sizeof(head)) {
        const int got = read_io(origin, head + have, (int)(sizeof(head) - have));
        if (got == AVERROR_EOF)
            break;
        if (got < 0)
            return origin->error;
        have += (uint32_t)got;
    }
    memcpy(origin->head, head, have);
    origin->head_bytes = have;
    origin->pos = 0;
    return 0;
}

static int open_io(struct ps_origin *origin)
{
    unsigned char *buffer = av_malloc(BUFFER_BYTES);

    if (buffer == NULL)
        return -ENOMEM;
    origin->io = avio_alloc_context(buffer, BUFFER_BYTES, 0, origin, read_io, NULL, seek_io);
    if (origin->io == NULL) {
        av_free(buffer);
        return -ENOMEM;
    }
    return 0;
}

static int prepare(struct ps_origin *origin, const char *url)
{
    int rc = open_url(origin, url);

    if (rc != 0)
        return rc;
    start_timing(origin);
    origin->size_bytes = avio_size(origin->below);
    if (origin->size_bytes < 0 || (origin->below->seekable & AVIO_SEEKABLE_NORMAL) == 0)
        return -ENOTSUP;
    rc = read_head(origin);
    if (rc == 0 && is_http(url)) {
        const uint64_t facts[2] = {
            (uint64_t)origin->size_bytes,
            ps_hash64(origin->head, origin->head_bytes),
        };
        origin->version = ps_hash64(facts, sizeof(facts));
    }
    return rc != 0 ? rc : open_io(origin);
}

int ps_origin_open(struct ps_origin **ret_origin, const char *url,
                   const struct ps_source_options *options)
{
    const uint32_t timeout_ms =
        options != NULL && options->timeout_ms != 0 ? options->timeout_ms : TIMEOUT_MS_DEFAULT;
    struct ps_origin *origin;
    int rc;

    ps_assert(timeout_ms <= PS_ORIGIN_TIMEOUT_MS_MAX);
    ps_libav_quiet();
    origin = ps_zalloc(1, sizeof(*origin));
    if (origin == NULL)
        return -ENOMEM;
    origin->timeout_ns = timeout_ms * PS_NS_PER_MSEC;
    origin->cancel = options != NULL ? options->cancel : NULL;
    start_timing(origin);
    rc = prepare(origin, url);
    if (rc != 0) {
        ps_origin_close(origin);
        return rc;
    }
    *ret_origin = origin;
    return 0;
}

void ps_origin_close(struct ps_origin *origin)
{
    if (origin == NULL)
        return;
    if (origin->io != NULL)
        av_freep(&origin->io->buffer);
    avio_context_free(&origin->io);
    avio_closep(&origin->below);
    free(origin);
}

AVIOContext *ps_origin_io(struct ps_origin *origin)
{
    return origin->io;
}

uint64_t ps_origin_version(const struct ps_origin *origin)
{
    return origin->version;
}

int ps_origin_take_error(struct ps_origin *origin)
{
    const int error = origin->error;

    origin->error = 0;
    return error;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "dpdk/mem.h"

#define NS_PER_MS       1000000ull
#define FINISH_POLL_MS  10
#define FRAME_BYTES_MAX (sizeof(struct psd_frame_header) + PSD_BODY_BYTES_MAX)
#define FRAME_RECORDS_MAX                                                                          \
    ((PSD_BODY_BYTES_MAX - sizeof(struct psd_epoch)) / sizeof(struct psd_record))
#define NAME_FRAME_BYTES_MAX                                                                       \
    (sizeof(struct psd_frame_header) + sizeof(struct psd_name) + PSD_NAME_BYTES_MAX)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are copied as they lie");

struct nic_stream {
    struct nic_names *names;
    struct psd_hello hello;
    struct sockaddr_un address;
    int fd; /* -1: not connected */
    uint64_t retry_ns;
    uint32_t retry_ms;
    uint64_t connected_ns;
    bool hello_due;
    struct nic_batch *gathering; /* closed intervals that wait */
    struct nic_batch *sending;   /* the one on its way; epoch 0: none */
    uint32_t sent_records;       /* of it, in frames that went out whole */
    uint32_t frame_records;      /* of it, in the frame that is in out */
    uint32_t part;               /* of it, that is next */
    bool totals_sent;
    bool frame_is_epoch;
    uint8_t *out; /* a whole frame, or several names */
    size_t out_bytes;
    size_t out_done_bytes;
    struct nic_stream_status status;
};

int nic_stream_create(struct nic_stream **ret_stream, const struct nic_stream_config *cfg)
{
    struct nic_stream *s;
    int rc;

    if (strlen(cfg->path) >= sizeof(s->address.sun_path))
        return -ENAMETOOLONG;
    s = nic_zalloc(1, sizeof(*s));
    if (s == NULL)
        return -ENOMEM;
    s->fd = -1;
    s->names = cfg->names;
    s->retry_ms = NIC_STREAM_RETRY_MS_MIN;
    s->hello = (struct psd_hello){ PSD_MAGIC, PSD_VERSION, cfg->boot_id, cfg->server_v4 };
    s->address.sun_family = AF_UNIX;
    strcpy(s->address.sun_path, cfg->path);
    rc = nic_batch_create(&s->gathering, cfg->records_max);
    if (rc == 0)
        rc = nic_batch_create(&s->sending, cfg->records_max);
    if (rc == 0) {
        s->out = nic_zalloc(1, FRAME_BYTES_MAX);
        rc = s->out != NULL ? 0 : -ENOMEM;
    }
    if (rc != 0) {
        nic_stream_destroy(s);
        return rc;
    }
    *ret_stream = s;
    return 0;
}

void nic_stream_destroy(struct nic_stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->fd >= 0)
        close(stream->fd);
    free(stream->out);
    nic_batch_destroy(stream->sending);
    nic_batch_destroy(stream->gathering);
    free(stream);
}

void nic_stream_put(struct nic_stream *stream, const struct nic_batch *batch)
{
    nic_batch_merge(stream->gathering, batch, 0);
}

static void append(struct nic_stream *s, const void *bytes, size_t count)
{
    memcpy(s->out + s->out_bytes, bytes, count);
    s->out_bytes += count;
}

static void append_header(struct nic_stream *s, enum psd_frame_type type, size_t body_bytes)
{
    const struct psd_frame_header header = { .type = (uint16_t)type,
                                             .body_bytes = (uint32_t)body_bytes };

    append(s, &header, sizeof(header));
}

static void build_names(struct nic_stream *s)
{
    const struct nic_name *name;

    while (s->out_bytes + NAME_FRAME_BYTES_MAX <= FRAME_BYTES_MAX) {
        struct psd_name head;

        name = nic_names_next_due(s->names);
        if (name == NULL)
            return;
        head = (struct psd_name){ .key = name->key, .kind = name->kind, .name_bytes = name->bytes };
        append_header(s, PSD_NAME, sizeof(head) + name->bytes);
        append(s, &head, sizeof(head));
        append(s, name->text, name->bytes);
    }
}

static void build_epoch(struct nic_stream *s)
{
    const struct nic_batch *b = s->sending;
    const struct nic_totals none = { 0 };
    const struct nic_totals *t = s->totals_sent ? &none : &b->totals;
    const uint32_t left = b->record_count - s->sent_records;
    const uint32_t count = left < FRAME_RECORDS_MAX ? left : (uint32_t)FRAME_RECORDS_MAX;
    const struct psd_epoch epoch = {
        .epoch = b->epoch,
        .start_ns = b->start_ns,
        .end_ns = b->end_ns,
        .packets = t->packets,
        .bytes = t->bytes,
        .media_requests = t->media_requests,
        .dups = t->dups,
        .cut = t->cut,
        .joined = t->joined,
        .unseen = t->unseen,
        .shed_records = t->shed_records,
        .port_missed = t->port_missed,
        .record_count = count,
        .part = s->part,
    };

    append_header(s, PSD_EPOCH, sizeof(epoch) + count * sizeof(struct psd_record));
    append(s, &epoch, sizeof(epoch));
    append(s, b->records + s->sent_records, count * sizeof(struct psd_record));
    s->frame_records = count;
    s->frame_is_epoch = true;
}

static bool sending_is_done(const struct nic_stream *s)
{
    return s->sending->epoch == 0 ||
           (s->totals_sent && s->sent_records == s->sending->record_count);
}

static void take_gathered(struct nic_stream *s)
{
    struct nic_batch *empty = s->sending;

    nic_batch_clear(empty);
    s->sending = s->gathering;
    s->gathering = empty;
    s->sent_records = 0;
    s->part = 0;
    s->totals_sent = false;
}

/* Names stand before the first record that needs them: an epoch starts when no name is due. */
static void build_next(struct nic_stream *s)
{
    s->out_bytes = 0;
    s->out_done_bytes = 0;
    s->frame_is_epoch = false;
    if (s->hello_due) {
        append_header(s, PSD_HELLO, sizeof(s->hello));
        append(s, &s->hello, sizeof(s->hello));
        s->hello_due = false;
        return;
    }
    build_names(s);
    if (s->out_bytes > 0)
        return;
    if (sending_is_done(s))
        take_gathered(s);
    if (s->sending->epoch != 0)
        build_epoch(s);
}

static void frame_went_out(struct nic_stream *s)
{
    if (!s->frame_is_epoch)
        return;
    s->frame_is_epoch = false;
    s->sent_records += s->frame_records;
    s->part++;
    s->totals_sent = true;
    if (sending_is_done(s)) {
        s->status.epochs_sent++;
        nic_batch_clear(s->sending);
    }
}

/* A reader that keeps turning us away is asked less and less often. */
static void retry_later(struct nic_stream *s, uint64_t mono_ns)
{
    s->retry_ns = mono_ns + s->retry_ms * NS_PER_MS;
    s->retry_ms *= 2;
    if (s->retry_ms > NIC_STREAM_RETRY_MS_MAX)
        s->retry_ms = NIC_STREAM_RETRY_MS_MAX;
}

/* Put back what did not go out, so that it is merged with what gathers meanwhile. */
static void disconnect(struct nic_stream *s, int error, uint64_t mono_ns)
{
    close(s->fd);
    s->fd = -1;
    s->status.connected = false;
    s->status.last_error = error;
    s->out_bytes = 0;
    s->out_done_bytes = 0;
    s->frame_is_epoch = false;
    if (s->totals_sent)
        s->sending->totals = (struct nic_totals){ 0 };
    if (!sending_is_done(s))
        nic_batch_merge(s->gathering, s->sending, s->sent_records);
    nic_batch_clear(s->sending);
    if (mono_ns - s->connected_ns >= NIC_STREAM_RETRY_MS_MAX * NS_PER_MS)
        s->retry_ms = NIC_STREAM_RETRY_MS_MIN;
    retry_later(s, mono_ns);
}

static void connect_when_due(struct nic_stream *s, uint64_t mono_ns)
{
    int fd;

    if (mono_ns < s->retry_ns)
        return;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&s->address, sizeof(s->address)) != 0) {
        s->status.last_error = -errno;
        if (fd >= 0)
            close(fd);
        retry_later(s, mono_ns);
        return;
    }
    s->fd = fd;
    s->connected_ns = mono_ns;
    s->hello_due = true;
    s->status.connected = true;
    s->status.connects++;
    s->status.last_error = 0;
    nic_names_all_due(s->names);
}

/* The reader never writes: what becomes readable is its leaving. @return 0 or negative errno. */
static int notice_leaving(const struct nic_stream *s)
{
    char byte;
    const ssize_t got = recv(s->fd, &byte, sizeof(byte), MSG_DONTWAIT);

    if (got > 0)
        return -EPROTO;
    if (got == 0)
        return -ECONNRESET;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* @return 0 when all that waits has gone, -EAGAIN when the socket is full, or another errno. */
static int send_what_goes(struct nic_stream *s)
{
    for (;;) {
        ssize_t sent;

        if (s->out_done_bytes == s->out_bytes)
            build_next(s);
        if (s->out_bytes == 0)
            return 0;
        sent = send(s->fd, s->out + s->out_done_bytes, s->out_bytes - s->out_done_bytes,
                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return -errno;
        s->out_done_bytes += (size_t)sent;
        if (s->out_done_bytes == s->out_bytes)
            frame_went_out(s);
    }
}

void nic_stream_work(struct nic_stream *stream, uint64_t mono_ns)
{
    int rc;

    if (stream->fd < 0)
        connect_when_due(stream, mono_ns);
    if (stream->fd < 0)
        return;
    rc = notice_leaving(stream);
    if (rc == 0)
        rc = send_what_goes(stream);
    if (rc != 0 && rc != -EAGAIN && rc != -EINTR)
        disconnect(stream, rc, mono_ns);
}

int nic_stream_fd(const struct nic_stream *stream, short *ret_events)
{
    *ret_events = (short)(POLLIN | (stream->out_done_bytes < stream->out_bytes ? POLLOUT : 0));
    return stream->fd;
}

uint64_t nic_stream_wake_ns(const struct nic_stream *stream)
{
    return stream->fd < 0 ? stream->retry_ns : UINT64_MAX;
}

static uint64_t mono_now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 * NS_PER_MS + (uint64_t)ts.tv_nsec;
}

int nic_stream_finish(struct nic_stream *stream, uint32_t wait_ms)
{
    const uint64_t until_ns = mono_now_ns() + wait_ms * NS_PER_MS;

    for (;;) {
        struct pollfd pfd;

        nic_stream_work(stream, mono_now_ns());
        if (stream->gathering->epoch == 0 && stream->sending->epoch == 0)
            return 0;
        if (mono_now_ns() >= until_ns)
            return -ETIMEDOUT;
        pfd.fd = nic_stream_fd(stream, &pfd.events);
        poll(&pfd, 1, FINISH_POLL_MS);
    }
}

void nic_stream_status(const struct nic_stream *stream, struct nic_stream_status *ret_status)
{
    *ret_status = stream->status;
}

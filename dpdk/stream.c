/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/stream.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dpdk/frames.h"
#include "dpdk/mem.h"

#define NS_PER_MS      1000000ull
#define FINISH_POLL_MS 10
#define ACKS_MAX       64 /* heard at once: a reader that talks without end does not hold us up */

struct ack_frame {
    struct psd_frame_header header;
    struct psd_ack ack;
};
_Static_assert(sizeof(struct ack_frame) == 16, "read as it lies");

/* How far the interval that is on its way has got: each step's frames have been built. */
enum step {
    STEP_RECORDS,
    STEP_CLAIMS,
    STEP_TLS_NAMES,
    STEP_PORTS,
    STEP_RULES,
    STEP_COUNTERS,
    STEP_ACK, /* nothing more to build: the reader has to say that it took all */
};

struct nic_stream {
    struct nic_stream_config cfg;
    struct nic_link *link;
    struct psd_hello hello;
    bool opened;    /* the link is; it may still be shaking hands */
    bool hello_due; /* before all else in a new connection */
    uint64_t retry_ns;
    uint32_t retry_ms;
    uint64_t opened_ns;
    struct nic_batch *gathering; /* closed intervals that wait */
    struct nic_batch *sending; /* the one on its way, unchanged until acknowledged; epoch 0: none */
    struct nic_totals counted; /* since boot, up to and with the one on its way */
    enum step step;
    uint32_t built; /* items of this step that are in frames */
    uint32_t part;  /* of this step, that is next */
    bool ended;     /* its last frame went out whole; what goes out since is names */
    uint64_t acked_epoch;
    struct nic_frames out; /* a whole frame, or several names */
    size_t out_done_bytes;
    struct ack_frame in;
    size_t in_bytes;
    struct nic_stream_status status;
};

int nic_stream_create(struct nic_stream **ret_stream, const struct nic_stream_config *cfg)
{
    struct nic_stream *s = nic_zalloc(1, sizeof(*s));
    int rc;

    if (s == NULL)
        return -ENOMEM;
    s->cfg = *cfg;
    s->retry_ms = NIC_STREAM_RETRY_MS_MIN;
    s->hello = (struct psd_hello){ PSD_MAGIC, PSD_VERSION, cfg->boot_id, cfg->server_v4 };
    rc = nic_link_create(&s->link, &cfg->to);
    if (rc == 0)
        rc = nic_batch_create(&s->gathering, cfg->records_max);
    if (rc == 0)
        rc = nic_batch_create(&s->sending, cfg->records_max);
    if (rc == 0)
        rc = nic_frames_init(&s->out);
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
    nic_frames_fini(&stream->out);
    nic_batch_destroy(stream->sending);
    nic_batch_destroy(stream->gathering);
    nic_link_destroy(stream->link);
    free(stream);
}

void nic_stream_put(struct nic_stream *stream, const struct nic_batch *batch)
{
    struct nic_batch *into = stream->gathering;
    const uint64_t shed = into->totals.shed_records + batch->totals.shed_records;

    assert(batch->epoch != 0);
    nic_batch_merge(into, batch);
    stream->status.shed_records += into->totals.shed_records - shed;
}

/* ---- what is sent ---- */

static void begin_step(struct nic_stream *s, enum step step)
{
    s->step = step;
    s->built = 0;
    s->part = 0;
    s->ended = false;
}

static void take_gathered(struct nic_stream *s)
{
    struct nic_batch *empty = s->sending;

    s->sending = s->gathering;
    s->gathering = empty;
    nic_totals_add(&s->counted, &s->sending->totals);
    begin_step(s, STEP_RECORDS);
}

static void build_ports(struct nic_stream *s)
{
    struct psd_port ports[PSD_PORTS_MAX];

    memset(ports, 0, sizeof(ports));
    if (s->cfg.ports != NULL)
        nic_frames_ports(&s->out, s->sending->epoch, ports,
                         s->cfg.ports(s->cfg.arg, ports, PSD_PORTS_MAX));
}

static void build_rules(struct nic_stream *s)
{
    struct psd_rule rules[PSD_RULES_MAX];

    memset(rules, 0, sizeof(rules));
    if (s->cfg.rules != NULL)
        nic_frames_rules(&s->out, s->sending->epoch, rules,
                         s->cfg.rules(s->cfg.arg, rules, PSD_RULES_MAX));
}

/* The next frame of this step, which may need several, or none. @return Items left. */
static uint32_t build_frame(struct nic_stream *s)
{
    const struct nic_batch *b = s->sending;

    switch (s->step) {
    case STEP_RECORDS:
        s->built += nic_frames_epoch(&s->out, b, s->built, s->part++);
        return b->record_count - s->built;
    case STEP_CLAIMS:
        s->built += nic_frames_claims(&s->out, b, s->built, s->part++);
        return b->claim_count - s->built;
    case STEP_TLS_NAMES:
        s->built += nic_frames_tls_names(&s->out, b, s->built, s->part++);
        return b->tls_name_count - s->built;
    case STEP_PORTS:
        build_ports(s);
        return 0;
    case STEP_RULES:
        build_rules(s);
        return 0;
    case STEP_COUNTERS:
        nic_frames_counters(&s->out, b->epoch, &s->counted);
        return 0;
    case STEP_ACK:
        break;
    }
    return 0;
}

/* Names stand before the first record that needs them: a frame is built when no name is due. */
static void build_next(struct nic_stream *s)
{
    s->out.used = 0;
    s->out_done_bytes = 0;
    if (s->hello_due) {
        nic_frames_hello(&s->out, &s->hello);
        s->hello_due = false;
        return;
    }
    nic_frames_names(&s->out, s->cfg.names);
    if (s->out.used == 0 && s->sending->epoch == 0)
        take_gathered(s);
    while (s->out.used == 0 && s->sending->epoch != 0 && s->step != STEP_ACK)
        if (build_frame(s) == 0)
            begin_step(s, s->step + 1);
}

/* @return 0 when all that may go now has gone, or a negative errno; -EAGAIN: there is no room. */
static int send_what_goes(struct nic_stream *s)
{
    for (;;) {
        ssize_t sent;

        if (s->out_done_bytes == s->out.used)
            build_next(s);
        if (s->out.used == 0)
            return 0;
        sent = nic_link_send(s->link, s->out.bytes + s->out_done_bytes,
                             s->out.used - s->out_done_bytes);
        if (sent < 0)
            return (int)sent;
        s->out_done_bytes += (size_t)sent;
        if (s->out_done_bytes == s->out.used)
            s->ended = s->step == STEP_ACK;
    }
}

/* ---- what was taken ---- */

static int take_ack(struct nic_stream *s)
{
    const uint64_t epoch = s->in.ack.epoch;

    if (s->in.header.type != PSD_ACK || s->in.header.reserved != 0 ||
        s->in.header.body_bytes != sizeof(s->in.ack))
        return -EPROTO;
    if (epoch != 0 && epoch <= s->acked_epoch)
        return 0; /* we know */
    if (s->sending->epoch == 0 || epoch != s->sending->epoch || !s->ended)
        return -EPROTO; /* it cannot have all of what was not sent */
    s->acked_epoch = epoch;
    s->status.epochs_sent++;
    nic_batch_clear(s->sending);
    return 0;
}

/* @return 0, or why to leave: -EPROTO, -ECONNRESET or another errno. */
static int hear_reader(struct nic_stream *s)
{
    for (unsigned reads = 0; reads < ACKS_MAX; reads++) {
        const ssize_t got =
            nic_link_receive(s->link, (uint8_t *)&s->in + s->in_bytes, sizeof(s->in) - s->in_bytes);
        int rc = 0;

        if (got == 0)
            return -ECONNRESET;
        if (got < 0)
            return got == -EAGAIN || got == -EINTR ? 0 : (int)got;
        s->in_bytes += (size_t)got;
        if (s->in_bytes < sizeof(s->in))
            continue;
        s->in_bytes = 0;
        rc = take_ack(s);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- the connection ---- */

/* A reader that keeps turning us away is asked less and less often. */
static void retry_later(struct nic_stream *s, uint64_t mono_ns)
{
    s->retry_ns = mono_ns + s->retry_ms * NS_PER_MS;
    s->retry_ms *= 2;
    if (s->retry_ms > NIC_STREAM_RETRY_MS_MAX)
        s->retry_ms = NIC_STREAM_RETRY_MS_MAX;
}

static void disconnect(struct nic_stream *s, int error, uint64_t mono_ns)
{
    nic_link_close(s->link);
    s->opened = false;
    s->out.used = 0;
    s->out_done_bytes = 0;
    s->in_bytes = 0;
    s->status.epochs_again += s->status.connected && s->sending->epoch != 0;
    s->status.connected = false;
    s->status.last_error = error;
    begin_step(s, STEP_RECORDS);
    if (mono_ns - s->opened_ns >= NIC_STREAM_RETRY_MS_MAX * NS_PER_MS)
        s->retry_ms = NIC_STREAM_RETRY_MS_MIN;
    retry_later(s, mono_ns);
}

static void open_when_due(struct nic_stream *s, uint64_t mono_ns)
{
    int rc;

    if (mono_ns < s->retry_ns)
        return;
    rc = nic_link_open(s->link);
    if (rc != 0) {
        s->status.last_error = rc;
        retry_later(s, mono_ns);
        return;
    }
    s->opened = true;
    s->opened_ns = mono_ns;
}

static int greet(struct nic_stream *s, uint64_t mono_ns)
{
    const int rc = nic_link_ready(s->link);

    if (rc == -EAGAIN && mono_ns - s->opened_ns >= NIC_STREAM_GREET_MS_MAX * NS_PER_MS)
        return -ETIMEDOUT;
    if (rc != 0)
        return rc;
    s->hello_due = true;
    s->status.connected = true;
    s->status.connects++;
    s->status.last_error = 0;
    nic_names_all_due(s->cfg.names);
    return 0;
}

void nic_stream_work(struct nic_stream *stream, uint64_t mono_ns)
{
    int rc = 0;

    if (!stream->opened)
        open_when_due(stream, mono_ns);
    if (!stream->opened)
        return;
    if (!stream->status.connected)
        rc = greet(stream, mono_ns);
    if (rc == 0)
        rc = hear_reader(stream);
    if (rc == 0)
        rc = send_what_goes(stream);
    if (rc != 0 && rc != -EAGAIN && rc != -EINTR)
        disconnect(stream, rc, mono_ns);
}

int nic_stream_fd(const struct nic_stream *stream, short *ret_events)
{
    const bool writes = stream->status.connected ? stream->out_done_bytes < stream->out.used
                                                 : nic_link_wants_write(stream->link);

    *ret_events = (short)(POLLIN | (writes ? POLLOUT : 0));
    return nic_link_fd(stream->link);
}

uint64_t nic_stream_wake_ns(const struct nic_stream *stream)
{
    if (!stream->opened)
        return stream->retry_ns;
    return stream->status.connected ? UINT64_MAX
                                    : stream->opened_ns + NIC_STREAM_GREET_MS_MAX * NS_PER_MS;
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

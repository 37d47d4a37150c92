/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_acks.c - a reader that says what it likes to prestage-nic: each count still
 * arrives once.
 *
 * Input: steps, each a byte, three bits of what and five of how much; see enum step. What the
 * stream sends is read as prestaged reads it, and checked: greeted first, one epoch at a time. At
 * the end a reader comes that behaves, and has to have, with those before it, all that was put in.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dpdk/stream.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"

#define STEPS_MAX      256u
#define RECORDS_MAX    64u
#define NAMES          64u
#define SETTLE_ROUNDS  8u
#define MS             1000000ull
#define READ_BYTES_MAX (1u << 20) /* more than a socket holds */

enum step { PUT, SAY, ACK_RIGHT, HANG_UP, ACK_NUMBER, READ, WAIT, WORK };

struct reader {
    int listen_fd;
    int fd; /* -1: nobody is connected */
    uint8_t bytes[READ_BYTES_MAX];
    size_t used;
    bool greeted;
    uint64_t epoch, epoch_now; /* the last one counted; the one that is coming in, 0 none */
    uint64_t ended;            /* the last one that came whole */
    uint64_t requests, segments;
};

static struct reader reader;
static struct nic_stream *stream;
static struct nic_names *names;
static struct nic_batch *batch;
static uint64_t epochs, put_requests, put_segments, now_ns;

static char folder[] = "/tmp/fuzz-acks-XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };

static void remove_folder(void)
{
    unlink(address.sun_path);
    rmdir(folder);
}

/* Once: what listens outlives the runs. */
static void listen_once(void)
{
    if (address.sun_path[0] != '\0')
        return;
    FUZZ_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
    atexit(remove_folder);
    reader.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    FUZZ_REQUIRE(bind(reader.listen_fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    FUZZ_REQUIRE(listen(reader.listen_fd, 4) == 0);
}

/* ---- what is read ---- */

static void take_epoch(const uint8_t *body, uint32_t body_bytes)
{
    struct psd_record record;
    struct psd_epoch epoch;

    FUZZ_REQUIRE(body_bytes >= sizeof(epoch));
    memcpy(&epoch, body, sizeof(epoch));
    FUZZ_REQUIRE(body_bytes == sizeof(epoch) + epoch.record_count * sizeof(record));
    FUZZ_REQUIRE(epoch.part == 0 && reader.epoch_now == 0); /* few records: one part each */
    FUZZ_REQUIRE(epoch.epoch > reader.ended || epoch.epoch == reader.epoch);
    reader.epoch_now = epoch.epoch;
    if (epoch.epoch <= reader.epoch)
        return;
    reader.epoch = epoch.epoch;
    reader.requests += epoch.media_requests;
    for (uint32_t i = 0; i < epoch.record_count; i++) {
        memcpy(&record, body + sizeof(epoch) + i * sizeof(record), sizeof(record));
        reader.segments += record.segments;
    }
}

static void take_frame(uint16_t type, const uint8_t *body, uint32_t body_bytes)
{
    FUZZ_REQUIRE((type == PSD_HELLO) == !reader.greeted);
    reader.greeted = true;
    if (type == PSD_EPOCH)
        take_epoch(body, body_bytes);
    FUZZ_REQUIRE(type < PSD_CLAIMS || type > PSD_RULES || reader.epoch_now != 0);
    if (type == PSD_COUNTERS) {
        reader.ended = reader.epoch_now;
        reader.epoch_now = 0;
    }
}

/* @return Whether there was anything. */
static bool read_some(size_t bytes_max)
{
    const size_t room = sizeof(reader.bytes) - reader.used;
    struct psd_frame_header header;
    ssize_t got;
    size_t at = 0;

    if (reader.fd < 0)
        return false;
    got = recv(reader.fd, reader.bytes + reader.used, bytes_max < room ? bytes_max : room,
               MSG_DONTWAIT);
    if (got <= 0)
        return false;
    reader.used += (size_t)got;
    while (reader.used - at >= sizeof(header)) {
        memcpy(&header, reader.bytes + at, sizeof(header));
        FUZZ_REQUIRE(header.reserved == 0 && header.body_bytes <= PSD_BODY_BYTES_MAX);
        if (reader.used - at < sizeof(header) + header.body_bytes)
            break;
        take_frame(header.type, reader.bytes + at + sizeof(header), header.body_bytes);
        at += sizeof(header) + header.body_bytes;
    }
    reader.used -= at;
    memmove(reader.bytes, reader.bytes + at, reader.used);
    return true;
}

/* What is said is said: all that the stream got rid of is read before its end. */
static void hang_up(void)
{
    while (read_some(READ_BYTES_MAX))
        ;
    if (reader.fd >= 0)
        close(reader.fd);
    reader.fd = -1;
    reader.used = 0;
    reader.greeted = false;
    reader.epoch_now = 0;
}

static void work(void)
{
    struct nic_stream_status status;

    nic_stream_work(stream, now_ns);
    nic_stream_status(stream, &status);
    if (!status.connected)
        hang_up();
    else if (reader.fd < 0)
        reader.fd = accept4(reader.listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* ---- what is said ---- */

static void say(const void *bytes, size_t count)
{
    if (reader.fd >= 0 && count > 0)
        FUZZ_REQUIRE(send(reader.fd, bytes, count, MSG_NOSIGNAL) >= 0 || errno == EPIPE ||
                     errno == ECONNRESET);
}

static void acknowledge(uint64_t epoch)
{
    const struct {
        struct psd_frame_header header;
        struct psd_ack ack;
    } frame = { { .type = PSD_ACK, .body_bytes = sizeof(frame.ack) }, { epoch } };

    say(&frame, sizeof(frame));
}

static void put(uint32_t record_count)
{
    char text[16];

    nic_batch_clear(batch);
    epochs++;
    nic_batch_date(batch, epochs, epochs, epochs);
    batch->totals.media_requests = record_count;
    put_requests += record_count;
    for (uint32_t i = 0; i < record_count; i++) {
        const struct psd_record record = { .media_key = i + 1, .segments = i + 1 };
        struct nic_name name;

        snprintf(text, sizeof(text), "clip-%u", i);
        name = nic_name_make(PSD_NAME_MEDIA, text, (uint32_t)strlen(text));
        nic_names_add(names, &name);
        nic_batch_add(batch, &record);
        put_segments += record.segments;
    }
    nic_stream_put(stream, batch);
}

static void take_step(struct fuzz_input *input)
{
    const uint8_t what = fuzz_take_u8(input);
    const uint32_t how_much = what >> 3;
    const uint8_t *bytes;
    size_t count;

    switch ((enum step)(what & 7)) {
    case PUT:
        put(how_much);
        break;
    case SAY:
        bytes = fuzz_take(input, how_much, &count);
        say(bytes, count);
        break;
    case ACK_RIGHT:
        acknowledge(reader.ended);
        break;
    case HANG_UP:
        hang_up();
        break;
    case ACK_NUMBER:
        acknowledge(how_much);
        break;
    case READ:
        read_some(1 + how_much * 16);
        break;
    case WAIT:
        now_ns += how_much * 100 * MS;
        break;
    case WORK:
        break;
    }
    work();
}

static void begin(void)
{
    const struct nic_stream_config cfg = {
        .to.path = address.sun_path, .names = names, .boot_id = 7, .records_max = RECORDS_MAX
    };

    FUZZ_REQUIRE(nic_stream_create(&stream, &cfg) == 0);
    reader.fd = -1;
    reader.epoch = reader.ended = reader.requests = reader.segments = 0;
    epochs = put_requests = put_segments = 0;
    now_ns = 1000 * MS;
}

/* A new reader, which behaves. */
static void settle(void)
{
    hang_up();
    for (unsigned i = 0; i < SETTLE_ROUNDS; i++) {
        now_ns += NIC_STREAM_RETRY_MS_MAX * MS;
        work();
        while (read_some(READ_BYTES_MAX))
            work();
        acknowledge(reader.ended);
        work();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    listen_once();
    FUZZ_REQUIRE(nic_names_create(&names, NAMES) == 0);
    FUZZ_REQUIRE(nic_batch_create(&batch, RECORDS_MAX) == 0);
    begin();
    for (unsigned i = 0; i < STEPS_MAX && input.left > 0; i++)
        take_step(&input);
    settle();
    FUZZ_REQUIRE(reader.requests == put_requests + fuzz_breaks);
    FUZZ_REQUIRE(reader.segments == put_segments);
    FUZZ_REQUIRE(reader.ended == reader.epoch);
    nic_stream_destroy(stream);
    hang_up();
    nic_batch_destroy(batch);
    nic_names_destroy(names);
    fuzz_pool_require_free();
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_stream.c - frames reach a reader that may be absent, slow, or leave. */
#include "dpdk/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define MS 1000000ull

/* A reader on a socket of its own, and what it was told. */
struct reader {
    char directory[32];
    struct sockaddr_un address;
    int listen_fd;
    int fd;
    uint8_t bytes[4u << 20];
    size_t byte_count;
    uint32_t hellos, names, epoch_frames;
    uint64_t media_requests, segments, records, last_epoch;
};

static struct reader reader;
static struct nic_names *names;
static struct nic_stream *stream;
static struct nic_batch *batch;
static uint64_t now_ns;

static void listen_again(void)
{
    reader.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(reader.address.sun_path);
    PS_REQUIRE(bind(reader.listen_fd, (const struct sockaddr *)&reader.address,
                    sizeof(reader.address)) == 0);
    PS_REQUIRE(listen(reader.listen_fd, 1) == 0);
}

static void begin(void)
{
    struct nic_stream_config cfg = { .boot_id = 42, .records_max = 8192 };

    memset(&reader, 0, sizeof(reader));
    reader.fd = reader.listen_fd = -1;
    strcpy(reader.directory, "/tmp/prestage-test-XXXXXX");
    PS_REQUIRE(mkdtemp(reader.directory) != NULL);
    reader.address.sun_family = AF_UNIX;
    snprintf(reader.address.sun_path, sizeof(reader.address.sun_path), "%s/s", reader.directory);
    PS_REQUIRE(nic_names_create(&names, 16384) == 0);
    PS_REQUIRE(nic_batch_create(&batch, 8192) == 0);
    cfg.names = names;
    cfg.path = reader.address.sun_path;
    PS_REQUIRE(nic_stream_create(&stream, &cfg) == 0);
    now_ns = 1000 * MS;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void end(void)
{
    nic_stream_destroy(stream);
    nic_batch_destroy(batch);
    nic_names_destroy(names);
    close_fd(&reader.fd);
    close_fd(&reader.listen_fd);
    unlink(reader.address.sun_path);
    rmdir(reader.directory);
}

static void take_frame(uint16_t type, const uint8_t *body, uint32_t body_bytes)
{
    struct psd_epoch epoch;
    struct psd_record record;

    reader.hellos += type == PSD_HELLO;
    reader.names += type == PSD_NAME;
    if (type != PSD_EPOCH)
        return;
    memcpy(&epoch, body, sizeof(epoch));
    CU_ASSERT_EQUAL(body_bytes, sizeof(epoch) + epoch.record_count * sizeof(record));
    CU_ASSERT_TRUE(epoch.epoch >= reader.last_epoch);
    reader.last_epoch = epoch.epoch;
    reader.epoch_frames++;
    reader.media_requests += epoch.media_requests;
    reader.records += epoch.record_count;
    for (uint32_t i = 0; i < epoch.record_count; i++) {
        memcpy(&record, body + sizeof(epoch) + i * sizeof(record), sizeof(record));
        reader.segments += record.segments;
    }
}

/* Take whole frames; a cut one at the end stays, and is dropped when the connection ends. */
static void take_frames(void)
{
    size_t at = 0;

    for (;;) {
        struct psd_frame_header header;

        if (reader.byte_count - at < sizeof(header))
            break;
        memcpy(&header, reader.bytes + at, sizeof(header));
        PS_REQUIRE(header.body_bytes <= PSD_BODY_BYTES_MAX);
        if (reader.byte_count - at < sizeof(header) + header.body_bytes)
            break;
        take_frame(header.type, reader.bytes + at + sizeof(header), header.body_bytes);
        at += sizeof(header) + header.body_bytes;
    }
    memmove(reader.bytes, reader.bytes + at, reader.byte_count - at);
    reader.byte_count -= at;
}

static void read_some(size_t bytes_max)
{
    ssize_t got;

    if (reader.fd < 0)
        reader.fd = accept(reader.listen_fd, NULL, NULL);
    PS_REQUIRE(reader.fd >= 0 && reader.byte_count + bytes_max <= sizeof(reader.bytes));
    got = recv(reader.fd, reader.bytes + reader.byte_count, bytes_max, MSG_DONTWAIT);
    if (got > 0)
        reader.byte_count += (size_t)got;
    take_frames();
}

static void exchange_all(void)
{
    for (unsigned i = 0; i < 100; i++) {
        nic_stream_work(stream, now_ns);
        read_some(1u << 20);
    }
}

static void leave(void)
{
    close_fd(&reader.fd);
    reader.byte_count = 0;
}

/* An interval with one segment asked for of each of some titles. */
static void put(uint64_t epoch, uint32_t first, uint32_t count)
{
    nic_batch_clear(batch);
    batch->epoch = epoch;
    batch->start_ns = epoch * 10;
    batch->end_ns = epoch * 10 + 10;
    batch->totals.media_requests = count;
    for (uint32_t i = first; i < first + count; i++) {
        const struct psd_record record = { .media_key = i + 1, .profile_key = 1, .segments = 1 };
        nic_batch_add(batch, &record);
    }
    nic_stream_put(stream, batch);
}

static void add_names(uint32_t count)
{
    char text[32];

    for (uint32_t i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "clip-%u", i);
        const struct nic_name name = nic_name_make(PSD_NAME_MEDIA, text, (uint32_t)strlen(text));
        nic_names_add(names, &name);
    }
}

static void hello_names_and_counts_come_in_order(void)
{
    begin();
    listen_again();
    add_names(2000);
    put(1, 0, 5000);
    nic_stream_work(stream, now_ns);
    exchange_all();
    CU_ASSERT_EQUAL(reader.hellos, 1);
    CU_ASSERT_EQUAL(reader.names, 2000);
    CU_ASSERT_EQUAL(reader.epoch_frames, 3);
    CU_ASSERT_EQUAL(reader.records, 5000);
    CU_ASSERT_EQUAL(reader.media_requests, 5000);
    put(2, 0, 0);
    exchange_all();
    CU_ASSERT_EQUAL(reader.epoch_frames, 4); /* an empty interval is news too */
    CU_ASSERT_EQUAL(reader.hellos, 1);
    CU_ASSERT_EQUAL(reader.names, 2000);
    end();
}

static void counts_gather_while_nobody_reads(void)
{
    begin();
    for (uint64_t epoch = 1; epoch <= 100; epoch++) {
        put(epoch, 0, 50);
        nic_stream_work(stream, now_ns);
        now_ns += 100 * MS;
    }
    listen_again();
    now_ns += 10000 * MS;
    nic_stream_work(stream, now_ns);
    exchange_all();
    CU_ASSERT_EQUAL(reader.epoch_frames, 1);
    CU_ASSERT_EQUAL(reader.records, 50);
    CU_ASSERT_EQUAL(reader.segments, 5000);
    CU_ASSERT_EQUAL(reader.media_requests, 5000);
    CU_ASSERT_EQUAL(reader.last_epoch, 100);
    end();
}

/* Whole frames are lost with the reader that had not read them; here it has read all it was sent.
 */
static void a_frame_cut_by_the_readers_leaving_comes_again(void)
{
    uint64_t put_count = 0;

    begin();
    listen_again();
    for (uint64_t epoch = 1; epoch <= 200; epoch++) {
        add_names((uint32_t)epoch);
        put(epoch, (uint32_t)epoch * 7 % 1000, 4000);
        put_count += 4000;
        nic_stream_work(stream, now_ns); /* a socket holds less than this */
        read_some(1000 + epoch * 977 % 60000);
        now_ns += 10000 * MS;
        if (epoch % 9 == 0) {
            read_some(1u << 20); /* all that was sent, then gone */
            read_some(1u << 20);
            leave();
            reader.last_epoch = 0;
        }
        if (reader.fd < 0)
            nic_stream_work(stream, now_ns); /* notices */
        now_ns += 10000 * MS;
        nic_stream_work(stream, now_ns);
    }
    exchange_all();
    CU_ASSERT_EQUAL(reader.segments, put_count);
    CU_ASSERT_EQUAL(reader.media_requests, put_count);
    CU_ASSERT_TRUE(reader.hellos > 20);
    end();
}

static void names_come_again_to_a_new_reader(void)
{
    begin();
    listen_again();
    add_names(10);
    nic_stream_work(stream, now_ns);
    exchange_all();
    CU_ASSERT_EQUAL(reader.names, 10);
    leave();
    nic_stream_work(stream, now_ns);
    now_ns += 10000 * MS;
    nic_stream_work(stream, now_ns);
    exchange_all();
    CU_ASSERT_EQUAL(reader.hellos, 2);
    CU_ASSERT_EQUAL(reader.names, 20);
    end();
}

static void a_reader_that_turns_us_away_is_asked_less_often(void)
{
    struct nic_stream_status status;

    begin();
    listen_again();
    for (unsigned ms = 0; ms < 60000; ms += 10) {
        nic_stream_work(stream, now_ns + ms * MS);
        const int fd = accept(reader.listen_fd, NULL, NULL);
        close(fd);
        nic_stream_work(stream, now_ns + ms * MS);
        do {
            ms += 10;
        } while (nic_stream_wake_ns(stream) > now_ns + ms * MS && ms < 60000);
    }
    nic_stream_status(stream, &status);
    CU_ASSERT_TRUE(status.connects < 25);
    CU_ASSERT_TRUE(status.connects > 10);
    CU_ASSERT_FALSE(status.connected);
    end();
}

static void a_reader_that_speaks_is_left(void)
{
    struct nic_stream_status status;

    begin();
    listen_again();
    nic_stream_work(stream, now_ns);
    read_some(1u << 20);
    PS_REQUIRE(write(reader.fd, "x", 1) == 1);
    nic_stream_work(stream, now_ns);
    nic_stream_status(stream, &status);
    CU_ASSERT_FALSE(status.connected);
    CU_ASSERT_EQUAL(status.last_error, -EPROTO);
    end();
}

static void more_than_the_bound_is_shed_and_said(void)
{
    begin();
    put(1, 0, 8000);
    put(2, 8000, 8000);
    listen_again();
    nic_stream_work(stream, now_ns);
    exchange_all();
    CU_ASSERT_EQUAL(reader.media_requests, 16000);
    CU_ASSERT_EQUAL(reader.segments, 8192);
    end();
}

static void finishing_ends_even_if_nobody_listens(void)
{
    begin();
    CU_ASSERT_EQUAL(nic_stream_finish(stream, 0), 0);
    put(1, 0, 1);
    CU_ASSERT_EQUAL(nic_stream_finish(stream, 0), -ETIMEDOUT);
    end();
}

static void creation_checks_the_path_and_survives_failed_allocations(void)
{
    char path[200];
    struct nic_stream_config cfg = { .path = path, .records_max = 64 };
    unsigned failed_at = 0;

    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    CU_ASSERT_EQUAL(nic_stream_create(&stream, &cfg), -ENAMETOOLONG);
    cfg.path = "/tmp/s";
    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        const int rc = nic_stream_create(&stream, &cfg);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 1 + 2 * 7 + 1); /* itself, two batches, the buffer */
    nic_stream_destroy(stream);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hello_names_and_counts_come_in_order),
        PS_TEST(counts_gather_while_nobody_reads),
        PS_TEST(a_frame_cut_by_the_readers_leaving_comes_again),
        PS_TEST(names_come_again_to_a_new_reader),
        PS_TEST(a_reader_that_turns_us_away_is_asked_less_often),
        PS_TEST(a_reader_that_speaks_is_left),
        PS_TEST(more_than_the_bound_is_shed_and_said),
        PS_TEST(finishing_ends_even_if_nobody_listens),
        PS_TEST(creation_checks_the_path_and_survives_failed_allocations),
    };

    return ps_test_run("dpdk/stream", tests, NIC_ARRAY_LEN(tests));
}

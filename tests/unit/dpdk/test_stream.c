/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_stream.c - frames reach a reader that may be absent, slow, or leave. */
#include "dpdk/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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

/* A reader on a socket of its own, and what it was told. It counts each part once, as prestaged
 * does, and acknowledges each epoch that came whole. */
struct reader {
    char directory[32];
    struct sockaddr_un address;
    int listen_fd;
    int fd;
    uint8_t bytes[4u << 20];
    size_t byte_count;
    bool is_silent; /* never acknowledges */
    uint64_t last_epoch;
    uint32_t last_part;
    uint32_t hellos, names, epoch_frames, again, ended;
    uint64_t media_requests, segments, records, claims, tls_flows;
    uint32_t claim_frames, ports, rules;
    struct psd_counter counters[PSD_COUNTERS_MAX];
    uint32_t counter_count;
    uint64_t epoch_bytes_hash; /* of all epoch frames since it was last set to 0 */
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

static uint32_t two_ports(void *arg, struct psd_port *ret_ports, uint32_t max)
{
    (void)arg;
    PS_REQUIRE(max >= 2);
    ret_ports[1] = (struct psd_port){ .name = "s1", .packets = 7 };
    return 2;
}

static uint32_t all_rules(void *arg, struct psd_rule *ret_rules, uint32_t max)
{
    (void)arg;
    memset(ret_rules, 'r', max * sizeof(*ret_rules));
    return max;
}

static void begin(void)
{
    struct nic_stream_config cfg = {
        .boot_id = 42, .records_max = 8192, .ports = two_ports, .rules = all_rules
    };

    memset(&reader, 0, sizeof(reader));
    reader.fd = reader.listen_fd = -1;
    strcpy(reader.directory, "/tmp/prestage-test-XXXXXX");
    PS_REQUIRE(mkdtemp(reader.directory) != NULL);
    reader.address.sun_family = AF_UNIX;
    snprintf(reader.address.sun_path, sizeof(reader.address.sun_path), "%s/s", reader.directory);
    PS_REQUIRE(nic_names_create(&names, 16384) == 0);
    PS_REQUIRE(nic_batch_create(&batch, 8192) == 0);
    cfg.names = names;
    cfg.to.path = reader.address.sun_path;
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

static void take_epoch(const uint8_t *body, uint32_t body_bytes)
{
    struct psd_epoch epoch;
    struct psd_record record;

    memcpy(&epoch, body, sizeof(epoch));
    PS_REQUIRE(body_bytes == sizeof(epoch) + epoch.record_count * sizeof(record));
    reader.epoch_bytes_hash =
        reader.epoch_bytes_hash * 31 + nic_name_key((const char *)body, body_bytes);
    if (epoch.epoch < reader.last_epoch ||
        (epoch.epoch == reader.last_epoch && epoch.part <= reader.last_part)) {
        reader.again++;
        return;
    }
    CU_ASSERT_EQUAL(epoch.part, epoch.epoch == reader.last_epoch ? reader.last_part + 1 : 0);
    reader.last_epoch = epoch.epoch;
    reader.last_part = epoch.part;
    reader.epoch_frames++;
    reader.media_requests += epoch.media_requests;
    reader.records += epoch.record_count;
    for (uint32_t i = 0; i < epoch.record_count; i++) {
        memcpy(&record, body + sizeof(epoch) + i * sizeof(record), sizeof(record));
        reader.segments += record.segments;
    }
}

static void say(uint16_t type, uint16_t reserved, uint32_t body_bytes, uint64_t epoch)
{
    const struct psd_frame_header header = { type, reserved, body_bytes };
    const struct psd_ack ack = { epoch };

    PS_REQUIRE(write(reader.fd, &header, sizeof(header)) == sizeof(header));
    PS_REQUIRE(write(reader.fd, &ack, sizeof(ack)) == sizeof(ack));
}

static void acknowledge(uint64_t epoch)
{
    say(PSD_ACK, 0, sizeof(struct psd_ack), epoch);
}

static void take_list(uint16_t type, const uint8_t *body, uint32_t body_bytes)
{
    static const size_t item_bytes[] = { [PSD_CLAIMS] = sizeof(struct psd_claim),
                                         [PSD_TLS] = sizeof(struct psd_tls_name),
                                         [PSD_COUNTERS] = sizeof(struct psd_counter),
                                         [PSD_PORTS] = sizeof(struct psd_port),
                                         [PSD_RULES] = sizeof(struct psd_rule) };
    struct psd_list list;

    PS_REQUIRE(type >= PSD_CLAIMS && type <= PSD_RULES);
    memcpy(&list, body, sizeof(list));
    PS_REQUIRE(body_bytes == sizeof(list) + list.count * item_bytes[type]);
    CU_ASSERT_EQUAL(list.epoch, reader.last_epoch);
    for (uint32_t i = 0; i < list.count; i++) {
        const uint8_t *item = body + sizeof(list) + i * item_bytes[type];
        struct psd_claim claim;
        struct psd_tls_name name;

        memcpy(&claim, item, sizeof(claim));
        memcpy(&name, item, sizeof(name));
        reader.claims += type == PSD_CLAIMS ? claim.count : 0;
        reader.tls_flows += type == PSD_TLS ? name.flows : 0;
        if (type == PSD_COUNTERS)
            memcpy(&reader.counters[i], item, sizeof(reader.counters[i]));
    }
    if (type == PSD_CLAIMS)
        CU_ASSERT_EQUAL(list.part, reader.claim_frames++);
    if (type == PSD_PORTS)
        reader.ports = list.count;
    if (type == PSD_RULES)
        reader.rules = list.count;
    if (type != PSD_COUNTERS)
        return;
    reader.counter_count = list.count;
    reader.ended++;
    if (!reader.is_silent)
        acknowledge(list.epoch);
}

static uint64_t counter(const char *name)
{
    for (uint32_t i = 0; i < reader.counter_count; i++)
        if (strncmp(reader.counters[i].name, name, sizeof(reader.counters[i].name)) == 0)
            return reader.counters[i].value;
    return UINT64_MAX;
}

static void take_frame(uint16_t type, const uint8_t *body, uint32_t body_bytes)
{
    reader.hellos += type == PSD_HELLO;
    reader.names += type == PSD_NAME;
    if (type == PSD_EPOCH)
        take_epoch(body, body_bytes);
    else if (type > PSD_EPOCH)
        take_list(type, body, body_bytes);
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

/* The reader leaves anywhere: in a frame, with frames unread, or with all read and not answered. */
static void each_count_arrives_once_over_all_connections(void)
{
    struct nic_stream_status status;
    uint64_t put_count = 0;

    begin();
    listen_again();
    for (uint64_t epoch = 1; epoch <= 200; epoch++) {
        add_names((uint32_t)epoch);
        put(epoch, (uint32_t)epoch * 7 % 1000, 4000);
        put_count += 4000;
        nic_stream_work(stream, now_ns); /* a socket holds less than this */
        read_some(1000 + epoch * 977 % 60000);
        nic_stream_work(stream, now_ns);
        now_ns += 10000 * MS;
        if (epoch % 9 == 0)
            leave();
        if (reader.fd < 0)
            nic_stream_work(stream, now_ns); /* notices */
        now_ns += 10000 * MS;
        nic_stream_work(stream, now_ns);
    }
    exchange_all();
    CU_ASSERT_EQUAL(reader.segments, put_count);
    CU_ASSERT_EQUAL(reader.media_requests, put_count);
    CU_ASSERT_EQUAL(counter("media_requests"), put_count);
    CU_ASSERT_TRUE(reader.hellos > 20);
    CU_ASSERT_TRUE(reader.again > 5);
    nic_stream_status(stream, &status);
    CU_ASSERT_TRUE(status.epochs_again > 5);
    CU_ASSERT_EQUAL(nic_stream_finish(stream, 0), 0);
    end();
}

/* Also when other counts gathered meanwhile, and when it has several parts. */
static void what_was_not_acknowledged_comes_again_byte_for_byte(void)
{
    uint64_t first_hash;

    begin();
    listen_again();
    reader.is_silent = true;
    put(1, 0, 5000);
    exchange_all();
    CU_ASSERT_EQUAL(reader.epoch_frames, 3);
    first_hash = reader.epoch_bytes_hash;
    reader.epoch_bytes_hash = 0;
    put(2, 0, 5000);
    put(3, 2000, 5000);
    leave();
    nic_stream_work(stream, now_ns);
    now_ns += 10000 * MS;
    exchange_all();
    CU_ASSERT_EQUAL(reader.epoch_bytes_hash, first_hash);
    CU_ASSERT_EQUAL(reader.again, 3);
    CU_ASSERT_EQUAL(reader.segments, 5000);
    reader.is_silent = false;
    acknowledge(1);
    exchange_all();
    CU_ASSERT_EQUAL(reader.segments, 15000);
    CU_ASSERT_EQUAL(reader.last_epoch, 3);
    end();
}

static void a_reader_that_never_acknowledges_gets_one_epoch(void)
{
    struct nic_stream_status status;

    begin();
    listen_again();
    reader.is_silent = true;
    for (uint64_t epoch = 1; epoch <= 100; epoch++) {
        put(epoch, 0, 50);
        exchange_all();
    }
    CU_ASSERT_EQUAL(reader.epoch_frames, 1);
    CU_ASSERT_EQUAL(reader.segments, 50);
    CU_ASSERT_EQUAL(counter("media_requests"), 50); /* what came with it, not what waits */
    nic_stream_status(stream, &status);
    CU_ASSERT_TRUE(status.connected);
    CU_ASSERT_EQUAL(status.epochs_sent, 0);
    CU_ASSERT_EQUAL(nic_stream_finish(stream, 0), -ETIMEDOUT);
    reader.is_silent = false;
    acknowledge(1);
    exchange_all();
    CU_ASSERT_EQUAL(reader.epoch_frames, 2);
    CU_ASSERT_EQUAL(reader.segments, 5000);
    CU_ASSERT_EQUAL(counter("media_requests"), 5000);
    CU_ASSERT_EQUAL(nic_stream_finish(stream, 0), 0);
    end();
}

static bool is_connected(void)
{
    struct nic_stream_status status;

    nic_stream_work(stream, now_ns);
    nic_stream_status(stream, &status);
    CU_ASSERT_EQUAL(status.last_error, status.connected ? 0 : -EPROTO);
    return status.connected;
}

/* The counts stay, whatever the reader pretends. */
static void acks_of_what_was_not_sent_end_the_connection(void)
{
    static const struct {
        uint16_t type, reserved;
        uint32_t body_bytes;
        uint64_t epoch;
    } wrong[] = {
        { PSD_ACK, 0, 8, 6 },          { PSD_ACK, 0, 8, 4 }, { PSD_ACK, 0, 8, 0 },
        { PSD_ACK, 0, 8, UINT64_MAX }, { PSD_ACK, 1, 8, 5 }, { PSD_ACK, 0, 16, 5 },
        { PSD_HELLO, 0, 8, 5 },
    };

    begin();
    listen_again();
    reader.is_silent = true;
    put(5, 0, 50);
    for (size_t i = 0; i < NIC_ARRAY_LEN(wrong); i++) {
        now_ns += 10000 * MS;
        exchange_all();
        CU_ASSERT_TRUE(is_connected());
        say(wrong[i].type, wrong[i].reserved, wrong[i].body_bytes, wrong[i].epoch);
        CU_ASSERT_FALSE(is_connected());
        leave();
    }
    reader.is_silent = false;
    now_ns += 10000 * MS;
    exchange_all();
    CU_ASSERT_EQUAL(reader.segments, 50);
    CU_ASSERT_EQUAL(reader.again, NIC_ARRAY_LEN(wrong));
    acknowledge(5); /* it knows */
    CU_ASSERT_TRUE(is_connected());
    end();
}

static void an_ack_before_the_epochs_end_went_out_is_a_lie(void)
{
    begin();
    listen_again();
    for (uint32_t i = 0; i < 100; i++) /* more than a socket holds */
        add_names(10000);
    put(1, 0, 8000);
    nic_stream_work(stream, now_ns);
    read_some(1000);
    acknowledge(1);
    CU_ASSERT_FALSE(is_connected());
    end();
}

/* New titles are seen while the reader thinks: more of their names than a socket holds. */
static void an_ack_may_come_while_names_go_out(void)
{
    begin();
    listen_again();
    reader.is_silent = true;
    put(1, 0, 10);
    exchange_all();
    add_names(10000);
    nic_stream_work(stream, now_ns);
    acknowledge(1);
    CU_ASSERT_TRUE(is_connected());
    reader.is_silent = false;
    put(2, 0, 10);
    exchange_all();
    CU_ASSERT_EQUAL(reader.hellos, 1);
    CU_ASSERT_TRUE(reader.names > 9900); /* a full set of the names forgets some */
    CU_ASSERT_EQUAL(reader.segments, 20);
    end();
}

static void all_lists_come_with_their_epoch(void)
{
    begin();
    listen_again();
    nic_batch_clear(batch);
    batch->epoch = 1;
    batch->totals.dups = 3;
    for (uint64_t i = 0; i < 10000; i++)
        nic_batch_add_claim(batch, &(struct psd_claim){ .media_key = i, .count = 2 });
    nic_batch_add_tls_name(batch, &(struct psd_tls_name){ .name_key = 9, .flows = 4 });
    nic_stream_put(stream, batch);
    exchange_all();
    CU_ASSERT_EQUAL(reader.claims, 20000);
    CU_ASSERT_EQUAL(reader.claim_frames, 3); /* more than one holds */
    CU_ASSERT_EQUAL(reader.tls_flows, 4);
    CU_ASSERT_EQUAL(reader.ports, 2);
    CU_ASSERT_EQUAL(reader.rules, PSD_RULES_MAX);
    CU_ASSERT_EQUAL(counter("dups"), 3);
    CU_ASSERT_EQUAL(counter("http_packets"), 0);
    CU_ASSERT_EQUAL(reader.ended, 1);
    nic_batch_clear(batch);
    batch->epoch = 2;
    batch->totals.dups = 4;
    nic_stream_put(stream, batch);
    exchange_all();
    CU_ASSERT_EQUAL(reader.claims, 20000);
    CU_ASSERT_EQUAL(counter("dups"), 7); /* since boot */
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

static void more_than_the_bound_is_shed_and_said(void)
{
    struct nic_stream_status status;

    begin();
    put(1, 0, 8000);
    put(2, 8000, 8000);
    nic_stream_status(stream, &status); /* also while nobody is there to be told */
    CU_ASSERT_EQUAL(status.shed_records, 16000 - 8192);
    listen_again();
    nic_stream_work(stream, now_ns);
    exchange_all();
    CU_ASSERT_EQUAL(reader.media_requests, 16000);
    CU_ASSERT_EQUAL(reader.segments, 8192);
    CU_ASSERT_EQUAL(counter("shed_records"), 16000 - 8192);
    end();
}

/* Over TCP a connection is none before the handshake; meanwhile counts gather. */
static void a_peer_that_never_shakes_hands_is_left(void)
{
    const struct nic_psk psk = { .identity = "edge-1", .key_bytes = 32 };
    struct sockaddr_in address = { .sin_family = AF_INET };
    struct nic_stream_config cfg = { .boot_id = 42, .records_max = 64, .to.psk = &psk };
    const int silent_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t bytes = sizeof(address);
    struct nic_stream_status status;
    char text[32];
    short events;

    begin();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    PS_REQUIRE(bind(silent_fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    PS_REQUIRE(listen(silent_fd, 1) == 0);
    PS_REQUIRE(getsockname(silent_fd, (struct sockaddr *)&address, &bytes) == 0);
    snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
    PS_REQUIRE(nic_endpoint_parse(text, &cfg.to.server) == 0);
    cfg.names = names;
    nic_stream_destroy(stream);
    PS_REQUIRE(nic_stream_create(&stream, &cfg) == 0);
    put(1, 0, 10);
    nic_stream_work(stream, now_ns);
    CU_ASSERT_TRUE(nic_stream_fd(stream, &events) >= 0);
    CU_ASSERT_EQUAL(nic_stream_wake_ns(stream), now_ns + NIC_STREAM_GREET_MS_MAX * MS);
    nic_stream_work(stream, now_ns + NIC_STREAM_GREET_MS_MAX * MS - 1);
    CU_ASSERT_TRUE(nic_stream_fd(stream, &events) >= 0);
    nic_stream_work(stream, now_ns + NIC_STREAM_GREET_MS_MAX * MS);
    CU_ASSERT_EQUAL(nic_stream_fd(stream, &events), -1);
    nic_stream_status(stream, &status);
    CU_ASSERT_TRUE(!status.connected && status.connects == 0 && status.last_error == -ETIMEDOUT);
    CU_ASSERT_EQUAL(nic_stream_finish(stream, 0), -ETIMEDOUT);
    close(silent_fd);
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
    struct nic_stream_config cfg = { .to.path = path, .records_max = 64 };
    unsigned failed_at = 0;

    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    CU_ASSERT_EQUAL(nic_stream_create(&stream, &cfg), -ENAMETOOLONG);
    cfg.to.path = "/tmp/s";
    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        const int rc = nic_stream_create(&stream, &cfg);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 2 + 2 * 7 + 1); /* itself, the link, two batches, the buffer */
    nic_stream_destroy(stream);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hello_names_and_counts_come_in_order),
        PS_TEST(counts_gather_while_nobody_reads),
        PS_TEST(each_count_arrives_once_over_all_connections),
        PS_TEST(what_was_not_acknowledged_comes_again_byte_for_byte),
        PS_TEST(a_reader_that_never_acknowledges_gets_one_epoch),
        PS_TEST(acks_of_what_was_not_sent_end_the_connection),
        PS_TEST(an_ack_before_the_epochs_end_went_out_is_a_lie),
        PS_TEST(an_ack_may_come_while_names_go_out),
        PS_TEST(all_lists_come_with_their_epoch),
        PS_TEST(names_come_again_to_a_new_reader),
        PS_TEST(a_reader_that_turns_us_away_is_asked_less_often),
        PS_TEST(more_than_the_bound_is_shed_and_said),
        PS_TEST(a_peer_that_never_shakes_hands_is_left),
        PS_TEST(finishing_ends_even_if_nobody_listens),
        PS_TEST(creation_checks_the_path_and_survives_failed_allocations),
    };

    return ps_test_run("dpdk/stream", tests, NIC_ARRAY_LEN(tests));
}

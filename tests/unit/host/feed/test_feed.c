/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_feed.c - a scripted prestage-nic on a real unix socket, honest or not.
 */
#include "host/feed/feed.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dpdk/abi/demand_stream.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/feed/feed_priv.h"
#include "tests/support/ps_test.h"

#define OWN_SERVER ((UINT64_C(0x7f000001) << 16) | 8080)

static struct ps_feed *feed;
static char folder[32], path[64];
static struct ps_demand demand;
static struct ps_demand_sample samples[PS_DEMAND_SAMPLES_MAX];

static bool only_media_one(void *arg, const struct ps_resource *resource)
{
    (void)arg;
    return resource->media_key == 1;
}

static struct ps_feed_config config(enum ps_demand_source own_server)
{
    return (struct ps_feed_config){ .nic_socket = path,
                                    .own_server = own_server,
                                    .nic_connections_max = 2,
                                    .own_server_v4 = OWN_SERVER };
}

static void set_up_with(const struct ps_feed_config *cfg)
{
    demand = (struct ps_demand){ .samples = samples, .capacity = PS_DEMAND_SAMPLES_MAX };
    PS_REQUIRE(ps_feed_create(&feed, cfg) == 0);
}

static void set_up(enum ps_demand_source own_server)
{
    const struct ps_feed_config cfg = config(own_server);

    set_up_with(&cfg);
}

static struct ps_feed_status status(void)
{
    struct ps_feed_status now;

    ps_feed_status(feed, &now);
    return now;
}

static int dial(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    PS_REQUIRE(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    ps_feed_poll(feed, 1000);
    return fd;
}

static bool is_closed(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

/* Send all, turning the feed whenever the socket is full; what a closed stream leaves is dropped.
 */
static void send_all(int fd, const void *bytes, size_t count, uint64_t now_ns)
{
    const char *at = bytes;

    while (count > 0) {
        const ssize_t sent = send(fd, at, count, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            at += sent;
            count -= (size_t)sent;
        } else if (errno != EAGAIN) {
            return;
        }
        ps_feed_poll(feed, now_ns);
    }
    for (int i = 0; i < 4; i++)
        ps_feed_poll(feed, now_ns);
}

static size_t frame(uint8_t *at, uint16_t type, const void *body, size_t body_bytes)
{
    const struct psd_frame_header header = { .type = type, .body_bytes = (uint32_t)body_bytes };

    memcpy(at, &header, sizeof(header));
    memcpy(at + sizeof(header), body, body_bytes);
    return sizeof(header) + body_bytes;
}

static size_t hello(uint8_t *at, uint64_t boot_id, uint64_t server_v4)
{
    const struct psd_hello body = {
        .magic = PSD_MAGIC, .version = PSD_VERSION, .boot_id = boot_id, .server_v4 = server_v4
    };

    return frame(at, PSD_HELLO, &body, sizeof(body));
}

/* A part of an epoch: records of media first, first + 1, ... */
static size_t epoch_part(uint8_t *at, uint64_t number, uint32_t part, uint32_t record_count,
                         uint64_t first)
{
    static uint8_t body[PSD_BODY_BYTES_MAX];
    const struct psd_epoch head = { .epoch = number,
                                    .start_ns = 5,
                                    .end_ns = 6,
                                    .packets = 1000,
                                    .media_requests = 10,
                                    .dups = 3,
                                    .unseen = 2,
                                    .shed_records = 1,
                                    .port_missed = 4,
                                    .record_count = record_count,
                                    .part = part };

    memcpy(body, &head, sizeof(head));
    for (uint32_t i = 0; i < record_count; i++) {
        const struct psd_record record = { .media_key = first + i,
                                           .profile_key = 2,
                                           .region = 3,
                                           .device = 4,
                                           .access = 5,
                                           .starts = 6,
                                           .segments = 7 };
        memcpy(body + sizeof(head) + i * sizeof(record), &record, sizeof(record));
    }
    return frame(at, PSD_EPOCH, body, sizeof(head) + record_count * sizeof(struct psd_record));
}

static size_t list(uint8_t *at, uint16_t type, uint64_t number, uint32_t part, const void *items,
                   uint32_t count, size_t item_bytes)
{
    static uint8_t body[PSD_BODY_BYTES_MAX];
    const struct psd_list head = { .epoch = number, .count = count, .part = part };

    memcpy(body, &head, sizeof(head));
    memcpy(body + sizeof(head), items, count * item_bytes);
    return frame(at, type, body, sizeof(head) + count * item_bytes);
}

/* What ends an epoch. */
static size_t counters(uint8_t *at, uint64_t number, uint64_t media_requests)
{
    const struct psd_counter all[] = { { "media_requests", media_requests },
                                       { "a_name_that_fills_24_byt", number } };

    return list(at, PSD_COUNTERS, number, 0, all, 2, sizeof(all[0]));
}

/* A whole epoch of one part. */
static size_t epoch(uint8_t *at, uint64_t number, uint32_t record_count, uint64_t first)
{
    const size_t used = epoch_part(at, number, 0, record_count, first);

    return used + counters(at + used, number, number * 10);
}

/* The epochs that were acknowledged, up to now: how many, and the last. */
static uint32_t read_acks(int fd, uint64_t *ret_last)
{
    struct {
        struct psd_frame_header header;
        struct psd_ack ack;
    } heard;
    uint32_t count = 0;

    while (recv(fd, &heard, sizeof(heard), MSG_DONTWAIT) == sizeof(heard)) {
        CU_ASSERT_TRUE(heard.header.type == PSD_ACK && heard.header.reserved == 0 &&
                       heard.header.body_bytes == sizeof(heard.ack));
        *ret_last = heard.ack.epoch;
        count++;
    }
    return count;
}

static size_t name(uint8_t *at, uint64_t key, const char *text)
{
    uint8_t body[sizeof(struct psd_name) + 256];
    const struct psd_name head = { .key = key,
                                   .kind = PSD_NAME_MEDIA,
                                   .name_bytes = (uint16_t)strlen(text) };

    memcpy(body, &head, sizeof(head));
    memcpy(body + sizeof(head), text, strlen(text));
    return frame(at, PSD_NAME, body, sizeof(head) + strlen(text));
}

static void records_become_samples_of_the_time_they_arrived_in(void)
{
    uint8_t bytes[2048];

    set_up(PS_DEMAND_NIC);
    const int fd = dial();
    size_t used = hello(bytes, 1, OWN_SERVER);
    used += name(bytes + used, ps_hash64_name("film"), "film");
    used += epoch(bytes + used, 1, 1, 1);
    send_all(fd, bytes, used, 2000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_TRUE(samples[0].start_ns == 2000 && samples[0].end_ns == 2000);
    CU_ASSERT_TRUE(samples[0].resource.media_key == 1 && samples[0].resource.profile_key == 2);
    CU_ASSERT_TRUE(samples[0].peer.region == 3 && samples[0].peer.device == 4 &&
                   samples[0].peer.access == 5);
    CU_ASSERT_TRUE(samples[0].starts == 6 && samples[0].segments == 7);
    CU_ASSERT_EQUAL(samples[0].source, PS_DEMAND_NIC);
    send_all(fd, bytes, epoch(bytes, 2, 1, 1), 5000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_TRUE(samples[0].start_ns == 2000 && samples[0].end_ns == 5000);
    const struct ps_feed_status now = status();
    CU_ASSERT_TRUE(now.nic_connected && now.nic_connects == 1 && now.nic_epochs == 2);
    CU_ASSERT_TRUE(now.nic_packets == 2000 && now.nic_media_requests == 20 && now.nic_dups == 6);
    CU_ASSERT_TRUE(now.nic_unseen == 4 && now.nic_shed == 2 && now.nic_port_missed == 8);
    CU_ASSERT_TRUE(now.nic_last_ns == 5000 && now.samples[PS_DEMAND_NIC] == 2);
    close(fd);
    ps_feed_poll(feed, 6000);
    CU_ASSERT_FALSE(status().nic_connected);
    CU_ASSERT_EQUAL(status().nic_refused, 0);
    ps_feed_destroy(feed);
}

static void frames_may_come_byte_by_byte(void)
{
    uint8_t bytes[2048];

    set_up(PS_DEMAND_NIC);
    const int fd = dial();
    size_t used = hello(bytes, 1, 0);
    used += epoch(bytes + used, 1, 3, 1);
    for (size_t i = 0; i < used; i++)
        send_all(fd, bytes + i, 1, 2000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 3);
    close(fd);
    ps_feed_destroy(feed);
}

static void a_stream_cut_anywhere_leaves_only_whole_epochs(void)
{
    uint8_t bytes[2048];
    size_t used = hello(bytes, 0, 0);
    const size_t first_end = used + epoch_part(bytes + used, 1, 0, 2, 1);
    const size_t ended = first_end + counters(bytes + first_end, 1, 10);
    const size_t second_end = ended + epoch_part(bytes + ended, 2, 0, 2, 10);

    set_up(PS_DEMAND_NIC);
    for (size_t cut = 0; cut <= second_end; cut++) {
        const int fd = dial();

        hello(bytes, 1000 + cut, 0);
        send_all(fd, bytes, cut, 2000);
        close(fd);
        ps_feed_poll(feed, 3000);
        ps_feed_drain(feed, &demand);
        CU_ASSERT_EQUAL(demand.count, cut < first_end ? 0 : cut < second_end ? 2 : 4);
        CU_ASSERT_FALSE(status().nic_connected);
    }
    CU_ASSERT_EQUAL(status().nic_refused, 0);
    ps_feed_destroy(feed);
}

/* One whole conversation that has to end in a closed stream; hello first unless said otherwise. */
static void expect_refused(const uint8_t *bytes, size_t used, bool with_hello)
{
    uint8_t greeting[64];
    const uint64_t refused = status().nic_refused;
    const int fd = dial();

    if (with_hello)
        send_all(fd, greeting, hello(greeting, 77, 0), 1000);
    send_all(fd, bytes, used, 1000);
    CU_ASSERT_TRUE(is_closed(fd));
    CU_ASSERT_EQUAL(status().nic_refused, refused + 1);
    close(fd);
}

static void strangers_are_refused_at_their_greeting(void)
{
    uint8_t bytes[2048];
    struct psd_hello bad = { .magic = PSD_MAGIC + 1, .version = PSD_VERSION };

    set_up(PS_DEMAND_NIC);
    expect_refused(bytes, frame(bytes, PSD_HELLO, &bad, sizeof(bad)), false);
    bad = (struct psd_hello){ .magic = PSD_MAGIC, .version = PSD_VERSION + 1 };
    expect_refused(bytes, frame(bytes, PSD_HELLO, &bad, sizeof(bad)), false);
    bad.version = PSD_VERSION;
    expect_refused(bytes, frame(bytes, PSD_HELLO, &bad, sizeof(bad) - 1), false);
    expect_refused(bytes, epoch_part(bytes, 1, 0, 1, 1), false); /* no greeting at all */
    expect_refused(bytes, hello(bytes, 1, 0), true);             /* twice */
    expect_refused((const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18, false);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 0);
    ps_feed_destroy(feed);
}

static void breaches_of_a_limit_close_the_stream(void)
{
    static uint8_t bytes[2 * PSD_BODY_BYTES_MAX];
    struct psd_frame_header header = { .type = PSD_EPOCH, .body_bytes = PSD_BODY_BYTES_MAX + 1 };
    const size_t count_at = sizeof(header) + offsetof(struct psd_epoch, record_count);
    uint32_t count = UINT32_MAX;

    set_up(PS_DEMAND_NIC);
    expect_refused((uint8_t *)&header, sizeof(header), true);
    header = (struct psd_frame_header){ .type = PSD_EPOCH, .reserved = 1 };
    expect_refused((uint8_t *)&header, sizeof(header), true);
    expect_refused(bytes, frame(bytes, 99, "", 0), true);
    expect_refused(bytes, frame(bytes, PSD_EPOCH, "1234", 4), true);
    size_t used = epoch_part(bytes, 1, 0, 2, 1);
    memcpy(bytes + count_at, &count, sizeof(count)); /* says more than it has */
    expect_refused(bytes, used, true);
    count = 1; /* says less */
    memcpy(bytes + count_at, &count, sizeof(count));
    expect_refused(bytes, used, true);
    expect_refused(bytes, epoch_part(bytes, 0, 0, 1, 1), true); /* epochs begin with 1 */
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 0);
    ps_feed_destroy(feed);
}

static void a_name_that_is_not_its_keys_is_refused(void)
{
    uint8_t bytes[2048];
    char long_name[PSD_NAME_BYTES_MAX + 2];

    memset(long_name, 'n', sizeof(long_name));
    long_name[sizeof(long_name) - 1] = '\0';
    set_up(PS_DEMAND_NIC);
    expect_refused(bytes, name(bytes, ps_hash64_name("film"), "other"), true);
    expect_refused(bytes, name(bytes, ps_hash64_name(""), ""), true);
    expect_refused(bytes, name(bytes, ps_hash64_name(long_name), long_name), true);
    size_t used = name(bytes, ps_hash64_name("film"), "film");
    bytes[sizeof(struct psd_frame_header) + offsetof(struct psd_name, kind)] = 4;
    expect_refused(bytes, used, true);
    ps_feed_destroy(feed);
}

static void without_descriptors_a_caller_is_turned_away_and_the_loop_rests(void)
{
    struct rlimit before, none;
    struct pollfd loop;

    set_up(PS_DEMAND_NIC);
    PS_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int sender = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    none = before;
    none.rlim_cur = (rlim_t)sender + 1;
    PS_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    PS_REQUIRE(connect(sender, (struct sockaddr *)&address, sizeof(address)) == 0);
    ps_feed_poll(feed, 1000);
    loop = (struct pollfd){ .fd = ps_feed_fd(feed), .events = POLLIN };
    CU_ASSERT_EQUAL(poll(&loop, 1, 0), 0);
    CU_ASSERT_EQUAL(status().nic_refused, 1);
    PS_REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    close(sender);
    const int again = dial();
    CU_ASSERT_EQUAL(status().nic_refused, 1);
    close(again);
    ps_feed_destroy(feed);
}

static void epochs_sent_again_after_a_reconnect_count_once(void)
{
    uint8_t bytes[4096];

    set_up(PS_DEMAND_NIC);
    int fd = dial();
    size_t used = hello(bytes, 5, 0);
    used += epoch(bytes + used, 1, 1, 1);
    used += epoch(bytes + used, 2, 1, 1);
    send_all(fd, bytes, used, 1000);
    close(fd);
    ps_feed_poll(feed, 2000);
    fd = dial();
    used = hello(bytes, 5, 0);
    used += epoch(bytes + used, 2, 1, 1);
    used += epoch(bytes + used, 3, 1, 1);
    send_all(fd, bytes, used, 3000);
    close(fd);
    ps_feed_poll(feed, 3000);
    CU_ASSERT_EQUAL(status().nic_epochs, 3);
    CU_ASSERT_EQUAL(status().nic_epochs_again, 1);
    fd = dial(); /* a new run of the process counts from 1 */
    used = hello(bytes, 6, 0);
    used += epoch(bytes + used, 1, 1, 1);
    send_all(fd, bytes, used, 4000);
    CU_ASSERT_EQUAL(status().nic_epochs, 4);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_EQUAL(samples[0].starts, 4 * 6);
    close(fd);
    ps_feed_destroy(feed);
}

/* Else one that has a key could say that another's epochs came already. */
static void a_run_of_another_identity_is_another_run(void)
{
    uint8_t bytes[4096];

    set_up(PS_DEMAND_NIC);
    const int honest = dial(), other = dial();
    snprintf(feed->streams[1].who, sizeof(feed->streams[1].who), "tls:edge-2");
    size_t used = hello(bytes, 5, 0);
    used += epoch(bytes + used, 1000, 1, 1);
    send_all(other, bytes, used, 1000);
    used = hello(bytes, 5, 0);
    used += epoch(bytes + used, 1, 1, 1);
    send_all(honest, bytes, used, 2000);
    CU_ASSERT_EQUAL(status().nic_epochs, 2);
    CU_ASSERT_EQUAL(status().nic_epochs_again, 0);
    close(honest);
    close(other);
    ps_feed_destroy(feed);
}

static void each_whole_epoch_is_acknowledged(void)
{
    uint8_t bytes[4096];
    uint64_t last = 0;

    set_up(PS_DEMAND_NIC);
    const int fd = dial();
    size_t used = hello(bytes, 5, 0);
    used += epoch_part(bytes + used, 7, 0, 2, 1);
    used += epoch_part(bytes + used, 7, 1, 2, 3);
    send_all(fd, bytes, used, 1000);
    CU_ASSERT_EQUAL(read_acks(fd, &last), 0);
    send_all(fd, bytes, counters(bytes, 7, 10), 1000);
    CU_ASSERT_EQUAL(read_acks(fd, &last), 1);
    CU_ASSERT_EQUAL(last, 7);
    used = epoch(bytes, 9, 0, 0); /* some were merged */
    send_all(fd, bytes, used, 1000);
    CU_ASSERT_EQUAL(read_acks(fd, &last), 1);
    CU_ASSERT_EQUAL(last, 9);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 4);
    close(fd);
    ps_feed_destroy(feed);
}

/* A sender that does not listen gets the last one when it does; nothing grows meanwhile. */
static void acks_that_are_not_read_are_merged(void)
{
    uint8_t bytes[4096];
    uint64_t last = 0;
    const int small = 1;

    set_up(PS_DEMAND_NIC);
    const int fd = dial();
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    send_all(fd, bytes, hello(bytes, 5, 0), 1000);
    for (uint64_t i = 1; i <= 20000; i++)
        send_all(fd, bytes, epoch(bytes, i, 0, 0), 1000);
    CU_ASSERT_TRUE(read_acks(fd, &last) < 20000);
    for (int i = 0; i < 4; i++)
        ps_feed_poll(feed, 1000);
    read_acks(fd, &last);
    CU_ASSERT_EQUAL(last, 20000);
    CU_ASSERT_EQUAL(status().nic_epochs, 20000);
    close(fd);
    ps_feed_destroy(feed);
}

static void parts_that_came_before_the_cut_are_not_counted_again(void)
{
    uint8_t bytes[4096];
    uint64_t last = 0;

    set_up(PS_DEMAND_NIC);
    int fd = dial();
    size_t used = hello(bytes, 5, 0);
    used += epoch_part(bytes + used, 1, 0, 1, 1);
    used += epoch_part(bytes + used, 1, 1, 1, 1);
    send_all(fd, bytes, used, 1000);
    close(fd);
    ps_feed_poll(feed, 2000);
    fd = dial();
    used += epoch_part(bytes + used, 1, 2, 1, 1); /* all of it again, and the rest */
    const struct psd_claim claim = { .media_key = 1, .count = 5 };
    used += list(bytes + used, PSD_CLAIMS, 1, 0, &claim, 1, sizeof(claim));
    send_all(fd, bytes, used, 2000);
    close(fd); /* its end is not told: once more */
    ps_feed_poll(feed, 3000);
    fd = dial();
    used += counters(bytes + used, 1, 10);
    send_all(fd, bytes, used, 3000);
    CU_ASSERT_EQUAL(read_acks(fd, &last), 1);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_EQUAL(samples[0].starts, 3 * 6);
    CU_ASSERT_EQUAL(status().nic_epochs, 1);
    CU_ASSERT_EQUAL(status().nic_epochs_again, 2);
    close(fd);
    ps_feed_destroy(feed);
}

static void parts_and_lists_out_of_order_are_refused(void)
{
    static uint8_t bytes[8192];
    const struct psd_claim claim = { .media_key = 1, .count = 5 };
    size_t used;

    set_up(PS_DEMAND_NIC);
    expect_refused(bytes, epoch_part(bytes, 1, 1, 1, 1), true); /* not the first part */
    used = epoch_part(bytes, 2, 0, 1, 1);
    expect_refused(bytes, used + epoch_part(bytes + used, 2, 2, 1, 1), true); /* left one out */
    used = epoch_part(bytes, 3, 0, 1, 1);
    expect_refused(bytes, used + epoch_part(bytes + used, 4, 0, 1, 1), true); /* 3 has no end */
    expect_refused(bytes, counters(bytes, 5, 0), true);                       /* the end of what? */
    used = epoch_part(bytes, 6, 0, 1, 1);
    expect_refused(bytes, used + counters(bytes + used, 7, 0), true);
    used = epoch_part(bytes, 8, 0, 1, 1);
    used += list(bytes + used, PSD_CLAIMS, 9, 0, &claim, 1, sizeof(claim));
    expect_refused(bytes, used, true);
    used = epoch_part(bytes, 10, 0, 1, 1);
    expect_refused(bytes, used + frame(bytes + used, PSD_ACK, "12345678", 8), true);
    ps_feed_destroy(feed);
}

static void lists_that_are_damaged_are_refused(void)
{
    static uint8_t bytes[64 << 10];
    static const struct psd_rule rules[PSD_RULES_MAX + 1];
    struct psd_port port = { .name = "eth0", .driver = "net_x", .is_up = 2 };
    struct psd_rule rule = { .name = "http", .place = 2 };
    struct psd_counter counter = { .name = "pa\x1bkets" };
    uint64_t number = 0;

    set_up(PS_DEMAND_NIC);
#define EXPECT_REFUSED(type, part, items, count)                                                   \
    do {                                                                                           \
        size_t used = epoch_part(bytes, ++number, 0, 0, 0);                                        \
        used += list(bytes + used, type, number, part, items, count, sizeof(*(items)));            \
        expect_refused(bytes, used, true);                                                         \
    } while (0)
    EXPECT_REFUSED(PSD_PORTS, 0, &port, 1);
    port = (struct psd_port){ .name = "eth0", .driver = "net_x", .reserved = 1 };
    EXPECT_REFUSED(PSD_PORTS, 0, &port, 1);
    port = (struct psd_port){ .name = "eth0\0x", .driver = "net_x" };
    EXPECT_REFUSED(PSD_PORTS, 0, &port, 1);
    port = (struct psd_port){ .name = "eth0", .driver = "\x7f" };
    EXPECT_REFUSED(PSD_PORTS, 0, &port, 1);
    EXPECT_REFUSED(PSD_RULES, 0, &rule, 1);
    rule = (struct psd_rule){ .name = "http", .error = 1 };
    EXPECT_REFUSED(PSD_RULES, 0, &rule, 1);
    rule = (struct psd_rule){ .name = "http", .error = INT32_MIN }; /* has no opposite */
    EXPECT_REFUSED(PSD_RULES, 0, &rule, 1);
    rule = (struct psd_rule){ .name = "http", .reserved = { 0, 0, 1 } };
    EXPECT_REFUSED(PSD_RULES, 0, &rule, 1);
    EXPECT_REFUSED(PSD_RULES, 1, rules, 1); /* rules have one part */
    EXPECT_REFUSED(PSD_RULES, 0, rules, PSD_RULES_MAX + 1);
    EXPECT_REFUSED(PSD_COUNTERS, 0, &counter, 1);
#undef EXPECT_REFUSED
    ps_feed_destroy(feed);
}

/* Each bit of a conversation that has every frame, turned around: the feed lives, and the next one
 * is heard. */
static void no_damaged_bit_hurts(void)
{
    static uint8_t bytes[4096], damaged[4096];
    const struct psd_claim claim = { .media_key = ps_hash64_name("film"), .count = 5 };
    const struct psd_tls_name tls_name = { .name_key = 6, .flows = 7 };
    const struct psd_port port = { .name = "eth0", .driver = "net_x" };
    const struct psd_rule rule = { .name = "http", .error = -28 };
    size_t used = hello(bytes, 0, 0);

    used += name(bytes + used, ps_hash64_name("film"), "film");
    used += epoch_part(bytes + used, 1, 0, 1, 1);
    used += epoch_part(bytes + used, 1, 1, 1, 1);
    used += list(bytes + used, PSD_CLAIMS, 1, 0, &claim, 1, sizeof(claim));
    used += list(bytes + used, PSD_TLS, 1, 0, &tls_name, 1, sizeof(tls_name));
    used += list(bytes + used, PSD_PORTS, 1, 0, &port, 1, sizeof(port));
    used += list(bytes + used, PSD_RULES, 1, 0, &rule, 1, sizeof(rule));
    used += counters(bytes + used, 1, 20);
    set_up(PS_DEMAND_NIC);
    for (size_t bit = 0; bit < used * 8; bit++) {
        const int fd = dial();

        memcpy(damaged, bytes, used);
        hello(damaged, bit + 1, 0);
        damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        send_all(fd, damaged, used, 1000);
        close(fd);
        ps_feed_poll(feed, 1000);
        ps_feed_drain(feed, &demand);
        CU_ASSERT_TRUE(demand.count <= 3);
    }
    CU_ASSERT_TRUE(status().nic_refused > used); /* more than one bit of each byte, on average */
    CU_ASSERT_FALSE(status().nic_connected);
    const int fd = dial();
    hello(bytes, UINT64_MAX, 0);
    send_all(fd, bytes, used, 1000);
    CU_ASSERT_TRUE(status().nic_connected);
    close(fd);
    ps_feed_destroy(feed);
}

static const struct ps_nic_view *only_view(void)
{
    const struct ps_nic_view *view = ps_feed_nic(feed, 0);

    PS_REQUIRE(view != NULL && ps_feed_nic(feed, 1) == NULL);
    return view;
}

/* An epoch with what can be shown of it. */
static size_t full_epoch(uint8_t *at, uint64_t number, uint64_t key, uint64_t media_requests)
{
    const struct psd_claim claims[] = { { .media_key = key, .count = 5 }, { .media_key = key } };
    const struct psd_tls_name tls_name = { .name_key = ps_hash64_name("srv"), .flows = 7 };
    const struct psd_port ports[] = {
        { .name = "eth0", .driver = "net_x", .packets = number * 100 },
        { .name = "eth1", .is_up = 1 }
    };
    const struct psd_rule rule = { .name = "http", .error = -28 };
    struct psd_epoch head;
    size_t used = epoch_part(at, number, 0, 2, key);

    memcpy(&head, at + sizeof(struct psd_frame_header), sizeof(head));
    head.start_ns = (number - 1) * 1000000000;
    head.end_ns = number * 1000000000;
    memcpy(at + sizeof(struct psd_frame_header), &head, sizeof(head));
    used += list(at + used, PSD_CLAIMS, number, 0, claims, 2, sizeof(claims[0]));
    used += list(at + used, PSD_TLS, number, 0, &tls_name, 1, sizeof(tls_name));
    used += list(at + used, PSD_PORTS, number, 0, ports, 2, sizeof(ports[0]));
    used += list(at + used, PSD_RULES, number, 0, &rule, 1, sizeof(rule));
    return used + counters(at + used, number, media_requests);
}

static void what_a_nic_says_of_itself_is_shown(void)
{
    static uint8_t bytes[8192];
    const uint64_t film = ps_hash64_name("film");
    struct ps_top_item best[4];

    set_up(PS_DEMAND_NIC);
    const int fd = dial();
    CU_ASSERT_PTR_NULL(ps_feed_nic(feed, 0)); /* not greeted */
    size_t used = hello(bytes, 5, OWN_SERVER);
    used += name(bytes + used, film, "film");
    used += full_epoch(bytes + used, 1, film, 10);
    used += full_epoch(bytes + used, 2, film, 20);
    send_all(fd, bytes, used, 1000);
    const struct ps_nic_view *view = only_view();
    CU_ASSERT_STRING_EQUAL(view->from, "unix");
    CU_ASSERT_TRUE(view->boot_id == 5 && view->server_v4 == OWN_SERVER && view->is_demand);
    CU_ASSERT_TRUE(view->epoch == 2 && view->interval_ns == 1000000000);
    CU_ASSERT_TRUE(view->counter_count == 2 && view->counters_before[0] == 10);
    CU_ASSERT_EQUAL(ps_nic_view_counter(view, "media_requests"), 20);
    CU_ASSERT_EQUAL(ps_nic_view_counter(view, "a_name_that_fills_24_byt"), 2);
    CU_ASSERT_EQUAL(ps_nic_view_counter(view, "a_name_that_fills_24_bytes"), 2); /* 24 decide */
    CU_ASSERT_EQUAL(ps_nic_view_counter(view, "none"), 0);
    CU_ASSERT_TRUE(view->port_count == 2 && view->ports[0].packets == 200 &&
                   view->port_packets_before[0] == 100 && view->ports[1].is_up == 1);
    CU_ASSERT_TRUE(view->rule_count == 1 && view->rules[0].error == -28);
    PS_REQUIRE(ps_top_best(&view->media, 1000, best, 4) == 2);
    CU_ASSERT_TRUE(best[0].count == 26 && best[1].count == 26);
    const struct ps_top_entry *named = best[best[0].entry->key == film ? 0 : 1].entry;
    CU_ASSERT_TRUE(named->name_bytes == 4 && memcmp(named->name, "film", 4) == 0);
    PS_REQUIRE(ps_top_best(&view->claims, 1000, best, 4) == 1);
    CU_ASSERT_TRUE(best[0].count == 10 && best[0].entry->name_bytes == 4);
    PS_REQUIRE(ps_top_best(&view->tls_names, 1000, best, 4) == 1);
    CU_ASSERT_TRUE(best[0].count == 14 && best[0].entry->name_bytes == 0);
    ps_feed_drain(feed, &demand); /* and claims are no demand */
    CU_ASSERT_EQUAL(demand.count, 2);
    CU_ASSERT_TRUE(samples[0].starts == 12 && samples[1].starts == 12);
    close(fd);
    ps_feed_poll(feed, 2000);
    CU_ASSERT_PTR_NULL(ps_feed_nic(feed, 0));
    ps_feed_destroy(feed);
}

static void what_did_not_arrive_is_stated(void)
{
    static uint8_t bytes[8192];

    set_up(PS_DEMAND_NIC);
    int fd = dial();
    size_t used = hello(bytes, 5, 0);
    used += full_epoch(bytes + used, 3, 1, 500); /* its totals say 10, its records 26 */
    send_all(fd, bytes, used, 1000);
    CU_ASSERT_EQUAL(only_view()->requests_before, 490); /* somebody else's */
    CU_ASSERT_EQUAL(only_view()->requests_received, 26);
    CU_ASSERT_EQUAL(only_view()->unwatched_ns, 0);
    close(fd);
    ps_feed_poll(feed, 2000);
    fd = dial();
    used = hello(bytes, 5, 0);
    used += full_epoch(bytes + used, 4, 1, 510);
    send_all(fd, bytes, used, 3000);
    CU_ASSERT_EQUAL(only_view()->requests_before, 490); /* over all connections of a run */
    CU_ASSERT_EQUAL(only_view()->requests_received, 52);
    close(fd);
    ps_feed_poll(feed, 3000);
    fd = dial(); /* another run of it, from 8 s to 9 s; the last one ended at 4 s */
    used = hello(bytes, 6, 0);
    used += full_epoch(bytes + used, 9, 1, 10);
    send_all(fd, bytes, used, 4000);
    CU_ASSERT_EQUAL(only_view()->requests_before, 0);
    CU_ASSERT_EQUAL(only_view()->unwatched_ns, 4000000000);
    close(fd);
    ps_feed_destroy(feed);
}

static uint32_t told;
static int told_error;

static void tell(void *arg, const char *from, int error)
{
    CU_ASSERT_STRING_EQUAL(from, "unix");
    CU_ASSERT_PTR_EQUAL(arg, &told);
    told++;
    told_error = error;
}

static void who_is_refused_is_told_with_the_reason(void)
{
    struct ps_feed_config cfg = config(PS_DEMAND_NIC);
    struct psd_hello old = { .magic = PSD_MAGIC, .version = 1 };
    uint8_t bytes[256];

    cfg.refused = tell;
    cfg.arg = &told;
    set_up_with(&cfg);
    expect_refused(bytes, frame(bytes, PSD_HELLO, &old, sizeof(old)), false);
    CU_ASSERT_TRUE(told == 1 && told_error == -EPROTONOSUPPORT);
    expect_refused(bytes, epoch_part(bytes, 1, 1, 1, 1), true);
    CU_ASSERT_TRUE(told == 2 && told_error == -EBADMSG);
    ps_feed_destroy(feed);
}

static void a_server_counted_by_its_log_is_not_counted_by_the_nic(void)
{
    const struct ps_resource resource = { 1, 2 };
    const struct ps_peer_class peer = { 3, 4, 5 };
    const uint64_t servers[] = { OWN_SERVER, 0, OWN_SERVER + 1 };
    uint8_t bytes[2048];

    set_up(PS_DEMAND_LOG);
    for (uint64_t i = 0; i < 3; i++) {
        const int fd = dial();
        size_t used = hello(bytes, i, servers[i]);

        used += epoch(bytes + used, 1, 1, 100);
        send_all(fd, bytes, used, 1000);
        close(fd);
        ps_feed_poll(feed, 1000);
    }
    ps_feed_log(feed, &resource, &peer, 77, true, 2000);
    ps_feed_log(feed, &resource, &peer, 77, false, 2500);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 2); /* the other server's, and the log's */
    CU_ASSERT_EQUAL(samples[0].source, PS_DEMAND_NIC);
    CU_ASSERT_EQUAL(samples[1].source, PS_DEMAND_LOG);
    CU_ASSERT_TRUE(samples[1].starts == 1 && samples[1].segments == 1);
    CU_ASSERT_TRUE(samples[0].peer_key == 0 && samples[1].peer_key == 77);
    CU_ASSERT_EQUAL(status().nic_only_requests, 20);
    CU_ASSERT_EQUAL(status().log_requests, 2);
    ps_feed_destroy(feed);
}

static void a_server_counted_by_the_nic_is_not_counted_by_its_log(void)
{
    const struct ps_resource resource = { 1, 2 };
    const struct ps_peer_class peer = { 3, 4, 5 };

    set_up(PS_DEMAND_NIC);
    ps_feed_log(feed, &resource, &peer, 77, true, 2000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 0);
    CU_ASSERT_EQUAL(status().log_requests, 1);
    ps_feed_destroy(feed);
}

static void what_is_not_in_the_catalogue_is_counted_and_left_out(void)
{
    struct ps_feed_config cfg = config(PS_DEMAND_NIC);
    uint8_t bytes[2048];

    cfg.known = only_media_one;
    set_up_with(&cfg);
    const int fd = dial();
    size_t used = hello(bytes, 1, 0);
    used += epoch(bytes + used, 1, 5, 1);
    send_all(fd, bytes, used, 1000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_EQUAL(status().unknown, 4);
    close(fd);
    ps_feed_destroy(feed);
}

static void a_hundred_thousand_records_arrive_whole(void)
{
    static uint8_t bytes[PSD_BODY_BYTES_MAX + 256];
    uint64_t starts = 0;

    set_up(PS_DEMAND_NIC);
    const int fd = dial();
    send_all(fd, bytes, hello(bytes, 1, 0), 1000);
    for (uint64_t i = 1; i <= 50; i++) /* 2000 resources anew, then the same again */
        send_all(fd, bytes, epoch(bytes, i, 2000, (i % 25) * 2000), 1000 * i);
    ps_feed_drain(feed, &demand);
    for (uint32_t i = 0; i < demand.count; i++)
        starts += samples[i].starts;
    CU_ASSERT_EQUAL(demand.count, 50000);
    CU_ASSERT_EQUAL(starts, 100000 * 6);
    CU_ASSERT_EQUAL(status().nic_epochs, 50);
    close(fd);
    ps_feed_destroy(feed);
}

static void more_streams_than_allowed_are_turned_away(void)
{
    set_up(PS_DEMAND_NIC);
    const int first = dial(), second = dial(), third = dial();
    CU_ASSERT_TRUE(is_closed(third));
    CU_ASSERT_EQUAL(status().nic_refused, 1);
    close(first);
    ps_feed_poll(feed, 1000);
    const int fourth = dial();
    CU_ASSERT_FALSE(is_closed(fourth));
    CU_ASSERT_EQUAL(status().nic_connects, 3);
    close(second);
    close(third);
    close(fourth);
    ps_feed_destroy(feed);
}

static int dial_tcp(uint16_t port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    PS_REQUIRE(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    ps_feed_poll(feed, 1000);
    return fd;
}

static uint16_t listening_port(void)
{
    struct sockaddr_in address;
    socklen_t bytes = sizeof(address);

    PS_REQUIRE(getsockname(feed->tls_listen_fd, (struct sockaddr *)&address, &bytes) == 0);
    return ntohs(address.sin_port);
}

/* Anybody can connect; the places are for those who show a key, or come through the socket. */
static void strangers_give_way_the_longest_there_first(void)
{
    const struct ps_feed_keys keys = { .list = { { .identity = "edge-1", .byte_count = 32 } },
                                       .count = 1 };
    struct ps_feed_config cfg = config(PS_DEMAND_NIC);

    cfg.nic_listen = "127.0.0.1:0";
    cfg.nic_keys = &keys;
    set_up_with(&cfg);
    const uint16_t port = listening_port();
    const int first = dial_tcp(port), second = dial_tcp(port), third = dial_tcp(port);
    CU_ASSERT_TRUE(is_closed(first));
    CU_ASSERT_FALSE(is_closed(second) || is_closed(third));
    const int ours = dial(), too = dial();
    CU_ASSERT_TRUE(is_closed(second) && is_closed(third));
    CU_ASSERT_EQUAL(status().nic_refused, 3);
    const int fourth = dial_tcp(port);
    CU_ASSERT_TRUE(is_closed(fourth));
    CU_ASSERT_FALSE(is_closed(ours) || is_closed(too));
    close(first);
    close(second);
    close(third);
    close(fourth);
    close(ours);
    close(too);
    ps_feed_destroy(feed);
}

/* Group members can reach the socket, but only our own user and root may feed us. */
static void another_user_is_refused(void)
{
    int status_of_child = -1;

    if (geteuid() != 0) /* nobody to become */
        return;
    set_up(PS_DEMAND_NIC);
    const pid_t child = fork();
    PS_REQUIRE(child >= 0);
    if (child == 0) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        _exit(setuid(65534) == 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0
                  ? 0
                  : 1);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status_of_child, 0), child);
    CU_ASSERT_EQUAL(status_of_child, 0);
    ps_feed_poll(feed, 1000);
    CU_ASSERT_EQUAL(status().nic_refused, 1);
    CU_ASSERT_EQUAL(status().nic_connects, 0);
    ps_feed_destroy(feed);
}

static void the_socket_is_ours_alone_to_replace(void)
{
    const struct ps_feed_config cfg = config(PS_DEMAND_NIC);
    struct ps_feed *second = NULL;
    struct stat st;

    set_up(PS_DEMAND_NIC);
    PS_REQUIRE(stat(path, &st) == 0);
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0660);
    CU_ASSERT_EQUAL(ps_feed_create(&second, &cfg), -EADDRINUSE);
    CU_ASSERT_EQUAL(stat(path, &st), 0); /* and the loser left it alone */
    ps_feed_destroy(feed);
    CU_ASSERT_NOT_EQUAL(stat(path, &st), 0);

    struct sockaddr_un dead = { .sun_family = AF_UNIX };
    snprintf(dead.sun_path, sizeof(dead.sun_path), "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    PS_REQUIRE(bind(fd, (struct sockaddr *)&dead, sizeof(dead)) == 0);
    close(fd); /* as a killed daemon leaves it */
    CU_ASSERT_EQUAL(ps_feed_create(&second, &cfg), 0);
    ps_feed_destroy(second);

    FILE *file = fopen(path, "w");
    PS_REQUIRE(file != NULL);
    fclose(file);
    second = NULL;
    CU_ASSERT_EQUAL(ps_feed_create(&second, &cfg), -EEXIST);
    CU_ASSERT_EQUAL(stat(path, &st), 0);
    CU_ASSERT_PTR_NULL(second);
    unlink(path);
}

static void bad_configurations_are_refused(void)
{
    char long_path[256];
    struct ps_feed *none = NULL;
    struct ps_feed_config cfg = config(PS_DEMAND_HISTORY);

    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    cfg = config(PS_DEMAND_NIC);
    cfg.nic_connections_max = 0;
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    cfg.nic_connections_max = PS_FEED_NIC_CONNECTIONS_MAX + 1;
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    cfg = config(PS_DEMAND_NIC);
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    cfg.nic_socket = long_path;
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -ENAMETOOLONG);
    cfg.nic_socket = "/nonexistent/socket";
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -ENOENT);
    cfg = config(PS_DEMAND_NIC);
    cfg.nic_listen = "127.0.0.1:7711"; /* and no key */
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    CU_ASSERT_PTR_NULL(none);
    ps_feed_destroy(NULL);
}

static void create_survives_each_failed_allocation(void)
{
    const struct ps_feed_config cfg = config(PS_DEMAND_NIC);
    struct ps_feed *made = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_feed_create(&made, &cfg);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(made);
    }
    CU_ASSERT_EQUAL(failed_at, 15); /* feed, samples, slots, streams' 5 each, names, the path */
    ps_feed_destroy(made);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(records_become_samples_of_the_time_they_arrived_in),
        PS_TEST(frames_may_come_byte_by_byte),
        PS_TEST(a_stream_cut_anywhere_leaves_only_whole_epochs),
        PS_TEST(strangers_are_refused_at_their_greeting),
        PS_TEST(breaches_of_a_limit_close_the_stream),
        PS_TEST(a_name_that_is_not_its_keys_is_refused),
        PS_TEST(epochs_sent_again_after_a_reconnect_count_once),
        PS_TEST(without_descriptors_a_caller_is_turned_away_and_the_loop_rests),
        PS_TEST(a_run_of_another_identity_is_another_run),
        PS_TEST(each_whole_epoch_is_acknowledged),
        PS_TEST(acks_that_are_not_read_are_merged),
        PS_TEST(parts_that_came_before_the_cut_are_not_counted_again),
        PS_TEST(parts_and_lists_out_of_order_are_refused),
        PS_TEST(lists_that_are_damaged_are_refused),
        PS_TEST(no_damaged_bit_hurts),
        PS_TEST(what_a_nic_says_of_itself_is_shown),
        PS_TEST(what_did_not_arrive_is_stated),
        PS_TEST(who_is_refused_is_told_with_the_reason),
        PS_TEST(a_server_counted_by_its_log_is_not_counted_by_the_nic),
        PS_TEST(a_server_counted_by_the_nic_is_not_counted_by_its_log),
        PS_TEST(what_is_not_in_the_catalogue_is_counted_and_left_out),
        PS_TEST(a_hundred_thousand_records_arrive_whole),
        PS_TEST(more_streams_than_allowed_are_turned_away),
        PS_TEST(strangers_give_way_the_longest_there_first),
        PS_TEST(another_user_is_refused),
        PS_TEST(the_socket_is_ours_alone_to_replace),
        PS_TEST(bad_configurations_are_refused),
        PS_TEST(create_survives_each_failed_allocation),
    };

    snprintf(folder, sizeof(folder), "/tmp/ps-feed-XXXXXX");
    if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
        return EXIT_FAILURE;
    snprintf(path, sizeof(path), "%s/nic.sock", folder);
    const int rc = ps_test_run("host/feed/feed.c", tests, PS_ARRAY_LEN(tests));
    rmdir(folder);
    return rc;
}

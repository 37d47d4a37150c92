/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_feed.c - a scripted prestage-nic on a real unix socket, honest or not.
 */
#include "host/feed/feed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dpdk/abi/demand_stream.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
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

/* An epoch of records of media first, first + 1, ... */
static size_t epoch(uint8_t *at, uint64_t number, uint32_t record_count, uint64_t first)
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
                                    .record_count = record_count };

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
    const size_t first_end = used + epoch(bytes + used, 1, 2, 1);
    const size_t second_end = first_end + epoch(bytes + first_end, 2, 2, 10);

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
    expect_refused(bytes, epoch(bytes, 1, 1, 1), false); /* no greeting at all */
    expect_refused(bytes, hello(bytes, 1, 0), true);     /* twice */
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
    size_t used = epoch(bytes, 1, 2, 1);
    memcpy(bytes + count_at, &count, sizeof(count)); /* says more than it has */
    expect_refused(bytes, used, true);
    count = 1; /* says less */
    memcpy(bytes + count_at, &count, sizeof(count));
    expect_refused(bytes, used, true);
    expect_refused(bytes, epoch(bytes, 0, 1, 1), true); /* epochs begin with 1 */
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
    bytes[sizeof(struct psd_frame_header) + offsetof(struct psd_name, kind)] = 3;
    expect_refused(bytes, used, true);
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
    ps_feed_log(feed, &resource, &peer, true, 2000);
    ps_feed_log(feed, &resource, &peer, false, 2500);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 2); /* the other server's, and the log's */
    CU_ASSERT_EQUAL(samples[0].source, PS_DEMAND_NIC);
    CU_ASSERT_EQUAL(samples[1].source, PS_DEMAND_LOG);
    CU_ASSERT_TRUE(samples[1].starts == 1 && samples[1].segments == 1);
    CU_ASSERT_EQUAL(status().nic_only_requests, 20);
    CU_ASSERT_EQUAL(status().log_requests, 2);
    ps_feed_destroy(feed);
}

static void a_server_counted_by_the_nic_is_not_counted_by_its_log(void)
{
    const struct ps_resource resource = { 1, 2 };
    const struct ps_peer_class peer = { 3, 4, 5 };

    set_up(PS_DEMAND_NIC);
    ps_feed_log(feed, &resource, &peer, true, 2000);
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
    static uint8_t bytes[PSD_BODY_BYTES_MAX + 64];
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
    CU_ASSERT_EQUAL(failed_at, 6); /* the feed, samples, slots, two streams, the path */
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
        PS_TEST(a_server_counted_by_its_log_is_not_counted_by_the_nic),
        PS_TEST(a_server_counted_by_the_nic_is_not_counted_by_its_log),
        PS_TEST(what_is_not_in_the_catalogue_is_counted_and_left_out),
        PS_TEST(a_hundred_thousand_records_arrive_whole),
        PS_TEST(more_streams_than_allowed_are_turned_away),
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

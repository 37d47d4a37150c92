/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_connection.c - acknowledgements, reconnects, and who may connect. */
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

#include "host/feed/feed_priv.h"
#include "tests/unit/host/feed/scripted_nic.h"

static void without_descriptors_a_caller_is_turned_away_and_the_loop_rests(void)
{
    struct rlimit before, none;
    struct pollfd loop;

    feed_set_up(PS_DEMAND_NIC);
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
    CU_ASSERT_EQUAL(feed_status().nic_refused, 1);
    PS_REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    close(sender);
    const int again = nic_dial();
    CU_ASSERT_EQUAL(feed_status().nic_refused, 1);
    close(again);
    ps_feed_destroy(feed);
}

static void epochs_sent_again_after_a_reconnect_count_once(void)
{
    uint8_t bytes[4096];

    feed_set_up(PS_DEMAND_NIC);
    int fd = nic_dial();
    size_t used = nic_hello(bytes, 5, 0);
    used += nic_epoch(bytes + used, 1, 1, 1);
    used += nic_epoch(bytes + used, 2, 1, 1);
    nic_send_all(fd, bytes, used, 1000);
    close(fd);
    ps_feed_poll(feed, 2000);
    fd = nic_dial();
    used = nic_hello(bytes, 5, 0);
    used += nic_epoch(bytes + used, 2, 1, 1);
    used += nic_epoch(bytes + used, 3, 1, 1);
    nic_send_all(fd, bytes, used, 3000);
    close(fd);
    ps_feed_poll(feed, 3000);
    CU_ASSERT_EQUAL(feed_status().nic_epochs, 3);
    CU_ASSERT_EQUAL(feed_status().nic_epochs_again, 1);
    fd = nic_dial(); /* a new run of the process counts from 1 */
    used = nic_hello(bytes, 6, 0);
    used += nic_epoch(bytes + used, 1, 1, 1);
    nic_send_all(fd, bytes, used, 4000);
    CU_ASSERT_EQUAL(feed_status().nic_epochs, 4);
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

    feed_set_up(PS_DEMAND_NIC);
    const int honest = nic_dial(), other = nic_dial();
    snprintf(feed->streams[1].who, sizeof(feed->streams[1].who), "tls:edge-2");
    size_t used = nic_hello(bytes, 5, 0);
    used += nic_epoch(bytes + used, 1000, 1, 1);
    nic_send_all(other, bytes, used, 1000);
    used = nic_hello(bytes, 5, 0);
    used += nic_epoch(bytes + used, 1, 1, 1);
    nic_send_all(honest, bytes, used, 2000);
    CU_ASSERT_EQUAL(feed_status().nic_epochs, 2);
    CU_ASSERT_EQUAL(feed_status().nic_epochs_again, 0);
    close(honest);
    close(other);
    ps_feed_destroy(feed);
}

static void each_whole_epoch_is_acknowledged(void)
{
    uint8_t bytes[4096];
    uint64_t last = 0;

    feed_set_up(PS_DEMAND_NIC);
    const int fd = nic_dial();
    size_t used = nic_hello(bytes, 5, 0);
    used += nic_epoch_part(bytes + used, 7, 0, 2, 1);
    used += nic_epoch_part(bytes + used, 7, 1, 2, 3);
    nic_send_all(fd, bytes, used, 1000);
    CU_ASSERT_EQUAL(nic_read_acks(fd, &last), 0);
    nic_send_all(fd, bytes, nic_counters(bytes, 7, 10), 1000);
    CU_ASSERT_EQUAL(nic_read_acks(fd, &last), 1);
    CU_ASSERT_EQUAL(last, 7);
    used = nic_epoch(bytes, 9, 0, 0); /* some were merged */
    nic_send_all(fd, bytes, used, 1000);
    CU_ASSERT_EQUAL(nic_read_acks(fd, &last), 1);
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

    feed_set_up(PS_DEMAND_NIC);
    const int fd = nic_dial();
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    nic_send_all(fd, bytes, nic_hello(bytes, 5, 0), 1000);
    for (uint64_t i = 1; i <= 20000; i++)
        nic_send_all(fd, bytes, nic_epoch(bytes, i, 0, 0), 1000);
    CU_ASSERT_TRUE(nic_read_acks(fd, &last) < 20000);
    for (int i = 0; i < 4; i++)
        ps_feed_poll(feed, 1000);
    nic_read_acks(fd, &last);
    CU_ASSERT_EQUAL(last, 20000);
    CU_ASSERT_EQUAL(feed_status().nic_epochs, 20000);
    close(fd);
    ps_feed_destroy(feed);
}

static void parts_that_came_before_the_cut_are_not_counted_again(void)
{
    uint8_t bytes[4096];
    uint64_t last = 0;

    feed_set_up(PS_DEMAND_NIC);
    int fd = nic_dial();
    size_t used = nic_hello(bytes, 5, 0);
    used += nic_epoch_part(bytes + used, 1, 0, 1, 1);
    used += nic_epoch_part(bytes + used, 1, 1, 1, 1);
    nic_send_all(fd, bytes, used, 1000);
    close(fd);
    ps_feed_poll(feed, 2000);
    fd = nic_dial();
    used += nic_epoch_part(bytes + used, 1, 2, 1, 1); /* all of it again, and the rest */
    const struct psd_claim claim = { .media_key = 1, .count = 5 };
    used += nic_list(bytes + used, PSD_CLAIMS, 1, 0, &claim, 1, sizeof(claim));
    nic_send_all(fd, bytes, used, 2000);
    close(fd); /* its end is not told: once more */
    ps_feed_poll(feed, 3000);
    fd = nic_dial();
    used += nic_counters(bytes + used, 1, 10);
    nic_send_all(fd, bytes, used, 3000);
    CU_ASSERT_EQUAL(nic_read_acks(fd, &last), 1);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_EQUAL(samples[0].starts, 3 * 6);
    CU_ASSERT_EQUAL(feed_status().nic_epochs, 1);
    CU_ASSERT_EQUAL(feed_status().nic_epochs_again, 2);
    close(fd);
    ps_feed_destroy(feed);
}

static void more_streams_than_allowed_are_turned_away(void)
{
    feed_set_up(PS_DEMAND_NIC);
    const int first = nic_dial(), second = nic_dial(), third = nic_dial();
    CU_ASSERT_TRUE(nic_is_closed(third));
    CU_ASSERT_EQUAL(feed_status().nic_refused, 1);
    close(first);
    ps_feed_poll(feed, 1000);
    const int fourth = nic_dial();
    CU_ASSERT_FALSE(nic_is_closed(fourth));
    CU_ASSERT_EQUAL(feed_status().nic_connects, 3);
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
    struct ps_feed_config cfg = feed_config(PS_DEMAND_NIC);

    cfg.nic_listen = "127.0.0.1:0";
    cfg.nic_keys = &keys;
    feed_set_up_with(&cfg);
    const uint16_t port = listening_port();
    const int first = dial_tcp(port), second = dial_tcp(port), third = dial_tcp(port);
    CU_ASSERT_TRUE(nic_is_closed(first));
    CU_ASSERT_FALSE(nic_is_closed(second) || nic_is_closed(third));
    const int ours = nic_dial(), too = nic_dial();
    CU_ASSERT_TRUE(nic_is_closed(second) && nic_is_closed(third));
    CU_ASSERT_EQUAL(feed_status().nic_refused, 3);
    const int fourth = dial_tcp(port);
    CU_ASSERT_TRUE(nic_is_closed(fourth));
    CU_ASSERT_FALSE(nic_is_closed(ours) || nic_is_closed(too));
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
    feed_set_up(PS_DEMAND_NIC);
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
    CU_ASSERT_EQUAL(feed_status().nic_refused, 1);
    CU_ASSERT_EQUAL(feed_status().nic_connects, 0);
    ps_feed_destroy(feed);
}

static void the_socket_is_ours_alone_to_replace(void)
{
    const struct ps_feed_config cfg = feed_config(PS_DEMAND_NIC);
    struct ps_feed *second = NULL;
    struct stat st;

    feed_set_up(PS_DEMAND_NIC);
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

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(epochs_sent_again_after_a_reconnect_count_once),
        PS_TEST(without_descriptors_a_caller_is_turned_away_and_the_loop_rests),
        PS_TEST(a_run_of_another_identity_is_another_run),
        PS_TEST(each_whole_epoch_is_acknowledged),
        PS_TEST(acks_that_are_not_read_are_merged),
        PS_TEST(parts_that_came_before_the_cut_are_not_counted_again),
        PS_TEST(more_streams_than_allowed_are_turned_away),
        PS_TEST(strangers_give_way_the_longest_there_first),
        PS_TEST(another_user_is_refused),
        PS_TEST(the_socket_is_ours_alone_to_replace),
    };

    return feed_test_run("host/feed/connection.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_feed.c - which source counts a server, what is left out, bad
 * configurations. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/host/feed/scripted_nic.h"

static void a_server_counted_by_its_log_is_not_counted_by_the_nic(void)
{
    const struct ps_resource resource = { 1, 2 };
    const struct ps_peer_class peer = { 3, 4, 5 };
    const uint64_t servers[] = { OWN_SERVER, 0, OWN_SERVER + 1 };
    uint8_t bytes[2048];

    feed_set_up(PS_DEMAND_LOG);
    for (uint64_t i = 0; i < 3; i++) {
        const int fd = nic_dial();
        size_t used = nic_hello(bytes, i, servers[i]);

        used += nic_epoch(bytes + used, 1, 1, 100);
        nic_send_all(fd, bytes, used, 1000);
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
    CU_ASSERT_EQUAL(feed_status().nic_only_requests, 20);
    CU_ASSERT_EQUAL(feed_status().log_requests, 2);
    ps_feed_destroy(feed);
}

static void a_server_counted_by_the_nic_is_not_counted_by_its_log(void)
{
    const struct ps_resource resource = { 1, 2 };
    const struct ps_peer_class peer = { 3, 4, 5 };

    feed_set_up(PS_DEMAND_NIC);
    ps_feed_log(feed, &resource, &peer, 77, true, 2000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 0);
    CU_ASSERT_EQUAL(feed_status().log_requests, 1);
    ps_feed_destroy(feed);
}

static void what_is_not_in_the_catalogue_is_counted_and_left_out(void)
{
    struct ps_feed_config cfg = feed_config(PS_DEMAND_NIC);
    uint8_t bytes[2048];

    cfg.known = feed_only_media_one;
    feed_set_up_with(&cfg);
    const int fd = nic_dial();
    size_t used = nic_hello(bytes, 1, 0);
    used += nic_epoch(bytes + used, 1, 5, 1);
    nic_send_all(fd, bytes, used, 1000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_EQUAL(feed_status().unknown, 4);
    close(fd);
    ps_feed_destroy(feed);
}

static void bad_configurations_are_refused(void)
{
    char long_path[256];
    struct ps_feed *none = NULL;
    struct ps_feed_config cfg = feed_config(PS_DEMAND_HISTORY);

    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    cfg = feed_config(PS_DEMAND_NIC);
    cfg.nic_connections_max = 0;
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    cfg.nic_connections_max = PS_FEED_NIC_CONNECTIONS_MAX + 1;
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    cfg = feed_config(PS_DEMAND_NIC);
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    cfg.nic_socket = long_path;
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -ENAMETOOLONG);
    cfg.nic_socket = "/nonexistent/socket";
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -ENOENT);
    cfg = feed_config(PS_DEMAND_NIC);
    cfg.nic_listen = "127.0.0.1:7711"; /* and no key */
    CU_ASSERT_EQUAL(ps_feed_create(&none, &cfg), -EINVAL);
    CU_ASSERT_PTR_NULL(none);
    ps_feed_destroy(NULL);
}

static void create_survives_each_failed_allocation(void)
{
    const struct ps_feed_config cfg = feed_config(PS_DEMAND_NIC);
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
    static const struct ps_test tests[] = {
        PS_TEST(a_server_counted_by_its_log_is_not_counted_by_the_nic),
        PS_TEST(a_server_counted_by_the_nic_is_not_counted_by_its_log),
        PS_TEST(what_is_not_in_the_catalogue_is_counted_and_left_out),
        PS_TEST(bad_configurations_are_refused),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return feed_test_run("host/feed/feed.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_stream.c - what a prestage-nic may send, and what is refused. */
#include <string.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "tests/unit/host/feed/scripted_nic.h"

static void records_become_samples_of_the_time_they_arrived_in(void)
{
    uint8_t bytes[2048];

    feed_set_up(PS_DEMAND_NIC);
    const int fd = nic_dial();
    size_t used = nic_hello(bytes, 1, OWN_SERVER);
    used += nic_name(bytes + used, ps_hash64_name("film"), "film");
    used += nic_epoch(bytes + used, 1, 1, 1);
    nic_send_all(fd, bytes, used, 2000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_TRUE(samples[0].start_ns == 2000 && samples[0].end_ns == 2000);
    CU_ASSERT_TRUE(samples[0].resource.media_key == 1 && samples[0].resource.profile_key == 2);
    CU_ASSERT_TRUE(samples[0].peer.region == 3 && samples[0].peer.device == 4 &&
                   samples[0].peer.access == 5);
    CU_ASSERT_TRUE(samples[0].starts == 6 && samples[0].segments == 7);
    CU_ASSERT_EQUAL(samples[0].source, PS_DEMAND_NIC);
    nic_send_all(fd, bytes, nic_epoch(bytes, 2, 1, 1), 5000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_TRUE(samples[0].start_ns == 2000 && samples[0].end_ns == 5000);
    const struct ps_feed_status now = feed_status();
    CU_ASSERT_TRUE(now.nic_connected && now.nic_connects == 1 && now.nic_epochs == 2);
    CU_ASSERT_TRUE(now.nic_packets == 2000 && now.nic_media_requests == 20 && now.nic_dups == 6);
    CU_ASSERT_TRUE(now.nic_unseen == 4 && now.nic_shed == 2 && now.nic_port_missed == 8);
    CU_ASSERT_TRUE(now.nic_last_ns == 5000 && now.samples[PS_DEMAND_NIC] == 2);
    close(fd);
    ps_feed_poll(feed, 6000);
    CU_ASSERT_FALSE(feed_status().nic_connected);
    CU_ASSERT_EQUAL(feed_status().nic_refused, 0);
    ps_feed_destroy(feed);
}

static void frames_may_come_byte_by_byte(void)
{
    uint8_t bytes[2048];

    feed_set_up(PS_DEMAND_NIC);
    const int fd = nic_dial();
    size_t used = nic_hello(bytes, 1, 0);
    used += nic_epoch(bytes + used, 1, 3, 1);
    for (size_t i = 0; i < used; i++)
        nic_send_all(fd, bytes + i, 1, 2000);
    ps_feed_drain(feed, &demand);
    CU_ASSERT_EQUAL(demand.count, 3);
    close(fd);
    ps_feed_destroy(feed);
}

static void a_stream_cut_anywhere_leaves_only_whole_epochs(void)
{
    uint8_t bytes[2048];
    size_t used = nic_hello(bytes, 0, 0);
    const size_t first_end = used + nic_epoch_part(bytes + used, 1, 0, 2, 1);
    const size_t ended = first_end + nic_counters(bytes + first_end, 1, 10);
    const size_t second_end = ended + nic_epoch_part(bytes + ended, 2, 0, 2, 10);

    feed_set_up(PS_DEMAND_NIC);
    for (size_t cut = 0; cut <= second_end; cut++) {
        const int fd = nic_dial();

        nic_hello(bytes, 1000 + cut, 0);
        nic_send_all(fd, bytes, cut, 2000);
        close(fd);
        ps_feed_poll(feed, 3000);
        ps_feed_drain(feed, &demand);
        CU_ASSERT_EQUAL(demand.count, cut < first_end ? 0 : cut < second_end ? 2 : 4);
        CU_ASSERT_FALSE(feed_status().nic_connected);
    }
    CU_ASSERT_EQUAL(feed_status().nic_refused, 0);
    ps_feed_destroy(feed);
}

static void strangers_are_refused_at_their_greeting(void)
{
    uint8_t bytes[2048];
    struct psd_hello bad = { .magic = PSD_MAGIC + 1, .version = PSD_VERSION };

    feed_set_up(PS_DEMAND_NIC);
    nic_expect_refused(bytes, nic_frame(bytes, PSD_HELLO, &bad, sizeof(bad)), false);
    bad = (struct psd_hello){ .magic = PSD_MAGIC, .version = PSD_VERSION + 1 };
    nic_expect_refused(bytes, nic_frame(bytes, PSD_HELLO, &bad, sizeof(bad)), false);
    bad.version = PSD_VERSION;
    nic_expect_refused(bytes, nic_frame(bytes, PSD_HELLO, &bad, sizeof(bad) - 1), false);
    nic_expect_refused(bytes, nic_epoch_part(bytes, 1, 0, 1, 1), false); /* no greeting at all */
    nic_expect_refused(bytes, nic_hello(bytes, 1, 0), true);             /* twice */
    nic_expect_refused((const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18, false);
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

    feed_set_up(PS_DEMAND_NIC);
    nic_expect_refused((uint8_t *)&header, sizeof(header), true);
    header = (struct psd_frame_header){ .type = PSD_EPOCH, .reserved = 1 };
    nic_expect_refused((uint8_t *)&header, sizeof(header), true);
    nic_expect_refused(bytes, nic_frame(bytes, 99, "", 0), true);
    nic_expect_refused(bytes, nic_frame(bytes, PSD_EPOCH, "1234", 4), true);
    size_t used = nic_epoch_part(bytes, 1, 0, 2, 1);
    memcpy(bytes + count_at, &count, sizeof(count)); /* says more than it has */
    nic_expect_refused(bytes, used, true);
    count = 1; /* says less */
    memcpy(bytes + count_at, &count, sizeof(count));
    nic_expect_refused(bytes, used, true);
    nic_expect_refused(bytes, nic_epoch_part(bytes, 0, 0, 1, 1), true); /* epochs begin with 1 */
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
    feed_set_up(PS_DEMAND_NIC);
    nic_expect_refused(bytes, nic_name(bytes, ps_hash64_name("film"), "other"), true);
    nic_expect_refused(bytes, nic_name(bytes, ps_hash64_name(""), ""), true);
    nic_expect_refused(bytes, nic_name(bytes, ps_hash64_name(long_name), long_name), true);
    size_t used = nic_name(bytes, ps_hash64_name("film"), "film");
    bytes[sizeof(struct psd_frame_header) + offsetof(struct psd_name, kind)] = 4;
    nic_expect_refused(bytes, used, true);
    ps_feed_destroy(feed);
}

static void parts_and_lists_out_of_order_are_refused(void)
{
    static uint8_t bytes[8192];
    const struct psd_claim claim = { .media_key = 1, .count = 5 };
    size_t used;

    feed_set_up(PS_DEMAND_NIC);
    nic_expect_refused(bytes, nic_epoch_part(bytes, 1, 1, 1, 1), true); /* not the first part */
    used = nic_epoch_part(bytes, 2, 0, 1, 1);
    nic_expect_refused(bytes, used + nic_epoch_part(bytes + used, 2, 2, 1, 1),
                       true); /* left one out */
    used = nic_epoch_part(bytes, 3, 0, 1, 1);
    nic_expect_refused(bytes, used + nic_epoch_part(bytes + used, 4, 0, 1, 1),
                       true);                                   /* 3 has no end */
    nic_expect_refused(bytes, nic_counters(bytes, 5, 0), true); /* the end of what? */
    used = nic_epoch_part(bytes, 6, 0, 1, 1);
    nic_expect_refused(bytes, used + nic_counters(bytes + used, 7, 0), true);
    used = nic_epoch_part(bytes, 8, 0, 1, 1);
    used += nic_list(bytes + used, PSD_CLAIMS, 9, 0, &claim, 1, sizeof(claim));
    nic_expect_refused(bytes, used, true);
    used = nic_epoch_part(bytes, 10, 0, 1, 1);
    nic_expect_refused(bytes, used + nic_frame(bytes + used, PSD_ACK, "12345678", 8), true);
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

    feed_set_up(PS_DEMAND_NIC);
#define EXPECT_REFUSED(type, part, items, count)                                                   \
    do {                                                                                           \
        size_t used = nic_epoch_part(bytes, ++number, 0, 0, 0);                                    \
        used += nic_list(bytes + used, type, number, part, items, count, sizeof(*(items)));        \
        nic_expect_refused(bytes, used, true);                                                     \
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
    size_t used = nic_hello(bytes, 0, 0);

    used += nic_name(bytes + used, ps_hash64_name("film"), "film");
    used += nic_epoch_part(bytes + used, 1, 0, 1, 1);
    used += nic_epoch_part(bytes + used, 1, 1, 1, 1);
    used += nic_list(bytes + used, PSD_CLAIMS, 1, 0, &claim, 1, sizeof(claim));
    used += nic_list(bytes + used, PSD_TLS, 1, 0, &tls_name, 1, sizeof(tls_name));
    used += nic_list(bytes + used, PSD_PORTS, 1, 0, &port, 1, sizeof(port));
    used += nic_list(bytes + used, PSD_RULES, 1, 0, &rule, 1, sizeof(rule));
    used += nic_counters(bytes + used, 1, 20);
    feed_set_up(PS_DEMAND_NIC);
    for (size_t bit = 0; bit < used * 8; bit++) {
        const int fd = nic_dial();

        memcpy(damaged, bytes, used);
        nic_hello(damaged, bit + 1, 0);
        damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        nic_send_all(fd, damaged, used, 1000);
        close(fd);
        ps_feed_poll(feed, 1000);
        ps_feed_drain(feed, &demand);
        CU_ASSERT_TRUE(demand.count <= 3);
    }
    CU_ASSERT_TRUE(feed_status().nic_refused >
                   used); /* more than one bit of each byte, on average */
    CU_ASSERT_FALSE(feed_status().nic_connected);
    const int fd = nic_dial();
    nic_hello(bytes, UINT64_MAX, 0);
    nic_send_all(fd, bytes, used, 1000);
    CU_ASSERT_TRUE(feed_status().nic_connected);
    close(fd);
    ps_feed_destroy(feed);
}

static void a_hundred_thousand_records_arrive_whole(void)
{
    static uint8_t bytes[PSD_BODY_BYTES_MAX + 256];
    uint64_t starts = 0;

    feed_set_up(PS_DEMAND_NIC);
    const int fd = nic_dial();
    nic_send_all(fd, bytes, nic_hello(bytes, 1, 0), 1000);
    for (uint64_t i = 1; i <= 50; i++) /* 2000 resources anew, then the same again */
        nic_send_all(fd, bytes, nic_epoch(bytes, i, 2000, (i % 25) * 2000), 1000 * i);
    ps_feed_drain(feed, &demand);
    for (uint32_t i = 0; i < demand.count; i++)
        starts += samples[i].starts;
    CU_ASSERT_EQUAL(demand.count, 50000);
    CU_ASSERT_EQUAL(starts, 100000 * 6);
    CU_ASSERT_EQUAL(feed_status().nic_epochs, 50);
    close(fd);
    ps_feed_destroy(feed);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(records_become_samples_of_the_time_they_arrived_in),
        PS_TEST(frames_may_come_byte_by_byte),
        PS_TEST(a_stream_cut_anywhere_leaves_only_whole_epochs),
        PS_TEST(strangers_are_refused_at_their_greeting),
        PS_TEST(breaches_of_a_limit_close_the_stream),
        PS_TEST(a_name_that_is_not_its_keys_is_refused),
        PS_TEST(parts_and_lists_out_of_order_are_refused),
        PS_TEST(lists_that_are_damaged_are_refused),
        PS_TEST(no_damaged_bit_hurts),
        PS_TEST(a_hundred_thousand_records_arrive_whole),
    };

    return feed_test_run("host/feed/stream.c", tests, PS_ARRAY_LEN(tests));
}

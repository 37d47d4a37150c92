/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_view.c - what a prestage-nic says of itself. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "tests/unit/host/feed/scripted_nic.h"

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
    size_t used = nic_epoch_part(at, number, 0, 2, key);

    memcpy(&head, at + sizeof(struct psd_frame_header), sizeof(head));
    head.start_ns = (number - 1) * 1000000000;
    head.end_ns = number * 1000000000;
    memcpy(at + sizeof(struct psd_frame_header), &head, sizeof(head));
    used += nic_list(at + used, PSD_CLAIMS, number, 0, claims, 2, sizeof(claims[0]));
    used += nic_list(at + used, PSD_TLS, number, 0, &tls_name, 1, sizeof(tls_name));
    used += nic_list(at + used, PSD_PORTS, number, 0, ports, 2, sizeof(ports[0]));
    used += nic_list(at + used, PSD_RULES, number, 0, &rule, 1, sizeof(rule));
    return used + nic_counters(at + used, number, media_requests);
}

static void what_a_nic_says_of_itself_is_shown(void)
{
    static uint8_t bytes[8192];
    const uint64_t film = ps_hash64_name("film");
    struct ps_top_item best[4];

    feed_set_up(PS_DEMAND_NIC);
    const int fd = nic_dial();
    CU_ASSERT_PTR_NULL(ps_feed_nic(feed, 0)); /* not greeted */
    size_t used = nic_hello(bytes, 5, OWN_SERVER);
    used += nic_name(bytes + used, film, "film");
    used += full_epoch(bytes + used, 1, film, 10);
    used += full_epoch(bytes + used, 2, film, 20);
    nic_send_all(fd, bytes, used, 1000);
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

    feed_set_up(PS_DEMAND_NIC);
    int fd = nic_dial();
    size_t used = nic_hello(bytes, 5, 0);
    used += full_epoch(bytes + used, 3, 1, 500); /* its totals say 10, its records 26 */
    nic_send_all(fd, bytes, used, 1000);
    CU_ASSERT_EQUAL(only_view()->requests_before, 490); /* somebody else's */
    CU_ASSERT_EQUAL(only_view()->requests_received, 26);
    CU_ASSERT_EQUAL(only_view()->unwatched_ns, 0);
    close(fd);
    ps_feed_poll(feed, 2000);
    fd = nic_dial();
    used = nic_hello(bytes, 5, 0);
    used += full_epoch(bytes + used, 4, 1, 510);
    nic_send_all(fd, bytes, used, 3000);
    CU_ASSERT_EQUAL(only_view()->requests_before, 490); /* over all connections of a run */
    CU_ASSERT_EQUAL(only_view()->requests_received, 52);
    close(fd);
    ps_feed_poll(feed, 3000);
    fd = nic_dial(); /* another run of it, from 8 s to 9 s; the last one ended at 4 s */
    used = nic_hello(bytes, 6, 0);
    used += full_epoch(bytes + used, 9, 1, 10);
    nic_send_all(fd, bytes, used, 4000);
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
    struct ps_feed_config cfg = feed_config(PS_DEMAND_NIC);
    struct psd_hello old = { .magic = PSD_MAGIC, .version = 1 };
    uint8_t bytes[256];

    cfg.refused = tell;
    cfg.arg = &told;
    feed_set_up_with(&cfg);
    nic_expect_refused(bytes, nic_frame(bytes, PSD_HELLO, &old, sizeof(old)), false);
    CU_ASSERT_TRUE(told == 1 && told_error == -EPROTONOSUPPORT);
    nic_expect_refused(bytes, nic_epoch_part(bytes, 1, 1, 1, 1), true);
    CU_ASSERT_TRUE(told == 2 && told_error == -EBADMSG);
    ps_feed_destroy(feed);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_a_nic_says_of_itself_is_shown),
        PS_TEST(what_did_not_arrive_is_stated),
        PS_TEST(who_is_refused_is_told_with_the_reason),
    };

    return feed_test_run("host/feed/view.c", tests, PS_ARRAY_LEN(tests));
}

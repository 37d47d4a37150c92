/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_observer.c - from frames to counts: requests add up, names go along. */
#include "dpdk/observer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/count.h"
#include "dpdk/epoch.h"
#include "dpdk/mem.h"
#include "dpdk/power.h"
#include "tests/support/ps_test.h"

#define HEADERS 54u

static struct nic_servers servers;
static struct nic_regions regions;
static struct nic_observer_config cfg = { .servers = &servers,
                                          .regions = &regions,
                                          .keys = NIC_COUNT_ENTRIES_MIN };
static struct nic_observer *observer;
static struct nic_batch *batch;
static struct nic_names *names;

static void begin(void)
{
    PS_REQUIRE(nic_observer_create(&observer, &cfg) == 0);
    PS_REQUIRE(nic_batch_create(&batch, 1024) == 0);
    PS_REQUIRE(nic_names_create(&names, 1024) == 0);
}

static void end(void)
{
    nic_names_destroy(names);
    nic_batch_destroy(batch);
    nic_observer_destroy(observer);
}

/* A frame of one segment from 10.77.1.5 to 10.77.0.1:80. */
static void send(uint16_t client_port, const char *payload, uint64_t epoch)
{
    uint8_t frame[1024] = { [12] = 8, [14] = 0x45, [23] = 6, [26] = 10, 77,       1,  5,
                            10,       77,          0,        1,         [36] = 0, 80, [46] = 0x50 };
    const size_t bytes = strlen(payload);

    PS_REQUIRE(HEADERS + bytes <= sizeof(frame));
    frame[16] = (uint8_t)((40 + bytes) >> 8);
    frame[17] = (uint8_t)(40 + bytes);
    frame[34] = (uint8_t)(client_port >> 8);
    frame[35] = (uint8_t)client_port;
    memcpy(frame + HEADERS, payload, bytes);
    nic_observer_burst(observer,
                       &(struct nic_frame){ .at = frame, .bytes = (uint32_t)(HEADERS + bytes) }, 1,
                       epoch);
}

static void ask(uint16_t client_port, const char *path, uint64_t epoch)
{
    char text[512];

    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n\r\n", path);
    send(client_port, text, epoch);
}

static void a_request_becomes_a_record_with_its_names(void)
{
    begin();
    ask(1, "/m/clip-1/hd/index.m3u8", 1);
    ask(2, "/m/clip-1/hd/4.m4s", 1);
    ask(3, "/m/clip-1/master.m3u8", 1);
    ask(4, "/other", 1);
    CU_ASSERT_EQUAL(nic_observer_drain(observer, 1, batch, names), 0);
    CU_ASSERT_EQUAL(batch->totals.packets, 4);
    CU_ASSERT_EQUAL(batch->totals.media_requests, 3);
    PS_REQUIRE(batch->record_count == 2);
    CU_ASSERT_EQUAL(batch->records[0].media_key, nic_name_key("clip-1", 6));
    CU_ASSERT_EQUAL(batch->records[0].profile_key, nic_name_key("hd", 2));
    CU_ASSERT_EQUAL(batch->records[0].region, 6);
    CU_ASSERT_EQUAL(batch->records[0].starts, 1);
    CU_ASSERT_EQUAL(batch->records[0].segments, 1);
    CU_ASSERT_EQUAL(batch->records[1].profile_key, 0);
    CU_ASSERT_EQUAL(batch->records[1].other, 1);
    CU_ASSERT_PTR_NOT_NULL(nic_names_find(names, nic_name_key("clip-1", 6), PSD_NAME_MEDIA));
    CU_ASSERT_PTR_NOT_NULL(nic_names_find(names, nic_name_key("hd", 2), PSD_NAME_PROFILE));
    end();
}

static void what_finds_no_room_is_in_the_totals(void)
{
    char path[64];
    uint64_t recorded = 0;

    begin();
    for (uint16_t i = 0; i < 500; i++) {
        snprintf(path, sizeof(path), "/m/clip-%u/hd/0.m4s", i);
        ask(i, path, 1);
    }
    nic_observer_drain(observer, 1, batch, names);
    for (uint32_t i = 0; i < batch->record_count; i++)
        recorded += batch->records[i].segments;
    CU_ASSERT_EQUAL(batch->totals.media_requests, 500);
    CU_ASSERT_TRUE(batch->totals.shed_records > 0);
    CU_ASSERT_EQUAL(recorded + batch->totals.shed_records, 500);
    CU_ASSERT_EQUAL(batch->totals.keyed, 500);
    CU_ASSERT_EQUAL(batch->totals.drained, recorded);
    CU_ASSERT_EQUAL(batch->totals.overflow, batch->totals.shed_records);
    CU_ASSERT_TRUE(batch->totals.overflow_error > 0);
    end();
}

/* More requests than a burst has places for, in frames of several each. */
static void a_burst_of_pipelined_requests_is_counted_whole(void)
{
    char text[900] = "";
    uint64_t recorded = 0;

    begin();
    for (int i = 0; i < 20; i++)
        strcat(text, "GET /m/clip-1/hd/7.m4s HTTP/1.1\r\n\r\n");
    for (uint16_t port = 1; port <= 5; port++)
        send(port, text, 1);
    nic_observer_drain(observer, 1, batch, names);
    for (uint32_t i = 0; i < batch->record_count; i++)
        recorded += batch->records[i].segments;
    CU_ASSERT_EQUAL(batch->totals.media_requests, 100);
    CU_ASSERT_EQUAL(recorded, 100);
    end();
}

static void each_frame_is_in_one_class_of_traffic(void)
{
    uint8_t response[60] = { [12] = 8, [14] = 0x45, [17] = 46, [23] = 6, [26] = 10,
                             77,       0,           1,         10,       77,
                             1,        5,           [35] = 80, [37] = 1, [46] = 0x50 };
    static const uint8_t short_frame[4];
    uint64_t packets = 0, bytes = 0;

    begin();
    ask(1, "/m/clip-1/hd/4.m4s", 1);
    nic_observer_burst(observer,
                       (struct nic_frame[]){ { response, sizeof(response), 0 },
                                             { short_frame, sizeof(short_frame), 0 } },
                       2, 1);
    nic_observer_drain(observer, 1, batch, names);
    for (int i = 0; i < NIC_TRAFFIC_COUNT; i++) {
        packets += batch->totals.traffic[i].packets;
        bytes += batch->totals.traffic[i].bytes;
    }
    CU_ASSERT_EQUAL(packets, 3);
    CU_ASSERT_EQUAL(bytes, batch->totals.bytes);
    CU_ASSERT_EQUAL(batch->totals.traffic[NIC_TRAFFIC_HTTP].packets, 1);
    CU_ASSERT_EQUAL(batch->totals.traffic[NIC_TRAFFIC_RESPONSE].packets, 1);
    CU_ASSERT_EQUAL(batch->totals.traffic[NIC_TRAFFIC_OTHER].packets, 1);
    end();
}

static void new_regions_keep_what_is_counted(void)
{
    static struct nic_regions others;

    PS_REQUIRE(nic_region_add(&others, "10.77.0.0/16=9") == 0);
    nic_region_seal(&others);
    begin();
    ask(1, "/m/clip-1/hd/4.m4s", 1);
    nic_observer_set_regions(observer, &others);
    ask(2, "/m/clip-1/hd/5.m4s", 1);
    nic_observer_drain(observer, 1, batch, names);
    PS_REQUIRE(batch->record_count == 2);
    CU_ASSERT_EQUAL(batch->records[0].region, 6);
    CU_ASSERT_EQUAL(batch->records[1].region, 9);
    CU_ASSERT_EQUAL(batch->records[0].segments + batch->records[1].segments, 2);
    end();
}

static void new_servers_count_from_the_next_burst_on(void)
{
    static const struct nic_servers none;

    begin();
    ask(1, "/m/clip-1/hd/4.m4s", 1);
    nic_observer_set_servers(observer, &none);
    ask(2, "/m/clip-1/hd/5.m4s", 1);
    nic_observer_set_servers(observer, &servers);
    ask(3, "/m/clip-1/hd/6.m4s", 1);
    nic_observer_drain(observer, 1, batch, names);
    CU_ASSERT_EQUAL(batch->totals.media_requests, 2);
    CU_ASSERT_EQUAL(batch->totals.traffic[NIC_TRAFFIC_OTHER].packets, 1);
    end();
}

struct asker {
    struct nic_epoch *epoch;
    atomic_bool stop;
    atomic_uint_fast64_t asked;
};

static void *ask_on(void *arg)
{
    struct asker *a = arg;

    nic_epoch_join(a->epoch, 0);
    for (uint16_t port = 1; !a->stop; port++) {
        ask(port, "/m/clip-1/hd/4.m4s", nic_epoch_pass(a->epoch, 0));
        a->asked++;
    }
    nic_epoch_leave(a->epoch, 0);
    return NULL;
}

/* A table is overwritten as soon as it is out of use: a worker that still looked would find none.
 */
static void regions_change_under_a_worker(void)
{
    static const char *const prefixes[] = { "10.77.0.0/16=1", "10.77.0.0/16=2" };
    static struct nic_regions tables[2];
    static struct nic_servers same_servers[2];
    static struct asker asker;
    uint64_t recorded = 0;
    pthread_t thread;

    begin();
    PS_REQUIRE(nic_epoch_create(&asker.epoch, 1) == 0);
    PS_REQUIRE(pthread_create(&thread, NULL, ask_on, &asker) == 0);
    while (asker.asked == 0)
        sched_yield();
    for (uint32_t turn = 0; turn < 100; turn++) {
        struct nic_regions *fresh = &tables[turn % 2];

        memset(fresh, 0, sizeof(*fresh));
        PS_REQUIRE(nic_region_add(fresh, prefixes[turn % 2]) == 0);
        nic_region_seal(fresh);
        nic_observer_set_regions(observer, fresh);
        same_servers[turn % 2] = servers;
        nic_observer_set_servers(observer, &same_servers[turn % 2]);
        nic_epoch_wait(asker.epoch);
        nic_observer_drain(observer, nic_epoch_turn(asker.epoch), batch, names);
    }
    asker.stop = true;
    pthread_join(thread, NULL);
    nic_observer_drain(observer, nic_epoch_turn(asker.epoch), batch, names);
    for (uint32_t i = 0; i < batch->record_count; i++) {
        recorded += batch->records[i].segments;
        CU_ASSERT_NOT_EQUAL(batch->records[i].region, 0);
    }
    CU_ASSERT_EQUAL(recorded + batch->totals.dups, asker.asked);
    nic_epoch_destroy(asker.epoch);
    end();
}

static void a_line_left_open_is_unseen_in_the_end(void)
{
    begin();
    send(1, "GET /m/clip-1/h", 1);
    nic_observer_tick(observer, 1);
    nic_observer_dropped(observer, 3, 1);
    nic_observer_end(observer, 1);
    nic_observer_drain(observer, 1, batch, names);
    CU_ASSERT_EQUAL(batch->totals.cut, 1);
    CU_ASSERT_EQUAL(batch->totals.unseen, 1);
    CU_ASSERT_EQUAL(batch->totals.forward_dropped, 3);
    end();
}

/* From 10.77.1.5 to 10.77.0.1. */
static void send_ip(uint8_t protocol, const uint8_t *body, size_t body_bytes, uint64_t epoch)
{
    uint8_t frame[256] = {
        [12] = 8, [14] = 0x45, [23] = protocol, [26] = 10, 77, 1, 5, 10, 77, 0, 1
    };

    PS_REQUIRE(34 + body_bytes <= sizeof(frame));
    frame[17] = (uint8_t)(20 + body_bytes);
    memcpy(frame + 34, body, body_bytes);
    nic_observer_burst(observer,
                       &(struct nic_frame){ .at = frame, .bytes = (uint32_t)(34 + body_bytes) }, 1,
                       epoch);
}

static void send_fragment(uint8_t to, uint8_t protocol, uint8_t flags)
{
    const uint8_t frame[60] = { [12] = 8,
                                [14] = 0x45,
                                [17] = 46,
                                [20] = flags,
                                [23] = protocol,
                                [26] = 10,
                                77,
                                1,
                                5,
                                10,
                                77,
                                0,
                                to,
                                [36] = 0,
                                80,
                                [46] = 0x50 };

    nic_observer_burst(observer, &(struct nic_frame){ .at = frame, .bytes = sizeof(frame) }, 1, 1);
}

static void fragments_that_may_hide_requests_are_unseen(void)
{
    begin();
    send_fragment(1, 6, 0x20); /* the first of a packet */
    send_fragment(1, 6, 0x01); /* a later one */
    send_fragment(9, 6, 0x20); /* to another server */
    send_fragment(1, 17, 0x20);
    servers.tunnels.vxlan = true;
    send_fragment(9, 17, 0x20); /* may hide a tunnel */
    servers.tunnels.vxlan = false;
    nic_observer_drain(observer, 1, batch, names);
    CU_ASSERT_EQUAL(batch->totals.unseen, 3);
    CU_ASSERT_EQUAL(batch->totals.traffic[NIC_TRAFFIC_FRAGMENTS].packets, 5);
    end();
}

static void send_claim(uint64_t media_key, uint8_t device, uint8_t access, uint64_t epoch)
{
    const struct ppd_header header = { .magic = PPD_MAGIC,
                                       .version = PPD_VERSION,
                                       .media_key = media_key,
                                       .device = device,
                                       .access = access };
    uint8_t body[8 + sizeof(header)] = { 0x9c, 0x40, PPD_PORT >> 8, PPD_PORT & 255, 0, 32, 0, 0 };

    memcpy(body + 8, &header, sizeof(header));
    send_ip(17, body, sizeof(body), epoch);
}

static void a_claim_has_its_region_and_device_and_is_no_demand(void)
{
    begin();
    send_claim(5, 3, 2, 1);
    send_claim(5, 3, 2, 1);
    send_claim(5, 4, 2, 1);
    nic_observer_drain(observer, 1, batch, names);
    CU_ASSERT_EQUAL(batch->record_count, 0);
    CU_ASSERT_EQUAL(batch->totals.keyed + batch->totals.media_requests, 0);
    PS_REQUIRE(batch->claim_count == 2);
    CU_ASSERT_EQUAL(batch->claims[0].media_key, 5);
    CU_ASSERT_EQUAL(batch->claims[0].region, 6);
    CU_ASSERT_EQUAL(batch->claims[0].device, 3);
    CU_ASSERT_EQUAL(batch->claims[0].access, 2);
    CU_ASSERT_EQUAL(batch->claims[0].count, 2);
    CU_ASSERT_EQUAL(batch->claims[1].count, 1);
    end();
}

static void claims_and_what_is_shed_are_all_peer_demand(void)
{
    uint64_t claimed = 0;

    begin();
    for (uint64_t key = 0; key < 20000; key++)
        send_claim(key, 0, 0, 1);
    nic_observer_drain(observer, 1, batch, names);
    for (uint32_t i = 0; i < batch->claim_count; i++)
        claimed += batch->claims[i].count;
    CU_ASSERT_TRUE(batch->totals.claims_shed > 0);
    CU_ASSERT_EQUAL(claimed + batch->totals.claims_shed, 20000);
    CU_ASSERT_EQUAL(batch->totals.traffic[NIC_TRAFFIC_PEER_DEMAND].packets, 20000);
    end();
}

static void a_tls_server_is_named_only_where_asked_for(void)
{
    static const uint8_t
        hello[] = { 0x9c, 0x40, 1, 187, 0,  0,  0, 1, 0,  0, 0, 0,        0x50, 0x18, 0,    0,
                    0,    0,    0, 0, /* TCP, to 443 */
                    22,   3,    1, 0,   61, 1,  0, 0, 57, 3, 3, [63] = 0, 0,    2,    0x13, 1,
                    1,    0, /* no session */
                    0,    14,   0, 0,   0,  10, 0, 8, 0,  0, 5, 'a',      '.',  'o',  'r',  'g' };

    for (int sni = 0; sni < 2; sni++) {
        cfg.sni = sni != 0;
        begin();
        send_ip(6, hello, sizeof(hello), 1);
        send_ip(6, hello, sizeof(hello), 1);
        nic_observer_drain(observer, 1, batch, names);
        CU_ASSERT_EQUAL(batch->totals.traffic[NIC_TRAFFIC_TLS].packets, 2);
        CU_ASSERT_EQUAL(batch->totals.tls_hellos, (uint64_t)sni);
        PS_REQUIRE(batch->tls_name_count == (uint32_t)sni);
        CU_ASSERT_EQUAL(
            nic_names_find(names, nic_name_key("a.org", 5), PSD_NAME_TLS_SERVER) != NULL, sni != 0);
        if (sni != 0)
            CU_ASSERT_EQUAL(batch->tls_names[0].flows, 1);
        end();
    }
    cfg.sni = false;
}

static void creation_survives_each_failed_allocation(void)
{
    struct nic_observer_config with_sni = cfg;
    unsigned failed_at = 0;

    with_sni.sni = true;
    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        const int rc = nic_observer_create(&observer, &with_sni);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 1 + 3 + 1 + 9 + 2 + 10 + 10);
    nic_observer_destroy(observer);
}

static void rest_grows_to_its_bound_and_ends_with_a_frame(void)
{
    struct nic_power power = { .us_max = 300 };

    for (unsigned i = 0; i < NIC_POWER_SPINS; i++)
        CU_ASSERT_EQUAL(nic_power_next(&power, 0), 0);
    CU_ASSERT_EQUAL(nic_power_next(&power, 0), NIC_POWER_US_MIN);
    CU_ASSERT_EQUAL(nic_power_next(&power, 0), 2 * NIC_POWER_US_MIN);
    for (unsigned i = 0; i < 10; i++)
        CU_ASSERT_TRUE(nic_power_next(&power, 0) <= 300);
    CU_ASSERT_EQUAL(nic_power_next(&power, 0), 300);
    CU_ASSERT_EQUAL(nic_power_next(&power, 1), 0);
    CU_ASSERT_EQUAL(nic_power_next(&power, 0), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_request_becomes_a_record_with_its_names),
        PS_TEST(what_finds_no_room_is_in_the_totals),
        PS_TEST(a_burst_of_pipelined_requests_is_counted_whole),
        PS_TEST(each_frame_is_in_one_class_of_traffic),
        PS_TEST(new_regions_keep_what_is_counted),
        PS_TEST(new_servers_count_from_the_next_burst_on),
        PS_TEST(regions_change_under_a_worker),
        PS_TEST(a_line_left_open_is_unseen_in_the_end),
        PS_TEST(fragments_that_may_hide_requests_are_unseen),
        PS_TEST(a_claim_has_its_region_and_device_and_is_no_demand),
        PS_TEST(claims_and_what_is_shed_are_all_peer_demand),
        PS_TEST(a_tls_server_is_named_only_where_asked_for),
        PS_TEST(creation_survives_each_failed_allocation),
        PS_TEST(rest_grows_to_its_bound_and_ends_with_a_frame),
    };

    if (nic_endpoint_parse("10.77.0.1:80", &servers.list[servers.count++]) != 0 ||
        nic_region_add(&regions, "10.77.1.0/24=6") != 0 ||
        nic_template_parse("/m/", &cfg.media_template) != 0)
        return EXIT_FAILURE;
    nic_region_seal(&regions);
    return ps_test_run("dpdk/observer", tests, NIC_ARRAY_LEN(tests));
}

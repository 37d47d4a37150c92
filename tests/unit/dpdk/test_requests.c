/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_requests.c - TCP as it is: cuts, retransmissions, gaps, many connections. */
#include <errno.h>
#include <string.h>

#include "dpdk/mem.h"
#include "dpdk/requests.h"
#include "tests/support/ps_test.h"

#define LINE_0 "GET /m/clip/hd/0.m4s HTTP/1.1\r\nHost: a\r\n\r\n"
#define LINE_1 "HEAD /m/clip/hd/1.m4s HTTP/1.1\r\nHost: a\r\n\r\n"

static struct nic_template media_template;
static struct nic_requests *requests;
static struct nic_totals totals;
static unsigned found;

static void count_found(void *arg, const struct nic_segment *segment,
                        const struct nic_request *request)
{
    (void)arg;
    CU_ASSERT_EQUAL(segment->server_port, 80);
    CU_ASSERT_EQUAL(request->media_bytes, 4);
    found++;
}

static void begin(void)
{
    totals = (struct nic_totals){ 0 };
    found = 0;
    PS_REQUIRE(nic_requests_create(&requests, &media_template, 5) == 0);
}

static void end(void)
{
    CU_ASSERT_EQUAL(totals.media_requests, found);
    nic_requests_destroy(requests);
}

static void send(uint16_t client_port, uint32_t seq, const char *bytes, size_t count, uint8_t flags)
{
    const struct nic_segment segment = {
        .client_port = client_port,
        .server_port = 80,
        .seq = seq,
        .flags = flags,
        .payload = (const uint8_t *)bytes,
        .payload_bytes = (uint32_t)count,
    };

    nic_requests_feed(requests, &segment, nic_requests_flow(requests, &segment), &totals,
                      count_found, NULL);
}

static void a_line_is_joined_wherever_it_is_cut(void)
{
    static const char both[] = LINE_0 LINE_1;
    const size_t bytes = sizeof(both) - 1;

    for (size_t first = 1; first < bytes; first++) {
        for (size_t second = first; second < bytes; second += 7) {
            const uint32_t seq = 0u - 20u; /* wraps within */

            begin();
            send(1, seq, both, first, 0);
            send(1, seq + (uint32_t)first, both + first, second - first, 0);
            send(1, seq + (uint32_t)second, both + second, bytes - second, 0);
            CU_ASSERT_EQUAL(totals.media_requests, 2);
            CU_ASSERT_EQUAL(totals.cut, totals.joined);
            CU_ASSERT_EQUAL(totals.unseen, 0);
            end();
        }
    }
}

static void single_bytes_are_joined_once(void)
{
    begin();
    for (uint32_t i = 0; i < sizeof(LINE_0) - 1; i++)
        send(1, i, &LINE_0[i], 1, 0);
    CU_ASSERT_EQUAL(totals.media_requests, 1);
    CU_ASSERT_EQUAL(totals.cut, 1);
    CU_ASSERT_EQUAL(totals.joined, 1);
    end();
}

static void what_is_sent_again_counts_once(void)
{
    static const char both[] = LINE_0 LINE_1;
    const size_t bytes = sizeof(both) - 1;
    const uint32_t second = sizeof(LINE_0) - 1;

    begin();
    send(1, 100, both, bytes, 0);
    send(1, 100, both, bytes, 0);
    CU_ASSERT_EQUAL(totals.media_requests, 2);
    CU_ASSERT_EQUAL(totals.dups, 2);
    /* Cut differently the second time. */
    send(1, 100 + second, LINE_1, strlen(LINE_1), 0);
    CU_ASSERT_EQUAL(totals.media_requests, 2);
    CU_ASSERT_EQUAL(totals.dups, 3);
    /* Another connection, or the same one later: not the same request. */
    send(2, 100, both, bytes, 0);
    send(1, 100 + (uint32_t)bytes, LINE_0, strlen(LINE_0), 0);
    CU_ASSERT_EQUAL(totals.media_requests, 5);
    CU_ASSERT_EQUAL(totals.dups, 3);
    end();
}

static void a_cut_line_may_be_sent_again(void)
{
    const size_t bytes = strlen(LINE_0);

    for (size_t at = 1; at < bytes; at++) {
        for (size_t from = 0; from < at; from += 5) {
            begin();
            send(1, 7, LINE_0, at, 0);
            send(1, 7, LINE_0, at, 0);                                   /* as it was */
            send(1, 7 + (uint32_t)from, LINE_0 + from, at - from, 0);    /* a part of it */
            send(1, 7 + (uint32_t)from, LINE_0 + from, bytes - from, 0); /* with the rest */
            send(1, 7 + (uint32_t)at, LINE_0 + at, bytes - at, 0);       /* the rest alone */
            CU_ASSERT_EQUAL(totals.media_requests, 1);
            CU_ASSERT_TRUE(totals.cut <= 1);
            nic_requests_end(requests, &totals);
            CU_ASSERT_TRUE(totals.unseen <= 1);
            end();
        }
    }
}

static void connections_do_not_mix(void)
{
    begin();
    for (uint16_t port = 1; port <= 200; port++)
        send(port, port, LINE_0, 15, 0);
    for (uint16_t port = 1; port <= 200; port++)
        send(port, port + 15u, LINE_0 + 15, strlen(LINE_0) - 15, 0);
    nic_requests_end(requests, &totals);
    /* Two connections may want one slot; that is said, not guessed. */
    CU_ASSERT_EQUAL(totals.cut, 200);
    CU_ASSERT_EQUAL(totals.joined + totals.unseen, 200);
    CU_ASSERT_EQUAL(totals.joined, totals.media_requests);
    CU_ASSERT_TRUE(totals.joined > 180);
    end();
}

static void a_part_of_a_counted_request_sent_again_is_not_a_cut(void)
{
    begin();
    send(1, 0, LINE_0, strlen(LINE_0), 0);
    send(1, 0, LINE_0, 10, 0);
    nic_requests_end(requests, &totals);
    CU_ASSERT_EQUAL(totals.cut, 0);
    CU_ASSERT_EQUAL(totals.unseen, 0);
    end();
}

static void a_gap_is_not_guessed_over(void)
{
    begin();
    send(1, 0, LINE_0, 10, 0);
    send(1, 20, LINE_0 + 20, strlen(LINE_0) - 20, 0);
    CU_ASSERT_EQUAL(totals.media_requests, 0);
    for (unsigned i = 0; i < NIC_CUT_AGE_MAX; i++) {
        CU_ASSERT_EQUAL(totals.unseen, 0);
        nic_requests_tick(requests, &totals);
    }
    CU_ASSERT_EQUAL(totals.unseen, 1);
    end();
}

static void the_missing_middle_may_come_late(void)
{
    begin();
    send(1, 0, LINE_0, 10, 0);
    send(1, (uint32_t)strlen(LINE_0), LINE_1, strlen(LINE_1), 0);
    send(1, 10, LINE_0 + 10, strlen(LINE_0) - 10, 0);
    CU_ASSERT_EQUAL(totals.media_requests, 2);
    CU_ASSERT_EQUAL(totals.unseen, 0);
    end();
}

static void a_connection_that_ends_leaves_nothing_open(void)
{
    static const uint8_t flags[] = { NIC_TCP_FIN, NIC_TCP_RST, NIC_TCP_SYN };

    begin();
    for (uint16_t i = 0; i < NIC_ARRAY_LEN(flags); i++) {
        send(i, 0, LINE_0, 10, 0);
        send(i, 10, "", 0, flags[i]);
    }
    nic_requests_end(requests, &totals);
    CU_ASSERT_EQUAL(totals.unseen, 0);
    send(9, 0, LINE_0, 10, NIC_TCP_FIN);
    nic_requests_end(requests, &totals);
    CU_ASSERT_EQUAL(totals.unseen, 0);
    end();
}

static void lost_bytes_are_said(void)
{
    const struct nic_segment segment = {
        .server_port = 80,
        .payload = (const uint8_t *)LINE_0,
        .payload_bytes = 20,
        .lost_bytes = 5,
    };

    begin();
    nic_requests_feed(requests, &segment, nic_requests_flow(requests, &segment), &totals,
                      count_found, NULL);
    CU_ASSERT_EQUAL(totals.unseen, 1);
    nic_requests_end(requests, &totals);
    CU_ASSERT_EQUAL(totals.cut, 0);
    end();
}

static void malformed_paths_are_counted_apart_and_once(void)
{
    static const char bytes[] = "GET /m/ HTTP/1.1\r\n\r\n";

    begin();
    send(1, 0, bytes, strlen(bytes), 0);
    send(1, 0, bytes, strlen(bytes), 0);
    CU_ASSERT_EQUAL(totals.malformed, 1);
    CU_ASSERT_EQUAL(totals.media_requests, 0);
    CU_ASSERT_EQUAL(totals.dups, 0);
    end();
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        const int rc = nic_requests_create(&requests, &media_template, 5);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 3);
    nic_requests_destroy(requests);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_line_is_joined_wherever_it_is_cut),
        PS_TEST(single_bytes_are_joined_once),
        PS_TEST(what_is_sent_again_counts_once),
        PS_TEST(a_cut_line_may_be_sent_again),
        PS_TEST(connections_do_not_mix),
        PS_TEST(a_part_of_a_counted_request_sent_again_is_not_a_cut),
        PS_TEST(a_gap_is_not_guessed_over),
        PS_TEST(the_missing_middle_may_come_late),
        PS_TEST(a_connection_that_ends_leaves_nothing_open),
        PS_TEST(lost_bytes_are_said),
        PS_TEST(malformed_paths_are_counted_apart_and_once),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    nic_template_parse("/m/", &media_template);
    return ps_test_run("dpdk/requests", tests, NIC_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/cluster/test_fetch.c - segments fetched from our own HTTP server on loopback. */
#include "host/cluster/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/http/http.h"
#include "tests/support/ps_test.h"

#define BYTES 300000u

static struct ps_http *http;
static struct ps_fetches *fetches;
static char body[BYTES];
static const char *seen_bearer;
static char bearer[64];
static uint32_t ends;
static int status;
static bool equal;
static const struct ps_segment_key key = { .media_key = 1, .variant = PS_VARIANT_NONE };

static void on_segment(void *arg, struct ps_http_request *request)
{
    (void)arg;
    seen_bearer = ps_http_header(request, "Authorization");
    snprintf(bearer, sizeof(bearer), "%s", seen_bearer == NULL ? "" : seen_bearer);
    if (strcmp(ps_http_path(request), "/s/denied") == 0)
        ps_http_reply_error(request, 401, "refused", 0);
    else if (strcmp(ps_http_path(request), "/s/silent") == 0)
        ps_http_suspend(request);
    else
        ps_http_reply_bytes(request, "video/mp4", body, BYTES, NULL);
}

static void on_done(void *arg, const struct ps_segment_key *which, int how, const void *data,
                    uint32_t size_bytes)
{
    (void)arg;
    ends++;
    status = how;
    equal = how == 0 && size_bytes == BYTES && memcmp(data, body, BYTES) == 0 &&
            memcmp(which, &key, sizeof(key)) == 0;
}

static void set_up(void)
{
    const struct ps_http_config server = { .address = "127.0.0.1", .connections_max = 8 };
    const struct ps_fetches_config cfg = { .done = on_done };

    ends = 0;
    status = 1;
    for (uint32_t i = 0; i < BYTES; i++)
        body[i] = (char)(i * 7 + i / 999);
    PS_REQUIRE(ps_http_create(&http, &server) == 0);
    PS_REQUIRE(ps_http_route(http, "/s/", on_segment, NULL) == 0);
    PS_REQUIRE(ps_fetches_create(&fetches, &cfg) == 0);
}

static void tear_down(void)
{
    ps_fetches_destroy(fetches);
    ps_http_destroy(http);
}

static int begin(const char *path, uint32_t size_bytes, uint32_t crc32c)
{
    char url[128];
    const struct ps_fetch_request request = { .key = key,
                                              .url = url,
                                              .bearer = "abc",
                                              .size_bytes = size_bytes,
                                              .crc32c = crc32c,
                                              .timeout_ms = 500 };

    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", ps_http_port(http), path);
    return ps_fetch_begin(fetches, &request);
}

static void run_until(uint32_t wanted)
{
    const uint64_t until_ns = ps_clock_mono_ns() + 5000000000ull;

    while (ends < wanted && ps_clock_mono_ns() < until_ns) {
        struct pollfd fds[] = { { .fd = ps_http_fd(http), .events = POLLIN },
                                { .fd = ps_fetches_fd(fetches), .events = POLLIN } };

        poll(fds, 2, 20);
        ps_http_run(http);
        ps_fetches_poll(fetches);
    }
    CU_ASSERT_EQUAL(ends, wanted);
}

static void a_segment_comes_whole_with_our_token(void)
{
    set_up();
    CU_ASSERT_EQUAL(begin("/s/x", BYTES, ps_crc32c(0, body, BYTES)), 0);
    run_until(1);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT(equal);
    CU_ASSERT_STRING_EQUAL(bearer, "Bearer abc");
    CU_ASSERT_EQUAL(ps_fetches_count(fetches), 0);
    tear_down();
}

static void what_is_not_as_was_said_is_refused(void)
{
    set_up();
    CU_ASSERT_EQUAL(begin("/s/x", BYTES, 1), 0);
    run_until(1);
    CU_ASSERT_EQUAL(status, -EBADMSG);
    CU_ASSERT_EQUAL(begin("/s/x", BYTES - 1, 1), 0);
    run_until(2);
    CU_ASSERT_EQUAL(status, -EBADMSG);
    CU_ASSERT_EQUAL(begin("/s/x", BYTES + 1, 1), 0);
    run_until(3);
    CU_ASSERT_EQUAL(status, -EBADMSG);
    CU_ASSERT_EQUAL(begin("/s/x", PS_FETCH_BYTES_MAX + 1, 1), -E2BIG);
    tear_down();
}

static void refusals_and_silence_are_told_apart(void)
{
    set_up();
    CU_ASSERT_EQUAL(begin("/s/denied", BYTES, 1), 0);
    run_until(1);
    CU_ASSERT_EQUAL(status, -EACCES);
    CU_ASSERT_EQUAL(begin("/elsewhere", BYTES, 1), 0);
    run_until(2);
    CU_ASSERT_EQUAL(status, -ENOENT);
    CU_ASSERT_EQUAL(begin("/s/silent", BYTES, 1), 0);
    run_until(3);
    CU_ASSERT_EQUAL(status, -ETIMEDOUT);
    tear_down();
}

static void many_at_once_are_bounded(void)
{
    set_up();
    for (uint32_t i = 0; i < PS_FETCHES_MAX; i++)
        CU_ASSERT_EQUAL(begin("/s/x", BYTES, 1), 0);
    CU_ASSERT_EQUAL(begin("/s/x", BYTES, 1), -EAGAIN);
    tear_down(); /* under way: dropped without a word */
    CU_ASSERT_EQUAL(ends, 0);
}

static void creation_survives_each_failed_allocation(void)
{
    const struct ps_fetches_config cfg = { .done = on_done, .ca = "/nowhere" };
    unsigned failed_at = 0;
    int rc;

    do {
        fetches = NULL;
        ps_fail_alloc_after(failed_at++);
        rc = ps_fetches_create(&fetches, &cfg);
        ps_fail_alloc_never();
        CU_ASSERT(rc == 0 || (rc == -ENOMEM && fetches == NULL));
    } while (rc != 0);
    CU_ASSERT_EQUAL(failed_at, 3); /* itself and the name */
    ps_fetches_destroy(fetches);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_segment_comes_whole_with_our_token),
        PS_TEST(what_is_not_as_was_said_is_refused),
        PS_TEST(refusals_and_silence_are_told_apart),
        PS_TEST(many_at_once_are_bounded),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}

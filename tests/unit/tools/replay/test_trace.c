/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_trace.c - good lines are read, bad ones counted, futures counted. */
#include "tools/replay/trace.h"

#include <errno.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

static int read_text(struct replay_trace *trace, const char *text, enum replay_format format)
{
    char copy[4096];
    FILE *file;
    int rc;

    snprintf(copy, sizeof(copy), "%s", text);
    file = fmemopen(copy, strlen(copy), "r");
    PS_REQUIRE(file != NULL);
    rc = replay_trace_read(trace, file, format, NULL);
    fclose(file);
    return rc;
}

static void every_format_names_the_same_things(void)
{
    static const char *const texts[] = {
        "1700000000 news-1 mobile-360p 2 1 3\n",
        "t,obj,geo,device\n1700000000,news-1/mobile-360p,2,1\n",
        "h - - [14/Nov/2023:22:13:20 +0000] \"GET /m/news-1/mobile-360p/index.m3u8 HTTP/1.1\" 200 "
        "1 \"-\" \"iPhone\"\nh - - [14/Nov/2023:22:13:20 +0000] \"GET /m/news-1/mobile-360p/0.m4s "
        "HTTP/1.1\" 200 1\n",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(texts); i++) {
        struct replay_trace trace;

        PS_REQUIRE(read_text(&trace, texts[i], REPLAY_AUTO) == 0);
        CU_ASSERT_EQUAL(trace.request_count, 1); /* a segment is none */
        CU_ASSERT_EQUAL(trace.requests[0].time_ns, 1700000000 * SEC);
        CU_ASSERT_EQUAL(trace.requests[0].resource.media_key, ps_hash64_name("news-1"));
        CU_ASSERT_EQUAL(trace.requests[0].resource.profile_key, ps_hash64_name("mobile-360p"));
        CU_ASSERT_EQUAL(trace.requests[0].peer.device, 1);
        CU_ASSERT_EQUAL(trace.bad_lines, 0);
        replay_trace_fini(&trace);
    }
}

static void any_web_servers_paths_are_resources(void)
{
    struct replay_trace trace;

    PS_REQUIRE(read_text(&trace,
                         "a - - [01/Aug/1995:00:00:01 -0400] \"GET /x.gif HTTP/1.0\" 200 1839\n"
                         "b - - [01/Aug/1995:00:00:01 -0400] \"GET /y.gif HTTP/1.0\" 404 -\n"
                         "bad\n"
                         "a - - [01/Aug/1995:00:00:02 -0400] \"GET /x.gif HTTP/1.0\" 304 0\n",
                         REPLAY_AUTO) == 0);
    CU_ASSERT_TRUE(trace.request_count == 2 && trace.resource_count == 1);
    CU_ASSERT_EQUAL(trace.requests[0].peer_key, ps_hash64_name("a"));
    CU_ASSERT_TRUE(trace.bad_lines == 1 && trace.first_bad_line == 3);
    replay_trace_fini(&trace);
}

static void a_trace_is_put_in_order_and_knows_the_future(void)
{
    struct replay_trace trace;

    PS_REQUIRE(
        read_text(&trace, "# c\n20 a 1 1\n10 b 1 1\nbad\n30 a 2 1\n30 a 3 1\n", REPLAY_TRACE) == 0);
    CU_ASSERT_EQUAL(trace.request_count, 4);
    CU_ASSERT_EQUAL(trace.resource_count, 2);
    CU_ASSERT_EQUAL(trace.bad_lines, 1);
    CU_ASSERT_EQUAL(trace.requests[0].time_ns, 10 * SEC);
    const uint32_t a = trace.requests[1].idx;
    CU_ASSERT_EQUAL(replay_trace_find(&trace, &trace.requests[3].resource), a);
    CU_ASSERT_EQUAL(replay_trace_starts(&trace, a, 0, 20 * SEC), 1);
    CU_ASSERT_EQUAL(replay_trace_starts(&trace, a, 20 * SEC, 30 * SEC), 2);
    CU_ASSERT_EQUAL(replay_trace_starts(&trace, a, 30 * SEC, 90 * SEC), 0);
    CU_ASSERT_EQUAL(replay_trace_find(&trace, &(struct ps_resource){ 1, 1 }), UINT32_MAX);
    replay_trace_fini(&trace);
}

static void a_trace_without_a_good_line_is_refused(void)
{
    struct replay_trace trace;

    CU_ASSERT_EQUAL(read_text(&trace, "# nothing\nbad\n", REPLAY_TRACE), -EINVAL);
    CU_ASSERT_EQUAL(trace.bad_lines, 1);
    replay_trace_fini(&trace);
}

static void reading_survives_each_failed_allocation(void)
{
    struct replay_trace trace;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = read_text(&trace, "1 a 1 1\n2 b 1 1\n", REPLAY_TRACE);
        ps_fail_alloc_never();
        replay_trace_fini(&trace);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 4);
}

static void the_first_line_tells_the_format(void)
{
    static const char *const texts[] = { "# c\n\nt,obj\n2,a\n1,b\nbad\n", "2 a 1 1\n1 b 1 1\nbad\n",
                                         "2 a p 1 1 1\n1 b p 1 1 1\nbad\n" };

    for (unsigned i = 0; i < PS_ARRAY_LEN(texts); i++) {
        struct replay_trace trace;

        PS_REQUIRE(read_text(&trace, texts[i], REPLAY_AUTO) == 0);
        CU_ASSERT_EQUAL(trace.request_count, 2);
        CU_ASSERT_EQUAL(trace.bad_lines, 1);
        CU_ASSERT_EQUAL(trace.first_bad_line, i == 0 ? 6 : 3);
        CU_ASSERT_EQUAL(trace.requests[0].resource.media_key, ps_hash64_name("b"));
        replay_trace_fini(&trace);
    }
}

static void formats_have_names(void)
{
    enum replay_format format;

    CU_ASSERT_EQUAL(replay_format_parse("csv", &format), 0);
    CU_ASSERT_EQUAL(format, REPLAY_CSV);
    CU_ASSERT_EQUAL(replay_format_parse("history", &format), 0);
    CU_ASSERT_EQUAL(format, REPLAY_HISTORY);
    CU_ASSERT_EQUAL(replay_format_parse("json", &format), -EINVAL);
}

static void quoted_fields_and_bad_headers_are_refused_with_their_line(void)
{
    struct replay_trace trace;

    CU_ASSERT_EQUAL(read_text(&trace, "t,obj\n1,a\n2,\"b,c\"\n3,a\n", REPLAY_AUTO), -EBADMSG);
    CU_ASSERT_EQUAL(trace.line_count, 3);
    replay_trace_fini(&trace);
    CU_ASSERT_EQUAL(read_text(&trace, "# c\ntime,obj\n1,a\n", REPLAY_CSV), -ENOMSG);
    CU_ASSERT_EQUAL(trace.line_count, 2);
    replay_trace_fini(&trace);
}

static void requests_of_one_second_stay_in_order(void)
{
    struct replay_trace trace;

    PS_REQUIRE(read_text(&trace, "t,obj\n5,c\n5,a\n5,b\n1,z\n5,a\n", REPLAY_CSV) == 0);
    CU_ASSERT_EQUAL(trace.requests[1].resource.media_key, ps_hash64_name("c"));
    CU_ASSERT_EQUAL(trace.requests[2].resource.media_key, ps_hash64_name("a"));
    CU_ASSERT_EQUAL(trace.requests[3].resource.media_key, ps_hash64_name("b"));
    CU_ASSERT_EQUAL(trace.requests[4].idx, trace.requests[2].idx);
    replay_trace_fini(&trace);
}

static void a_line_that_is_too_long_is_one_bad_line(void)
{
    struct replay_trace trace;
    char text[3000];

    snprintf(text, sizeof(text), "t,obj,user\n1,a,%02000d\n2,b,u\n", 0);
    PS_REQUIRE(read_text(&trace, text, REPLAY_CSV) == 0);
    CU_ASSERT_EQUAL(trace.request_count, 1);
    CU_ASSERT_EQUAL(trace.bad_lines, 1);
    CU_ASSERT_EQUAL(trace.line_count, 3);
    replay_trace_fini(&trace);
}

static void a_file_that_is_not_there_says_so(void)
{
    struct replay_trace trace = { 0 };

    CU_ASSERT_EQUAL(replay_trace_open(&trace, "/nowhere/at/all", REPLAY_AUTO, NULL), -ENOENT);
    replay_trace_fini(&trace);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_format_names_the_same_things),
        PS_TEST(any_web_servers_paths_are_resources),
        PS_TEST(a_trace_is_put_in_order_and_knows_the_future),
        PS_TEST(a_trace_without_a_good_line_is_refused),
        PS_TEST(reading_survives_each_failed_allocation),
        PS_TEST(the_first_line_tells_the_format),
        PS_TEST(formats_have_names),
        PS_TEST(quoted_fields_and_bad_headers_are_refused_with_their_line),
        PS_TEST(requests_of_one_second_stay_in_order),
        PS_TEST(a_line_that_is_too_long_is_one_bad_line),
        PS_TEST(a_file_that_is_not_there_says_so),
    };

    return ps_test_run("tools/replay/trace", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/request/test_common.c - web servers' logs: what is demand, what is not, what is
 * no such line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/request/device.h"
#include "host/request/logged.h"
#include "tests/support/ps_test.h"

#define SEC   1000000000ull
#define START "GET /m/film/low/index.m3u8 HTTP/1.1"

static int read_line(const char *line, struct ps_logged *ret)
{
    struct ps_logged_reader reader = { .format = PS_LOGGED_COMMON };

    return ps_logged_read(&reader, line, ret);
}

static int read_request(const char *request, const char *answer, struct ps_logged *ret)
{
    static char line[2048];

    snprintf(line, sizeof(line), "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"%s\" %s\n", request,
             answer);
    return read_line(line, ret);
}

static void a_playlist_is_a_start_and_a_segment_is_not(void)
{
    struct ps_logged said;

    CU_ASSERT_EQUAL(read_request(START, "200 2326", &said), 0);
    CU_ASSERT_EQUAL(said.time_ns, 971211336 * SEC);
    CU_ASSERT_EQUAL(said.resource.media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(said.resource.profile_key, ps_hash64_name("low"));
    CU_ASSERT_TRUE(said.is_start);
    CU_ASSERT_EQUAL(said.reached, 0);
    CU_ASSERT_TRUE(said.who.length == 9 && memcmp(said.who.text, "192.0.2.1", 9) == 0);
    CU_ASSERT_EQUAL(said.size_bytes, 2326.0);
    CU_ASSERT_EQUAL(said.peer.device, PS_DEVICE_UNKNOWN);
    CU_ASSERT_EQUAL(read_request("GET /m/film/low/7.m4s HTTP/1.1", "206 -", &said), 0);
    CU_ASSERT_FALSE(said.is_start);
    CU_ASSERT_EQUAL(said.reached, 8);
}

static void the_agent_of_a_combined_log_tells_the_device(void)
{
    struct ps_logged said;

    CU_ASSERT_EQUAL(read_request(START, "200 1 \"-\" \"Mozilla/5.0 (iPhone)\"", &said), 0);
    CU_ASSERT_EQUAL(said.peer.device, PS_DEVICE_PHONE);
    CU_ASSERT_EQUAL(read_request(START, "200 1 \"a\\\"b\" \"Roku/9\" \"more\" 0.01", &said), 0);
    CU_ASSERT_EQUAL(said.peer.device, PS_DEVICE_TELEVISION);
    CU_ASSERT_EQUAL(read_request(START, "200 1 \"-\" \"iPhone", &said), 0); /* cut off */
    CU_ASSERT_EQUAL(said.peer.device, PS_DEVICE_UNKNOWN);
}

static void spellings_of_one_path_are_one(void)
{
    static const char *const spellings[] = {
        "GET /m/film/low/index.m3u8",
        "HEAD /m/film/low/index.m3u8 HTTP/1.0",
        "GET /m/film/low/index.m3u8?session=1 HTTP/1.1",
        "GET http://tv.example:8080/m/film/low/index.m3u8 HTTP/1.1",
    };
    struct ps_logged said;

    for (size_t i = 0; i < PS_ARRAY_LEN(spellings); i++) {
        CU_ASSERT_EQUAL(read_request(spellings[i], "304 -", &said), 0);
        CU_ASSERT_EQUAL(said.resource.media_key, ps_hash64_name("film"));
    }
}

static void what_asks_for_no_media_says_nothing(void)
{
    static const char *const others[] = {
        "GET /m/film/master.m3u8 HTTP/1.1",
        "GET /m/film/low/init.mp4 HTTP/1.1",
        "GET /m/film/low/other HTTP/1.1",
        "GET /m/film/low/%69ndex.m3u8 HTTP/1.1",
        "GET /favicon.ico HTTP/1.1",
        "POST /m/film/low/index.m3u8 HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET ",
        "",
        "\\x16\\x03\\x01",
        "GET http://nothing HTTP/1.1",
    };
    struct ps_logged said;

    for (size_t i = 0; i < PS_ARRAY_LEN(others); i++)
        CU_ASSERT_EQUAL(read_request(others[i], "200 1", &said), 1);
    CU_ASSERT_EQUAL(read_request(START, "404 1", &said), 1);
    CU_ASSERT_EQUAL(read_request(START, "503 -", &said), 1);
}

static void other_paths_can_be_resources_by_themselves(void)
{
    struct ps_logged_reader reader = { .whole_paths = true };
    struct ps_logged said;

    CU_ASSERT_EQUAL(ps_logged_read(&reader,
                                   "host.example - - [01/Aug/1995:00:00:01 -0400] \"GET /a.gif?x\" "
                                   "200 1",
                                   &said),
                    0);
    CU_ASSERT_EQUAL(reader.format, PS_LOGGED_COMMON);
    CU_ASSERT_EQUAL(said.resource.media_key, ps_hash64_name("/a.gif"));
    CU_ASSERT_EQUAL(said.time_ns, 807249601 * SEC);
    CU_ASSERT_TRUE(said.is_start);
}

static void an_error_in_any_field_makes_a_line_bad(void)
{
    static const char *const bad[] = {
        "x",
        " - - [10/Oct/2000:13:55:36 -0700] \"" START "\" 200 1",
        "h - - 10/Oct/2000:13:55:36 -0700 \"" START "\" 200 1",
        "h - - [1/Oct/2000:13:55:36 -0700] \"" START "\" 200 1",
        "h - - [00/Oct/2000:13:55:36 -0700] \"" START "\" 200 1",
        "h - - [31/Sep/2000:13:55:36 -0700] \"" START "\" 200 1",
        "h - - [10/Okt/2000:13:55:36 -0700] \"" START "\" 200 1",
        "h - - [10/Oct/1969:13:55:36 -0700] \"" START "\" 200 1",
        "h - - [10/Oct/9999:13:55:36 -0700] \"" START "\" 200 1",
        "h - - [10/Oct/2000:24:55:36 -0700] \"" START "\" 200 1",
        "h - - [10/Oct/2000:13:60:36 -0700] \"" START "\" 200 1",
        "h - - [10/Oct/2000:13:55:61 -0700] \"" START "\" 200 1",
        "h - - [10/Oct/2000:13:55:36 0700] \"" START "\" 200 1",
        "h - - [10/Oct/2000:13:55:36 -1500] \"" START "\" 200 1",
        "h - - [10/Oct/2000:13:55:36 -0700 \"" START "\" 200 1",
        "h - - [10/Oct/2000:13:55:36 -0700] " START " 200 1",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START " 200 1",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START "\\",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START "\"",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START "\" 2000 1",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START "\" 600 1",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START "\" 200",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START "\" 200 x",
        "h - - [10/Oct/2000:13:55:36 -0700] \"" START "\" 200 1x",
    };
    struct ps_logged said;

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(read_line(bad[i], &said), -EBADMSG);
}

/* Each cut of a good line is copied so that reading beyond its end is seen by the sanitizer. */
static void no_cut_of_a_line_reads_beyond_its_end(void)
{
    static const char whole[] = "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET "
                                "http://h/m/film/low/index.m3u8?q HTTP/1.1\" 200 1 \"-\" \"Roku\"";
    struct ps_logged said;

    for (size_t bytes = 0; bytes < sizeof(whole); bytes++) {
        char *cut = strndup(whole, bytes);

        PS_REQUIRE(cut != NULL);
        CU_ASSERT_TRUE(read_line(cut, &said) <= 1);
        free(cut);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_playlist_is_a_start_and_a_segment_is_not),
        PS_TEST(the_agent_of_a_combined_log_tells_the_device),
        PS_TEST(spellings_of_one_path_are_one),
        PS_TEST(what_asks_for_no_media_says_nothing),
        PS_TEST(other_paths_can_be_resources_by_themselves),
        PS_TEST(an_error_in_any_field_makes_a_line_bad),
        PS_TEST(no_cut_of_a_line_reads_beyond_its_end),
    };

    return ps_test_run("host/request/common.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_http.c - request lines: what counts, as what, and however it is cut. */
#include <stdio.h>
#include <string.h>

#include "dpdk/http.h"
#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define END  " HTTP/1.1\r\nHost: a\r\n\r\n"
#define TEXT 4096u

static struct nic_template media_template;

/* What the parser said of some bytes: one word per event, e.g. "start clip/hd;". */
struct said {
    char text[TEXT];
};

static void note(struct said *said, enum nic_http_event event, const struct nic_request *r)
{
    static const char *const kinds[] = { "start", "segment", "other" };
    const size_t used = strlen(said->text);
    char *at = said->text + used;

    if (event == NIC_HTTP_MALFORMED)
        snprintf(at, TEXT - used, "bad;");
    else if (event == NIC_HTTP_REQUEST)
        snprintf(at, TEXT - used, "%s %.*s/%.*s;", kinds[r->kind], (int)r->media_bytes, r->media,
                 (int)r->profile_bytes, r->profile_bytes > 0 ? r->profile : "");
}

static void feed(struct nic_http *http, const char *bytes, size_t count, struct said *said)
{
    while (count > 0) {
        struct nic_request request;
        enum nic_http_event event;
        const size_t taken =
            nic_http_feed(http, &media_template, (const uint8_t *)bytes, count, &event, &request);

        note(said, event, &request);
        bytes += taken;
        count -= taken;
    }
}

static const struct {
    const char *bytes;
    const char *said;
} lines[] = {
    /* what players send */
    { "GET /m/clip-1/hd/index.m3u8" END, "start clip-1/hd;" },
    { "HEAD /m/clip-1/hd/index.m3u8" END, "start clip-1/hd;" },
    { "GET /m/clip-1/hd/0.m4s" END, "segment clip-1/hd;" },
    { "GET /m/clip-1/hd/184467440737095516150.m4s HTTP/1.0\r\n\r\n", "segment clip-1/hd;" },
    { "GET /m/clip-1/hd/init.mp4" END, "other clip-1/hd;" },
    { "GET /m/clip-1/master.m3u8" END, "other clip-1/;" },
    { "GET /m/clip-1/index.m3u8" END, "other clip-1/;" },
    { "GET /m/c/p/0.m4s?token=a/b%20c;d" END, "segment c/p;" },
    { "GET http://edge.example:8080/m/c/p/0.m4s" END, "segment c/p;" },
    { "GET HTTP://edge/m/c/p/0.m4s" END, "segment c/p;" },
    { "GET /m/%63lip%2D1/h%64/0.m4s" END, "segment clip-1/hd;" },
    { "GET /%6d/c/p/0.m4s" END, "segment c/p;" },
    { "GET /m/A.b_c~d-9/p/0.m4s" END, "segment A.b_c~d-9/p;" },
    { "\r\nGET /m/c/p/0.m4s" END, "segment c/p;" },
    { "\r\n\r\nGET /m/c/p/0.m4s" END, "segment c/p;" },
    { "GET /m/c/p/.m4s" END, "other c/p;" },
    { "GET /m/c/p/-1.m4s" END, "other c/p;" },
    { "GET /m/c/p/1a.m4s" END, "other c/p;" },
    { "GET /m/c/p/0.m4s HTTP/1.1\r\n", "segment c/p;" },
    /* not ours */
    { "GET / HTTP/1.1\r\n\r\n", "" },
    { "GET /n/c/p/0.m4s" END, "" },
    { "GET /M/c/p/0.m4s" END, "" },
    { "GET /m?/c/p/0.m4s" END, "" },
    { "GET /m%2fc/p/0.m4s" END, "" },
    { "POST /m/c/p/0.m4s" END, "" },
    { "get /m/c/p/0.m4s" END, "" },
    { "Get /m/c/p/0.m4s" END, "" },
    { "head /m/c/p/0.m4s" END, "" },
    { "GETS /m/c/p/0.m4s" END, "" },
    { "HEAD\t/m/c/p/0.m4s" END, "" },
    { "GET  /m/c/p/0.m4s" END, "" },
    { "GET m/c/p/0.m4s" END, "" },
    { "GET * HTTP/1.1\r\n\r\n", "" },
    { "GET ftp://h/m/c/p/0.m4s" END, "" },
    { "GET http:///m/c/p/0.m4s" END, "" },
    { "GET http://h?/m/c/p/0.m4s" END, "" },
    { "GET http://h" END, "" },
    { "\x16\x03\x01\x02\0\x01\0", "" },
    { "", "" },
    /* below the template, but nothing we can name */
    { "GET /m/" END, "bad;" },
    { "GET /m/c" END, "bad;" },
    { "GET /m/c/" END, "bad;" },
    { "GET /m/c/p/" END, "bad;" },
    { "GET /m//p/0.m4s" END, "bad;" },
    { "GET /m/c//0.m4s" END, "bad;" },
    { "GET /m/c/p/q/0.m4s" END, "bad;" },
    { "GET /m/c%2fp/0.m4s" END, "bad;" },
    { "GET /m/c%00/p/0.m4s" END, "bad;" },
    { "GET /m/c%4/p/0.m4s" END, "bad;" },
    { "GET /m/c%zz/p/0.m4s" END, "bad;" },
    { "GET /m/c%ff%fe/p/0.m4s" END, "bad;" },
    { "GET /m/\xc3\xa9/p/0.m4s" END, "bad;" },
    { "GET /m/c+d/p/0.m4s" END, "bad;" },
    { "GET /m/c/p/0.m4s#f" END, "bad;" },
    { "GET /m/c/p/0.m4s?a\tb" END, "bad;" },
    { "GET /m/c/p/0.m4s\r\n\r\n", "bad;" },
    { "GET /m/c/p/0.m4s \r\n\r\n", "bad;" },
    { "GET /m/c/p/0.m4s HTTP/2.0\r\n\r\n", "bad;" },
    { "GET /m/c/p/0.m4s HTTP/1.\r\n\r\n", "bad;" },
    { "GET /m/c/p/0.m4s HTTP/1.11\r\n\r\n", "bad;" },
    { "GET /m/c/p/0.m4s HTTP/1.1 \r\n\r\n", "bad;" },
    { "GET /m/c/p/0.m4s HTTP/1.1\r\r\n\r\n", "bad;" },
    /* several on one connection; only an empty line lets the next one begin */
    { "GET /m/c/p/0.m4s" END "GET /m/c/p/index.m3u8" END "HEAD /x" END "GET /m/d/q/1.m4s" END,
      "segment c/p;start c/p;segment d/q;" },
    { "GET /m/c/p/0.m4s HTTP/1.1\n\nGET /m/c/p/1.m4s HTTP/1.1\n\n", "segment c/p;segment c/p;" },
    { "GET /m/c/p/0.m4s HTTP/1.1\r\nX: 1\r\nGET /m/c/p/1.m4s HTTP/1.1\r\n\r\n", "segment c/p;" },
    { "GET /m/c/" END "GET /m/c/p/1.m4s" END, "bad;segment c/p;" },
    { "GET /m/c/p/0.m4s HTTP/1.1\r\nA: b\r\n\rx\r\n\r\nGET /m/c/p/1.m4s" END,
      "segment c/p;segment c/p;" },
    /* cut short */
    { "GET /m/c/p/0.m4s HTTP/1.1\r", "" },
    { "GET /m/c/p/0.m4", "" },
};

static void lines_are_told_apart(void)
{
    for (size_t i = 0; i < NIC_ARRAY_LEN(lines); i++) {
        struct said said = { "" };
        struct nic_http http;

        nic_http_init(&http);
        feed(&http, lines[i].bytes, strlen(lines[i].bytes), &said);
        if (strcmp(said.text, lines[i].said) != 0)
            printf("\n  line %zu said '%s'\n", i, said.text);
        CU_ASSERT_STRING_EQUAL(said.text, lines[i].said);
    }
}

/* Cut in two at each place, and into single bytes: nothing changes. */
static void a_cut_changes_nothing(void)
{
    for (size_t i = 0; i < NIC_ARRAY_LEN(lines); i++) {
        const size_t bytes = strlen(lines[i].bytes);
        struct said single = { "" };
        struct nic_http http;

        for (size_t at = 0; at <= bytes; at++) {
            struct said said = { "" };

            nic_http_init(&http);
            feed(&http, lines[i].bytes, at, &said);
            feed(&http, lines[i].bytes + at, bytes - at, &said);
            CU_ASSERT_STRING_EQUAL(said.text, lines[i].said);
        }
        nic_http_init(&http);
        for (size_t at = 0; at < bytes; at++)
            feed(&http, lines[i].bytes + at, 1, &single);
        CU_ASSERT_STRING_EQUAL(single.text, lines[i].said);
    }
}

static void check_names(unsigned media_bytes, unsigned profile_bytes, const char *encoded,
                        bool accepted)
{
    char text[TEXT] = "GET /m/";
    char want[TEXT] = "segment ";
    struct said said = { "" };
    struct nic_http http;

    for (unsigned i = 0; i < media_bytes; i++) {
        strcat(text, encoded);
        strcat(want, "a");
    }
    strcat(text, "/");
    strcat(want, "/");
    for (unsigned i = 0; i < profile_bytes; i++) {
        strcat(text, encoded);
        strcat(want, "a");
    }
    strcat(text, "/0.m4s" END);
    strcat(want, ";");
    nic_http_init(&http);
    feed(&http, text, strlen(text), &said);
    CU_ASSERT_STRING_EQUAL(said.text, accepted ? want : "bad;");
}

static void names_have_a_limit(void)
{
    check_names(128, 128, "a", true);
    check_names(128, 128, "%61", true);
    check_names(129, 1, "a", false);
    check_names(1, 129, "a", false);
    check_names(129, 1, "%61", false);
    check_names(400, 400, "a", false);
}

static void a_query_may_be_longer_than_any_buffer(void)
{
    struct said said = { "" };
    struct nic_http http;

    nic_http_init(&http);
    feed(&http, "GET /m/c/p/0.m4s?", 17, &said);
    for (unsigned i = 0; i < 100000; i++)
        feed(&http, "x=1&", 4, &said);
    CU_ASSERT_TRUE(nic_http_is_within_line(&http));
    feed(&http, END, strlen(END), &said);
    CU_ASSERT_STRING_EQUAL(said.text, "segment c/p;");
    CU_ASSERT_FALSE(nic_http_is_within_line(&http));
}

static void only_a_line_that_may_be_ours_is_worth_keeping(void)
{
    static const struct {
        const char *bytes;
        bool within;
    } cuts[] = {
        { "G", true },
        { "GET /m/c", true },
        { "GET /x", false },
        { "GET /m/c/p/0.m4s HTTP/1.1\r", true },
        { "GET /m/c/p/0.m4s HTTP/1.1\r\n", false },
        { "GET /m/c/p/0.m4s HTTP/1.1\r\nHost", false },
        { "GET /m/c/p/0.m4s" END, false },
        { "Host: a", false },
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(cuts); i++) {
        struct said said = { "" };
        struct nic_http http;

        nic_http_init(&http);
        feed(&http, cuts[i].bytes, strlen(cuts[i].bytes), &said);
        CU_ASSERT_EQUAL(nic_http_is_within_line(&http), cuts[i].within);
    }
}

static void the_position_of_each_line_is_known(void)
{
    static const char bytes[] = "GET /x" END "GET /m/c/p/0.m4s" END;
    struct nic_request request;
    enum nic_http_event event;
    struct nic_http http;

    nic_http_init(&http);
    nic_http_feed(&http, &media_template, (const uint8_t *)bytes, sizeof(bytes) - 1, &event,
                  &request);
    CU_ASSERT_EQUAL(event, NIC_HTTP_REQUEST);
    CU_ASSERT_EQUAL(http.line_at, strlen("GET /x" END));
}

static void templates_are_checked(void)
{
    static const char *const bad[] = {
        "", "m", "/m", "m/", "/m /", "/m%2f/", "/m?/", "/\xc3\xa9/"
    };
    char longest[NIC_TEMPLATE_BYTES_MAX + 2];
    struct nic_template t;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_NOT_EQUAL(nic_template_parse(bad[i], &t), 0);
    CU_ASSERT_EQUAL(nic_template_parse("/", &t), 0);
    CU_ASSERT_EQUAL(nic_template_parse("/a/b/", &t), 0);
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    longest[NIC_TEMPLATE_BYTES_MAX] = '/';
    longest[NIC_TEMPLATE_BYTES_MAX + 1] = '\0';
    CU_ASSERT_NOT_EQUAL(nic_template_parse(longest, &t), 0);
    longest[NIC_TEMPLATE_BYTES_MAX - 1] = '/';
    longest[NIC_TEMPLATE_BYTES_MAX] = '\0';
    CU_ASSERT_EQUAL(nic_template_parse(longest, &t), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(lines_are_told_apart),
        PS_TEST(a_cut_changes_nothing),
        PS_TEST(names_have_a_limit),
        PS_TEST(a_query_may_be_longer_than_any_buffer),
        PS_TEST(only_a_line_that_may_be_ours_is_worth_keeping),
        PS_TEST(the_position_of_each_line_is_known),
        PS_TEST(templates_are_checked),
    };

    nic_template_parse("/m/", &media_template);
    return ps_test_run("dpdk/http", tests, NIC_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/request/test_logged.c - formats by their first line; our own and plain traces. */
#include "host/request/logged.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

static int read_as(enum ps_logged_format format, const char *line, struct ps_logged *ret)
{
    struct ps_logged_reader reader = { .format = format };

    return ps_logged_read(&reader, line, ret);
}

static void formats_name_the_same_things(void)
{
    struct ps_logged said;

    CU_ASSERT_EQUAL(read_as(PS_LOGGED_HISTORY, " 1700000000.25\tfilm low 7 2 255\n", &said), 0);
    CU_ASSERT_EQUAL(said.time_ns, 1700000000 * SEC + SEC / 4);
    CU_ASSERT_EQUAL(said.resource.media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(said.resource.profile_key, ps_hash64_name("low"));
    CU_ASSERT_TRUE(said.peer.region == 7 && said.peer.device == 2 && said.peer.access == 255);
    CU_ASSERT_TRUE(said.is_start && said.who.length == 0);
    CU_ASSERT_EQUAL(read_as(PS_LOGGED_TRACE, "1700000000 film 42 10", &said), 0);
    CU_ASSERT_EQUAL(said.resource.media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(said.resource.profile_key, ps_hash64_name(""));
    CU_ASSERT_TRUE(said.who.length == 2 && said.size_bytes == 10.0);
}

static void the_first_line_that_looks_like_a_format_decides(void)
{
    static const struct {
        const char *line;
        enum ps_logged_format format;
    } cases[] = {
        { "1 film low 1 1 1", PS_LOGGED_HISTORY },
        { "1 film 1 1", PS_LOGGED_TRACE },
        { "t,obj", PS_LOGGED_CSV },
        { "h - - [10/Oct/2000:13:55:36 -0700] \"GET /a,b HTTP/1.1\" 200 1 \"-\" \"KHTML, like\"",
          PS_LOGGED_COMMON },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        struct ps_logged_reader reader = { .format = PS_LOGGED_AUTO };
        struct ps_logged said;

        CU_ASSERT_EQUAL(ps_logged_read(&reader, "# a comment, with commas\n", &said), 1);
        CU_ASSERT_EQUAL(ps_logged_read(&reader, " \r\n", &said), 1);
        CU_ASSERT_EQUAL(reader.format, PS_LOGGED_AUTO);
        CU_ASSERT_EQUAL(ps_logged_read(&reader, "rubbish of three", &said), -EBADMSG);
        CU_ASSERT_EQUAL(reader.format, PS_LOGGED_AUTO);
        ps_logged_read(&reader, cases[i].line, &said);
        CU_ASSERT_EQUAL(reader.format, cases[i].format);
        ps_logged_read(&reader, "1 film low 1 1 1", &said);
        CU_ASSERT_EQUAL(reader.format, cases[i].format);
    }
}

static void an_error_in_any_field_makes_a_line_bad(void)
{
    static const char *const bad[] = {
        "x film low 1 1 1",
        "1 film low 1 1",
        "1 film low 1 1 1 1",
        "-1 film low 1 1 1",
        "1x film low 1 1 1",
        "1. film low 1 1 1",
        ".5 film low 1 1 1",
        "1e9 film low 1 1 1",
        "nan film low 1 1 1",
        "99999999999 film low 1 1 1",
        "1.1234567890 film low 1 1 1",
        "18446744073709551617 film low 1 1 1",
        "1 film low 65536 1 1",
        "1 film low 1 256 1",
        "1 film low 1 1 256",
        "1 film low 1 1 -1",
    };
    static const char *const bad_traces[] = { "x a 1 1", "1 a 1", "1 a 1 1 1", "1 a 1 x",
                                              "1 a 1 -1" };
    char line[300];
    struct ps_logged said;

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(read_as(PS_LOGGED_HISTORY, bad[i], &said), -EBADMSG);
    for (size_t i = 0; i < PS_ARRAY_LEN(bad_traces); i++)
        CU_ASSERT_EQUAL(read_as(PS_LOGGED_TRACE, bad_traces[i], &said), -EBADMSG);
    snprintf(line, sizeof(line), "1 %0*d b 1 1 1", PS_MEDIA_ID_MAX + 1, 0);
    CU_ASSERT_EQUAL(read_as(PS_LOGGED_HISTORY, line, &said), -EBADMSG);
    snprintf(line, sizeof(line), "1 %0*d %0*d 1 1 1", PS_MEDIA_ID_MAX, 0, PS_PROFILE_NAME_MAX, 0);
    CU_ASSERT_EQUAL(read_as(PS_LOGGED_HISTORY, line, &said), 0);
}

static void formats_have_names(void)
{
    enum ps_logged_format format;

    CU_ASSERT_EQUAL(ps_logged_format_parse("common", &format), 0);
    CU_ASSERT_EQUAL(format, PS_LOGGED_COMMON);
    CU_ASSERT_EQUAL(ps_logged_format_parse("auto", &format), 0);
    CU_ASSERT_EQUAL(format, PS_LOGGED_AUTO);
    CU_ASSERT_EQUAL(ps_logged_format_parse("json", &format), -EINVAL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(formats_name_the_same_things),
        PS_TEST(the_first_line_that_looks_like_a_format_decides),
        PS_TEST(an_error_in_any_field_makes_a_line_bad),
        PS_TEST(formats_have_names),
    };

    return ps_test_run("host/request/logged.c", tests, PS_ARRAY_LEN(tests));
}

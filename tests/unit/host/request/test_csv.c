/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/request/test_csv.c - headers name columns; an error in any column is one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/request/logged.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

static struct ps_logged_reader reader;

static int header(const char *line)
{
    struct ps_logged logged;

    reader = (struct ps_logged_reader){ .format = PS_LOGGED_CSV };
    return ps_logged_read(&reader, line, &logged);
}

static int read_line(const char *line, struct ps_logged *ret)
{
    return ps_logged_read(&reader, line, ret);
}

static void columns_are_found_by_name_in_any_order(void)
{
    struct ps_logged said;

    PS_REQUIRE(header("\xef\xbb\xbfgeo, obj ,colour,t,device,user,cat,ctime,size\r\n") == 1);
    CU_ASSERT_EQUAL(read_line("7,news-1/mobile-360p,red,12.5,2,ann,5,3.25,99\n", &said), 0);
    CU_ASSERT_EQUAL(said.time_ns, 12 * SEC + SEC / 2);
    CU_ASSERT_EQUAL(said.resource.media_key, ps_hash64_name("news-1"));
    CU_ASSERT_EQUAL(said.resource.profile_key, ps_hash64_name("mobile-360p"));
    CU_ASSERT_TRUE(said.peer.region == 7 && said.peer.device == 2 && said.peer.access == 0);
    CU_ASSERT_TRUE(said.who.length == 3 && memcmp(said.who.text, "ann", 3) == 0);
    CU_ASSERT_EQUAL(said.category, 5);
    CU_ASSERT_EQUAL(said.born_ns, 3 * SEC + SEC / 4);
    CU_ASSERT_EQUAL(said.size_bytes, 99.0);
    CU_ASSERT_TRUE(said.is_start);
    CU_ASSERT_EQUAL(read_line(",a,,0,,-1,,,", &said), 0);
    CU_ASSERT_EQUAL(said.resource.profile_key, ps_hash64_name(""));
    CU_ASSERT_TRUE(said.time_ns == 0 && said.who.length == 0 && said.born_ns == 0);
}

static void a_header_needs_t_and_obj_once(void)
{
    static const char *const bad[] = { "t", "obj,user", "t,obj,t", "T,OBJ", "t;obj" };
    char longest[4 * PS_FIELDS_MAX] = "t,obj";
    struct ps_logged said;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(header(bad[i]), -ENOMSG);
        CU_ASSERT_EQUAL(read_line("1,a", &said), -EBADMSG);
    }
    for (unsigned i = 2; i < PS_FIELDS_MAX; i++)
        strcat(longest, ",x");
    CU_ASSERT_EQUAL(header(longest), 1);
    strcat(longest, ",x");
    CU_ASSERT_EQUAL(header(longest), -ENOMSG);
}

static void an_error_in_any_column_makes_a_line_bad(void)
{
    static const char *const good[] = { "1,a,u,1,1,1,0,c", "1,a,,,,,,",
                                        "1e3,a/b,u,1e9,255,65535,-5,x" };
    static const char *const bad[] = {
        "1",
        "1,a",
        "1,a,u,1,1,1,0,c,more",
        ",a,u,1,1,1,0,c",
        "x,a,u,1,1,1,0,c",
        "1 2,a,u,1,1,1,0,c",
        "-1,a,u,1,1,1,0,c",
        "nan,a,u,1,1,1,0,c",
        "1e11,a,u,1,1,1,0,c",
        "1,,u,1,1,1,0,c",
        "1,/b,u,1,1,1,0,c",
        "1,a/,u,1,1,1,0,c",
        "1,a,u,x,1,1,0,c",
        "1,a,u,-1,1,1,0,c",
        "1,a,u,inf,1,1,0,c",
        "1,a,u,1,256,1,0,c",
        "1,a,u,1,1.5,1,0,c",
        "1,a,u,1,-1,1,0,c",
        "1,a,u,1,1,65536,0,c",
        "1,a,u,1,1,x,0,c",
        "1,a,u,1,1,1,x,c",
        "1,a,u,1,1,1,nan,c",
        "1,a,\"u\",1,1,1,0,c",
    };
    struct ps_logged said;

    PS_REQUIRE(header("t,obj,user,size,device,geo,ctime,cat") == 1);
    for (unsigned i = 0; i < PS_ARRAY_LEN(good); i++)
        CU_ASSERT_EQUAL(read_line(good[i], &said), 0);
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(read_line(bad[i], &said), -EBADMSG);
}

static void names_have_a_limit(void)
{
    struct ps_logged said;
    char line[300];

    PS_REQUIRE(header("t,obj") == 1);
    snprintf(line, sizeof(line), "1,%0*d/%0*d", PS_MEDIA_ID_MAX, 0, PS_PROFILE_NAME_MAX, 0);
    CU_ASSERT_EQUAL(read_line(line, &said), 0);
    snprintf(line, sizeof(line), "1,%0*d", PS_MEDIA_ID_MAX + 1, 0);
    CU_ASSERT_EQUAL(read_line(line, &said), -EBADMSG);
    snprintf(line, sizeof(line), "1,a/%0*d", PS_PROFILE_NAME_MAX + 1, 0);
    CU_ASSERT_EQUAL(read_line(line, &said), -EBADMSG);
}

static void what_was_born_later_than_asked_for_is_of_unknown_age(void)
{
    struct ps_logged said;

    PS_REQUIRE(header("t,obj,ctime") == 1);
    CU_ASSERT_EQUAL(read_line("10,a,11", &said), 0);
    CU_ASSERT_EQUAL(said.born_ns, 0);
    CU_ASSERT_EQUAL(read_line("10,a,-5", &said), 0);
    CU_ASSERT_EQUAL(said.born_ns, 1);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(columns_are_found_by_name_in_any_order),
        PS_TEST(a_header_needs_t_and_obj_once),
        PS_TEST(an_error_in_any_column_makes_a_line_bad),
        PS_TEST(names_have_a_limit),
        PS_TEST(what_was_born_later_than_asked_for_is_of_unknown_age),
    };

    return ps_test_run("host/request/csv.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_csv.c - headers name columns; an error in any column is one. */
#include "tools/replay/csv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

static void columns_are_found_by_name_in_any_order(void)
{
    struct replay_request request;
    struct replay_columns csv;

    PS_REQUIRE(replay_csv_header(&csv, "\xef\xbb\xbfgeo, obj ,colour,t,device\r\n") == 0);
    CU_ASSERT_TRUE(replay_csv_parse(&csv, "7,news-1/mobile-360p,red,12.5,2\r\n", &request));
    CU_ASSERT_EQUAL(request.time_ns, 12 * SEC + SEC / 2);
    CU_ASSERT_EQUAL(request.resource.media_key, ps_hash64_name("news-1"));
    CU_ASSERT_EQUAL(request.resource.profile_key, ps_hash64_name("mobile-360p"));
    CU_ASSERT_EQUAL(request.peer.region, 7);
    CU_ASSERT_EQUAL(request.peer.device, 2);
    CU_ASSERT_TRUE(replay_csv_parse(&csv, ",a,,0,", &request));
    CU_ASSERT_EQUAL(request.time_ns, 0);
    CU_ASSERT_EQUAL(request.resource.profile_key, ps_hash64_name(""));
}

static void a_header_needs_t_and_obj_once(void)
{
    static const char *const bad[] = { "", "t", "obj,user", "t,obj,t", "T,OBJ", "t;obj" };
    char longest[4 * REPLAY_COLUMNS_MAX] = "t,obj";
    struct replay_columns csv;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(replay_csv_header(&csv, bad[i]), -EINVAL);
    for (unsigned i = 2; i < REPLAY_COLUMNS_MAX; i++)
        strcat(longest, ",x");
    CU_ASSERT_EQUAL(replay_csv_header(&csv, longest), 0);
    strcat(longest, ",x");
    CU_ASSERT_EQUAL(replay_csv_header(&csv, longest), -EINVAL);
}

static void an_error_in_any_column_makes_a_line_bad(void)
{
    static const char *const good[] = { "1,a,u,1,1,1,0,c", "1,a,,,,,,",
                                        "1e3,a/b,u,1e9,255,65535,-5,x" };
    static const char *const bad[] = {
        "",
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
    };
    struct replay_request request;
    struct replay_columns csv;

    PS_REQUIRE(replay_csv_header(&csv, "t,obj,user,size,device,geo,ctime,cat") == 0);
    for (unsigned i = 0; i < PS_ARRAY_LEN(good); i++)
        CU_ASSERT_TRUE(replay_csv_parse(&csv, good[i], &request));
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(replay_csv_parse(&csv, bad[i], &request));
}

static void who_asks_and_what_the_media_is_are_kept(void)
{
    struct replay_request request;
    struct replay_columns csv;

    PS_REQUIRE(replay_csv_header(&csv, "t,obj,user,ctime,cat") == 0);
    CU_ASSERT_TRUE(replay_csv_parse(&csv, "100,a,u7,40.5,6", &request));
    CU_ASSERT_EQUAL(request.peer_key, ps_hash64_name("u7"));
    CU_ASSERT_EQUAL(request.born_ns, 40 * SEC + SEC / 2);
    CU_ASSERT_EQUAL(request.category, 6);
    CU_ASSERT_TRUE(replay_csv_parse(&csv, "100,a,-1,0,", &request));
    CU_ASSERT_EQUAL(request.peer_key, 0);
    CU_ASSERT_EQUAL(request.born_ns, 0);
    CU_ASSERT_EQUAL(request.category, 0);
    CU_ASSERT_TRUE(replay_csv_parse(&csv, "100,a,u,101,news", &request));
    CU_ASSERT_EQUAL(request.born_ns, 0); /* after it was asked for */
    CU_ASSERT_NOT_EQUAL(request.category, 0);
    CU_ASSERT_TRUE(replay_csv_parse(&csv, "100,a,u,-50,x", &request));
    CU_ASSERT_EQUAL(request.born_ns, 1); /* before the clock began */
}

static void names_have_a_limit(void)
{
    struct replay_request request;
    struct replay_columns csv;
    char line[300];

    PS_REQUIRE(replay_csv_header(&csv, "t,obj") == 0);
    snprintf(line, sizeof(line), "1,%0*d/%0*d", PS_MEDIA_ID_MAX, 0, PS_PROFILE_NAME_MAX, 0);
    CU_ASSERT_TRUE(replay_csv_parse(&csv, line, &request));
    snprintf(line, sizeof(line), "1,%0*d", PS_MEDIA_ID_MAX + 1, 0);
    CU_ASSERT_FALSE(replay_csv_parse(&csv, line, &request));
    snprintf(line, sizeof(line), "1,a/%0*d", PS_PROFILE_NAME_MAX + 1, 0);
    CU_ASSERT_FALSE(replay_csv_parse(&csv, line, &request));
    PS_REQUIRE(replay_csv_header(&csv, "t,obj,user,cat") == 0);
    snprintf(line, sizeof(line), "1,a,%0*d,c", REPLAY_USER_NAME_MAX + 1, 0);
    CU_ASSERT_FALSE(replay_csv_parse(&csv, line, &request));
    snprintf(line, sizeof(line), "1,a,u,x%0*d", REPLAY_USER_NAME_MAX, 0);
    CU_ASSERT_FALSE(replay_csv_parse(&csv, line, &request));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(columns_are_found_by_name_in_any_order),
        PS_TEST(a_header_needs_t_and_obj_once),
        PS_TEST(an_error_in_any_column_makes_a_line_bad),
        PS_TEST(who_asks_and_what_the_media_is_are_kept),
        PS_TEST(names_have_a_limit),
    };

    return ps_test_run("tools/replay/csv", tests, PS_ARRAY_LEN(tests));
}

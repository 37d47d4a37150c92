/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_web_place.c - paths below /c/. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/web_priv.h"
#include "tests/support/ps_test.h"

static void paths_name_collections_and_messages(void)
{
    struct ps_web_place place;

    CU_ASSERT_EQUAL(ps_web_place_read("/c/r/film-1/hd", &place), 0);
    CU_ASSERT_EQUAL(place.kind, PS_COLLECTION_RESOURCE);
    CU_ASSERT_STRING_EQUAL(place.first, "film-1");
    CU_ASSERT_STRING_EQUAL(place.second, "hd");
    CU_ASSERT_FALSE(place.has_message);
    CU_ASSERT_EQUAL(ps_web_place_read("/c/r/film-1/hd/18446744073709551615", &place), 0);
    CU_ASSERT_TRUE(place.has_message);
    CU_ASSERT_EQUAL(place.message, UINT64_MAX);
    CU_ASSERT_EQUAL(ps_web_place_read("/c/p/a.b_c~d-E9", &place), 0);
    CU_ASSERT_EQUAL(place.kind, PS_COLLECTION_PEER);
    CU_ASSERT_STRING_EQUAL(place.first, "a.b_c~d-E9");
    CU_ASSERT_EQUAL(ps_web_place_read("/c/p/alice/5", &place), 0);
    CU_ASSERT_EQUAL(place.message, 5);
}

static void other_paths_name_nothing(void)
{
    static const char *const paths[] = { "/",           "/c/",
                                         "/c/r",        "/c/r/",
                                         "/c/r/film",   "/c/r/film/",
                                         "/c/r//hd",    "/c/r/f/hd/",
                                         "/c/r/f/hd/x", "/c/r/f/hd/1/",
                                         "/c/p/",       "/c/p//1",
                                         "/c/p/a b",    "/c/p/a/18446744073709551616",
                                         "/c/p/a/-1",   "/c/p/a/+1",
                                         "/c/q/a",      "/c/p/\xc3\xa4",
                                         "/c/p/a/1/2",  "/c/p/..",
                                         "/c/rfilm/hd" };
    struct ps_web_place place;
    char path[300];

    for (size_t i = 0; i < PS_ARRAY_LEN(paths); i++)
        CU_ASSERT_EQUAL(ps_web_place_read(paths[i], &place), -ENOENT);
    for (int length = 64; length <= 65; length++) {
        snprintf(path, sizeof(path), "/c/p/%0*d", length, 1);
        CU_ASSERT_EQUAL(ps_web_place_read(path, &place), length == 64 ? 0 : -ENOENT);
        snprintf(path, sizeof(path), "/c/r/%0*d/p", 2 * length, 1);
        CU_ASSERT_EQUAL(ps_web_place_read(path, &place), length == 64 ? 0 : -ENOENT);
    }
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(paths_name_collections_and_messages),
        PS_TEST(other_paths_name_nothing),
    };

    return ps_test_run("host/messaging/web_place.c", tests, PS_ARRAY_LEN(tests));
}

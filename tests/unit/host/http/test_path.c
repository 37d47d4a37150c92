/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/http/test_path.c - one decoding, and no path that could be read in two ways. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/http/http_priv.h"
#include "tests/support/ps_test.h"

static void plain_and_encoded_paths_decode_once(void)
{
    char path[64];

    CU_ASSERT_EQUAL(ps_http_path_decode("/a/b.c~d", path, sizeof(path)), 0);
    CU_ASSERT_STRING_EQUAL(path, "/a/b.c~d");
    CU_ASSERT_EQUAL(ps_http_path_decode("/%41%7e+%2B", path, sizeof(path)), 0);
    CU_ASSERT_STRING_EQUAL(path, "/A~++");
    CU_ASSERT_EQUAL(ps_http_path_decode("/%2541", path, sizeof(path)), 0);
    CU_ASSERT_STRING_EQUAL(path, "/%41");
    CU_ASSERT_EQUAL(ps_http_path_decode("/...", path, sizeof(path)), 0);
    CU_ASSERT_EQUAL(ps_http_path_decode("/a..b/.c", path, sizeof(path)), 0);
}

static void ambiguous_paths_are_refused(void)
{
    static const char *const bad[] = {
        "",       "*",     "a",     "http://h/a", "/%",     "/%4",    "/%4g",      "/%00",
        "/a%00b", "/a\nb", "/%0a",  "/%7f",       "/a%2fb", "/a%2Fb", "/a\\b",     "/%5c",
        "/.",     "/..",   "/../a", "/a/./b",     "/a/..",  "/%2e",   "/%2e%2E/a", "/a/.%2e/",
    };
    char path[64];

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_http_path_decode(bad[i], path, sizeof(path)), -EINVAL);
}

static void long_paths_are_told_from_bad_ones(void)
{
    char path[8];

    CU_ASSERT_EQUAL(ps_http_path_decode("/234567", path, sizeof(path)), 0);
    CU_ASSERT_EQUAL(ps_http_path_decode("/2345678", path, sizeof(path)), -ENAMETOOLONG);
    CU_ASSERT_EQUAL(ps_http_path_decode("/23456%37", path, sizeof(path)), 0);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(plain_and_encoded_paths_decode_once),
        PS_TEST(ambiguous_paths_are_refused),
        PS_TEST(long_paths_are_told_from_bad_ones),
    };

    return ps_test_run("host/http/path.c", tests, PS_ARRAY_LEN(tests));
}

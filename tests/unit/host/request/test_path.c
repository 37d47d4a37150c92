/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/request/test_path.c - every shape a path below /m/ may have, and none else. */
#include "host/request/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void the_four_shapes_are_told_apart(void)
{
    struct ps_request_path path;

    CU_ASSERT_EQUAL(ps_request_path_parse("/m/a.b~c/master.m3u8", &path), 0);
    CU_ASSERT_EQUAL(path.kind, PS_REQUEST_MASTER);
    CU_ASSERT_STRING_EQUAL(path.media, "a.b~c");
    CU_ASSERT_STRING_EQUAL(path.profile, "");
    CU_ASSERT_EQUAL(ps_request_path_parse("/m/a/mobile-360p/index.m3u8", &path), 0);
    CU_ASSERT_EQUAL(path.kind, PS_REQUEST_MEDIA_PLAYLIST);
    CU_ASSERT_STRING_EQUAL(path.profile, "mobile-360p");
    CU_ASSERT_EQUAL(ps_request_path_parse("/m/a/p/init.mp4", &path), 0);
    CU_ASSERT_EQUAL(path.kind, PS_REQUEST_INIT);
    CU_ASSERT_EQUAL(path.index, PS_SEGMENT_INIT);
    CU_ASSERT_EQUAL(ps_request_path_parse("/m/a/p/99999999.m4s", &path), 0);
    CU_ASSERT_EQUAL(path.kind, PS_REQUEST_SEGMENT);
    CU_ASSERT_EQUAL(path.index, 99999999);
    CU_ASSERT_EQUAL(ps_request_path_parse("/m/a/p/0.m4s", &path), 0);
    CU_ASSERT_EQUAL(path.index, 0);
}

static void a_media_may_be_called_like_a_playlist(void)
{
    struct ps_request_path path;

    CU_ASSERT_EQUAL(ps_request_path_parse("/m/master.m3u8/index.m3u8/init.mp4", &path), 0);
    CU_ASSERT_STRING_EQUAL(path.media, "master.m3u8");
    CU_ASSERT_STRING_EQUAL(path.profile, "index.m3u8");
}

static void other_shapes_are_refused_and_leave_the_result_alone(void)
{
    static const struct {
        const char *path;
        int rc;
    } cases[] = {
        { "/m/", -EINVAL },
        { "/m//", -EINVAL },
        { "/m/a", -ENOENT },
        { "/m/a/", -EINVAL },
        { "/m/a/p", -ENOENT },
        { "/m/a/p/", -ENOENT },
        { "/m/a//0.m4s", -EINVAL },
        { "/m/a/p/.m4s", -ENOENT },
        { "/m/a/p/1.m4s/", -ENOENT },
        { "/m/a/p/1.m4sx", -ENOENT },
        { "/m/a/p/00.m4s", -EINVAL },
        { "/m/a/p/+1.m4s", -ENOENT },
        { "/m/a/p/ 1.m4s", -ENOENT },
        { "/m/a/p/123456789.m4s", -EINVAL },
        { "/m/a b/p/1.m4s", -EINVAL },
        { "/m/a/p\xc3\xa4/1.m4s", -EINVAL },
        { "/m/a/p/index.m3u8x", -ENOENT },
    };
    struct ps_request_path path = { .index = 1234 };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++)
        CU_ASSERT_EQUAL(ps_request_path_parse(cases[i].path, &path), cases[i].rc);
    CU_ASSERT_EQUAL(path.index, 1234);
}

static void names_are_bounded(void)
{
    char text[400];
    struct ps_request_path path;

    snprintf(text, sizeof(text), "/m/%0128d/%064d/1.m4s", 0, 0);
    CU_ASSERT_EQUAL(ps_request_path_parse(text, &path), 0);
    snprintf(text, sizeof(text), "/m/%0129d/%064d/1.m4s", 0, 0);
    CU_ASSERT_EQUAL(ps_request_path_parse(text, &path), -EINVAL);
    snprintf(text, sizeof(text), "/m/%0128d/%065d/1.m4s", 0, 0);
    CU_ASSERT_EQUAL(ps_request_path_parse(text, &path), -EINVAL);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(the_four_shapes_are_told_apart),
        PS_TEST(a_media_may_be_called_like_a_playlist),
        PS_TEST(other_shapes_are_refused_and_leave_the_result_alone),
        PS_TEST(names_are_bounded),
    };

    return ps_test_run("host/request/path.c", tests, PS_ARRAY_LEN(tests));
}

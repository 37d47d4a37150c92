/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/media/test_watch.c - pictures of real files in order; what is no video. */
#include "host/media/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define CLIP PS_TEST_DATA "/clips/flutter_bee.mp4"

static void all_pictures_come_in_order(void)
{
    struct ps_watch *watch = NULL;
    struct ps_watch_picture picture = { 0 };
    uint64_t before_ns = 0;
    uint32_t count = 0;

    PS_REQUIRE(ps_watch_open(&watch, CLIP) == 0);
    CU_ASSERT_EQUAL(ps_watch_info(watch)->fps_num, 30000);
    CU_ASSERT_EQUAL(ps_watch_info(watch)->fps_den, 1001);
    CU_ASSERT_TRUE(ps_watch_info(watch)->duration_ns > 4000000000u);
    while (count < 40 && ps_watch_next(watch, &picture) == 1) {
        CU_ASSERT_EQUAL(picture.width, 1280);
        CU_ASSERT_EQUAL(picture.height, 720);
        CU_ASSERT_TRUE(picture.stride_bytes >= 1280);
        CU_ASSERT_TRUE(count == 0 ? picture.time_ns == 0 : picture.time_ns > before_ns);
        before_ns = picture.time_ns;
        count++;
    }
    CU_ASSERT_EQUAL(count, 40);
    CU_ASSERT_EQUAL(before_ns / 1000000, 1301); /* 39 frames of 1001/30000 s */
    CU_ASSERT_EQUAL(ps_watch_damaged(watch), 0);
    ps_watch_close(watch);
}

/* A YUV4MPEG2 file of two pictures, in a sample format that has to be converted. */
static void other_formats_become_luma(void)
{
    char path[] = "/tmp/test-watch-XXXXXX.y4m";
    const int fd = mkstemps(path, 4);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    struct ps_watch *watch = NULL;
    struct ps_watch_picture picture;

    PS_REQUIRE(file != NULL);
    fprintf(file, "YUV4MPEG2 W16 H16 F25:1 C420p10\n");
    for (int i = 0; i < 2; i++) {
        fprintf(file, "FRAME\n");
        for (int k = 0; k < 16 * 16 * 3 / 2; k++) {
            fputc(0x90, file); /* 400 of 1023 */
            fputc(0x01, file);
        }
    }
    fclose(file);
    PS_REQUIRE(ps_watch_open(&watch, path) == 0);
    PS_REQUIRE(ps_watch_next(watch, &picture) == 1);
    CU_ASSERT_TRUE(abs(picture.luma[0] - 100) <= 1);
    PS_REQUIRE(ps_watch_next(watch, &picture) == 1);
    CU_ASSERT_EQUAL(picture.time_ns, 40000000);
    CU_ASSERT_EQUAL(ps_watch_next(watch, &picture), 0);
    CU_ASSERT_EQUAL(ps_watch_next(watch, &picture), 0);
    ps_watch_close(watch);
    unlink(path);
}

static void what_is_no_video_is_said_so(void)
{
    struct ps_watch *watch = NULL;

    CU_ASSERT_EQUAL(ps_watch_open(&watch, "/nowhere/at/all.mp4"), -ENOENT);
    CU_ASSERT_EQUAL(ps_watch_open(&watch, PS_TEST_DATA "/clips/README.md"), -ENOTSUP);
    CU_ASSERT_PTR_NULL(watch);
    ps_watch_close(NULL);
}

static void open_survives_a_failed_allocation(void)
{
    struct ps_watch *watch = NULL;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_watch_open(&watch, CLIP), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(watch);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(all_pictures_come_in_order),
        PS_TEST(other_formats_become_luma),
        PS_TEST(what_is_no_video_is_said_so),
        PS_TEST(open_survives_a_failed_allocation),
    };

    return ps_test_run("host/media/watch", tests, PS_ARRAY_LEN(tests));
}

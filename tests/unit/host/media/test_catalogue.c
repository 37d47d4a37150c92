/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/catalogue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_catalogue *create(uint32_t media_max)
{
    struct ps_catalogue *catalogue = NULL;

    PS_REQUIRE(ps_catalogue_create(&catalogue, media_max) == 0);
    return catalogue;
}

static void a_title_is_found_by_id_and_by_key(void)
{
    struct ps_catalogue *catalogue = create(2);
    struct ps_media *media;

    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "bunny", "http://origin/bunny.mp4"), 0);
    media = ps_catalogue_by_id(catalogue, "bunny");
    PS_REQUIRE(media != NULL);
    CU_ASSERT_EQUAL(media->key, ps_hash64_name("bunny"));
    CU_ASSERT_EQUAL(media->state, PS_MEDIA_NEW);
    CU_ASSERT_STRING_EQUAL(media->url, "http://origin/bunny.mp4");
    CU_ASSERT_PTR_EQUAL(ps_catalogue_by_key(catalogue, media->key), media);
    CU_ASSERT_PTR_EQUAL(ps_catalogue_at(catalogue, 0), media);
    CU_ASSERT_PTR_NULL(ps_catalogue_by_id(catalogue, "frog"));
    CU_ASSERT_PTR_NULL(ps_catalogue_by_key(catalogue, 1));
    ps_catalogue_destroy(catalogue);
}

static void thousands_of_titles_keep_their_places(void)
{
    struct ps_catalogue *catalogue = create(5000);
    struct ps_media *first;
    char id[32];

    PS_REQUIRE(ps_catalogue_add(catalogue, "title-0", "u") == 0);
    first = ps_catalogue_at(catalogue, 0);
    for (unsigned i = 1; i < 5000; i++) {
        snprintf(id, sizeof(id), "title-%u", i);
        PS_REQUIRE(ps_catalogue_add(catalogue, id, "u") == 0);
    }
    CU_ASSERT_EQUAL(ps_catalogue_count(catalogue), 5000);
    CU_ASSERT_PTR_EQUAL(ps_catalogue_by_id(catalogue, "title-0"), first);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "title-%u", i);
        CU_ASSERT_PTR_EQUAL(ps_catalogue_by_id(catalogue, id), ps_catalogue_at(catalogue, i));
    }
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "one-more", "u"), -ENOSPC);
    ps_catalogue_destroy(catalogue);
}

static void only_the_alphabet_and_the_length_of_ids_are_taken(void)
{
    char longest[PS_MEDIA_ID_MAX + 2];

    memset(longest, 'a', sizeof(longest));
    longest[PS_MEDIA_ID_MAX] = '\0';
    CU_ASSERT_TRUE(ps_media_id_is_valid(longest));
    longest[PS_MEDIA_ID_MAX] = 'a';
    longest[PS_MEDIA_ID_MAX + 1] = '\0';
    CU_ASSERT_FALSE(ps_media_id_is_valid(longest));
    CU_ASSERT_TRUE(ps_media_id_is_valid("AZaz09._~-"));
    CU_ASSERT_TRUE(ps_media_id_is_valid("..."));
    CU_ASSERT_FALSE(ps_media_id_is_valid(""));
    CU_ASSERT_FALSE(ps_media_id_is_valid("."));
    CU_ASSERT_FALSE(ps_media_id_is_valid(".."));
    CU_ASSERT_FALSE(ps_media_id_is_valid("a/b"));
    CU_ASSERT_FALSE(ps_media_id_is_valid("a b"));
    CU_ASSERT_FALSE(ps_media_id_is_valid("a\n"));
    CU_ASSERT_FALSE(ps_media_id_is_valid("caf\xc3\xa9"));
}

static void bad_and_double_titles_are_refused(void)
{
    struct ps_catalogue *catalogue = create(3);
    char url[PS_URL_BYTES_MAX + 2];

    memset(url, 'u', sizeof(url));
    url[PS_URL_BYTES_MAX + 1] = '\0';
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "a/b", "u"), -EINVAL);
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "a", ""), -EINVAL);
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "a", url), -EINVAL);
    url[PS_URL_BYTES_MAX] = '\0';
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "a", url), 0);
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "a", "v"), -EEXIST);
    CU_ASSERT_EQUAL(ps_catalogue_count(catalogue), 1);
    ps_catalogue_destroy(catalogue);
}

static void sizes_out_of_range_are_refused(void)
{
    struct ps_catalogue *catalogue = NULL;

    CU_ASSERT_EQUAL(ps_catalogue_create(&catalogue, 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_catalogue_create(&catalogue, PS_CATALOGUE_MEDIA_MAX + 1), -EINVAL);
    CU_ASSERT_PTR_NULL(catalogue);
    ps_catalogue_destroy(NULL);
}

static void pictures_are_never_enlarged_nor_shrunk_beyond_the_limit(void)
{
    static const struct {
        uint32_t width, height;
        bool fits;
    } sizes[] = { { 1920, 1080, true }, { 1922, 1080, false }, { 1920, 1082, false },
                  { 120, 68, true },    { 118, 68, false },    { 120, 66, false } };
    const struct ps_media media = { .state = PS_MEDIA_READY,
                                    .info = { .has_video = true, .width = 1920, .height = 1080 } };

    for (size_t i = 0; i < PS_ARRAY_LEN(sizes); i++) {
        const struct ps_profile profile = { .kind = PS_PROFILE_TRANSCODE,
                                            .width = sizes[i].width,
                                            .height = sizes[i].height };

        CU_ASSERT_EQUAL(ps_media_fits(&media, &profile), sizes[i].fits);
    }
}

static void facts_come_go_and_come_again(void)
{
    const struct ps_source_info info = {
        .has_video = true, .fps_num = 24, .fps_den = 1, .frame_count = 240
    };
    const struct ps_profile copy = { .kind = PS_PROFILE_COPY, .segment_ms = 2000 };
    const struct ps_profile small = { .kind = PS_PROFILE_TRANSCODE, .segment_ms = 2000 };
    struct ps_catalogue *catalogue = create(1);
    struct ps_media *media;
    uint64_t *keys = ps_zalloc(2, sizeof(*keys));

    PS_REQUIRE(ps_catalogue_add(catalogue, "a", "u") == 0);
    media = ps_catalogue_at(catalogue, 0);
    CU_ASSERT_EQUAL(ps_media_segment_count(media, &small), 0);
    keys[1] = 5000000000ull;
    ps_catalogue_set_info(media, &info, keys, 2);
    CU_ASSERT_EQUAL(media->state, PS_MEDIA_READY);
    CU_ASSERT_EQUAL(ps_media_segment_count(media, &small), 5);
    CU_ASSERT_EQUAL(ps_media_segment_count(media, &copy), 2);
    ps_catalogue_set_failed(media, -ETIMEDOUT);
    CU_ASSERT_EQUAL(media->state, PS_MEDIA_FAILED);
    CU_ASSERT_EQUAL(media->error, -ETIMEDOUT);
    CU_ASSERT_PTR_NULL(media->keyframe_ns);
    CU_ASSERT_EQUAL(ps_media_segment_count(media, &copy), 0);
    ps_catalogue_set_info(media, &info, NULL, 0);
    CU_ASSERT_EQUAL(media->error, 0);
    CU_ASSERT_EQUAL(ps_media_segment_count(media, &copy), 0);
    ps_catalogue_destroy(catalogue);
}

static void create_survives_each_failed_allocation(void)
{
    struct ps_catalogue *catalogue = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_catalogue_create(&catalogue, 4);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(catalogue);
    }
    CU_ASSERT_EQUAL(failed_at, 3); /* the object, its titles and their index */
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "a", "u"), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_EQUAL(ps_catalogue_count(catalogue), 0);
    CU_ASSERT_EQUAL(ps_catalogue_add(catalogue, "a", "u"), 0);
    ps_catalogue_destroy(catalogue);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_title_is_found_by_id_and_by_key),
        PS_TEST(thousands_of_titles_keep_their_places),
        PS_TEST(only_the_alphabet_and_the_length_of_ids_are_taken),
        PS_TEST(bad_and_double_titles_are_refused),
        PS_TEST(sizes_out_of_range_are_refused),
        PS_TEST(pictures_are_never_enlarged_nor_shrunk_beyond_the_limit),
        PS_TEST(facts_come_go_and_come_again),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("host/media/catalogue", tests, sizeof(tests) / sizeof(tests[0]));
}

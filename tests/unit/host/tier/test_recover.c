/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_recover.c - files that were flipped, torn, mixed up or never ours. */
#include <fcntl.h>

#include "tests/unit/host/tier/tier_fixture.h"

#define SEGMENTS     40u
#define SIZE_BYTES   60000u
#define FLIP_SAMPLES 120u

static void fill(struct fixture *f)
{
    fixture_init(f, false);
    f->cfg.nvme_bytes = 4u << 20;
    PS_REQUIRE(fixture_open(f) == 0);
    for (uint32_t n = 0; n < SEGMENTS; n++) {
        CU_ASSERT_EQUAL(put(f, n, SIZE_BYTES, (enum ps_tier_class)(n % 3)), 0);
        if (n % 10 == 0)
            fixture_quiesce(f);
    }
    fixture_close(f);
}

/* An image of the file, to be put back between experiments. */
static unsigned char *snapshot(const struct fixture *f)
{
    unsigned char *image = malloc(f->cfg.nvme_bytes);
    const int fd = open(f->path, O_RDONLY);

    PS_REQUIRE(image != NULL);
    PS_REQUIRE(pread(fd, image, f->cfg.nvme_bytes, 0) == (ssize_t)f->cfg.nvme_bytes);
    close(fd);
    return image;
}

static void overwrite(const struct fixture *f, const unsigned char *image, size_t size_bytes,
                      uint64_t offset)
{
    const int fd = open(f->path, O_RDWR);

    PS_REQUIRE(pwrite(fd, image, size_bytes, (off_t)offset) == (ssize_t)size_bytes);
    close(fd);
}

/* After a flip at @p at: opening wrote nothing but superblocks. */
static void restore(const struct fixture *f, const unsigned char *image, uint64_t at)
{
    const uint64_t tail = f->cfg.nvme_bytes - PS_TIER_END_BYTES;

    overwrite(f, image + at, 1, at);
    overwrite(f, image, PS_TIER_END_BYTES, 0);
    overwrite(f, image + tail, PS_TIER_END_BYTES, tail);
}

/* How many are served; serving wrong bytes fails the test. */
static uint32_t served(struct fixture *f)
{
    uint32_t count = 0;

    for (uint32_t n = 0; n < SEGMENTS; n++) {
        const int rc = check(f, n, SIZE_BYTES);

        CU_ASSERT_TRUE(rc == 0 || rc == -ENOENT);
        count += rc == 0;
    }
    return count;
}

static void a_flipped_bit_is_never_served(void)
{
    struct fixture f;
    uint64_t state = 12345, crc_errors = 0, lost = 0;

    fill(&f);
    unsigned char *image = snapshot(&f);
    for (unsigned i = 0; i < FLIP_SAMPLES; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        const uint64_t at = (state >> 24) % f.cfg.nvme_bytes;

        image[at] ^= (unsigned char)(1u << (state >> 61));
        overwrite(&f, &image[at], 1, at);
        PS_REQUIRE(fixture_open(&f) == 0);
        const uint32_t count = served(&f);
        CU_ASSERT_TRUE(count >= SEGMENTS - 1); /* one flip costs at most one segment */
        lost += SEGMENTS - count;
        crc_errors += status_of(&f).crc_errors;
        CU_ASSERT_EQUAL(f.gone, crc_errors);
        fixture_close(&f);
        image[at] ^= (unsigned char)(1u << (state >> 61));
        restore(&f, image, at);
    }
    CU_ASSERT_TRUE(crc_errors > FLIP_SAMPLES / 3); /* the file is mostly data */
    CU_ASSERT_EQUAL(crc_errors, lost);
    free(image);
    fixture_fini(&f);
}

static void flips_in_headers_footers_and_superblocks_cost_at_most_one_segment(void)
{
    struct fixture f;

    fill(&f);
    unsigned char *image = snapshot(&f);
    for (uint64_t at = 0; at < f.cfg.nvme_bytes; at += PS_TIER_BLOCK_BYTES) {
        const bool starts_something = memcmp(image + at, "PSTTER", 6) == 0;
        const uint64_t bit = at / PS_TIER_BLOCK_BYTES % 1024; /* of the first 128 bytes */
        const uint64_t byte = at + bit / 8;

        if (!starts_something)
            continue;
        image[byte] ^= (unsigned char)(1u << (bit % 8));
        overwrite(&f, &image[byte], 1, byte);
        PS_REQUIRE(fixture_open(&f) == 0);
        /* A zone whose header is gone takes its records with it; nothing takes more. */
        CU_ASSERT_TRUE(served(&f) + 4 >= SEGMENTS);
        fixture_close(&f);
        image[byte] ^= (unsigned char)(1u << (bit % 8));
        restore(&f, image, byte);
    }
    free(image);
    fixture_fini(&f);
}

static void a_lost_footer_is_made_up_for_by_walking_the_zone(void)
{
    struct fixture f;
    static const unsigned char zeros[PS_TIER_BLOCK_BYTES];

    fill(&f);
    for (uint64_t zone = 0; zone < 15; zone++)
        overwrite(&f, zeros, sizeof(zeros),
                  PS_TIER_END_BYTES + (zone + 1) * f.cfg.zone_bytes - PS_TIER_BLOCK_BYTES);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).recovered_segments, SEGMENTS);
    CU_ASSERT_EQUAL(served(&f), SEGMENTS);
    fixture_fini(&f);
}

/* Zones without footers, cut at every block: what is found is whole. */
static void a_torn_tail_is_not_taken_for_a_segment(void)
{
    struct fixture f;
    static const unsigned char zeros[PS_TIER_ZONE_BYTES_MIN];
    uint32_t before = SEGMENTS;

    fill(&f);
    for (uint64_t block = f.cfg.zone_bytes / PS_TIER_BLOCK_BYTES - 1; block > 0; block -= 2) {
        const uint64_t from = block * PS_TIER_BLOCK_BYTES;

        overwrite(&f, zeros, f.cfg.zone_bytes - from, PS_TIER_END_BYTES + from);
        PS_REQUIRE(fixture_open(&f) == 0);
        const uint32_t now = served(&f);
        CU_ASSERT_TRUE(now <= before && before - now <= 1);
        CU_ASSERT_EQUAL(status_of(&f).crc_errors, 0);
        before = now;
        fixture_close(&f);
        if (block < 2)
            break;
    }
    CU_ASSERT_TRUE(before < SEGMENTS && before >= SEGMENTS - 4);
    fixture_fini(&f);
}

static void two_superblocks_are_enough_and_one_is_not(void)
{
    struct fixture f;
    static const unsigned char zeros[PS_TIER_BLOCK_BYTES];

    fill(&f);
    overwrite(&f, zeros, sizeof(zeros), 0);
    overwrite(&f, zeros, sizeof(zeros), f.cfg.nvme_bytes - PS_TIER_END_BYTES);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(served(&f), SEGMENTS);
    fixture_close(&f);
    overwrite(&f, zeros, sizeof(zeros), 0);
    overwrite(&f, zeros, sizeof(zeros), f.cfg.nvme_bytes - PS_TIER_END_BYTES);
    overwrite(&f, zeros, sizeof(zeros), f.cfg.nvme_bytes - PS_TIER_END_BYTES / 2);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).recovered_segments, 0); /* formatted anew */
    fixture_fini(&f);
}

static void another_shape_is_formatted_anew(void)
{
    struct fixture f;

    fill(&f);
    f.cfg.zone_bytes *= 2;
    f.cfg.nvme_bytes *= 2;
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).recovered_segments, 0);
    CU_ASSERT_EQUAL(put(&f, 1, SIZE_BYTES, PS_TIER_LIKELY), 0);
    fixture_close(&f);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(check(&f, 1, SIZE_BYTES), 0);
    fixture_fini(&f);
}

static void somebody_elses_file_is_left_alone(void)
{
    struct fixture f;
    static const char text[] = "not a tier";
    char got[sizeof(text)];

    fixture_init(&f, false);
    const int fd = open(f.path, O_RDWR | O_CREAT, 0600);
    PS_REQUIRE(write(fd, text, sizeof(text)) == sizeof(text));
    CU_ASSERT_EQUAL(fixture_open(&f), -EMEDIUMTYPE);
    CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), sizeof(text));
    CU_ASSERT_EQUAL(pread(fd, got, sizeof(got), 0), sizeof(got));
    CU_ASSERT_STRING_EQUAL(got, text);
    close(fd);
    fixture_fini(&f);
}

static void a_smaller_index_keeps_the_newest(void)
{
    struct fixture f;

    fill(&f);
    f.cfg.index_max = 10;
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).recovered_segments, 10);
    CU_ASSERT_EQUAL(check(&f, SEGMENTS - 1, SIZE_BYTES), 0);
    fixture_fini(&f);
}

static void the_other_policy_finds_the_same_segments(void)
{
    struct fixture f;

    fill(&f);
    f.cfg.policy = PS_TIER_S3FIFO;
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(served(&f), SEGMENTS);
    for (uint32_t n = 100; n < 300; n++) {
        CU_ASSERT_EQUAL(put(&f, n, SIZE_BYTES, PS_TIER_DEMANDED), 0);
        fixture_quiesce(&f);
    }
    CU_ASSERT_EQUAL(check(&f, 299, SIZE_BYTES), 0);
    fixture_fini(&f);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_flipped_bit_is_never_served),
        PS_TEST(flips_in_headers_footers_and_superblocks_cost_at_most_one_segment),
        PS_TEST(a_lost_footer_is_made_up_for_by_walking_the_zone),
        PS_TEST(a_torn_tail_is_not_taken_for_a_segment),
        PS_TEST(two_superblocks_are_enough_and_one_is_not),
        PS_TEST(another_shape_is_formatted_anew),
        PS_TEST(somebody_elses_file_is_left_alone),
        PS_TEST(a_smaller_index_keeps_the_newest),
        PS_TEST(the_other_policy_finds_the_same_segments),
    };

    return ps_test_run("host/tier/recover", tests, PS_ARRAY_LEN(tests));
}

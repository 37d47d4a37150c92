/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/base/test_base.c - hashes against published vectors, a clock that only advances.
 */
#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/base/histogram.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void crc32c_matches_rfc3720_vectors(void)
{
    unsigned char bytes[32];

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = 0;
    CU_ASSERT_EQUAL(ps_crc32c(0, bytes, sizeof(bytes)), 0x8a9136aau);
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)i;
    CU_ASSERT_EQUAL(ps_crc32c(0, bytes, sizeof(bytes)), 0x46dd794eu);
}

static void crc32c_goes_on_where_it_stopped(void)
{
    const uint32_t whole = ps_crc32c(0, "123456789", 9);

    CU_ASSERT_EQUAL(whole, 0xe3069283u);
    CU_ASSERT_EQUAL(ps_crc32c(ps_crc32c(0, "1234", 4), "56789", 5), whole);
}

static void names_hash_without_their_terminator(void)
{
    CU_ASSERT_EQUAL(ps_hash64_name("abc"), ps_hash64("abc", 3));
    CU_ASSERT_NOT_EQUAL(ps_hash64_name("abc"), ps_hash64("abc", 4));
}

static void clock_advances_by_its_scale(void)
{
    struct ps_clock clock;

    ps_clock_init(&clock, 15.0);
    const uint64_t first_ns = ps_clock_now_ns(&clock);
    CU_ASSERT_TRUE(first_ns >= clock.wall_start_ns);
    CU_ASSERT_TRUE(ps_clock_now_ns(&clock) >= first_ns);
    CU_ASSERT_EQUAL(ps_clock_real_ns(&clock, 15 * PS_NS_PER_SEC), PS_NS_PER_SEC);
}

static void quantiles_lie_in_their_bucket(void)
{
    struct ps_histogram h = { .bucket = { 0 } };

    CU_ASSERT_EQUAL(ps_histogram_quantile(&h, 0.5), 0.0);
    for (unsigned i = 0; i < 99; i++)
        ps_histogram_add(&h, 3);
    ps_histogram_add(&h, UINT64_MAX);
    CU_ASSERT_TRUE(ps_histogram_quantile(&h, 0.5) >= 2.0 && ps_histogram_quantile(&h, 0.5) < 4.0);
    CU_ASSERT_TRUE(ps_histogram_quantile(&h, 1.0) >= (double)(1u << 30));
}

static void the_chosen_allocation_fails_once(void)
{
    ps_fail_alloc_after(1);
    char *first = ps_strdup("a");
    void *second = ps_zalloc(1, 8);
    void *third = ps_realloc(NULL, 2, 8);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NOT_NULL(first);
    CU_ASSERT_PTR_NULL(second);
    CU_ASSERT_PTR_NOT_NULL(third);
    free(first);
    free(third);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(crc32c_matches_rfc3720_vectors),      PS_TEST(crc32c_goes_on_where_it_stopped),
        PS_TEST(names_hash_without_their_terminator), PS_TEST(clock_advances_by_its_scale),
        PS_TEST(quantiles_lie_in_their_bucket),       PS_TEST(the_chosen_allocation_fails_once),
    };

    return ps_test_run("host/base", tests, PS_ARRAY_LEN(tests));
}

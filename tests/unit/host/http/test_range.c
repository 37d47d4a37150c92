/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/http/test_range.c - Range headers, good, bad and hostile. */
#include "host/base/mem.h"
#include "host/http/http_priv.h"
#include "tests/support/ps_test.h"

static void single_ranges_are_cut_to_what_is_there(void)
{
    static const struct {
        const char *header;
        uint64_t first, count;
    } cases[] = {
        { "bytes=0-0", 0, 1 },
        { "bytes=0-99", 0, 100 },
        { "bytes=10-19", 10, 10 },
        { "bytes=90-", 90, 10 },
        { "bytes=90-1000", 90, 10 },
        { "bytes=-1", 99, 1 },
        { "bytes=-1000", 0, 100 },
        { "Bytes=5-5", 5, 1 },
        { "bytes=99-99999999999999999999999", 99, 1 },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        uint64_t first = 7777, count = 7777;

        CU_ASSERT_EQUAL(ps_http_range_parse(cases[i].header, 100, &first, &count),
                        PS_HTTP_RANGE_PART);
        CU_ASSERT_EQUAL(first, cases[i].first);
        CU_ASSERT_EQUAL(count, cases[i].count);
    }
}

static void what_is_not_one_byte_range_means_the_whole(void)
{
    static const char *const headers[] = {
        "",           "bytes",     "bytes=",        "bytes=-",    "bytes=a-b",
        "bytes=1",    "bytes=2-1", "bytes=0-1,3-4", "bytes=+1-2", "bytes= 1-2",
        "bytes=1-2 ", "items=0-1", "bytes=--1",     "bytes=1--2",
    };
    uint64_t first = 7, count = 8;

    CU_ASSERT_EQUAL(ps_http_range_parse(NULL, 100, &first, &count), PS_HTTP_RANGE_WHOLE);
    for (size_t i = 0; i < PS_ARRAY_LEN(headers); i++)
        CU_ASSERT_EQUAL(ps_http_range_parse(headers[i], 100, &first, &count), PS_HTTP_RANGE_WHOLE);
    CU_ASSERT_TRUE(first == 7 && count == 8);
}

static void ranges_beyond_the_end_cannot_be_satisfied(void)
{
    static const char *const headers[] = { "bytes=100-", "bytes=100-200", "bytes=-0",
                                           "bytes=99999999999999999999999-" };
    uint64_t first = 0, count = 0;

    for (size_t i = 0; i < PS_ARRAY_LEN(headers); i++)
        CU_ASSERT_EQUAL(ps_http_range_parse(headers[i], 100, &first, &count),
                        PS_HTTP_RANGE_UNSATISFIABLE);
    CU_ASSERT_EQUAL(ps_http_range_parse("bytes=-5", 0, &first, &count),
                    PS_HTTP_RANGE_UNSATISFIABLE);
    CU_ASSERT_EQUAL(ps_http_range_parse("bytes=0-", 0, &first, &count),
                    PS_HTTP_RANGE_UNSATISFIABLE);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(single_ranges_are_cut_to_what_is_there),
        PS_TEST(what_is_not_one_byte_range_means_the_whole),
        PS_TEST(ranges_beyond_the_end_cannot_be_satisfied),
    };

    return ps_test_run("host/http/range.c", tests, PS_ARRAY_LEN(tests));
}

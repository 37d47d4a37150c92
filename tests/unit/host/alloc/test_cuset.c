/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_cuset.c - the first member of a range, against a plain search. */
#include "host/alloc/cuset.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define CUS 4096u

static uint64_t words[PS_CUSET_WORDS_MAX];
static bool members[CUS];

static uint32_t plain_first(uint32_t from, uint32_t to)
{
    for (uint32_t pos = from; pos < to; pos++)
        if (members[pos])
            return pos;
    return PS_CUSET_NONE;
}

static void finds_what_a_plain_search_finds(void)
{
    struct ps_cuset set = { .words = words };
    uint32_t count = 0;
    uint64_t state = 3;

    for (uint32_t i = 0; i < 20000; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        const uint32_t pos = (uint32_t)(state >> 40) % CUS, from = (uint32_t)(state >> 20) % CUS;
        const bool member = i % 3 == 0 || (i / 5000) % 2 == 1;

        count += (uint32_t)member - (uint32_t)members[pos];
        members[pos] = member;
        ps_cuset_put(&set, pos, member);
        const uint32_t to = from + (uint32_t)(state >> 8) % (CUS - from + 1);
        CU_ASSERT_EQUAL(ps_cuset_first(&set, from, to), plain_first(from, to));
        CU_ASSERT_EQUAL(set.count, count);
    }
    for (uint32_t pos = 0; pos < CUS; pos++)
        ps_cuset_put(&set, pos, false);
    CU_ASSERT_EQUAL(set.count, 0);
    CU_ASSERT_EQUAL(ps_cuset_first(&set, 0, CUS), PS_CUSET_NONE);
}

static void words_are_rounded_up(void)
{
    CU_ASSERT_EQUAL(ps_cuset_words(0), 0);
    CU_ASSERT_EQUAL(ps_cuset_words(1), 1);
    CU_ASSERT_EQUAL(ps_cuset_words(64), 1);
    CU_ASSERT_EQUAL(ps_cuset_words(65), 2);
    CU_ASSERT_EQUAL(ps_cuset_words(CUS), PS_CUSET_WORDS_MAX);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(finds_what_a_plain_search_finds),
        PS_TEST(words_are_rounded_up),
    };

    return ps_test_run("host/alloc/cuset.c", tests, PS_ARRAY_LEN(tests));
}

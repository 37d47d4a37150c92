/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_parts.c - nobody's bets take another's part, and nothing lies idle.
 */
#include "host/daemon/parts.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const uint32_t weights[] = { 1, 3 };
static const struct ps_parts_taken nothing[2];

static struct ps_parts begin(int64_t space_bytes, uint32_t making_max,
                             const struct ps_parts_taken *taken)
{
    const struct ps_parts_config cfg = {
        .weights = weights, .tenant_count = 2, .space_bytes = space_bytes, .making_max = making_max
    };
    struct ps_parts parts;

    ps_parts_begin(&parts, &cfg, taken);
    return parts;
}

static void bytes_are_divided_by_weight(void)
{
    struct ps_parts parts = begin(4000, 1000, nothing);
    uint32_t spent[2] = { 0, 0 };

    for (uint32_t t = 0; t < 2; t++)
        for (; ps_parts_has_own(&parts, t); spent[t] += 100)
            ps_parts_spend(&parts, t, 100);
    CU_ASSERT_EQUAL(spent[0], 1000);
    CU_ASSERT_EQUAL(spent[1], 3000);
    CU_ASSERT_TRUE(ps_parts_are_spent(&parts));
}

static void what_one_leaves_is_there_to_lend(void)
{
    struct ps_parts parts = begin(4000, 1000, nothing);

    while (ps_parts_has_own(&parts, 0))
        ps_parts_spend(&parts, 0, 100);
    CU_ASSERT_TRUE(ps_parts_has_any(&parts));
    for (unsigned i = 0; i < 30; i++)
        ps_parts_spend(&parts, 0, 100);
    CU_ASSERT_FALSE(ps_parts_has_any(&parts));
}

static void what_others_borrowed_does_not_lessen_a_part(void)
{
    const struct ps_parts_taken all_lent[2] = { { .open_bytes = 4000 } };
    struct ps_parts parts = begin(4000, 1000, all_lent);

    CU_ASSERT_FALSE(ps_parts_has_any(&parts));
    CU_ASSERT_FALSE(ps_parts_has_own(&parts, 0));
    CU_ASSERT_TRUE(ps_parts_has_own(&parts, 1));
    CU_ASSERT_FALSE(ps_parts_are_spent(&parts));
}

static void makings_are_divided_too_and_everybody_has_one(void)
{
    const struct ps_parts_taken taken[2] = { { .making = 0 }, { .making = 2 } };
    struct ps_parts parts = begin(4000, 3, taken);

    CU_ASSERT_TRUE(ps_parts_has_own(&parts, 0));
    CU_ASSERT_FALSE(ps_parts_has_own(&parts, 1)); /* two of three are its part */
    ps_parts_spend(&parts, 0, 1);
    CU_ASSERT_FALSE(ps_parts_has_own(&parts, 0));
    CU_ASSERT_TRUE(ps_parts_has_any(&parts));
}

static void without_space_there_is_nothing(void)
{
    struct ps_parts parts = begin(0, 16, nothing);

    CU_ASSERT_TRUE(ps_parts_are_spent(&parts));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(bytes_are_divided_by_weight),
        PS_TEST(what_one_leaves_is_there_to_lend),
        PS_TEST(what_others_borrowed_does_not_lessen_a_part),
        PS_TEST(makings_are_divided_too_and_everybody_has_one),
        PS_TEST(without_space_there_is_nothing),
    };

    return ps_test_run("host/daemon/parts.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/chance.h"
#include "tests/support/ps_test.h"

#define DRAWS 20000u

static void the_same_question_has_the_same_answer(void)
{
    const struct emu_chance chance = { .seed = 7, .what = 1, .card_idx = 2, .cu_idx = 3, .nth = 4 };

    CU_ASSERT_EQUAL(emu_chance_draw(&chance), emu_chance_draw(&chance));
}

static void each_part_of_the_question_changes_the_answer(void)
{
    const struct emu_chance base = { .seed = 7, .what = 1, .card_idx = 2, .cu_idx = 3, .nth = 4 };
    struct emu_chance others[] = { base, base, base, base, base };

    others[0].seed++;
    others[1].what++;
    others[2].card_idx++;
    others[3].cu_idx++;
    others[4].nth++;
    for (int i = 0; i < 5; i++)
        CU_ASSERT_NOT_EQUAL(emu_chance_draw(&others[i]), emu_chance_draw(&base));
}

/* Within four standard deviations of even, for each of several compute units. */
static void shares_are_even(void)
{
    for (uint32_t cu = 0; cu < 4; cu++) {
        struct emu_chance chance = { .seed = 1, .cu_idx = cu };
        uint32_t below[4] = { 0 };

        for (chance.nth = 0; chance.nth < DRAWS; chance.nth++) {
            const double share = emu_chance_share(&chance);

            CU_ASSERT_FATAL(share >= 0 && share < 1);
            below[(int)(share * 4)]++;
        }
        for (int i = 0; i < 4; i++)
            CU_ASSERT(below[i] > 4755 && below[i] < 5245);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_same_question_has_the_same_answer),
        PS_TEST(each_part_of_the_question_changes_the_answer),
        PS_TEST(shares_are_even),
    };

    return ps_test_run("kernels/emu/chance", tests, sizeof(tests) / sizeof(tests[0]));
}

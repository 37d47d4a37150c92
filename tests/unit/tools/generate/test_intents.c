/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_intents.c - what comes first is taken first, and not too early. */
#include "tools/generate/intents.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/chance.h"

#define MANY 500u

static void all_come_out_in_order_of_time_and_none_early(void)
{
    struct gen_intents intents;
    struct gen_intent intent = { 0 };
    struct chance chance;
    double last = -1.0;
    bool was_telling = true;
    uint32_t taken = 0;

    chance_init(&chance, 1, 0);
    PS_REQUIRE(gen_intents_init(&intents, MANY) == 0);
    for (uint32_t i = 0; i < MANY; i++) {
        intent.at_s = chance_below(&chance, 100); /* many at the same time */
        intent.is_telling = i % 2 == 1;
        gen_intents_push(&intents, &intent);
    }
    CU_ASSERT_FALSE(gen_intents_pop(&intents, -1.0, &intent));
    while (gen_intents_pop(&intents, 49.5, &intent)) {
        CU_ASSERT_TRUE(intent.at_s >= last && intent.at_s < 50.0);
        CU_ASSERT_FALSE(intent.at_s == last && intent.is_telling && !was_telling);
        last = intent.at_s;
        was_telling = intent.is_telling;
        taken++;
    }
    CU_ASSERT_TRUE(taken > 0 && taken < MANY);
    while (gen_intents_pop(&intents, 1e9, &intent))
        taken++;
    CU_ASSERT_EQUAL(taken, MANY);
    CU_ASSERT_FALSE(gen_intents_pop(&intents, 1e9, &intent));
    gen_intents_fini(&intents);
}

static void no_memory_is_said(void)
{
    struct gen_intents intents;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(gen_intents_init(&intents, MANY), -ENOMEM);
    ps_fail_alloc_never();
    gen_intents_fini(&intents);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(all_come_out_in_order_of_time_and_none_early),
        PS_TEST(no_memory_is_said),
    };

    return ps_test_run("tools/generate/intents", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/heat.h"
#include "tests/support/ps_test.h"

#define SECOND 1000000000ull

static struct psk_card_model model = {
    .idle_mw = 20000, .cu_mw = 5000, .ambient_mc = 30000, .mk_per_w = 1000, .thermal_ms = 10000
};
static struct emu_heat heat;

static void an_idle_card_is_settled(void)
{
    emu_heat_init(&heat, &model, 5);
    CU_ASSERT_DOUBLE_EQUAL(emu_heat_celsius(&heat, 5), 50, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(emu_heat_celsius(&heat, 1000 * SECOND), 50, 1e-9);
}

static void work_heats_with_the_time_constant_and_rest_cools(void)
{
    emu_heat_init(&heat, &model, 0);
    emu_heat_set(&heat, 2, 0);
    CU_ASSERT_DOUBLE_EQUAL(heat.watts, 30, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(emu_heat_celsius(&heat, 10 * SECOND), 60 - 10 / 2.718281828, 1e-6);
    emu_heat_set(&heat, 0, 1000 * SECOND);
    CU_ASSERT_DOUBLE_EQUAL(heat.celsius, 60, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(emu_heat_celsius(&heat, 2000 * SECOND), 50, 1e-6);
}

static void without_a_time_constant_it_is_settled_at_once(void)
{
    static const struct psk_card_model none = { .idle_mw = 0 };

    emu_heat_init(&heat, &none, 0);
    CU_ASSERT_DOUBLE_EQUAL(emu_heat_celsius(&heat, SECOND), 0, 1e-9);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_idle_card_is_settled),
        PS_TEST(work_heats_with_the_time_constant_and_rest_cools),
        PS_TEST(without_a_time_constant_it_is_settled_at_once),
    };

    return ps_test_run("kernels/emu/heat", tests, sizeof(tests) / sizeof(tests[0]));
}

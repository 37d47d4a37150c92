/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/timing.h"
#include "tests/support/ps_test.h"

static const struct psk_card_model model = {
    .clock_mhz = 200, .kernels = { { .factor_ppm = 1000000 }, { .factor_ppm = 1500000 } }
};

static uint64_t thousand_cycles(const uint8_t *registers, uint64_t *ret_bytes)
{
    *ret_bytes = registers[0];
    return 1000;
}

static uint64_t endless(const uint8_t *registers, uint64_t *ret_bytes)
{
    (void)registers;
    (void)ret_bytes;
    return UINT64_MAX;
}

static void the_environment_chooses(void)
{
    setenv("PS_EMU_TIMING", "dry", 1);
    setenv("PS_EMU_SEED", "42", 1);
    setenv("PS_EMU_JITTER_PCT", "50", 1);
    CU_ASSERT_EQUAL(emu_timing_read().mode, EMU_TIMING_DRY);
    CU_ASSERT_EQUAL(emu_timing_read().seed, 42);
    CU_ASSERT_EQUAL(emu_timing_read().jitter_pct, 50);
    setenv("PS_EMU_TIMING", "timed", 1);
    CU_ASSERT_EQUAL(emu_timing_read().mode, EMU_TIMING_TIMED);
}

static void nothing_or_nonsense_is_the_default(void)
{
    setenv("PS_EMU_TIMING", "fast", 1);
    setenv("PS_EMU_SEED", "-1", 1);
    setenv("PS_EMU_JITTER_PCT", "51", 1);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(emu_timing_read().mode, EMU_TIMING_FUNCTIONAL);
        CU_ASSERT_EQUAL(emu_timing_read().seed, 1);
        CU_ASSERT_EQUAL(emu_timing_read().jitter_pct, 0);
        unsetenv("PS_EMU_TIMING");
        unsetenv("PS_EMU_SEED");
        unsetenv("PS_EMU_JITTER_PCT");
    }
}

static void a_run_costs_cycles_by_clock_calibration_and_jitter(void)
{
    const struct emu_timing even = { .jitter_pct = 0 }, jittery = { .jitter_pct = 10 };
    const uint8_t registers[PSK_REGISTERS_BYTES] = { 99 };
    struct emu_run_cost cost = emu_timing_cost(&even, &model, 0, thousand_cycles, registers, 0.5);

    CU_ASSERT_EQUAL(cost.alone_ns, 5000);
    CU_ASSERT_EQUAL(cost.bytes, 99);
    cost = emu_timing_cost(&even, &model, 1, thousand_cycles, registers, 0.5);
    CU_ASSERT_EQUAL(cost.alone_ns, 7500);
    cost = emu_timing_cost(&jittery, &model, 0, thousand_cycles, registers, 0.5);
    CU_ASSERT_EQUAL(cost.alone_ns, 5250);
    cost = emu_timing_cost(&even, &model, 0, endless, registers, 0);
    CU_ASSERT_EQUAL(cost.alone_ns, 1000000000000000);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_environment_chooses),
        PS_TEST(nothing_or_nonsense_is_the_default),
        PS_TEST(a_run_costs_cycles_by_clock_calibration_and_jitter),
    };

    return ps_test_run("kernels/emu/timing", tests, sizeof(tests) / sizeof(tests[0]));
}

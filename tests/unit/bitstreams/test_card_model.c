/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/xclbin_pack.h"
#include "tests/support/ps_test.h"

#include <string.h>

static struct psk_card_model model;

static void fill(const char *text)
{
    char why[PS_CARD_WHY_MAX];
    struct ps_card_conf conf;

    PS_REQUIRE(ps_card_conf_parse(&conf, text, why) == 0);
    ps_card_model_fill(&model, &conf);
}

static void an_old_description_gets_one_bank_without_limits(void)
{
    fill("name n\nclock_mhz 300\nmemory_mib 64\ncu scale 2\ncu mark 1");
    CU_ASSERT_EQUAL(model.magic, PSK_MODEL_MAGIC);
    CU_ASSERT_EQUAL(model.version, PSK_MODEL_VERSION);
    CU_ASSERT_EQUAL(model.clock_mhz, 300);
    CU_ASSERT_EQUAL(model.pcie_gbps, 0);
    CU_ASSERT_EQUAL(model.bank_count, 1);
    CU_ASSERT_EQUAL(model.banks[0].size_mib, 64);
    CU_ASSERT_EQUAL(model.banks[0].gbps, 0);
    CU_ASSERT_EQUAL(model.cu_count, 3);
    CU_ASSERT_EQUAL(model.cus[2].kernel_idx, 1);
    CU_ASSERT_EQUAL(model.kernels[0].factor_ppm, 1000000);
    CU_ASSERT(model.idle_mw > 0 && model.thermal_ms > 0);
}

static void arguments_keep_name_place_and_direction(void)
{
    fill("name n\nclock_mhz 300\nmemory_mib 64\nkernel k a:in b:u32 c:out\ncu k 1");
    CU_ASSERT_EQUAL(model.kernels[0].arg_count, 3);
    CU_ASSERT_STRING_EQUAL(model.kernels[0].args[2].name, "c");
    CU_ASSERT_EQUAL(model.kernels[0].args[2].kind, PSK_MODEL_OUT);
    CU_ASSERT_EQUAL(model.kernels[0].args[2].offset_bytes, 0x24);
}

static void compute_units_take_banks_in_turn(void)
{
    fill("name n\nclock_mhz 1\nbank A 1 1\nbank B 1 1\nbank C 1 1\ncu scale 4 C A\ncu mark 3");
    CU_ASSERT_EQUAL(model.cus[0].bank_idx, 2);
    CU_ASSERT_EQUAL(model.cus[1].bank_idx, 0);
    CU_ASSERT_EQUAL(model.cus[2].bank_idx, 2);
    CU_ASSERT_EQUAL(model.cus[3].bank_idx, 0);
    CU_ASSERT_EQUAL(model.cus[4].bank_idx, 1); /* the fifth of all */
    CU_ASSERT_EQUAL(model.cus[5].bank_idx, 2);
    CU_ASSERT_EQUAL(model.cus[6].bank_idx, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_old_description_gets_one_bank_without_limits),
        PS_TEST(arguments_keep_name_place_and_direction),
        PS_TEST(compute_units_take_banks_in_turn),
    };

    return ps_test_run("bitstreams/card_model", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/fault_spec.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct emu_fault_spec spec;
static char why[EMU_FAULT_WHY_MAX];

static void no_text_is_no_fault(void)
{
    static const char *const empty[] = { "", "\n", ";", " \t;\n;", "# hang", "#;\n # x\n" };

    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        CU_ASSERT_EQUAL(emu_fault_spec_parse(&spec, empty[i], why), 0);
        CU_ASSERT_EQUAL(spec.count, 0);
    }
}

static void a_bare_kind_strikes_always_and_everywhere(void)
{
    PS_REQUIRE(emu_fault_spec_parse(&spec, "crash", why) == 0);
    PS_REQUIRE(spec.count == 1);
    CU_ASSERT_EQUAL(spec.faults[0].kind, EMU_FAULT_CRASH);
    CU_ASSERT_STRING_EQUAL(spec.faults[0].where, "");
    CU_ASSERT_EQUAL(spec.faults[0].card_idx, EMU_FAULT_ANY_CARD);
    CU_ASSERT_EQUAL(spec.faults[0].probability, 1);
    CU_ASSERT_EQUAL(spec.faults[0].left, UINT64_MAX);
}

static void places_counts_chances_and_parameters_are_read(void)
{
    const struct emu_fault *f = spec.faults;

    PS_REQUIRE(emu_fault_spec_parse(&spec,
                                    "hang@h264enc:h264enc_2/3 0.01 # rare\n"
                                    "flip@scale x3 arg=dst; slow 0.5 x2 factor=2.5;card-lost/0\n"
                                    "ddr-full/15 0.1\nxclbin-refused x1;error@scale;",
                                    why) == 0);
    PS_REQUIRE(spec.count == 7);
    CU_ASSERT_STRING_EQUAL(f[0].where, "h264enc:h264enc_2");
    CU_ASSERT_EQUAL(f[0].card_idx, 3);
    CU_ASSERT_EQUAL(f[0].probability, 0.01);
    CU_ASSERT_EQUAL(f[1].kind, EMU_FAULT_FLIP);
    CU_ASSERT_EQUAL(f[1].left, 3);
    CU_ASSERT_STRING_EQUAL(f[1].arg, "dst");
    CU_ASSERT_EQUAL(f[2].factor, 2.5);
    CU_ASSERT_EQUAL(f[2].left, 2);
    CU_ASSERT_EQUAL(f[2].probability, 0.5);
    CU_ASSERT_EQUAL(f[3].kind, EMU_FAULT_CARD_LOST);
    CU_ASSERT_EQUAL(f[3].card_idx, 0);
    CU_ASSERT_EQUAL(f[4].card_idx, 15);
    CU_ASSERT_EQUAL(f[5].kind, EMU_FAULT_XCLBIN_REFUSED);
    CU_ASSERT_STRING_EQUAL(f[6].where, "scale");
}

static void mistakes_refuse_the_whole_and_name_the_fault(void)
{
    static const char *const bad[] = {
        "explode",
        "hang@",
        "hang@/1",
        "hang/",
        "hang/x",
        "hang/1x",
        "hang/16",
        "hang/9999",
        "hang 1.5",
        "hang -1",
        "hang nan",
        "hang 0.5x",
        "hang x0",
        "hang x",
        "hang x-1",
        "hang x2y",
        "hang factor=2",
        "slow factor=0.5",
        "slow factor=1001",
        "slow factor=",
        "flip arg=",
        "error arg=x",
        "card-lost x1",
        "card-lost 0.5",
        "card-lost@scale",
        "ddr-full@scale",
        "xclbin-refused@scale",
        "hang@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "hang x99999999999999999999",
    };
    char text[256];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        PS_REQUIRE(emu_fault_spec_parse(&spec, "error x1", why) == 0);
        snprintf(text, sizeof(text), "crash; %s", bad[i]);
        if (emu_fault_spec_parse(&spec, text, why) != -EINVAL)
            fprintf(stderr, "taken: %s\n", bad[i]);
        CU_ASSERT_EQUAL(emu_fault_spec_parse(&spec, text, why), -EINVAL);
        CU_ASSERT_EQUAL(why[0], '"');
        CU_ASSERT_PTR_NULL(strchr(why, '\n'));
        CU_ASSERT_EQUAL(spec.count, 1); /* as before */
        CU_ASSERT_EQUAL(spec.faults[0].kind, EMU_FAULT_ERROR);
    }
}

static void limits_are_told(void)
{
    static char text[8 * (EMU_FAULTS_MAX + 1) + 1], line[1000];

    for (uint32_t i = 0; i < EMU_FAULTS_MAX; i++)
        strcat(text, "hang;");
    CU_ASSERT_EQUAL(emu_fault_spec_parse(&spec, text, why), 0);
    strcat(text, "hang;");
    CU_ASSERT_EQUAL(emu_fault_spec_parse(&spec, text, why), -EINVAL);
    memset(line, 'x', sizeof(line) - 1);
    CU_ASSERT_EQUAL(emu_fault_spec_parse(&spec, line, why), -EINVAL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(no_text_is_no_fault),
        PS_TEST(a_bare_kind_strikes_always_and_everywhere),
        PS_TEST(places_counts_chances_and_parameters_are_read),
        PS_TEST(mistakes_refuse_the_whole_and_name_the_fault),
        PS_TEST(limits_are_told),
    };

    return ps_test_run("kernels/emu/fault_spec", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/card_conf.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEAD "name n\nclock_mhz 300\nmemory_mib 64\n"

static struct ps_card_conf conf;
static char why[PS_CARD_WHY_MAX];

static void a_card_of_known_kernels_gets_their_arguments(void)
{
    const struct ps_card_kernel *scale = &conf.kernels[0];

    PS_REQUIRE(ps_card_conf_parse(&conf, HEAD "\n # note\n  cu scale 2 # two\ncu mark 1", why) ==
               0);
    CU_ASSERT_STRING_EQUAL(conf.name, "n");
    CU_ASSERT_EQUAL(conf.clock_mhz, 300);
    CU_ASSERT_EQUAL(conf.memory_mib, 64);
    CU_ASSERT_EQUAL(conf.cu_count, 3);
    CU_ASSERT_EQUAL(conf.kernel_count, 2);
    CU_ASSERT_STRING_EQUAL(scale->name, "scale");
    CU_ASSERT_EQUAL(scale->arg_count, 19);
    CU_ASSERT_EQUAL(scale->args[0].kind, PSK_MODEL_IN);
    CU_ASSERT_EQUAL(scale->args[1].kind, PSK_MODEL_OUT);
    CU_ASSERT_STRING_EQUAL(scale->args[7].name, "src_width");
    CU_ASSERT_EQUAL(scale->args[7].kind, PSK_MODEL_SCALAR);
    CU_ASSERT_EQUAL(conf.kernels[1].arg_count, 12);
}

static void offsets_follow_the_synthesis_rule(void)
{
    const struct ps_card_arg *args = conf.kernels[0].args;

    PS_REQUIRE(
        ps_card_conf_parse(&conf, HEAD "kernel k a:buffer b:u32 c:buffer d:u32\ncu k 1", why) == 0);
    CU_ASSERT_EQUAL(args[0].offset_bytes, 0x10);
    CU_ASSERT_EQUAL(args[1].offset_bytes, 0x1c);
    CU_ASSERT_EQUAL(args[2].offset_bytes, 0x24);
    CU_ASSERT_EQUAL(args[3].offset_bytes, 0x30);
}

static void an_argument_says_which_way_its_buffer_goes(void)
{
    const struct ps_card_arg *args = conf.kernels[0].args;

    PS_REQUIRE(
        ps_card_conf_parse(&conf, HEAD "kernel k a:in b:out c:inout d:buffer\ncu k 1", why) == 0);
    CU_ASSERT_EQUAL(args[0].kind, PSK_MODEL_IN);
    CU_ASSERT_EQUAL(args[1].kind, PSK_MODEL_OUT);
    CU_ASSERT_EQUAL(args[2].kind, PSK_MODEL_INOUT);
    CU_ASSERT_EQUAL(args[3].kind, PSK_MODEL_INOUT);
}

static void banks_make_up_the_memory_and_serve_the_cus_named(void)
{
    PS_REQUIRE(ps_card_conf_parse(&conf,
                                  "name n\nclock_mhz 1\nbank A 16 100\nbank B 32 200\n"
                                  "cu scale 2 B\ncu mark 3",
                                  why) == 0);
    CU_ASSERT_EQUAL(conf.memory_mib, 48);
    CU_ASSERT_EQUAL(conf.bank_count, 2);
    CU_ASSERT_EQUAL(conf.banks[1].gbps, 200);
    CU_ASSERT_EQUAL(conf.kernels[0].bank_count, 1);
    CU_ASSERT_EQUAL(conf.kernels[0].banks[0], 1);
    CU_ASSERT_EQUAL(conf.kernels[1].bank_count, 0);
}

static void decimals_are_read_as_thousandths(void)
{
    PS_REQUIRE(ps_card_conf_parse(&conf,
                                  HEAD "cu scale 1\nwatts_idle 25\nwatts_cu 3.5\n"
                                       "kelvin_per_watt 0.625\nambient_c 30.1\nthermal_s 60\n"
                                       "calibrate scale 1.25\npcie_gbps 96",
                                  why) == 0);
    CU_ASSERT_EQUAL(conf.heat.idle_mw, 25000);
    CU_ASSERT_EQUAL(conf.heat.cu_mw, 3500);
    CU_ASSERT_EQUAL(conf.heat.mk_per_w, 625);
    CU_ASSERT_EQUAL(conf.heat.ambient_mc, 30100);
    CU_ASSERT_EQUAL(conf.heat.thermal_ms, 60000);
    CU_ASSERT_EQUAL(conf.kernels[0].factor_ppm, 1250000);
    CU_ASSERT_EQUAL(conf.pcie_gbps, 96);
}

static void mistakes_are_told_with_their_line(void)
{
    static const struct {
        const char *text;
        const char *starts;
    } bad[] = {
        { "", "line 1: " },
        { HEAD, "line 4: " },
        { HEAD "cu nosuch 1", "line 4: no such kernel" },
        { HEAD "cu scale", "line 4: expected" },
        { HEAD "cu scale 0", "line 4: the number" },
        { HEAD "cu scale 129", "line 4: the number" },
        { HEAD "cu scale 127\ncu mark 2", "line 5: the number" },
        { HEAD "cu scale 128\ncu mark 1", "line 5: the number" },
        { HEAD "cu scale -1", "line 4: not a number" },
        { HEAD "cu scale 2x", "line 4: not a number" },
        { HEAD "cu scale 99999999999999999999", "line 4: the number" },
        { HEAD "cu scale 1\ncu scale 1", "line 5: the kernel has" },
        { HEAD "kernel k", "line 4: expected" },
        { HEAD "kernel k a", "line 4: an argument" },
        { HEAD "kernel k a:int", "line 4: an argument" },
        { HEAD "kernel k :u32", "line 4: an argument" },
        { HEAD "kernel k! a:u32", "line 4: expected" },
        { HEAD "kernel k a:u32\nkernel k a:u32", "line 5: too many" },
        { HEAD "kernel k 1:u32 2:u32 3:u32 4:u32 5:u32 6:u32 7:u32 8:u32 9:u32 10:u32 11:u32 "
               "12:u32 13:u32 14:u32 15:u32 16:u32 17:u32 18:u32 19:u32 20:u32 21:u32 22:u32 "
               "23:u32 24:u32 25:u32",
          "line 4: too many arguments" },
        { HEAD "bank A 16 100\ncu scale 1", "line 6: memory_mib and bank" },
        { "name n\nclock_mhz 1\ncu scale 1", "line 4: memory_mib or bank" },
        { "bank A 16", "line 1: expected" },
        { "bank A 16 100\nbank A 16 100", "line 2: too many" },
        { "bank A 0 100", "line 1: the number" },
        { "bank A 16 100001", "line 1: the number" },
        { "name n\nclock_mhz 1\nbank A 65536 1\nbank B 1 1\ncu scale 1", "line 6: the banks" },
        { "bank A 16 100\ncu scale 1 B", "line 2: no such bank" },
        { HEAD "calibrate scale 2", "line 4: the kernel has no" },
        { HEAD "cu scale 1\ncalibrate scale 0", "line 5: the number" },
        { HEAD "cu scale 1\ncalibrate scale 2\ncalibrate scale 2", "line 6: the kernel has no" },
        { "watts_idle 1.2345", "line 1: not a number" },
        { "watts_idle 1.", "line 1: not a number" },
        { "watts_idle .5", "line 1: not a number" },
        { "watts_idle 1.5.1", "line 1: not a number" },
        { "watts_idle -1", "line 1: not a number" },
        { "watts_idle 1001", "line 1: the number" },
        { "pcie_gbps 96\npcie_gbps 96", "line 2: unknown, repeated" },
        { "name a\nname b", "line 2: unknown, repeated" },
        { "name with-a-name-that-is-far-too-long", "line 1: unknown, repeated or malformed" },
        { "name \"quoted\"", "line 1: unknown, repeated or malformed" },
        { "colour red", "line 1: unknown" },
        { "colour", "line 1: expected" },
        { "memory_mib 64GiB", "line 1: not a number" },
        { "memory_mib 65537", "line 1: the number" },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_EQUAL(ps_card_conf_parse(&conf, bad[i].text, why), -EINVAL);
        if (strncmp(why, bad[i].starts, strlen(bad[i].starts)) != 0)
            fprintf(stderr, "%s\n-> %s\n", bad[i].text, why);
        CU_ASSERT_EQUAL(strncmp(why, bad[i].starts, strlen(bad[i].starts)), 0);
    }
}

static void an_endless_line_is_refused(void)
{
    static char text[5000];

    memset(text, ' ', sizeof(text) - 1);
    CU_ASSERT_EQUAL(ps_card_conf_parse(&conf, text, why), -EINVAL);
    CU_ASSERT_STRING_EQUAL(why, "line 1: the line is too long");
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_card_of_known_kernels_gets_their_arguments),
        PS_TEST(offsets_follow_the_synthesis_rule),
        PS_TEST(an_argument_says_which_way_its_buffer_goes),
        PS_TEST(banks_make_up_the_memory_and_serve_the_cus_named),
        PS_TEST(decimals_are_read_as_thousandths),
        PS_TEST(mistakes_are_told_with_their_line),
        PS_TEST(an_endless_line_is_refused),
    };

    return ps_test_run("bitstreams/card_conf", tests, sizeof(tests) / sizeof(tests[0]));
}

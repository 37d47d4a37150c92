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
    CU_ASSERT_EQUAL(scale->arg_count, 8);
    CU_ASSERT(scale->args[1].is_buffer);
    CU_ASSERT_STRING_EQUAL(scale->args[2].name, "src_width");
    CU_ASSERT_FALSE(scale->args[2].is_buffer);
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
               "12:u32 13:u32 14:u32 15:u32 16:u32 17:u32",
          "line 4: too many words" },
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
        PS_TEST(mistakes_are_told_with_their_line),
        PS_TEST(an_endless_line_is_refused),
    };

    return ps_test_run("bitstreams/card_conf", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/fit.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct ps_card_conf conf;
static struct ps_fit_kernel fits[PS_CARD_KERNELS_MAX];
static char why[PS_CARD_WHY_MAX];

/* k a:buffer n:u32 m:u32: n + m cycles */
static uint64_t sum_of_scalars(const uint8_t *registers, uint64_t *ret_bytes)
{
    uint32_t n, m;

    (void)ret_bytes;
    memcpy(&n, registers + conf.kernels[0].args[1].offset_bytes, sizeof(n));
    memcpy(&m, registers + conf.kernels[0].args[2].offset_bytes, sizeof(m));
    return (uint64_t)n + m;
}

static psk_cycles_entry *find(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "k") == 0 ? sum_of_scalars : NULL;
}

static int fit(const char *text)
{
    return ps_fit_runs(&conf, text, find, NULL, fits, why);
}

static void parse_card(void)
{
    PS_REQUIRE(ps_card_conf_parse(&conf,
                                  "name n\nclock_mhz 100\nmemory_mib 1\n"
                                  "kernel k a:in n:u32 m:u32\ncu k 1\ncu scale 1",
                                  why) == 0);
}

static void runs_on_a_line_through_the_origin_fit_exactly(void)
{
    PS_REQUIRE(fit("k 100 0 2.5 # 1 us by the model\n\n  k 100 100 5\nk 0x190 0 10") == 0);
    CU_ASSERT_EQUAL(fits[0].run_count, 3);
    CU_ASSERT_DOUBLE_EQUAL(fits[0].factor, 2.5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(fits[0].error_max, 0, 1e-9);
    CU_ASSERT_EQUAL(fits[1].run_count, 0);
}

static void the_worst_run_is_told(void)
{
    PS_REQUIRE(fit("k 10000 0 200\nk 100 0 1") == 0);
    CU_ASSERT_DOUBLE_EQUAL(fits[0].factor, 2, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(fits[0].error_max, 1, 0.001); /* 2 us for 1 */
}

static void mistakes_are_told_with_their_line(void)
{
    static const char *const bad[] = {
        "k 1",      "k 1 2",   "k 1 2 x",   "k 1 2 0",   "k 1 2 -3", "k 1 2 3 4", "k x 2 3",
        "k 1x 2 3", "j 1 2 3", "scale 1 1", "k 1 2 inf", "k 0 0 1",  "k",
    };
    char text[64];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), "k 1 1 1\n%s", bad[i]);
        if (fit(text) != -EINVAL)
            fprintf(stderr, "taken: %s\n", bad[i]);
        CU_ASSERT_EQUAL(fit(text), -EINVAL);
        CU_ASSERT_EQUAL(strncmp(why, "line 2: ", 8), 0);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(parse_card),
        PS_TEST(runs_on_a_line_through_the_origin_fit_exactly),
        PS_TEST(the_worst_run_is_told),
        PS_TEST(mistakes_are_told_with_their_line),
    };

    return ps_test_run("bitstreams/fit", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_options.c - what is said is meant; what is wrong is named. */
#include "tools/sim/options.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define WORDS_MAX 8

static int parse(struct sim_options *options, const char *line, char *why, size_t why_size)
{
    char text[256], *rest = text, *argv[WORDS_MAX + 1] = { NULL };
    int argc = 1;

    sim_options_init(options);
    snprintf(text, sizeof(text), "%s", line);
    while (argc < WORDS_MAX && (argv[argc] = strtok_r(rest, " ", &rest)) != NULL)
        argc++;
    return sim_options_parse(options, argc, argv, why, why_size);
}

static void silence_means_the_case_that_the_bench_states(void)
{
    struct sim_options options;
    char why[256];

    PS_REQUIRE(parse(&options, "", why, sizeof(why)) == 0);
    const struct sim_config cfg = sim_options_config(&options);
    CU_ASSERT_EQUAL(cfg.cards * cfg.cus, 32);
    CU_ASSERT_EQUAL(cfg.bets, 64);
    CU_ASSERT_EQUAL(cfg.policy, SIM_PRESTAGE);
    CU_ASSERT_EQUAL(cfg.workload.batch_ns, SIM_BATCH_NS_MAX);
    CU_ASSERT_DOUBLE_EQUAL(cfg.jobs * 3.0, 3600 * 32 * 0.6, 3); /* jobs of 3 CU s */
    CU_ASSERT_PTR_NULL(cfg.tenant_weights);
}

static void options_reach_the_simulation(void)
{
    struct sim_options options;
    char why[256];

    PS_REQUIRE(parse(&options, "--cards 2 --jobs 7 --policy fcfs", why, sizeof(why)) == 0);
    CU_ASSERT_EQUAL(sim_options_config(&options).cards, 2);
    CU_ASSERT_EQUAL(sim_options_config(&options).jobs, 7);
    CU_ASSERT_EQUAL(sim_options_config(&options).policy, SIM_FCFS);
    PS_REQUIRE(parse(&options, "--bets 5 --tenants 3,1 --gap-ms 0.5", why, sizeof(why)) == 0);
    CU_ASSERT_EQUAL(sim_options_config(&options).bets, 5);
    CU_ASSERT_EQUAL(sim_options_config(&options).tenant_count, 2);
    CU_ASSERT_EQUAL(sim_options_config(&options).tenant_weights[0], 3);
    CU_ASSERT_EQUAL(sim_options_config(&options).gap_ns, 500000);
    PS_REQUIRE(parse(&options, "--no-speculation", why, sizeof(why)) == 0);
    CU_ASSERT_EQUAL(sim_options_config(&options).bets, 0);
    PS_REQUIRE(parse(&options, "--no-speculation --speculate --help", why, sizeof(why)) == 0);
    CU_ASSERT_TRUE(sim_options_config(&options).bets > 0 && options.help);
}

static void mistakes_are_named(void)
{
    static const struct {
        const char *line, *named;
    } bad[] = {
        { "--cards 0", "--cards 0" },
        { "--cards 1.5", "whole number" },
        { "--cards", "missing" },
        { "--load 1", "--load 1" },
        { "--load nan", "--load nan" },
        { "--load 0.5x", "0.5x" },
        { "--seed -1", "--seed -1" },
        { "--policy best", "prestage, strict or fcfs" },
        { "--tenants 1,,2", "weights" },
        { "--tenants 0", "weights" },
        { "--tenants 1,1001", "weights" },
        { "--cards 4096 --cus 2", "4096 CUs" },
        { "--kernels 9", "--kernels" },
        { "--burst 30", "--burst-share" },
        { "--cards 512 --minutes 1000000", "--minutes" },
        { "--frobnicate 1", "no such option" },
        { "cards 1", "not an option" },
    };
    struct sim_options options;
    char why[256];

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(parse(&options, bad[i].line, why, sizeof(why)), -EINVAL);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].named));
    }
}

static void usage_fits_a_terminal_and_names_every_option(void)
{
    char text[8192] = "";
    FILE *file = fmemopen(text, sizeof(text) - 1, "w");

    PS_REQUIRE(file != NULL);
    sim_options_usage(file);
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "--seed"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "--no-speculation"));
    for (char *rest = text, *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        CU_ASSERT_TRUE(strlen(line) <= 100);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(silence_means_the_case_that_the_bench_states),
        PS_TEST(options_reach_the_simulation),
        PS_TEST(mistakes_are_named),
        PS_TEST(usage_fits_a_terminal_and_names_every_option),
    };

    return ps_test_run("tools/sim/options", tests, PS_ARRAY_LEN(tests));
}

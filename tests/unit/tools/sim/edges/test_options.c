/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/edges/test_options.c - what is said is meant; what is wrong is named. */
#include "tools/sim/edges/options.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define WORDS_MAX 8

static int parse(struct edges_options *options, const char *line, char *why, size_t why_size)
{
    char text[256], *rest = text, *argv[WORDS_MAX + 1] = { NULL };
    int argc = 1;

    edges_options_init(options);
    snprintf(text, sizeof(text), "%s", line);
    while (argc < WORDS_MAX && (argv[argc] = strtok_r(rest, " ", &rest)) != NULL)
        argc++;
    return edges_options_parse(options, argc, argv, why, why_size);
}

static void silence_means_a_thousand_edges_and_a_million_peers(void)
{
    struct edges_options options;
    char why[256];

    PS_REQUIRE(parse(&options, "", why, sizeof(why)) == 0);
    CU_ASSERT_EQUAL(options.value[EDGES_EDGES], 1000);
    CU_ASSERT_EQUAL(options.value[EDGES_PEERS], 1e6);
    CU_ASSERT_EQUAL(edges_group_size(&options), 1000);
    CU_ASSERT_EQUAL(edges_viewers_each(&options), 500);
    CU_ASSERT_FALSE(options.search || options.help);
}

static void resources_stand_in_order(void)
{
    struct edges_options options;
    char why[256];

    PS_REQUIRE(parse(&options, "--titles 10 --channels 4 --profiles 2", why, sizeof(why)) == 0);
    CU_ASSERT_EQUAL(edges_live_first(&options), 20);
    CU_ASSERT_EQUAL(edges_crowd_first(&options), 28);
    CU_ASSERT_EQUAL(edges_resource_count(&options), 30);
}

static void scaling_keeps_the_peers_of_each_edge(void)
{
    struct edges_options options;
    char why[256];

    PS_REQUIRE(parse(&options, "--search --group 50 --help", why, sizeof(why)) == 0);
    CU_ASSERT_TRUE(options.search && options.help);
    const struct edges_options half = edges_scaled(&options, 0.5);
    CU_ASSERT_EQUAL(half.value[EDGES_EDGES], 500);
    CU_ASSERT_EQUAL(edges_viewers_each(&half), 500);
    CU_ASSERT_EQUAL(edges_group_size(&half), 50);
    CU_ASSERT_EQUAL(edges_scaled(&options, 1e-9).value[EDGES_EDGES], 1);
}

static void mistakes_are_named(void)
{
    static const struct {
        const char *line, *named;
    } bad[] = {
        { "--edges 0", "--edges 0" },
        { "--edges 1.5", "whole number" },
        { "--edges", "missing" },
        { "--online 2", "--online 2" },
        { "--online nan", "nan" },
        { "--frobnicate 1", "no such option" },
        { "edges", "no such option" },
        { "--edges 100000", "160000000" },
        { "--edges 1 --peers 1000000", "--peers" },
        { "--title-min 1000 --segment-s 0.5", "--title-min" },
    };
    struct edges_options options;
    char why[256];

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(parse(&options, bad[i].line, why, sizeof(why)), -EINVAL);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].named));
    }
}

static void help_fits_a_screen_in_width(void)
{
    char text[16384] = "";
    FILE *file = fmemopen(text, sizeof(text) - 1, "w");

    PS_REQUIRE(file != NULL);
    edges_options_usage(file);
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "--hub-kv"));
    for (char *rest = text, *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        CU_ASSERT_TRUE(strlen(line) <= 100);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(silence_means_a_thousand_edges_and_a_million_peers),
        PS_TEST(resources_stand_in_order),
        PS_TEST(scaling_keeps_the_peers_of_each_edge),
        PS_TEST(mistakes_are_named),
        PS_TEST(help_fits_a_screen_in_width),
    };

    return ps_test_run("tools/sim/edges/options", tests, PS_ARRAY_LEN(tests));
}

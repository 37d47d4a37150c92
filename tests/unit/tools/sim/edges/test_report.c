/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/edges/test_report.c - figures come as `edges: key=value`, marked virtual. */
#include "tools/sim/edges/report.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/tools/sim/edges/few.h"
#include "tools/sim/edges/paper.h"

static const struct edges_break found = { .factor = 0.5, .edges = 20, .first = EDGES_HUB_CLAIMS };

static int print(FILE *file)
{
    const struct edges_options options = few_edges();
    struct edges_outcome outcome;
    struct edges_load paper;

    PS_REQUIRE(edges_paper(&options, &paper) == 0);
    PS_REQUIRE(edges_run(&options, &outcome) == 0);
    return edges_report(file, &options, &outcome, &paper, &found, 1.5);
}

static void every_line_is_a_key_and_a_value(void)
{
    static const char *const keys[] = { "time=virtual",          "edges=40",
                                        "claims_hub_msgs_s=",    "use_hub_claims_peak=",
                                        "use_hub_claims_paper=", "breaks_first=hub_claims",
                                        "breaks_at_factor=0.5",  "holds=" };
    char text[16384] = "", key[64], value[64];
    FILE *file = fmemopen(text, sizeof(text) - 1, "w");

    PS_REQUIRE(file != NULL);
    CU_ASSERT_EQUAL(print(file), 0);
    fclose(file);
    for (unsigned i = 0; i < PS_ARRAY_LEN(keys); i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text, keys[i]));
    for (char *rest = text, *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        CU_ASSERT_EQUAL(sscanf(line, "edges: %63[a-z_0-9]=%63s", key, value), 2);
}

static void a_full_disk_is_an_error(void)
{
    FILE *full = fopen("/dev/full", "w");

    PS_REQUIRE(full != NULL);
    CU_ASSERT_EQUAL(print(full), -EIO);
    fclose(full);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_line_is_a_key_and_a_value),
        PS_TEST(a_full_disk_is_an_error),
    };

    return ps_test_run("tools/sim/edges/report", tests, PS_ARRAY_LEN(tests));
}

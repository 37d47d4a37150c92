/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_groups.c - names of inputs to leave out. */
#include "tools/replay/groups.h"

#include <errno.h>
#include <string.h>

#include "host/predict/predict.h"
#include "tests/support/ps_test.h"

static const char *const names[] = { "counts-long", "sequels", "looks",    "category",
                                     "hours",       "age",     "siblings", "trend" };

static void each_name_is_another_input_and_help_has_it(void)
{
    uint32_t seen = 0;

    for (unsigned n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        uint32_t group = 0;

        PS_REQUIRE(replay_groups_parse(names[n], &group) == 0);
        CU_ASSERT_TRUE(group != 0 && (group & (group - 1)) == 0 && (group & seen) == 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(REPLAY_GROUPS_HELP, names[n]));
        seen |= group;
    }
    CU_ASSERT_EQUAL(seen, 2 * PS_PREDICT_TREND - 1);
}

static void a_list_is_all_of_its_names(void)
{
    uint32_t groups = 0;

    CU_ASSERT_EQUAL(replay_groups_parse("looks,age,looks", &groups), 0);
    CU_ASSERT_EQUAL(groups, PS_PREDICT_LOOKS | PS_PREDICT_AGE);
}

static void an_unknown_name_is_refused_and_changes_nothing(void)
{
    static const char *const bad[] = { "",       "look",      "lookss",     "LOOKS", "looks,",
                                       ",looks", "looks age", "looks,,age", "none",  "looks,none" };

    for (unsigned n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
        uint32_t groups = 77;

        CU_ASSERT_EQUAL(replay_groups_parse(bad[n], &groups), -EINVAL);
        CU_ASSERT_EQUAL(groups, 77);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_name_is_another_input_and_help_has_it),
        PS_TEST(a_list_is_all_of_its_names),
        PS_TEST(an_unknown_name_is_refused_and_changes_nothing),
    };

    return ps_test_run("tools/replay/groups", tests, sizeof(tests) / sizeof(tests[0]));
}

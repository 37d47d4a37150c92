/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_faults.c - as many faults as said, none when none are. */
#include "tools/sim/faults.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define DRAWS 20000

static void faults_have_their_shares(void)
{
    const struct sim_faults_config cfg = { .fail = 0.1, .lose = 0.02, .back_s = 5 };
    struct sim_faults faults;
    unsigned failed = 0, lost = 0;
    double away_s = 0;

    PS_REQUIRE(sim_faults_init(&faults, &cfg, 1) == 0);
    for (unsigned i = 0; i < DRAWS; i++) {
        const int status = sim_faults_run(&faults);

        failed += status == -EIO;
        lost += status == -ENODEV;
        away_s += (double)sim_faults_away_ns(&faults) / 1e9 / DRAWS;
    }
    CU_ASSERT_DOUBLE_EQUAL(failed / (double)DRAWS, 0.1, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(lost / (double)DRAWS, 0.02, 0.005);
    CU_ASSERT_DOUBLE_EQUAL(away_s, 5, 0.2);
}

static void no_faults_when_none_are_asked_for(void)
{
    const struct sim_faults_config cfg = { .back_s = 5 };
    struct sim_faults faults;
    unsigned bad = 0;

    PS_REQUIRE(sim_faults_init(&faults, &cfg, 1) == 0);
    for (unsigned i = 0; i < DRAWS; i++)
        bad += sim_faults_run(&faults) != 0;
    CU_ASSERT_EQUAL(bad, 0);
}

static void shares_out_of_range_are_refused(void)
{
    static const struct sim_faults_config bad[] = {
        { .fail = -0.1, .back_s = 1 },
        { .fail = 0.5, .lose = 0.5, .back_s = 1 },
        { .lose = -1, .back_s = 1 },
        { .back_s = 0 },
    };
    struct sim_faults faults;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(sim_faults_init(&faults, &bad[i], 1), -EINVAL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(faults_have_their_shares),
        PS_TEST(no_faults_when_none_are_asked_for),
        PS_TEST(shares_out_of_range_are_refused),
    };

    return ps_test_run("tools/sim/faults", tests, PS_ARRAY_LEN(tests));
}

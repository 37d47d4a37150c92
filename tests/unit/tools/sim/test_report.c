/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/sim/test_report.c - figures come as `sim: key=value`, all marked virtual. */
#include "tools/sim/report.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/sim/options.h"

static struct sim *ran(const struct sim_config *cfg)
{
    struct sim *sim = NULL;
    uint64_t next_ns;

    PS_REQUIRE(sim_create(&sim, cfg) == 0);
    while ((next_ns = sim_next_ns(sim)) != UINT64_MAX)
        sim_advance(sim, next_ns);
    return sim;
}

static void every_line_is_a_key_and_a_value(void)
{
    static const char *const keys[] = { "time=virtual",          "jobs=300",     "jobs_done=300",
                                        "wait_p99_ms=",          "busy_share=",  "frames_redone=0",
                                        "tenant_1_wait_p99_ms=", "wasted_cu_s=", "decision_us=" };
    struct sim_options options;
    char text[4096] = "", key[64], value[64];
    FILE *file = fmemopen(text, sizeof(text) - 1, "w");

    PS_REQUIRE(file != NULL);
    sim_options_init(&options);
    options.value[SIM_OPTION_JOBS] = 300;
    options.tenant_weights[0] = options.tenant_weights[1] = 1;
    options.tenant_count = 2;
    const struct sim_config cfg = sim_options_config(&options);
    struct sim *sim = ran(&cfg);
    CU_ASSERT_EQUAL(sim_report(file, &cfg, sim, 1), 0);
    fclose(file);
    for (unsigned i = 0; i < PS_ARRAY_LEN(keys); i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text, keys[i]));
    for (char *rest = text, *line; (line = strtok_r(rest, "\n", &rest)) != NULL;)
        CU_ASSERT_EQUAL(sscanf(line, "sim: %63[a-z_0-9]=%63s", key, value), 2);
    sim_destroy(sim);
}

static void disk_full_and_no_memory_are_errors(void)
{
    struct sim_options options;
    FILE *full = fopen("/dev/full", "w");

    PS_REQUIRE(full != NULL);
    sim_options_init(&options);
    options.value[SIM_OPTION_JOBS] = 10;
    const struct sim_config cfg = sim_options_config(&options);
    struct sim *sim = ran(&cfg);
    CU_ASSERT_EQUAL(sim_report(full, &cfg, sim, 1), -EIO);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(sim_report(full, &cfg, sim, 1), -ENOMEM);
    ps_fail_alloc_never();
    fclose(full);
    sim_destroy(sim);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_line_is_a_key_and_a_value),
        PS_TEST(disk_full_and_no_memory_are_errors),
    };

    return ps_test_run("tools/sim/report", tests, PS_ARRAY_LEN(tests));
}

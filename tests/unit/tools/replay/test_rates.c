/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_rates.c - true rates by interval and object. */
#include "tools/replay/rates.h"

#include <unistd.h>

#include "tests/unit/tools/replay/told.h"

static char path[] = "/tmp/ps-rates-XXXXXX";
static struct replay_trace trace;

static void make_trace(void)
{
    struct made made;

    made_begin(&made);
    made_want(&made, 0, "a", 1, 1);
    made_want(&made, 1, "b/low", 1, 1);
    made_want(&made, 2, "c", 1, 1);
    made_end(&made, &trace);
}

static int open_text(struct replay_rates *ret_rates, const char *text)
{
    FILE *file = fopen(path, "w");

    if (trace.request_count == 0)
        make_trace();
    PS_REQUIRE(file != NULL);
    fputs(text, file);
    fclose(file);
    return replay_rates_open(ret_rates, path, &trace);
}

static void rates_are_found_by_interval(void)
{
    struct replay_rates rates;
    float at[3] = { 9, 9, 9 };

    PS_REQUIRE(open_text(&rates, "t,obj,rate\n1700006400,a,1.5\n1700006400,b/low,2\n"
                                 "1700006700,a,0.25\n1700006700,unheard-of,7\n") == 0);
    CU_ASSERT_EQUAL(rates.count, 3);
    replay_rates_at(&rates, T0 / 300, 3, at);
    CU_ASSERT_TRUE(at[0] == 1.5f && at[1] == 2.0f && at[2] == 0.0f);
    replay_rates_at(&rates, T0 / 300 + 1, 3, at);
    CU_ASSERT_TRUE(at[0] == 0.25f && at[1] == 0.0f && at[2] == 0.0f);
    replay_rates_at(&rates, T0 / 300 + 2, 3, at);
    CU_ASSERT_TRUE(at[0] == 0.0f);
    replay_rates_at(&rates, T0 / 300 - 1, 3, at);
    CU_ASSERT_TRUE(at[0] == 0.0f);
    replay_rates_fini(&rates);
}

static void what_is_no_rate_is_refused_by_its_line(void)
{
    static const char *const bad[] = { "x,a,1",
                                       "1700006400,,1",
                                       "1700006400,a",
                                       "1700006400,a,",
                                       "1700006400,a,-1",
                                       "1700006400,a,1x",
                                       "1700006400",
                                       "",
                                       "1700006400,a,nan",
                                       "-5,a,1",
                                       "1700006100,a,1" };

    for (unsigned b = 0; b < PS_ARRAY_LEN(bad); b++) {
        struct replay_rates rates;
        char text[128];

        snprintf(text, sizeof(text), "t,obj,rate\n1700006400,a,1\n%s\n", bad[b]);
        CU_ASSERT_EQUAL(open_text(&rates, text), -EINVAL);
        CU_ASSERT_EQUAL(rates.line_count, 3);
        replay_rates_fini(&rates);
    }
}

static void a_file_that_is_not_there_is_said_so(void)
{
    struct replay_rates rates;

    CU_ASSERT_EQUAL(replay_rates_open(&rates, "/nowhere/at-all", &trace), -ENOENT);
    replay_rates_fini(&rates);
}

static void a_failed_allocation_is_told(void)
{
    struct replay_rates rates;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(open_text(&rates, "1700006400,a,1\n"), -ENOMEM);
    ps_fail_alloc_never();
    replay_rates_fini(&rates);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(rates_are_found_by_interval),
        PS_TEST(what_is_no_rate_is_refused_by_its_line),
        PS_TEST(a_file_that_is_not_there_is_said_so),
        PS_TEST(a_failed_allocation_is_told),
    };
    const int fd = mkstemp(path);

    if (fd < 0)
        return EXIT_FAILURE;
    close(fd);
    const int status = ps_test_run("tools/replay/rates", tests, PS_ARRAY_LEN(tests));
    unlink(path);
    replay_trace_fini(&trace);
    return status;
}

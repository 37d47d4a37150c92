/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_generate_main.c - what the command line takes and refuses. */
#include "tools/generate/generate_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define ARGUMENTS_MAX 16

/* The words of @p line, after `generate`. */
static int run(const char *line)
{
    char text[256], *argv[ARGUMENTS_MAX + 1] = { NULL }, *rest = text;
    int argc = 0;

    snprintf(text, sizeof(text), "generate %s", line);
    while (argc < ARGUMENTS_MAX && (argv[argc] = strsep(&rest, " ")) != NULL)
        argc++;
    return generate_main(argc, argv);
}

static void a_small_trace_is_written(void)
{
    char path[] = "/tmp/ps-generate-XXXXXX", line[160], first[64] = "";
    const int fd = mkstemp(path);

    PS_REQUIRE(fd >= 0);
    snprintf(line, sizeof(line),
             "--trace %s --days 1 --media 100 --users 50 --requests 100 --pairs", path);
    CU_ASSERT_EQUAL(run(line), EXIT_SUCCESS);
    FILE *file = fdopen(fd, "r");
    PS_REQUIRE(file != NULL);
    CU_ASSERT_PTR_NOT_NULL(fgets(first, sizeof(first), file));
    CU_ASSERT_STRING_EQUAL(first, "t,obj,user,size,device,geo,ctime,cat\n");
    fclose(file);
    unlink(path);
}

static void what_is_not_understood_is_refused(void)
{
    static const char *const bad[] = {
        "",
        "--days 1",
        "--trace /dev/null --days",
        "--trace /dev/null --days 0",
        "--trace /dev/null --days 61",
        "--trace /dev/null --days 1x",
        "--trace /dev/null --days -1",
        "--trace /dev/null --seed 18446744073709551616",
        "--trace /dev/null --nonsense 1",
        "--trace /dev/null more",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(run(bad[i]), EXIT_FAILURE);
}

static void a_file_that_cannot_be_written_is_an_error(void)
{
    CU_ASSERT_EQUAL(run("--quiet --trace /nowhere/at/all --days 1"), EXIT_FAILURE);
    CU_ASSERT_EQUAL(run("--quiet --trace /dev/null --hints /nowhere/at/all"), EXIT_FAILURE);
    CU_ASSERT_EQUAL(run("--quiet --trace /dev/full --days 1 --requests 1000"), EXIT_FAILURE);
}

static void help_is_no_error(void)
{
    CU_ASSERT_EQUAL(run("--help"), EXIT_SUCCESS);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_small_trace_is_written),
        PS_TEST(what_is_not_understood_is_refused),
        PS_TEST(a_file_that_cannot_be_written_is_an_error),
        PS_TEST(help_is_no_error),
    };

    return ps_test_run("tools/generate/generate_main", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_options.c - a table of options is what is understood and shown. */
#include "tools/replay/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

struct taken {
    char name[16];
    int loud;
};

static bool take_name(void *options, const char *value)
{
    snprintf(((struct taken *)options)->name, 16, "%s", value);
    return strcmp(value, "wrong") != 0;
}

static bool take_loud(void *options, const char *value)
{
    (void)value;
    ((struct taken *)options)->loud++;
    return true;
}

static const struct replay_option table[] = {
    { "name", "NAME", take_name, "a name\nof two lines" },
    { "loud", NULL, take_loud, "say more" },
};
static const struct replay_usage usage = { "usage: x\n", "end\n", table, PS_ARRAY_LEN(table) };

/* Words as a command line, what it prints kept away. */
static int take(struct taken *taken, int out, const char *const *words, int count, char *printed)
{
    char copies[4][32], *argv[5] = { 0 };
    FILE *file = tmpfile();
    const int kept = dup(out);
    size_t length;
    int rc;

    PS_REQUIRE(file != NULL && kept >= 0);
    for (int i = 0; i < count; i++) {
        snprintf(copies[i], sizeof(copies[i]), "%s", words[i]);
        argv[i] = copies[i];
    }
    *taken = (struct taken){ 0 };
    fflush(NULL);
    PS_REQUIRE(dup2(fileno(file), out) >= 0);
    rc = replay_options_take(&usage, taken, count, argv);
    fflush(NULL);
    PS_REQUIRE(dup2(kept, out) >= 0);
    close(kept);
    rewind(file);
    length = fread(printed, 1, 1023, file);
    printed[length] = '\0';
    fclose(file);
    return rc;
}

static void options_are_taken_in_any_order(void)
{
    struct taken taken;
    char printed[1024];

    CU_ASSERT_EQUAL(
        take(&taken, STDERR_FILENO, (const char *[]){ "x", "--loud", "--name", "n" }, 4, printed),
        0);
    CU_ASSERT_STRING_EQUAL(taken.name, "n");
    CU_ASSERT_EQUAL(taken.loud, 1);
    CU_ASSERT_STRING_EQUAL(printed, "");
}

static void what_is_not_understood_shows_the_usage(void)
{
    static const char *const bad[][3] = { { "x", "--else", "1" },
                                          { "x", "--name", "wrong" },
                                          { "x", "more", "words" },
                                          { "x", "-l", "" } };
    struct taken taken;
    char printed[1024];

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(take(&taken, STDERR_FILENO, bad[i], 3, printed), -EINVAL);
        CU_ASSERT_PTR_NOT_NULL(strstr(printed, "usage: x\n"));
    }
    CU_ASSERT_EQUAL(take(&taken, STDERR_FILENO, bad[1], 3, printed), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(printed, "--name wrong is wrong"));
}

static void help_names_every_option(void)
{
    struct taken taken;
    char printed[1024];

    CU_ASSERT_EQUAL(take(&taken, STDOUT_FILENO, (const char *[]){ "x", "--help" }, 2, printed),
                    -ECANCELED);
    CU_ASSERT_STRING_EQUAL(printed, "usage: x\n"
                                    "  --name NAME               a name\n"
                                    "                            of two lines\n"
                                    "  --loud                    say more\n"
                                    "  --help                    this text\n"
                                    "end\n");
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(options_are_taken_in_any_order),
        PS_TEST(what_is_not_understood_shows_the_usage),
        PS_TEST(help_names_every_option),
    };

    return ps_test_run("tools/replay/options", tests, PS_ARRAY_LEN(tests));
}

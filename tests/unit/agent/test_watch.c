/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_watch.c - files that are written, and files that are replaced. */
#include "agent/watch_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/ps_test.h"

static char folder[32], one[64], two[64], other[64];
static struct psa_watch watch;

static void begin(void)
{
    strcpy(folder, "/tmp/ps-agent-XXXXXX");
    PS_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(one, sizeof(one), "%s/one", folder);
    snprintf(two, sizeof(two), "%s/two", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    PS_REQUIRE(psa_watch_init(&watch) == 0);
    CU_ASSERT_EQUAL(psa_watch_add(&watch, one), 0);
    CU_ASSERT_EQUAL(psa_watch_add(&watch, two), 1);
}

static void end(void)
{
    psa_watch_fini(&watch);
    unlink(one);
    unlink(two);
    unlink(other);
    rmdir(folder);
}

static void write_file(const char *path)
{
    FILE *file = fopen(path, "we");

    PS_REQUIRE(file != NULL);
    fputs("x", file);
    fclose(file);
}

static void what_is_written_is_seen(void)
{
    begin();
    CU_ASSERT_EQUAL(psa_watch_read(&watch), 0);
    write_file(one);
    CU_ASSERT_EQUAL(psa_watch_read(&watch), 1);
    CU_ASSERT_EQUAL(psa_watch_read(&watch), 0);
    write_file(other);
    CU_ASSERT_EQUAL(psa_watch_read(&watch), 0);
    end();
}

static void what_is_replaced_is_seen(void)
{
    begin();
    write_file(other);
    psa_watch_read(&watch);
    PS_REQUIRE(rename(other, two) == 0);
    CU_ASSERT_EQUAL(psa_watch_read(&watch), 2);
    end();
}

static void folders_have_to_be_there(void)
{
    char none[96];

    begin();
    snprintf(none, sizeof(none), "%s/none/file", folder);
    CU_ASSERT_EQUAL(psa_watch_add(&watch, none), -ENOENT);
    for (unsigned i = 2; i < PSA_WATCHED_MAX; i++)
        CU_ASSERT_EQUAL(psa_watch_add(&watch, other), (int)i);
    CU_ASSERT_EQUAL(psa_watch_add(&watch, other), -ENOSPC);
    end();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_written_is_seen),
        PS_TEST(what_is_replaced_is_seen),
        PS_TEST(folders_have_to_be_there),
    };

    return ps_test_run("agent/watch", tests, sizeof(tests) / sizeof(tests[0]));
}

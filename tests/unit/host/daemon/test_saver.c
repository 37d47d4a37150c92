/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_saver.c - one write at a time, off the caller's thread. */
#include "host/daemon/saver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/daemon/state_file.h"
#include "tests/support/ps_test.h"

static char dir[] = "/tmp/ps-saver-XXXXXX";

static struct ps_saver *new_saver(const char *where)
{
    struct ps_saver *saver = NULL;

    PS_REQUIRE(ps_saver_create(&saver, where) == 0);
    return saver;
}

static int write_text(struct ps_saver *saver, const char *name, const char *text)
{
    char *data = ps_strdup(text);

    PS_REQUIRE(data != NULL);
    const int rc = ps_saver_write(saver, name, data, strlen(text));
    if (rc != 0)
        free(data);
    return rc;
}

static bool holds(const char *name, const char *text)
{
    void *data = NULL;
    size_t size_bytes = 0;

    if (ps_state_file_read(dir, name, &data, &size_bytes) != 0)
        return false;
    const bool same = size_bytes == strlen(text) && memcmp(data, text, size_bytes) == 0;
    free(data);
    return same;
}

static void what_is_handed_over_is_in_the_file_when_it_is_said_to_be(void)
{
    struct ps_saver *saver = new_saver(dir);
    int rc = 1;

    CU_ASSERT_FALSE(ps_saver_take(saver, true, &rc)); /* nothing was asked for */
    PS_REQUIRE(write_text(saver, "model", "one") == 0);
    CU_ASSERT_TRUE(ps_saver_take(saver, true, &rc));
    CU_ASSERT_EQUAL(rc, 0);
    CU_ASSERT_TRUE(holds("model", "one"));
    CU_ASSERT_FALSE(ps_saver_take(saver, true, &rc)); /* once only */
    ps_saver_destroy(saver);
}

/* A FIFO without a reader holds the writer up for as long as the test wants. */
static void a_slow_disk_holds_up_the_thread_not_the_caller(void)
{
    struct ps_saver *saver = new_saver(dir);
    char path[64];
    int rc = 1;

    snprintf(path, sizeof(path), "%s/slow.new", dir);
    PS_REQUIRE(mkfifo(path, 0600) == 0);
    PS_REQUIRE(write_text(saver, "slow", "x") == 0);
    CU_ASSERT_FALSE(ps_saver_take(saver, false, &rc));
    CU_ASSERT_EQUAL(write_text(saver, "slow", "y"), -EBUSY);
    const int fd = open(path, O_RDONLY);
    PS_REQUIRE(fd >= 0);
    CU_ASSERT_TRUE(ps_saver_take(saver, true, &rc));
    CU_ASSERT_EQUAL(rc, -EINVAL); /* a FIFO cannot be synced: reported */
    close(fd);
    PS_REQUIRE(write_text(saver, "slow", "z") == 0);
    CU_ASSERT_TRUE(ps_saver_take(saver, true, &rc));
    CU_ASSERT_EQUAL(rc, 0);
    CU_ASSERT_TRUE(holds("slow", "z"));
    ps_saver_destroy(saver);
}

static void the_next_waits_until_the_result_was_taken(void)
{
    struct ps_saver *saver = new_saver(dir);
    int rc;

    PS_REQUIRE(write_text(saver, "model", "one") == 0);
    CU_ASSERT_EQUAL(write_text(saver, "model", "two"), -EBUSY);
    CU_ASSERT_TRUE(ps_saver_take(saver, true, &rc));
    CU_ASSERT_EQUAL(write_text(saver, "model", "two"), 0);
    CU_ASSERT_TRUE(ps_saver_take(saver, true, &rc));
    CU_ASSERT_TRUE(holds("model", "two"));
    ps_saver_destroy(saver);
}

static void a_failed_write_says_why(void)
{
    struct ps_saver *saver = new_saver("/nowhere/at/all");
    int rc = 0;

    PS_REQUIRE(write_text(saver, "model", "one") == 0);
    CU_ASSERT_TRUE(ps_saver_take(saver, true, &rc));
    CU_ASSERT_EQUAL(rc, -ENOENT);
    ps_saver_destroy(saver);
}

static void ending_waits_for_what_is_under_way(void)
{
    struct ps_saver *saver = new_saver(dir);

    PS_REQUIRE(write_text(saver, "last", "words") == 0);
    ps_saver_destroy(saver);
    CU_ASSERT_TRUE(holds("last", "words"));
    ps_saver_destroy(NULL);
}

static void creation_survives_a_failed_allocation(void)
{
    struct ps_saver *saver = NULL;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_saver_create(&saver, dir), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(saver);
}

static void clean_up(void)
{
    static const char *const names[] = { "model", "slow", "last" };
    char path[64];

    for (size_t i = 0; i < PS_ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_handed_over_is_in_the_file_when_it_is_said_to_be),
        PS_TEST(a_slow_disk_holds_up_the_thread_not_the_caller),
        PS_TEST(the_next_waits_until_the_result_was_taken),
        PS_TEST(a_failed_write_says_why),
        PS_TEST(ending_waits_for_what_is_under_way),
        PS_TEST(creation_survives_a_failed_allocation),
    };

    if (mkdtemp(dir) == NULL)
        return 1;
    const int rc = ps_test_run("host/daemon/saver.c", tests, PS_ARRAY_LEN(tests));
    clean_up();
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_keep_files.c - appended, read by a later life, removed when old. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/daemon/keep_priv.h"
#include "tests/support/ps_test.h"

static char dir[] = "/tmp/ps-keep-XXXXXX";

static struct ps_keep_files files_of(uint64_t gone_s)
{
    struct ps_keep_files files;

    PS_REQUIRE(ps_keep_files_init(&files, dir, gone_s) == 0);
    return files;
}

static void append(struct ps_keep_files *files, const char *text)
{
    CU_ASSERT_EQUAL(ps_keep_files_append(files, (const uint8_t *)text, strlen(text)), 0);
}

static void make_old(uint64_t number)
{
    const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
    char path[64];

    snprintf(path, sizeof(path), "%s/collections.%u", dir, (unsigned)number);
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, path, long_ago, 0), 0);
}

static void a_later_life_reads_what_was_appended(void)
{
    struct ps_keep_files files = files_of(3600);
    void *bytes = NULL;
    size_t size_bytes = 0;

    CU_ASSERT_TRUE(files.first == 1 && files.last == 1);
    append(&files, "one");
    append(&files, "two");
    ps_keep_files_fini(&files);
    files = files_of(3600);
    CU_ASSERT_TRUE(files.first == 1 && files.last == 2);
    PS_REQUIRE(ps_keep_files_read(&files, 1, &bytes, &size_bytes) == 0);
    CU_ASSERT_TRUE(size_bytes == 6 && memcmp(bytes, "onetwo", 6) == 0);
    free(bytes);
    CU_ASSERT_EQUAL(ps_keep_files_read(&files, 2, &bytes, &size_bytes), -ENOENT);
    append(&files, "three"); /* never behind what an earlier life wrote */
    PS_REQUIRE(ps_keep_files_read(&files, 2, &bytes, &size_bytes) == 0);
    CU_ASSERT_EQUAL(size_bytes, 5);
    free(bytes);
    ps_keep_files_fini(&files);
}

static void what_is_old_is_removed_from_the_oldest_on(void)
{
    struct ps_keep_files files;
    void *bytes = NULL;
    size_t size_bytes;

    make_old(2); /* but 1 before it is not */
    files = files_of(3600);
    CU_ASSERT_TRUE(files.first == 1 && files.last == 3);
    ps_keep_files_fini(&files);
    make_old(1);
    files = files_of(3600);
    CU_ASSERT_TRUE(files.first == 3 && files.last == 3);
    CU_ASSERT_EQUAL(ps_keep_files_read(&files, 1, &bytes, &size_bytes), -ENOENT);
    ps_keep_files_fini(&files);
}

static void a_full_file_is_followed_by_another(void)
{
    static uint8_t much[PS_KEEP_BATCH_BYTES];
    struct ps_keep_files files = files_of(3600);
    const uint64_t first = files.last;

    for (unsigned i = 0; i < PS_KEEP_FILE_BYTES / PS_KEEP_BATCH_BYTES; i++)
        CU_ASSERT_EQUAL(ps_keep_files_append(&files, much, sizeof(much)), 0);
    CU_ASSERT_EQUAL(files.last, first);
    append(&files, "x");
    CU_ASSERT_EQUAL(files.last, first + 1);
    make_old(first);
    ps_keep_files_fini(&files);
    files = files_of(3600);
    CU_ASSERT_EQUAL(files.first, first + 1);
    ps_keep_files_fini(&files);
}

static void a_directory_that_is_not_there_is_said(void)
{
    struct ps_keep_files files;

    CU_ASSERT_EQUAL(ps_keep_files_init(&files, "/nowhere/at/all", 1), -ENOENT);
    ps_keep_files_fini(&files);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_keep_files_init(&files, dir, 1), -ENOMEM);
    ps_fail_alloc_never();
    ps_keep_files_fini(&files);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_later_life_reads_what_was_appended),
        PS_TEST(what_is_old_is_removed_from_the_oldest_on),
        PS_TEST(a_full_file_is_followed_by_another),
        PS_TEST(a_directory_that_is_not_there_is_said),
    };
    char command[64];

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    const int status = ps_test_run("keep_files", tests, PS_ARRAY_LEN(tests));
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command) == 0 ? status : EXIT_FAILURE;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_state_file.c - written whole or not at all, read back as written. */
#include "host/daemon/state_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static char dir[] = "/tmp/ps-state-XXXXXX";

static void contents_come_back_as_written(void)
{
    void *data = NULL;
    size_t size_bytes = 0;

    CU_ASSERT_EQUAL(ps_state_file_write(dir, "model", "first", 5), 0);
    CU_ASSERT_EQUAL(ps_state_file_write(dir, "model", "second one", 10), 0);
    PS_REQUIRE(ps_state_file_read(dir, "model", &data, &size_bytes) == 0);
    CU_ASSERT_EQUAL(size_bytes, 10);
    CU_ASSERT_EQUAL(memcmp(data, "second one", 10), 0);
    free(data);
}

static void no_temporary_file_stays(void)
{
    char path[64];

    CU_ASSERT_EQUAL(ps_state_file_write(dir, "model", "x", 1), 0);
    snprintf(path, sizeof(path), "%s/model.new", dir);
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
}

static void a_refused_file_is_kept_out_of_the_way(void)
{
    void *data = NULL;
    size_t size_bytes = 0;

    CU_ASSERT_EQUAL(ps_state_file_write(dir, "model", "bad", 3), 0);
    CU_ASSERT_EQUAL(ps_state_file_set_aside(dir, "model"), 0);
    CU_ASSERT_EQUAL(ps_state_file_read(dir, "model", &data, &size_bytes), -ENOENT);
    PS_REQUIRE(ps_state_file_read(dir, "model.refused", &data, &size_bytes) == 0);
    CU_ASSERT_EQUAL(size_bytes, 3);
    CU_ASSERT_EQUAL(ps_state_file_set_aside(dir, "model"), -ENOENT);
    free(data);
}

static void failures_say_why(void)
{
    void *data;
    size_t size_bytes;
    char name[5000];

    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    CU_ASSERT_EQUAL(ps_state_file_read(dir, "absent", &data, &size_bytes), -ENOENT);
    CU_ASSERT_EQUAL(ps_state_file_write("/tmp/ps-no-such-folder", "model", "x", 1), -ENOENT);
    CU_ASSERT_EQUAL(ps_state_file_write(dir, name, "x", 1), -ENAMETOOLONG);
}

static void failed_allocation_is_an_error(void)
{
    void *data;
    size_t size_bytes;

    CU_ASSERT_EQUAL(ps_state_file_write(dir, "model", "x", 1), 0);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_state_file_read(dir, "model", &data, &size_bytes), -ENOMEM);
    ps_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(contents_come_back_as_written),         PS_TEST(no_temporary_file_stays),
        PS_TEST(a_refused_file_is_kept_out_of_the_way), PS_TEST(failures_say_why),
        PS_TEST(failed_allocation_is_an_error),
    };
    char path[64];

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    const int rc = ps_test_run("host/daemon/state_file.c", tests, PS_ARRAY_LEN(tests));
    snprintf(path, sizeof(path), "%s/model", dir);
    unlink(path);
    rmdir(dir);
    return rc;
}

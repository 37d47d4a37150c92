/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_file.c - small files, whole, and secrets that are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/options_priv.h"
#include "tests/support/ps_test.h"

static char path[] = "/tmp/ps-agent-XXXXXX";
static char *text;
static size_t bytes;

static void begin(const char *content, mode_t mode)
{
    strcpy(path, "/tmp/ps-agent-XXXXXX");
    const int fd = mkstemp(path);

    PS_REQUIRE(fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content));
    PS_REQUIRE(fchmod(fd, mode) == 0);
    close(fd);
}

static void files_are_read_up_to_a_size(void)
{
    begin("hello", 0644);
    PS_REQUIRE(psa_file_read(path, 5, &text, &bytes) == 0);
    CU_ASSERT_TRUE(bytes == 5 && strcmp(text, "hello") == 0);
    free(text);
    CU_ASSERT_EQUAL(psa_file_read(path, 4, &text, &bytes), -EMSGSIZE);
    unlink(path);
    CU_ASSERT_EQUAL(psa_file_read(path, 5, &text, &bytes), -ENOENT);
    CU_ASSERT_EQUAL(psa_file_read("/tmp", 5, &text, &bytes), -EPERM);
    CU_ASSERT_EQUAL(psa_file_read("/dev/zero", 5, &text, &bytes), -EPERM);
}

static void the_end_of_a_file_begins_with_a_line(void)
{
    begin("first\nsecond\nthird\n", 0644);
    PS_REQUIRE(psa_file_read_end(path, 10, &text, &bytes) == 0);
    CU_ASSERT_TRUE(bytes == 6 && memcmp(text, "third\n", 6) == 0);
    free(text);
    PS_REQUIRE(psa_file_read_end(path, 100, &text, &bytes) == 0);
    CU_ASSERT_EQUAL(bytes, 19);
    free(text);
    PS_REQUIRE(psa_file_read_end(path, 3, &text, &bytes) == 0);
    CU_ASSERT_EQUAL(bytes, 0);
    free(text);
    unlink(path);
    CU_ASSERT_EQUAL(psa_file_read_end(path, 10, &text, &bytes), -ENOENT);
}

static void a_secret_is_its_owners(void)
{
    static const mode_t open_modes[] = { 0640, 0604, 0620, 0601, 0644 };

    for (size_t i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++) {
        begin("key", open_modes[i]);
        CU_ASSERT_EQUAL(psa_file_read_secret(path, 100, &text, &bytes), -EPERM);
        unlink(path);
    }
    begin("key", 0600);
    PS_REQUIRE(psa_file_read_secret(path, 100, &text, &bytes) == 0);
    free(text);
    unlink(path);
}

static void files_are_written_whole(void)
{
    struct stat st;

    begin("before", 0644);
    CU_ASSERT_EQUAL(psa_file_write(path, "after", 5), 0);
    PS_REQUIRE(psa_file_read(path, 100, &text, &bytes) == 0);
    CU_ASSERT_STRING_EQUAL(text, "after");
    free(text);
    CU_ASSERT_TRUE(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    unlink(path);
    CU_ASSERT_EQUAL(psa_file_write("/nonexistent/file", "x", 1), -ENOENT);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(files_are_read_up_to_a_size),
        PS_TEST(the_end_of_a_file_begins_with_a_line),
        PS_TEST(a_secret_is_its_owners),
        PS_TEST(files_are_written_whole),
    };

    return ps_test_run("agent/file", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/base/test_secret.c - a file of keys is ours alone, or not read. */
#include "host/base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static char text[8];

static int read_file(const char *bytes, size_t count, mode_t mode, enum ps_secret_kind kind)
{
    char path[] = "/tmp/ps-secret-XXXXXX";
    const int fd = mkstemp(path);

    PS_REQUIRE(fd >= 0 && write(fd, bytes, count) == (ssize_t)count && fchmod(fd, mode) == 0);
    close(fd);
    const int rc = ps_secret_read(path, kind, text, sizeof(text));
    unlink(path);
    return rc;
}

static void a_file_of_ours_is_read_whole(void)
{
    CU_ASSERT_EQUAL(read_file("1234567", 7, 0640, PS_SECRET_HIDDEN), 0);
    CU_ASSERT_STRING_EQUAL(text, "1234567");
    CU_ASSERT_EQUAL(read_file("", 0, 0400, PS_SECRET_HIDDEN), 0);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void what_does_not_fit_or_is_no_text_is_refused(void)
{
    CU_ASSERT_EQUAL(read_file("12345678", 8, 0600, PS_SECRET_HIDDEN), -EINVAL);
    CU_ASSERT_EQUAL(read_file("12\0"
                              "4",
                              4, 0600, PS_SECRET_HIDDEN),
                    -EINVAL);
}

static void others_must_not_read_what_is_hidden_nor_write_what_is_public(void)
{
    static const mode_t too_open[] = { 0602, 0601, 0620, 0610, 0666, 0777 };

    for (size_t i = 0; i < PS_ARRAY_LEN(too_open); i++) {
        CU_ASSERT_EQUAL(read_file("x", 1, too_open[i], PS_SECRET_HIDDEN), -EPERM);
        CU_ASSERT_EQUAL(read_file("x", 1, too_open[i], PS_SECRET_PUBLIC), -EPERM);
    }
    CU_ASSERT_EQUAL(read_file("x", 1, 0644, PS_SECRET_HIDDEN), -EPERM);
    CU_ASSERT_EQUAL(read_file("x", 1, 0644, PS_SECRET_PUBLIC), 0);
}

static void what_is_no_file_is_refused(void)
{
    CU_ASSERT_EQUAL(ps_secret_read("/dev/null", PS_SECRET_HIDDEN, text, sizeof(text)), -EPERM);
    CU_ASSERT_EQUAL(ps_secret_read("/tmp", PS_SECRET_PUBLIC, text, sizeof(text)), -EPERM);
    CU_ASSERT_EQUAL(ps_secret_read("/nonexistent/x", PS_SECRET_HIDDEN, text, 8), -ENOENT);
}

static void bytes_are_equal_or_not(void)
{
    CU_ASSERT_TRUE(ps_secret_equal("abc", "abc", 3));
    CU_ASSERT_TRUE(ps_secret_equal("abc", "abd", 2));
    CU_ASSERT_FALSE(ps_secret_equal("abc", "abd", 3));
    CU_ASSERT_FALSE(ps_secret_equal("\x80", "\0", 1));
    CU_ASSERT_TRUE(ps_secret_equal("", "x", 0));
}

static void drawn_bytes_differ(void)
{
    unsigned char one[32] = { 0 }, two[32] = { 0 };

    ps_secret_draw(one, sizeof(one));
    ps_secret_draw(two, sizeof(two));
    CU_ASSERT_FALSE(ps_secret_equal(one, two, sizeof(one)));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_file_of_ours_is_read_whole),
        PS_TEST(what_does_not_fit_or_is_no_text_is_refused),
        PS_TEST(others_must_not_read_what_is_hidden_nor_write_what_is_public),
        PS_TEST(what_is_no_file_is_refused),
        PS_TEST(bytes_are_equal_or_not),
        PS_TEST(drawn_bytes_differ),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}

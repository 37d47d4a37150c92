/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/watermark/test_key.c - a title's key: of secret and name, from digits, from a
 * file. */
#include "host/watermark/key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/ps_test.h"

static void keys_differ_by_secret_and_title(void)
{
    CU_ASSERT_EQUAL(ps_mark_key(1, 2), ps_mark_key(1, 2));
    CU_ASSERT_NOT_EQUAL(ps_mark_key(1, 2), ps_mark_key(1, 3));
    CU_ASSERT_NOT_EQUAL(ps_mark_key(1, 2), ps_mark_key(2, 2));
    CU_ASSERT_NOT_EQUAL(ps_mark_key(1, 2), ps_mark_key(2, 1));
}

static void digits_become_a_key(void)
{
    uint64_t key = 0;

    CU_ASSERT_EQUAL(ps_mark_key_parse("0", &key), 0);
    CU_ASSERT_EQUAL(key, 0);
    CU_ASSERT_EQUAL(ps_mark_key_parse("0123456789aBcDeF", &key), 0);
    CU_ASSERT_EQUAL(key, 0x0123456789abcdef);
}

static void other_text_is_no_key(void)
{
    static const char *const bad[] = { "", "0x12", "12 ", "-1", "g", "00123456789abcdef" };
    uint64_t key = 7;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CU_ASSERT_EQUAL(ps_mark_key_parse(bad[i], &key), -EINVAL);
    CU_ASSERT_EQUAL(key, 7);
}

static int load(const void *bytes, size_t size_bytes, uint64_t *ret_secret)
{
    char path[] = "/tmp/test-key-XXXXXX";
    const int fd = mkstemp(path);
    int rc;

    PS_REQUIRE(fd >= 0 && write(fd, bytes, size_bytes) == (ssize_t)size_bytes);
    close(fd);
    rc = ps_mark_secret_load(path, ret_secret);
    unlink(path);
    return rc;
}

static void a_secret_has_eight_bytes(void)
{
    const uint64_t secret[2] = { 0x1122334455667788, 1 };
    uint64_t got = 0;

    CU_ASSERT_EQUAL(load(secret, 8, &got), 0);
    CU_ASSERT_EQUAL(got, secret[0]);
    CU_ASSERT_EQUAL(load(secret, 7, &got), -EINVAL);
    CU_ASSERT_EQUAL(load(secret, 9, &got), -EINVAL);
    CU_ASSERT_EQUAL(load(secret, 0, &got), -EINVAL);
    CU_ASSERT_EQUAL(ps_mark_secret_load("/nowhere/at/all", &got), -ENOENT);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(keys_differ_by_secret_and_title),
        PS_TEST(digits_become_a_key),
        PS_TEST(other_text_is_no_key),
        PS_TEST(a_secret_has_eight_bytes),
    };

    return ps_test_run("host/watermark/key", tests, sizeof(tests) / sizeof(tests[0]));
}

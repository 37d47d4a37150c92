/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_keys.c - a file of keys is right, or refused. */
#include "host/feed/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define KEY_16 "000102030405060708090a0b0c0d0e0F"

static struct ps_feed_keys keys;

static uid_t owner; /* of the file; 0: whoever runs this */

static int read_text(const char *text, mode_t mode)
{
    char path[] = "/tmp/ps-keys-XXXXXX";
    const int fd = mkstemp(path);

    PS_REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    PS_REQUIRE(fchmod(fd, mode) == 0);
    PS_REQUIRE(owner == 0 || fchown(fd, owner, (gid_t)-1) == 0);
    close(fd);
    ps_feed_keys_clear(&keys);
    const int rc = ps_feed_keys_read(&keys, path);
    unlink(path);
    return rc;
}

static void each_line_is_an_identity_and_a_key(void)
{
    CU_ASSERT_EQUAL(read_text("# keys\n\nedge-1:" KEY_16 "\nedge-2:" KEY_16 KEY_16, 0600), 0);
    CU_ASSERT_EQUAL(keys.count, 2);
    const struct ps_feed_key *key = ps_feed_keys_find(&keys, "edge-2");
    PS_REQUIRE(key != NULL);
    CU_ASSERT_TRUE(key->byte_count == 32 && key->bytes[17] == 1 && key->bytes[31] == 15);
    CU_ASSERT_PTR_NULL(ps_feed_keys_find(&keys, "edge-3"));
    CU_ASSERT_PTR_NULL(ps_feed_keys_find(&keys, ""));
    CU_ASSERT_EQUAL(read_text("e:" KEY_16 "\n", 0640), 0);
    ps_feed_keys_clear(&keys);
    CU_ASSERT_TRUE(keys.count == 0 && keys.list[0].bytes[1] == 0);
}

static void a_file_that_others_can_reach_is_refused(void)
{
    static const mode_t open_modes[] = { 0604, 0602, 0601, 0620, 0610, 0666, 0777 };

    for (size_t i = 0; i < PS_ARRAY_LEN(open_modes); i++)
        CU_ASSERT_EQUAL(read_text("e:" KEY_16, open_modes[i]), -EPERM);
    CU_ASSERT_EQUAL(ps_feed_keys_read(&keys, "/dev/null"), -EPERM);
    CU_ASSERT_EQUAL(ps_feed_keys_read(&keys, "/nonexistent/key"), -ENOENT);
    CU_ASSERT_EQUAL(keys.count, 0);
}

/* Who owns it knows the keys, and can change them. Only root can give files away. */
static void a_file_of_another_user_is_refused(void)
{
    if (geteuid() != 0)
        return;
    owner = 65534;
    CU_ASSERT_EQUAL(read_text("e:" KEY_16, 0600), -EPERM);
    owner = 0;
    CU_ASSERT_EQUAL(read_text("e:" KEY_16, 0600), 0);
}

static void files_that_are_none_are_refused(void)
{
    static const char *const bad[] = {
        "",
        "# nothing\n",
        "edge-1\n",
        ":" KEY_16,
        "edge-1:",
        "edge-1:" KEY_16 "0",
        "edge-1:000102030405060708090a0b0c0d0e", /* 15 bytes */
        "edge-1:" KEY_16 "\r\n",
        "edge 1:" KEY_16,
        "edge-1:" KEY_16 KEY_16 KEY_16 KEY_16 "00", /* 65 bytes */
        "edge-1:" KEY_16 "\nedge-1:" KEY_16,        /* whose is it? */
        "12345678901234567890123456789012345678901234567890123456789012345:" KEY_16,
    };
    char many[(PS_FEED_KEYS_MAX + 1) * 64] = "";

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(read_text(bad[i], 0600), -EINVAL);
        CU_ASSERT_EQUAL(keys.count, 0);
    }
    for (unsigned i = 0; i <= PS_FEED_KEYS_MAX; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "e%u:%s\n", i, KEY_16);
    CU_ASSERT_EQUAL(read_text(many, 0600), -EINVAL);
    char *large = ps_zalloc(1, 10000);
    PS_REQUIRE(large != NULL);
    memset(large, '#', 9999);
    CU_ASSERT_EQUAL(read_text(large, 0600), -EINVAL);
    free(large);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_line_is_an_identity_and_a_key),
        PS_TEST(a_file_that_others_can_reach_is_refused),
        PS_TEST(a_file_of_another_user_is_refused),
        PS_TEST(files_that_are_none_are_refused),
    };

    return ps_test_run("host/feed/keys", tests, PS_ARRAY_LEN(tests));
}

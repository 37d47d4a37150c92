/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_psk.c - a key file is right, or refused with a reason. */
#include "dpdk/psk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define KEY_16 "000102030405060708090a0b0c0d0e0F"

static struct nic_psk psk;
static struct nic_problem problem;

static uid_t owner; /* of the file; 0: whoever runs this */

/* Write a file, read it as a key, remove it. */
static int read_text(const char *text, mode_t mode)
{
    char path[] = "/tmp/prestage-psk-XXXXXX";
    const int fd = mkstemp(path);
    int rc;

    PS_REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    PS_REQUIRE(fchmod(fd, mode) == 0);
    PS_REQUIRE(owner == 0 || fchown(fd, owner, (gid_t)-1) == 0);
    close(fd);
    psk = (struct nic_psk){ 0 };
    problem.text[0] = '\0';
    rc = nic_psk_read(path, &psk, &problem);
    unlink(path);
    return rc;
}

static void a_line_is_an_identity_and_a_key(void)
{
    CU_ASSERT_EQUAL(read_text("edge-1:" KEY_16 "\n", 0600), 0);
    CU_ASSERT_STRING_EQUAL(psk.identity, "edge-1");
    CU_ASSERT_EQUAL(psk.key_bytes, 16);
    CU_ASSERT_TRUE(psk.key[0] == 0 && psk.key[10] == 10 && psk.key[15] == 15);
    CU_ASSERT_EQUAL(read_text("e:" KEY_16 KEY_16 KEY_16 KEY_16, 0640), 0);
    CU_ASSERT_EQUAL(psk.key_bytes, NIC_PSK_KEY_BYTES_MAX);
    nic_psk_clear(&psk);
    CU_ASSERT_TRUE(psk.key_bytes == 0 && psk.key[15] == 0 && psk.identity[0] == '\0');
}

static void a_file_that_others_can_reach_is_refused(void)
{
    static const mode_t open_modes[] = { 0604, 0602, 0601, 0620, 0610, 0666, 0777 };

    for (size_t i = 0; i < NIC_ARRAY_LEN(open_modes); i++) {
        CU_ASSERT_EQUAL(read_text("e:" KEY_16, open_modes[i]), -EACCES);
        CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "0600"));
        CU_ASSERT_EQUAL(psk.key_bytes, 0);
    }
    CU_ASSERT_EQUAL(nic_psk_read("/dev/null", &psk, &problem), -EACCES);
    CU_ASSERT_EQUAL(nic_psk_read("/nonexistent/key", &psk, &problem), -ENOENT);
}

/* Who owns it knows the key, and can change it. Only root can give files away. */
static void a_file_of_another_user_is_refused(void)
{
    if (geteuid() != 0)
        return;
    owner = 65534;
    CU_ASSERT_EQUAL(read_text("e:" KEY_16, 0600), -EACCES);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "another user"));
    owner = 0;
    CU_ASSERT_EQUAL(read_text("e:" KEY_16, 0600), 0);
}

static void lines_that_are_none_are_refused_without_telling_them(void)
{
    static const char long_identity[] =
        "12345678901234567890123456789012345678901234567890123456789012345:" KEY_16;
    static const char *const bad[] = {
        "",
        "\n",
        "edge-1",
        ":" KEY_16,
        "edge-1:",
        "edge-1:" KEY_16 "0",
        "edge-1:000102030405060708090a0b0c0d0e", /* 15 bytes */
        "edge-1:000102030405060708090a0b0c0d0e0g",
        "edge-1:" KEY_16 "\nedge-2:" KEY_16 "\n",
        "edge-1:" KEY_16 "\r\n",
        "edge 1:" KEY_16,
        "edge-1:" KEY_16 KEY_16 KEY_16 KEY_16 "00", /* 65 bytes */
        long_identity,
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(read_text(bad[i], 0600), -EINVAL);
        CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "IDENTITY:HEXKEY"));
        CU_ASSERT_PTR_NULL(strstr(problem.text, "0001020304"));
        CU_ASSERT_EQUAL(psk.key_bytes, 0);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_line_is_an_identity_and_a_key),
        PS_TEST(a_file_that_others_can_reach_is_refused),
        PS_TEST(a_file_of_another_user_is_refused),
        PS_TEST(lines_that_are_none_are_refused_without_telling_them),
    };

    return ps_test_run("dpdk/psk", tests, NIC_ARRAY_LEN(tests));
}

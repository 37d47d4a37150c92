/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_keys.c - a key file is right, or refused with the line that is not. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/token/forge.h"

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" /* 32 bytes */

static const char p384[] = "-----BEGIN PUBLIC KEY-----\n"
                           "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEausguziYTApeMYefrsAWWtHNyzKzl0vX\n"
                           "2ufO+T/kQA7TJVhG0nBWdMlbej4AhknG+OdBz3VDutD4PDBA/L3WrQx7GJCoeTo4\n"
                           "4SdmEFLW9XYwCT5w8X9cuvLjI+Dum30i\n"
                           "-----END PUBLIC KEY-----\n";

static struct ps_token_keys keys;
static char why[300];

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    PS_REQUIRE(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    PS_REQUIRE(chmod(path, mode) == 0);
}

/* A key file of @p text beside a file `pub.pem` of @p pem. */
static int read_both(const char *text, mode_t mode, const char *pem, mode_t pem_mode)
{
    char folder[] = "/tmp/ps-keys-XXXXXX", path[64], pem_path[64];

    PS_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/keys", folder);
    snprintf(pem_path, sizeof(pem_path), "%s/pub.pem", folder);
    write_file(path, text, mode);
    write_file(pem_path, pem, pem_mode);
    ps_token_keys_clear(&keys);
    const int rc = ps_token_keys_read(&keys, path, why, sizeof(why));
    unlink(path);
    unlink(pem_path);
    rmdir(folder);
    CU_ASSERT_EQUAL(rc == 0, why[0] == '\0');
    CU_ASSERT_PTR_NULL(strstr(why, SECRET)); /* it goes to a log */
    return rc;
}

static int read_text(const char *text)
{
    return read_both(text, 0600, forge_cdn_pem, 0644);
}

static int read_pem(const char *pem)
{
    return read_both("a:ES256:pub.pem", 0600, pem, 0644);
}

static void each_line_is_a_key_and_the_first_secret_signs(void)
{
    PS_REQUIRE(read_text("# of issuers\ncdn:ES256:pub.pem\n\nnew:HS256:" SECRET
                         "\nold:HS256:" SECRET "A") == 0);
    CU_ASSERT_EQUAL(keys.count, 3);
    CU_ASSERT_STRING_EQUAL(ps_token_keys_signer(&keys)->kid, "new");
    CU_ASSERT_EQUAL(ps_token_keys_signer(&keys)->byte_count, 32);
    CU_ASSERT_EQUAL(memcmp(ps_token_keys_signer(&keys)->bytes, OWN_KEY, 32), 0);
    CU_ASSERT_EQUAL(ps_token_keys_find(&keys, "cdn")->algorithm, PS_TOKEN_ES256);
    CU_ASSERT_PTR_NULL(ps_token_keys_find(&keys, ""));
    PS_REQUIRE(read_text("cdn:ES256:pub.pem\n") == 0);
    CU_ASSERT_PTR_NULL(ps_token_keys_signer(&keys));
}

static void a_line_that_is_no_key_is_refused_and_named(void)
{
    static const char *const bad[] = {
        "a",
        "a:HS256",
        "a:HS256:",
        "a:HS256:c2hvcnQ",
        "a:HS256:" SECRET "=",
        "a:HS512:" SECRET,
        "a:none:",
        "a:RS256:pub.pem",
        ":HS256:" SECRET,
        "a b:HS256:" SECRET,
        "a:ES256:",
        "a:ES256:../none.pem",
        "a:HS256:" SECRET "\na:HS256:" SECRET,
        "a:HS256:" SECRET "\r",
        "a:HS256:" SECRET "\xff\xff\xff\xff",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_NOT_EQUAL(read_text(bad[i]), 0);
        CU_ASSERT_EQUAL(keys.count, 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, strchr(bad[i], '\n') == NULL ? "/keys:1: " : ":2: "));
    }
    CU_ASSERT_EQUAL(read_text(""), -EINVAL);
    CU_ASSERT_EQUAL(read_text("# a:HS256:" SECRET), -EINVAL);
}

static void there_is_an_end_to_keys(void)
{
    char text[2048] = "";

    for (unsigned i = 0; i < PS_TOKEN_KEYS_MAX + 1; i++) {
        char line[80];

        snprintf(line, sizeof(line), "k%u:HS256:" SECRET "\n", i);
        strcat(text, line);
        CU_ASSERT_EQUAL(read_text(text), i < PS_TOKEN_KEYS_MAX ? 0 : -EINVAL);
    }
}

static void only_a_public_key_on_the_right_curve_is_one(void)
{
    char text[512];

    CU_ASSERT_EQUAL(read_pem(forge_cdn_pem), 0);
    CU_ASSERT_EQUAL(read_pem(p384), -EINVAL);
    CU_ASSERT_EQUAL(read_pem(""), -EINVAL);
    CU_ASSERT_EQUAL(read_pem("-----BEGIN EC PRIVATE KEY-----\nAAAA\n"), -EINVAL);
    snprintf(text, sizeof(text), "%s%s", forge_cdn_pem, forge_cdn_pem);
    CU_ASSERT_EQUAL(read_pem(text), -EINVAL);
    snprintf(text, sizeof(text), "%s", forge_cdn_pem);
    text[30] = '?';
    CU_ASSERT_EQUAL(read_pem(text), -EINVAL);
}

static void files_that_others_can_reach_are_refused(void)
{
    CU_ASSERT_EQUAL(read_both("a:HS256:" SECRET, 0640, "", 0600), 0);
    CU_ASSERT_EQUAL(read_both("a:HS256:" SECRET, 0644, "", 0600), -EPERM);
    CU_ASSERT_EQUAL(read_both("a:HS256:" SECRET, 0660, "", 0600), -EPERM);
    CU_ASSERT_EQUAL(read_both("a:ES256:pub.pem", 0600, forge_cdn_pem, 0664), -EPERM);
    CU_ASSERT_EQUAL(ps_token_keys_read(&keys, "/nonexistent/keys", why, sizeof(why)), -ENOENT);
}

static void drawn_keys_are_different_and_fit_a_file(void)
{
    char one[PS_TOKEN_KEY_LINE_BYTES], two[PS_TOKEN_KEY_LINE_BYTES], both[200];

    ps_token_draw_key(one);
    ps_token_draw_key(two);
    CU_ASSERT_STRING_NOT_EQUAL(one, two);
    snprintf(both, sizeof(both), "%s%s", one, two);
    CU_ASSERT_EQUAL(read_text(both), 0);
    CU_ASSERT_EQUAL(keys.count, 2);
    ps_token_keys_draw(&keys);
    CU_ASSERT_EQUAL(keys.count, 1);
    CU_ASSERT_PTR_NOT_NULL(ps_token_keys_signer(&keys));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_line_is_a_key_and_the_first_secret_signs),
        PS_TEST(a_line_that_is_no_key_is_refused_and_named),
        PS_TEST(there_is_an_end_to_keys),
        PS_TEST(only_a_public_key_on_the_right_curve_is_one),
        PS_TEST(files_that_others_can_reach_are_refused),
        PS_TEST(drawn_keys_are_different_and_fit_a_file),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}

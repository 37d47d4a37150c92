/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/nkeys/test_text.c - base32 as RFC 4648 says, and the check sum. */
#include <string.h>

#include "host/base/mem.h"
#include "host/nkeys/nkeys_priv.h"
#include "tests/support/ps_test.h"

static void texts_are_those_of_the_standard(void)
{
    static const char *const pairs[][2] = {
        { "", "" },         { "f", "MY" },         { "fo", "MZXQ" },
        { "foo", "MZXW6" }, { "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }
    };
    uint8_t bytes[8];
    char text[16];

    for (unsigned i = 0; i < PS_ARRAY_LEN(pairs); i++) {
        const size_t size = strlen(pairs[i][0]);

        ps_nkey_base32((const uint8_t *)pairs[i][0], size, text);
        CU_ASSERT_STRING_EQUAL(text, pairs[i][1]);
        CU_ASSERT_EQUAL(ps_nkey_from_base32(text, strlen(text), bytes, sizeof(bytes)), (int)size);
        CU_ASSERT_EQUAL(memcmp(bytes, pairs[i][0], size), 0);
    }
}

static void other_letters_and_too_much_are_refused(void)
{
    uint8_t bytes[2];

    CU_ASSERT_EQUAL(ps_nkey_from_base32("mzxq", 4, bytes, sizeof(bytes)), -1);
    CU_ASSERT_EQUAL(ps_nkey_from_base32("MZ1Q", 4, bytes, sizeof(bytes)), -1);
    CU_ASSERT_EQUAL(ps_nkey_from_base32("MZ\0Q", 4, bytes, sizeof(bytes)), -1);
    CU_ASSERT_EQUAL(ps_nkey_from_base32("MZXW6", 5, bytes, sizeof(bytes)), -1);
}

static void check_sum_is_that_of_xmodem(void)
{
    CU_ASSERT_EQUAL(ps_nkey_crc16((const uint8_t *)"123456789", 9), 0x31c3);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(texts_are_those_of_the_standard),
        PS_TEST(other_letters_and_too_much_are_refused),
        PS_TEST(check_sum_is_that_of_xmodem),
    };

    return ps_test_run("host/nkeys/text", tests, PS_ARRAY_LEN(tests));
}

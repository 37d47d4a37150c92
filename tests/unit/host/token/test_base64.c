/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/token/test_base64.c - bytes have one spelling, and there is no other. */
#include <string.h>

#include "host/base/mem.h"
#include "host/token/token_priv.h"
#include "tests/support/ps_test.h"

static int decode(const char *text, size_t room)
{
    uint8_t bytes[16];

    return ps_token_decode(text, strlen(text), "-_", bytes, room);
}

static void the_vectors_of_rfc_4648_are_decoded(void)
{
    static const char *const vectors[][2] = {
        { "", "" },           { "Zg", "f" },          { "Zm8", "fo" },         { "Zm9v", "foo" },
        { "Zm9vYg", "foob" }, { "Zm9vYmE", "fooba" }, { "Zm9vYmFy", "foobar" }
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(vectors); i++) {
        uint8_t bytes[8] = { 0 };
        char text[16];
        const int count =
            ps_token_decode(vectors[i][0], strlen(vectors[i][0]), "-_", bytes, sizeof(bytes));

        CU_ASSERT_EQUAL(count, strlen(vectors[i][1]));
        CU_ASSERT_EQUAL(memcmp(bytes, vectors[i][1], strlen(vectors[i][1])), 0);
        ps_token_encode(bytes, (size_t)count, text);
        CU_ASSERT_STRING_EQUAL(text, vectors[i][0]);
    }
}

static void each_alphabet_is_its_own(void)
{
    uint8_t bytes[4];
    char text[8];

    CU_ASSERT_EQUAL(ps_token_decode("-_-_", 4, "-_", bytes, 4), 3);
    ps_token_encode(bytes, 3, text);
    CU_ASSERT_STRING_EQUAL(text, "-_-_");
    CU_ASSERT_EQUAL(ps_token_decode("+/+/", 4, "+/", bytes, 4), 3);
    CU_ASSERT_EQUAL(ps_token_decode("+/+/", 4, "-_", bytes, 4), -1);
    CU_ASSERT_EQUAL(ps_token_decode("-_-_", 4, "+/", bytes, 4), -1);
}

static void other_spellings_of_the_same_bytes_are_refused(void)
{
    static const char *const bad[] = {
        "Zg==", "Zh", "Zm9", "Zm 8", "Zm8\n", "Z", "Zm9vY", "Z\xc3g"
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(decode(bad[i], 16), -1);
}

static void what_does_not_fit_is_refused(void)
{
    CU_ASSERT_EQUAL(decode("Zm9vYg", 4), 4);
    CU_ASSERT_EQUAL(decode("Zm9vYg", 3), -1);
    CU_ASSERT_EQUAL(decode("Zg", 0), -1);
    CU_ASSERT_EQUAL(decode("", 0), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_vectors_of_rfc_4648_are_decoded),
        PS_TEST(each_alphabet_is_its_own),
        PS_TEST(other_spellings_of_the_same_bytes_are_refused),
        PS_TEST(what_does_not_fit_is_refused),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_web_base64.c - the test vectors of RFC 4648, and what is none. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/web_priv.h"
#include "tests/support/ps_test.h"

static void the_vectors_of_the_rfc_hold(void)
{
    static const char *const pairs[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(pairs); i++) {
        void *data = NULL;
        size_t bytes = 0;
        char *text = ps_web_base64(pairs[i][0], strlen(pairs[i][0]));

        PS_REQUIRE(text != NULL);
        CU_ASSERT_STRING_EQUAL(text, pairs[i][1]);
        free(text);
        PS_REQUIRE(ps_web_base64_read(pairs[i][1], strlen(pairs[i][1]), &data, &bytes) == 0);
        CU_ASSERT_EQUAL(bytes, strlen(pairs[i][0]));
        CU_ASSERT_EQUAL(memcmp(data, pairs[i][0], bytes), 0);
        free(data);
    }
}

static void every_byte_comes_back(void)
{
    uint8_t all[256 + 2];
    void *data = NULL;
    size_t bytes = 0;

    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)(i * 7);
    for (size_t length = 0; length <= sizeof(all); length++) {
        char *text = ps_web_base64(all, length);

        PS_REQUIRE(text != NULL);
        PS_REQUIRE(ps_web_base64_read(text, strlen(text), &data, &bytes) == 0);
        CU_ASSERT_TRUE(bytes == length && memcmp(data, all, length) == 0);
        free(data);
        free(text);
    }
}

static void other_texts_are_refused(void)
{
    static const char *const texts[] = {
        "Z",    "Zg",       "Zg=",  "=",      "====", "Z===", "Zh==",
        "Zm9=", "Zg==Zg==", "Zm 9", "Zm9v\n", "Z=9v", "Zm-_", "\xff\xff\xff\xff"
    };
    void *data = NULL;
    size_t bytes = 0;

    for (size_t i = 0; i < PS_ARRAY_LEN(texts); i++)
        CU_ASSERT_EQUAL(ps_web_base64_read(texts[i], strlen(texts[i]), &data, &bytes), -EBADMSG);
}

static void want_of_memory_is_told(void)
{
    void *data = NULL;
    size_t bytes = 0;

    ps_fail_alloc_after(0);
    CU_ASSERT_PTR_NULL(ps_web_base64("foo", 3));
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_web_base64_read("Zm9v", 4, &data, &bytes), -ENOMEM);
    ps_fail_alloc_never();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(the_vectors_of_the_rfc_hold),
        PS_TEST(every_byte_comes_back),
        PS_TEST(other_texts_are_refused),
        PS_TEST(want_of_memory_is_told),
    };

    return ps_test_run("host/messaging/web_base64.c", tests, PS_ARRAY_LEN(tests));
}

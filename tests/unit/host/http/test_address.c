/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/http/test_address.c - one word, taken apart or refused. */
#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/http/http.h"
#include "tests/support/ps_test.h"

static void addresses_of_both_kinds_are_taken_apart(void)
{
    char address[PS_HTTP_ADDRESS_BYTES_MAX];
    uint16_t port = 1;

    CU_ASSERT_EQUAL(ps_http_split_address("127.0.0.1:9464", address, &port), 0);
    CU_ASSERT_STRING_EQUAL(address, "127.0.0.1");
    CU_ASSERT_EQUAL(port, 9464);
    CU_ASSERT_EQUAL(ps_http_split_address("[::1]:0", address, &port), 0);
    CU_ASSERT_STRING_EQUAL(address, "::1");
    CU_ASSERT_EQUAL(port, 0);
    CU_ASSERT_EQUAL(ps_http_split_address("[2001:db8::7]:65535", address, &port), 0);
    CU_ASSERT_STRING_EQUAL(address, "2001:db8::7");
    CU_ASSERT_EQUAL(port, 65535);
}

static void anything_else_is_refused(void)
{
    static const char *const bad[] = {
        "",
        ":",
        "127.0.0.1",
        ":9464",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "::1:9464",
        "[]:80",
        "[::1]",
        "[:80",
        "127.0.0.1:+80",
        "127.0.0.1: 80",
        "[::1]80:1",
        "[::1:80",
        "127.0.0.1:000080",
        "[",
        "127.0.0.1:80x",
        "]:80:80",
        "12345678901234567890123456789012345678901234567:80",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        char address[PS_HTTP_ADDRESS_BYTES_MAX] = "as it was";
        uint16_t port = 7;

        CU_ASSERT_EQUAL(ps_http_split_address(bad[i], address, &port), -EINVAL);
        CU_ASSERT_STRING_EQUAL(address, "as it was");
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(addresses_of_both_kinds_are_taken_apart),
        PS_TEST(anything_else_is_refused),
    };

    return ps_test_run("host/http/address.c", tests, PS_ARRAY_LEN(tests));
}

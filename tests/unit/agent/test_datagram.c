/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_datagram.c - the bytes of a look, against those that Python made. */
#include "agent/datagram_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/ps_test.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct psa_key key;
static struct psa_datagram datagram;

/* tests/support/datagram.py: make(0x1122334455667788, bytes(range(32)), {"media": "clip",
 * "from": 1700000000, "to": 1700000600, "p": 0.75, "region": 5}, 7, time_ms=1700000000123,
 * device=3).hex() */
static const char vector[] =
    "505350440100000043dee4d6e87a4fbc030000007900000088776655443322117b68e5cf8b01000007000000"
    "00000000629862d869ec6ca3b55013f746b50eb0157fbd970626e0d306a0fd89fb61323185a56d65646961a4"
    "636c6970a466726f6dcf000000006553f100a2746fcf000000006553f358a170cb3fe8000000000000a67265"
    "67696f6ecf0000000000000005";

static void a_look_is_the_bytes_that_the_edge_takes(void)
{
    const struct prestage_agent_look look = {
        .media = "clip", .from_s = 1700000000, .to_s = 1700000600, .probability = 0.75
    };
    const struct psa_stamp stamp = {
        .time_ms = 1700000000123, .sequence = 7, .device = 3, .region = 5
    };
    char hex[2 * PPD_BYTES_MAX + 1] = "";

    PS_REQUIRE(psa_key_read(&key, "1122334455667788:" KEY "\n") == 0);
    psa_datagram_make(&datagram, &look, &stamp, &key);
    for (size_t i = 0; i < datagram.count; i++)
        snprintf(hex + 2 * i, 3, "%02x", datagram.bytes[i]);
    CU_ASSERT_STRING_EQUAL(hex, vector);
}

static void the_longest_fits(void)
{
    struct prestage_agent_look look = { .from_s = INT64_MAX, .to_s = INT64_MAX, .probability = 1 };
    const struct psa_stamp stamp = { .time_ms = UINT64_MAX,
                                     .sequence = UINT64_MAX,
                                     .region = 65535 };

    memset(look.media, 'a', PRESTAGE_AGENT_MEDIA_MAX);
    psa_datagram_make(&datagram, &look, &stamp, &key);
    CU_ASSERT_TRUE(datagram.count > PRESTAGE_AGENT_MEDIA_MAX && datagram.count <= PPD_BYTES_MAX);
    look.media[31] = '\0';
    psa_datagram_make(&datagram, &look, &stamp, &key);
    CU_ASSERT_EQUAL(datagram.bytes[80 + 1 + 6], 0xbf); /* the longest of one byte's form */
    look.media[31] = 'a';
    look.media[32] = '\0';
    psa_datagram_make(&datagram, &look, &stamp, &key);
    CU_ASSERT_TRUE(datagram.bytes[80 + 1 + 6] == 0xd9 && datagram.bytes[80 + 1 + 7] == 32);
}

static void keys_are_read_or_refused(void)
{
    static const char *const bad[] = { "",
                                       ":",
                                       "1122334455667788",
                                       "1122334455667788:",
                                       "112233445566778:" KEY,
                                       "0000000000000000:" KEY,
                                       "1122334455667788:" KEY "00",
                                       "1122334455667788:00" KEY,
                                       "1122334455667788:" KEY "\n\n",
                                       "1122334455667788:" KEY " ",
                                       "112233445566778g:" KEY };
    struct psa_key before;

    PS_REQUIRE(psa_key_read(&key, "1122334455667788:" KEY) == 0);
    CU_ASSERT_TRUE(key.id == UINT64_C(0x1122334455667788) && key.bytes[31] == 0x1f);
    before = key;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CU_ASSERT_EQUAL(psa_key_read(&key, bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(memcmp(&key, &before, sizeof(key)), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_look_is_the_bytes_that_the_edge_takes),
        PS_TEST(the_longest_fits),
        PS_TEST(keys_are_read_or_refused),
    };

    return ps_test_run("agent/datagram", tests, sizeof(tests) / sizeof(tests[0]));
}

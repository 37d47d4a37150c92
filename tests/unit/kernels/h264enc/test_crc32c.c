/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/kernels/h264enc/test_crc32c.c - published vectors; any cut gives the same. */
#include "kernels/h264enc/crc32c_priv.h"

#include "tests/support/ps_test.h"
#include "tests/unit/kernels/frames.h"

static struct psk_crc32c crc;

static void matches_rfc3720_vectors(void)
{
    uint8_t bytes[32] = { 0 };

    psk_crc32c_init(&crc);
    CU_ASSERT_EQUAL(psk_crc32c(&crc, 0, bytes, 32), 0x8a9136aau);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    CU_ASSERT_EQUAL(psk_crc32c(&crc, 0, bytes, 32), 0x46dd794eu);
}

static void goes_on_where_it_stopped(void)
{
    uint8_t bytes[100];

    psk_crc32c_init(&crc);
    fill_with_noise(bytes, sizeof(bytes), 1);
    const uint32_t all = psk_crc32c(&crc, 0, bytes, 100);

    for (uint32_t cut = 0; cut <= 100; cut++)
        CU_ASSERT_EQUAL(psk_crc32c(&crc, psk_crc32c(&crc, 0, bytes, cut), bytes + cut, 100 - cut),
                        all);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(matches_rfc3720_vectors),
        PS_TEST(goes_on_where_it_stopped),
    };

    return ps_test_run("kernels/h264enc/crc32c", tests, LENGTH(tests));
}

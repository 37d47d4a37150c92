/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/request/test_device.c - kinds of devices by what they call themselves. */
#include "host/request/device.h"

#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void devices_are_told_by_their_agents(void)
{
    static const struct {
        const char *agent;
        enum ps_device device;
    } cases[] = {
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) Mobile/15E148", PS_DEVICE_PHONE },
        { "Mozilla/5.0 (Linux; Android 13; Pixel 7) Chrome/114 Mobile", PS_DEVICE_PHONE },
        { "Mozilla/5.0 (Linux; Android 13; SM-X700) Chrome/114", PS_DEVICE_TABLET },
        { "Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) Mobile/15E148", PS_DEVICE_TABLET },
        { "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0)", PS_DEVICE_TELEVISION },
        { "Mozilla/5.0 (Linux; Android 9; AFTMM) Mobile", PS_DEVICE_TELEVISION },
        { "Roku/DVP-9.10", PS_DEVICE_TELEVISION },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", PS_DEVICE_COMPUTER },
        { "Mozilla/5.0 (X11; Linux x86_64)", PS_DEVICE_COMPUTER },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", PS_DEVICE_COMPUTER },
        { "curl/7.88.1", PS_DEVICE_UNKNOWN },
        { "-", PS_DEVICE_UNKNOWN },
        { "", PS_DEVICE_UNKNOWN },
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++)
        CU_ASSERT_EQUAL(ps_device_of_agent(cases[i].agent, strlen(cases[i].agent)),
                        cases[i].device);
}

static void what_is_behind_the_text_is_not_read(void)
{
    CU_ASSERT_EQUAL(ps_device_of_agent("iPhone", 5), PS_DEVICE_UNKNOWN);
    CU_ASSERT_EQUAL(ps_device_of_agent("iPhone", 6), PS_DEVICE_PHONE);
}

static void classes_have_names(void)
{
    CU_ASSERT_PTR_NULL(ps_device_name(PS_DEVICE_UNKNOWN));
    CU_ASSERT_STRING_EQUAL(ps_device_name(PS_DEVICE_COMPUTER), "computer");
    CU_ASSERT_PTR_NULL(ps_device_name(200));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(devices_are_told_by_their_agents),
        PS_TEST(what_is_behind_the_text_is_not_read),
        PS_TEST(classes_have_names),
    };

    return ps_test_run("host/request/device.c", tests, PS_ARRAY_LEN(tests));
}

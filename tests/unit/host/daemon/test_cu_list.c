/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_cu_list.c - lists of CU shares, right and wrong. */
#include "host/daemon/cu_list.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "kernels/abi/kernels.h"
#include "tests/support/ps_test.h"

static void a_list_is_read_and_printed_as_it_was(void)
{
    static const char text[] = "scale:500000x2,h264enc:1000000,mark:1x64";
    struct ps_lease_request request = { .item_count = 0 };
    char printed[PS_CU_LIST_BYTES_MAX];

    PS_REQUIRE(ps_cu_list_parse(&request, text) == 0);
    CU_ASSERT_EQUAL(request.item_count, 3);
    CU_ASSERT_EQUAL(request.items[0].kernel, PSK_KERNEL_SCALE);
    CU_ASSERT_EQUAL(request.items[0].share, 500000);
    CU_ASSERT_EQUAL(request.items[0].count, 2);
    CU_ASSERT_EQUAL(request.items[1].kernel, PSK_KERNEL_H264ENC);
    CU_ASSERT_EQUAL(request.items[1].count, 1);
    CU_ASSERT_EQUAL(request.items[2].count, 64);
    ps_cu_list_print(&request, printed);
    CU_ASSERT_STRING_EQUAL(printed, text);
}

static void a_kernel_alone_is_a_whole_cu(void)
{
    struct ps_lease_request request = { .item_count = 0 };

    PS_REQUIRE(ps_cu_list_parse(&request, "scale,mark") == 0);
    CU_ASSERT_EQUAL(request.item_count, 2);
    CU_ASSERT_EQUAL(request.items[1].share, PS_LEASE_WHOLE_CU);
    CU_ASSERT_EQUAL(request.items[1].count, 1);
}

static void what_is_no_list_is_refused(void)
{
    static const char *const bad[] = {
        "",
        ",",
        "scale,",
        ",scale",
        "scale,,mark",
        "scal",
        "scales",
        "none",
        "scale:",
        "scale:x2",
        "scale:1x",
        "scale:1x2x3",
        "scale:-1",
        "scale:+1",
        "scale: 1",
        " scale",
        "scale:1 ",
        "scale:0xx",
        "scale:1.5",
        "scale:1e6",
        "scale:1,",
        "scale:1;mark",
        "scale:1x2mark",
        "scalex2",
        "scale:9999999999",
        "scale:1x4294967297",
        "SCALE:1",
        "scale:1,scale:1,scale:1,scale:1,scale:1,scale:1,scale:1,scale:1,scale:1",
    };
    struct ps_lease_request request = { .item_count = 7 };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_cu_list_parse(&request, bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(request.item_count, 7);
}

static void the_longest_list_fits_its_text(void)
{
    struct ps_lease_request request = { .item_count = PS_LEASE_ITEMS_MAX };
    struct ps_lease_request again = { .item_count = 0 };
    char printed[PS_CU_LIST_BYTES_MAX];

    for (uint32_t i = 0; i < PS_LEASE_ITEMS_MAX; i++)
        request.items[i] =
            (struct ps_lease_item){ PSK_KERNEL_H264ENC, PS_LEASE_WHOLE_CU, PS_LEASE_GRANTS_MAX };
    ps_cu_list_print(&request, printed);
    PS_REQUIRE(ps_cu_list_parse(&again, printed) == 0);
    CU_ASSERT_EQUAL(memcmp(&request, &again, sizeof(again)), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_list_is_read_and_printed_as_it_was),
        PS_TEST(a_kernel_alone_is_a_whole_cu),
        PS_TEST(what_is_no_list_is_refused),
        PS_TEST(the_longest_list_fits_its_text),
    };

    return ps_test_run("host/daemon/cu_list.c", tests, PS_ARRAY_LEN(tests));
}

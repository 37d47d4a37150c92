/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_reload.c - a changed option that waits for a restart is named. */
#include "dpdk/reload.h"

#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_options *parse(const char *more)
{
    char text[1024] = "prestage-nic --server 10.0.0.1:80 --print ";
    struct nic_problem problem;
    struct nic_options *options;
    char *argv[32];
    char *state;
    int argc = 0;

    strncat(text, more, sizeof(text) - strlen(text) - 1);
    for (char *at = strtok_r(text, " ", &state); at != NULL; at = strtok_r(NULL, " ", &state))
        argv[argc++] = at;
    PS_REQUIRE(nic_options_parse(&options, argc, argv, &problem) == 0);
    return options;
}

static const char *left(const char *before, const char *after)
{
    static char names[256];
    struct nic_options *a = parse(before);
    struct nic_options *b = parse(after);
    const unsigned count = nic_reload_left(a, b, names, sizeof(names));

    CU_ASSERT_EQUAL(count == 0, names[0] == '\0');
    nic_options_destroy(a);
    nic_options_destroy(b);
    return names;
}

static void the_same_words_leave_nothing(void)
{
    CU_ASSERT_STRING_EQUAL(left("--mirror eth0 --lcores 1,2", "--mirror eth0 --lcores 1,2"), "");
    CU_ASSERT_STRING_EQUAL(
        left("--stats-file /tmp/a-long-name --stats-file /tmp/x --mirror eth0 --template /abc/ "
             "--template /m/",
             "--stats-file /tmp/x --mirror eth0"),
        "");
}

static void tunnels_are_taken_over_and_servers_are_not(void)
{
    struct nic_options *a = parse("--mirror e --tunnels vxlan");
    struct nic_options *b = parse("--mirror e --server 10.0.0.2:81 --tunnels gtpu");

    nic_reload_keep_servers(a, b);
    CU_ASSERT_EQUAL(b->servers.count, 1);
    CU_ASSERT_EQUAL(b->servers.list[0].port, 80);
    CU_ASSERT_TRUE(b->servers.tunnels.gtpu && !b->servers.tunnels.vxlan);
    nic_options_destroy(a);
    nic_options_destroy(b);
}

static void regions_and_tunnels_need_no_restart(void)
{
    CU_ASSERT_STRING_EQUAL(left("--mirror e", "--mirror e --tunnels vxlan,gtpu"), "");
    CU_ASSERT_STRING_EQUAL(left("--mirror eth0 --region 10.0.0.0/8=1",
                                "--mirror eth0 --region 10.0.0.0/8=2 --region 11.0.0.0/8=2"),
                           "");
}

static void each_other_option_is_named(void)
{
    static const struct {
        const char *before, *after, *names;
    } changes[] = {
        { "--mirror eth0", "--mirror eth1", "mode" },
        { "--mirror eth0", "--inline eth0,eth1", "mode" },
        { "--pcap a", "--pcap b", "mode" },
        { "--mirror e", "--mirror e --server 10.0.0.2:80", "server" },
        { "--mirror e --server 10.0.0.2:80", "--mirror e --server 10.0.0.2:81", "server" },
        { "--mirror e", "--mirror e --sni", "sni" },
        { "--mirror e", "--mirror e --template /vod/", "template" },
        { "--mirror e", "--mirror e --to unix:/a", "to" },
        { "--mirror e", "--mirror e --epoch-ms 100", "epoch-ms" },
        { "--mirror e", "--mirror e --lcores 1", "lcores" },
        { "--mirror e --lcores 0,1", "--mirror e --lcores 0,2", "lcores" },
        { "--mirror e", "--mirror e --poll busy", "poll" },
        { "--mirror e", "--mirror e --mem-mb 256", "mem-mb" },
        { "--mirror e", "--mirror e --frame-bytes 4096", "frame-bytes" },
        { "--mirror e", "--mirror e --keys 2048 --user nobody", "keys,user" },
        { "--mirror e", "--mirror e --hugepages --debug-capture", "hugepages,debug-capture" },
        { "--mirror e", "--mirror e --stats-file /tmp/x", "stats-file" },
        { "--mirror e", "--mirror e --telemetry", "telemetry" },
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(changes); i++)
        CU_ASSERT_STRING_EQUAL(left(changes[i].before, changes[i].after), changes[i].names);
}

static void names_that_do_not_fit_are_still_counted(void)
{
    struct nic_options *a = parse("--mirror e");
    struct nic_options *b = parse("--mirror f --keys 2048 --mem-mb 256 --telemetry");
    char names[8];

    CU_ASSERT_EQUAL(nic_reload_left(a, b, names, sizeof(names)), 4);
    CU_ASSERT_EQUAL(strlen(names), sizeof(names) - 1);
    nic_options_destroy(a);
    nic_options_destroy(b);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_same_words_leave_nothing),
        PS_TEST(tunnels_are_taken_over_and_servers_are_not),
        PS_TEST(regions_and_tunnels_need_no_restart),
        PS_TEST(each_other_option_is_named),
        PS_TEST(names_that_do_not_fit_are_still_counted),
    };

    return ps_test_run("dpdk/reload", tests, NIC_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_options.c - what users write, right and wrong, in both places. */
#include "dpdk/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define ARGS_MAX 64

static struct nic_options *options;
static struct nic_problem problem;

/* Split at blanks, parse; arguments in these tests hold none. */
static int parse(const char *line)
{
    char text[2048] = "prestage-nic ";
    char *argv[ARGS_MAX];
    char *state;
    int argc = 0;

    strncat(text, line, sizeof(text) - strlen(text) - 1);
    for (char *at = strtok_r(text, " ", &state); at != NULL; at = strtok_r(NULL, " ", &state))
        argv[argc++] = at;
    nic_options_destroy(options);
    options = NULL;
    problem.text[0] = '\0';
    return nic_options_parse(&options, argc, argv, &problem);
}

static void a_whole_line_is_understood(void)
{
    CU_ASSERT_EQUAL(
        parse("--inline c1,s1 --server 10.0.0.1:80 --server=[fd00::1]:8080 "
              "--to unix:/run/p.sock --print --template /vod/ "
              "--region 10.0.0.0/8=1 --region=10.1.0.0/16=2 --epoch-ms 100 "
              "--tunnels gtpu,vxlan --sni --poll busy --user nobody --lcores 2,3 --mem-mb "
              "256 --keys 1024 --stats-file /tmp/x "
              "--offload off --offload-media 64 --rtp-ports 16384-32767"),
        0);
    CU_ASSERT_EQUAL(options->mode, NIC_MODE_INLINE);
    CU_ASSERT_STRING_EQUAL(options->devices[0].name, "c1");
    CU_ASSERT_STRING_EQUAL(options->devices[1].name, "s1");
    CU_ASSERT_EQUAL(options->servers.count, 2);
    CU_ASSERT_EQUAL(options->servers.list[1].port, 8080);
    CU_ASSERT_STRING_EQUAL(options->socket_path, "/run/p.sock");
    CU_ASSERT_STRING_EQUAL(options->media_template.text, "/vod/");
    CU_ASSERT_EQUAL(options->regions.count, 2);
    CU_ASSERT_EQUAL(options->epoch_ms, 100);
    CU_ASSERT_TRUE(options->servers.tunnels.vxlan && options->servers.tunnels.gtpu);
    CU_ASSERT_EQUAL(options->cpu_count, 2);
    CU_ASSERT_EQUAL(options->cpus[1], 3);
    CU_ASSERT_EQUAL(options->mem_mb, 256);
    CU_ASSERT_EQUAL(options->poll, NIC_POLL_BUSY);
    CU_ASSERT_STRING_EQUAL(options->user, "nobody");
    CU_ASSERT_EQUAL(nic_options_workers(options), 2);
    CU_ASSERT_EQUAL(nic_options_frame_bytes(options), 2048);
    CU_ASSERT_EQUAL(options->keys, 1024);
    CU_ASSERT_FALSE(options->offload);
    CU_ASSERT_EQUAL(options->offload_media, 64);
    CU_ASSERT_TRUE(options->rtp_first == 16384 && options->rtp_last == 32767);
    CU_ASSERT_TRUE(options->sni);
}

static void tcp_needs_a_key(void)
{
    CU_ASSERT_EQUAL(parse("--mirror eth0 --server 10.0.0.1:80 --to tls:[fd00::2]:7711 "
                          "--psk-file /etc/prestage/nic.key"),
                    0);
    CU_ASSERT_STRING_EQUAL(options->to, "tls:[fd00::2]:7711");
    CU_ASSERT_STRING_EQUAL(options->socket_path, "");
    CU_ASSERT_EQUAL(options->tls_server.port, 7711);
    CU_ASSERT_STRING_EQUAL(options->psk_file, "/etc/prestage/nic.key");
    CU_ASSERT_EQUAL(parse("--mirror eth0 --server 10.0.0.1:80 --to tls:10.0.0.2:7711"), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "--psk-file"));
    /* What stands later wins. */
    CU_ASSERT_EQUAL(parse("--mirror eth0 --server 10.0.0.1:80 --to tls:10.0.0.2:7711 --to unix:/s"),
                    0);
    CU_ASSERT_STRING_EQUAL(options->socket_path, "/s");
    CU_ASSERT_EQUAL(parse("--mirror eth0 --server 10.0.0.1:80 --to unix:/s --to tls:10.0.0.2:7711"),
                    -EINVAL);
}

static void defaults_stand_where_nothing_is_said(void)
{
    CU_ASSERT_EQUAL(parse("--mirror eth0 --server 10.0.0.1:80 --print"), 0);
    CU_ASSERT_STRING_EQUAL(options->media_template.text, "/m/");
    CU_ASSERT_EQUAL(options->epoch_ms, 1000);
    CU_ASSERT_TRUE(options->offload);
    CU_ASSERT_EQUAL(options->offload_media, 32);
    CU_ASSERT_TRUE(options->rtp_first == 0 && options->rtp_last == 0);
    CU_ASSERT_FALSE(options->servers.tunnels.vxlan || options->servers.tunnels.gtpu);
    CU_ASSERT_EQUAL(options->cpu_count, 0);
    CU_ASSERT_FALSE(options->sni);
    CU_ASSERT_FALSE(options->hugepages || options->telemetry || options->verbose);
    CU_ASSERT_EQUAL(options->poll, NIC_POLL_AUTO);
    CU_ASSERT_EQUAL(options->user[0], '\0');
    CU_ASSERT_EQUAL(nic_options_workers(options), 1);
    CU_ASSERT_EQUAL(nic_options_frame_bytes(options), 16384);
}

static void an_exception_path_has_a_tap_at_its_other_end(void)
{
    CU_ASSERT_EQUAL(parse("--exception af_xdp:eth0 --server 10.0.0.1:80 --print"), 0);
    CU_ASSERT_EQUAL(options->device_count, 2);
    CU_ASSERT_EQUAL(options->devices[1].kind, NIC_DEVICE_TAP);
    CU_ASSERT_STRING_EQUAL(options->devices[1].name, "prestage0");
    CU_ASSERT_EQUAL(parse("--tap media0 --exception 0000:3b:00.0 --server 10.0.0.1:80 --print"), 0);
    CU_ASSERT_STRING_EQUAL(options->devices[1].name, "media0");
    CU_ASSERT_NOT_EQUAL(parse("--exception eth0 --server 10.0.0.1:80 --print"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "af_xdp:eth0"));
}

static void a_mode_given_again_starts_anew(void)
{
    CU_ASSERT_EQUAL(parse("--inline a,b --inline c,memif:/d,id=1 --server 10.0.0.1:80 --print"), 0);
    CU_ASSERT_EQUAL(options->device_count, 2);
    CU_ASSERT_STRING_EQUAL(options->devices[0].name, "c");
    CU_ASSERT_EQUAL(options->devices[1].kind, NIC_DEVICE_MEMIF);
}

static void each_mistake_is_refused_and_explained(void)
{
    static const char *const bad[] = {
        "",
        "--mirror eth0",
        "--mirror eth0 --server 10.0.0.1:80",
        "--server 10.0.0.1:80 --print",
        "--mirror eth0 --pcap f --server 10.0.0.1:80 --print",
        "--mirror eth0,eth1 --server 10.0.0.1:80 --print",
        "--inline eth0 --server 10.0.0.1:80 --print",
        "--inline eth0,eth0 --server 10.0.0.1:80 --print",
        "--inline eth0,eth1,eth2 --server 10.0.0.1:80 --print",
        "--inline ,eth1 --server 10.0.0.1:80 --print",
        "--pcap a,b --server 10.0.0.1:80 --print",
        "--pcap f --server 10.0.0.1:80 --print --lcores 0,1",
        "--mirror eth0 --server 10.0.0.1:80 --print --region 10.0.0.0/8=1 --region 10.0.0.0/8=2",
        "--mirror eth0 --tap x --server 10.0.0.1:80 --print",
        "--mirror tap:x --server 10.0.0.1:80 --print",
        "--mirror af_xdp:eth0 --frame-bytes 4096 --server 10.0.0.1:80 --print",
        "--mirror eth0 --debug-capture --server 10.0.0.1:80 --print",
        "--exception af_xdp:eth0,eth1 --server 10.0.0.1:80 --print",
        "--exception af_xdp:eth0 --tap a/b --server 10.0.0.1:80 --print",
        "--exception tap:x --tap x --server 10.0.0.1:80 --print",
        "--exception af_xdp:eth0 --tap= --server 10.0.0.1:80 --print",
        "--inline eth0,af_xdp:eth0 --server 10.0.0.1:80 --print",
        "--poll sometimes",
        "--user=",
        "--mirror",
        "--mirror=",
        "--server x",
        "--to /run/p.sock",
        "--to unix:p.sock",
        "--to unix:",
        "--to tcp:10.0.0.1:7711",
        "--to tls:",
        "--to tls:10.0.0.1",
        "--to tls:host.example:7711",
        "--to tls:0.0.0.0:7711",
        "--psk-file",
        "--mirror eth0 --server 10.0.0.1:80 --to tls:10.0.0.2:7711",
        "--template m",
        "--region 10.0.0.0/8",
        "--epoch-ms 1s",
        "--epoch-ms 9",
        "--epoch-ms 60001",
        "--epoch-ms -5",
        "--epoch-ms",
        "--mem-mb 63",
        "--keys 1000",
        "--frame-bytes 3000",
        "--lcores 0,",
        "--lcores 0,0",
        "--lcores 1024",
        "--lcores 0-3",
        "--lcores 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
        "--offload on",
        "--offload-media 65",
        "--rtp-ports 5004",
        "--rtp-ports 0-9",
        "--rtp-ports 10-9",
        "--rtp-ports 10-65536",
        "--rtp-ports 1000000000-2000000000",
        "--print=yes",
        "--prin",
        "--",
        "-p",
        "mirror",
        "--config /nonexistent/nic.conf",
        "--xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx="
        "1",
    };

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++) {
        CU_ASSERT_NOT_EQUAL(parse(bad[i]), 0);
        CU_ASSERT_PTR_NULL(options);
        CU_ASSERT_NOT_EQUAL(problem.text[0], '\0');
    }
}

static void servers_have_a_limit(void)
{
    char text[2048] = "--mirror eth0 --print --config /dev/stdin";
    char name[] = "/tmp/prestage-test-XXXXXX";
    const int fd = mkstemp(name);

    for (unsigned i = 0; i <= NIC_SERVERS_MAX; i++)
        PS_REQUIRE(dprintf(fd, "server = 10.0.0.1:%u\n", i + 1) > 0);
    snprintf(text, sizeof(text), "--mirror eth0 --print --config %s", name);
    CU_ASSERT_EQUAL(parse(text), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, ":65: server"));
    close(fd);
    unlink(name);
}

static int parse_file(const char *bytes)
{
    char name[] = "/tmp/prestage-test-XXXXXX";
    char line[64];
    const int fd = mkstemp(name);
    int rc;

    PS_REQUIRE(fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
    snprintf(line, sizeof(line), "--config %s --epoch-ms 50", name);
    rc = parse(line);
    close(fd);
    unlink(name);
    return rc;
}

static void a_file_says_the_same_and_the_last_word_wins(void)
{
    CU_ASSERT_EQUAL(parse_file("# the edge\n\n  mirror = eth0  \nserver=10.0.0.1:80\nprint\n"
                               "region = 10.0.0.0/8=4\nepoch-ms = 100\n"),
                    0);
    CU_ASSERT_STRING_EQUAL(options->devices[0].name, "eth0");
    CU_ASSERT_TRUE(options->print);
    CU_ASSERT_EQUAL(options->regions.list[0].region, 4);
    CU_ASSERT_EQUAL(options->epoch_ms, 50);
}

static void a_bad_file_is_refused_with_its_line(void)
{
    char longest[6000];

    CU_ASSERT_EQUAL(parse_file("mirror = eth0\nepoch-ms = 1s\n"), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, ":2: epoch-ms = 1s"));
    CU_ASSERT_EQUAL(parse_file("config = other\n"), -EINVAL);
    CU_ASSERT_EQUAL(parse_file("help\n"), -EINVAL);
    CU_ASSERT_EQUAL(parse_file("version\n"), -EINVAL);
    CU_ASSERT_EQUAL(parse_file("server\n"), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, ":1: server: needs a value"));
    CU_ASSERT_EQUAL(parse("--server"), -EINVAL);
    CU_ASSERT_STRING_EQUAL(problem.text, "--server: needs a value; see --help");
    CU_ASSERT_EQUAL(parse_file("mirror\n"), -EINVAL);
    CU_ASSERT_EQUAL(parse_file("print = yes\n"), -EINVAL);
    CU_ASSERT_EQUAL(parse_file("= 1\n"), -EINVAL);
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    CU_ASSERT_EQUAL(parse_file(longest), -EINVAL);
    CU_ASSERT_EQUAL(parse("--config /tmp --print"), -EIO);
}

static void help_and_version_need_nothing_else(void)
{
    CU_ASSERT_EQUAL(parse("--help"), 0);
    CU_ASSERT_EQUAL(options->action, NIC_ACTION_HELP);
    CU_ASSERT_EQUAL(parse("--version"), 0);
    CU_ASSERT_EQUAL(options->action, NIC_ACTION_VERSION);
    nic_fail_alloc_after(0);
    CU_ASSERT_EQUAL(parse("--help"), -ENOMEM);
    nic_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_whole_line_is_understood),
        PS_TEST(tcp_needs_a_key),
        PS_TEST(defaults_stand_where_nothing_is_said),
        PS_TEST(an_exception_path_has_a_tap_at_its_other_end),
        PS_TEST(a_mode_given_again_starts_anew),
        PS_TEST(each_mistake_is_refused_and_explained),
        PS_TEST(servers_have_a_limit),
        PS_TEST(a_file_says_the_same_and_the_last_word_wins),
        PS_TEST(a_bad_file_is_refused_with_its_line),
        PS_TEST(help_and_version_need_nothing_else),
    };
    const int status = ps_test_run("dpdk/options", tests, NIC_ARRAY_LEN(tests));

    nic_options_destroy(options);
    return status;
}

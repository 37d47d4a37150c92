/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_capture.c - files that are captures of Ethernet frames, and those not. */
#include "dpdk/capture.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "dpdk/runtime_dir.h"
#include "dpdk/stats.h"
#include "tests/support/ps_test.h"

static int check(const uint32_t *words, size_t bytes)
{
    char name[] = "/tmp/prestage-test-XXXXXX";
    struct nic_problem problem = { "" };
    const int fd = mkstemp(name);
    int rc;

    PS_REQUIRE(fd >= 0 && write(fd, words, bytes) == (ssize_t)bytes);
    close(fd);
    rc = nic_capture_check(name, &problem);
    unlink(name);
    CU_ASSERT_EQUAL(rc == 0, problem.text[0] == '\0');
    return rc;
}

static void captures_of_ethernet_are_taken_in_either_order(void)
{
    const uint32_t us[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
    const uint32_t ns_swapped[] = { 0x4d3cb2a1, 0x02000400, 0, 0, 0xffff0000, 0x01000000 };
    const uint32_t ng[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, ~0u, ~0u, 28, 1, 20, 1, 0, 20 };
    const uint32_t ng_swapped[] = {
        0x0a0d0d0a, 0x1c000000, 0x4d3c2b1a, 0x00000100, ~0u, ~0u,
        0x1c000000, 0x01000000, 0x14000000, 0x00000100, 0,   0x14000000
    };

    CU_ASSERT_EQUAL(check(us, sizeof(us)), 0);
    CU_ASSERT_EQUAL(check(ns_swapped, sizeof(ns_swapped)), 0);
    CU_ASSERT_EQUAL(check(ng, sizeof(ng)), 0);
    CU_ASSERT_EQUAL(check(ng_swapped, sizeof(ng_swapped)), 0);
}

static void other_files_are_refused(void)
{
    const uint32_t raw_ip[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 101 };
    const uint32_t text[] = { 0x6c6c6568, 0x6f77206f, 0x0a646c72, 0, 0, 0 };
    const uint32_t ng_raw[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, ~0u, ~0u, 28, 1, 20, 101, 0, 20 };
    const uint32_t ng_other[] = { 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, ~0u, ~0u, 28, 5, 20, 1, 0, 20 };
    const uint32_t ng_huge[] = { 0x0a0d0d0a, ~0u, 0x1a2b3c4d, 1, ~0u, ~0u, 28 };
    const uint32_t ng_order[] = { 0x0a0d0d0a, 28, 5, 1, ~0u, ~0u, 28, 1, 20, 1, 0, 20 };
    struct nic_problem problem;

    CU_ASSERT_EQUAL(check(raw_ip, sizeof(raw_ip)), -EINVAL);
    CU_ASSERT_EQUAL(check(raw_ip, 20), -EINVAL);
    CU_ASSERT_EQUAL(check(raw_ip, 0), -EINVAL);
    CU_ASSERT_EQUAL(check(text, sizeof(text)), -EINVAL);
    CU_ASSERT_EQUAL(check(ng_raw, sizeof(ng_raw)), -EINVAL);
    CU_ASSERT_EQUAL(check(ng_other, sizeof(ng_other)), -EINVAL);
    CU_ASSERT_EQUAL(check(ng_huge, sizeof(ng_huge)), -EINVAL);
    CU_ASSERT_EQUAL(check(ng_order, sizeof(ng_order)), -EINVAL);
    CU_ASSERT_EQUAL(check(ng_raw, 32), -EINVAL);
    CU_ASSERT_EQUAL(nic_capture_check("/tmp/prestage-test-none", &problem), -ENOENT);
}

/* A pid that was ours and is gone. */
static pid_t dead_pid(void)
{
    const pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    return pid;
}

static void directories_of_the_dead_are_swept_and_no_others(void)
{
    char top[] = "/tmp/prestage-test-XXXXXX";
    char own[64], dead[64], file[96], foreign[64];

    PS_REQUIRE(mkdtemp(top) != NULL);
    snprintf(own, sizeof(own), "%s/" NIC_RUNTIME_PREFIX "%d", top, getpid());
    snprintf(dead, sizeof(dead), "%s/" NIC_RUNTIME_PREFIX "%d", top, dead_pid());
    snprintf(file, sizeof(file), "%s/dpdk_telemetry.v2", dead);
    snprintf(foreign, sizeof(foreign), "%s/rte", top);
    PS_REQUIRE(mkdir(own, 0700) == 0 && mkdir(dead, 0700) == 0 && mkdir(foreign, 0700) == 0);
    PS_REQUIRE(mkfifo(file, 0600) == 0);
    nic_runtime_dir_sweep(own);
    CU_ASSERT_NOT_EQUAL(access(dead, F_OK), 0);
    CU_ASSERT_EQUAL(access(own, F_OK), 0);
    CU_ASSERT_EQUAL(access(foreign, F_OK), 0);
    nic_runtime_dir_remove(own);
    CU_ASSERT_NOT_EQUAL(access(own, F_OK), 0);
    nic_runtime_dir_remove(own);
    rmdir(foreign);
    rmdir(top);
}

static void the_stats_file_is_replaced_whole(void)
{
    char top[] = "/tmp/prestage-test-XXXXXX";
    char path[64], text[2048] = "";
    struct nic_stats stats = { .epoch = 7, .totals = { .media_requests = 9 } };
    FILE *file;

    PS_REQUIRE(mkdtemp(top) != NULL);
    snprintf(path, sizeof(path), "%s/stats", top);
    CU_ASSERT_EQUAL(nic_stats_write(&stats, path), 0);
    stats.epoch = 8;
    CU_ASSERT_EQUAL(nic_stats_write(&stats, path), 0);
    file = fopen(path, "r");
    PS_REQUIRE(file != NULL && fgets(text, sizeof(text), file) != NULL);
    fclose(file);
    CU_ASSERT_EQUAL(strncmp(text, "epoch=8 packets=0 ", 18), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " media_requests=9 "));
    unlink(path);
    CU_ASSERT_EQUAL(rmdir(top), 0); /* nothing else was left in it */
    CU_ASSERT_EQUAL(nic_stats_write(&stats, path), -ENOENT);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(captures_of_ethernet_are_taken_in_either_order),
        PS_TEST(other_files_are_refused),
        PS_TEST(directories_of_the_dead_are_swept_and_no_others),
        PS_TEST(the_stats_file_is_replaced_whole),
    };

    return ps_test_run("dpdk/capture", tests, NIC_ARRAY_LEN(tests));
}

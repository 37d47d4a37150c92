/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_huge_files.c - only what is ours and of no living process goes. */
#include "dpdk/huge_files.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static char directory[] = "/tmp/prestage-test-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static void make(const char *name)
{
    const int fd = open(path_of(name), O_CREAT | O_WRONLY, 0600);

    PS_REQUIRE(fd >= 0);
    close(fd);
}

static bool is_there(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

static void files_of_the_dead_and_of_ours_go_and_others_stay(void)
{
    static const char *const others[] = { "rtemap_0", "prestage-nic-map_0", "prestage-nic-1",
                                          "prestage-nic-12345678901234567890map_0" };
    char own[64], living[64], dead[64];
    const pid_t child = fork();

    if (child == 0)
        _exit(0);
    PS_REQUIRE(mkdtemp(directory) != NULL && waitpid(child, NULL, 0) == child);
    snprintf(own, sizeof(own), "prestage-nic-%dmap_12", getpid());
    snprintf(living, sizeof(living), "prestage-nic-%dmap_0", getppid());
    snprintf(dead, sizeof(dead), "prestage-nic-%dmap_3", child);
    make(own);
    make(living);
    make(dead);
    for (size_t i = 0; i < NIC_ARRAY_LEN(others); i++)
        make(others[i]);
    nic_huge_files_remove(directory, 0);
    CU_ASSERT_TRUE(is_there(own) && is_there(living) && !is_there(dead));
    nic_huge_files_remove(directory, getpid());
    CU_ASSERT_TRUE(!is_there(own) && is_there(living));
    for (size_t i = 0; i < NIC_ARRAY_LEN(others); i++) {
        CU_ASSERT_TRUE(is_there(others[i]));
        unlink(path_of(others[i]));
    }
    unlink(path_of(living));
    CU_ASSERT_EQUAL(rmdir(directory), 0);
    nic_huge_files_remove(directory, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(files_of_the_dead_and_of_ours_go_and_others_stay),
    };

    return ps_test_run("dpdk/huge_files", tests, NIC_ARRAY_LEN(tests));
}

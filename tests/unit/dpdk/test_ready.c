/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_ready.c - what is missing is said with the command that mends it. */
#include "dpdk/ready.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

#define ADDRESS "0000:3b:00.0"

static char sysfs[] = "/tmp/prestage-test-XXXXXX";
static struct nic_problem problem;

static const char *const directories[] = { "/bus", "/bus/pci", "/bus/pci/devices",
                                           "/bus/pci/devices/" ADDRESS };

static void make_sysfs(void)
{
    char path[256];

    PS_REQUIRE(mkdtemp(sysfs) != NULL);
    for (size_t i = 0; i < NIC_ARRAY_LEN(directories); i++) {
        snprintf(path, sizeof(path), "%s%s", sysfs, directories[i]);
        PS_REQUIRE(mkdir(path, 0755) == 0);
    }
}

static void remove_sysfs(void)
{
    char path[256];

    for (size_t i = NIC_ARRAY_LEN(directories); i-- > 0;) {
        snprintf(path, sizeof(path), "%s%s", sysfs, directories[i]);
        CU_ASSERT_EQUAL(rmdir(path), 0);
    }
    CU_ASSERT_EQUAL(rmdir(sysfs), 0);
}

/* A PCI device as sysfs shows it; @p driver and @p group may be NULL. */
static void bind_device(const char *driver, const char *group)
{
    char target[128];
    char path[256];

    snprintf(path, sizeof(path), "%s/bus/pci/devices/" ADDRESS "/driver", sysfs);
    unlink(path);
    snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver != NULL ? driver : "");
    if (driver != NULL)
        PS_REQUIRE(symlink(target, path) == 0);
    snprintf(path, sizeof(path), "%s/bus/pci/devices/" ADDRESS "/iommu_group", sysfs);
    unlink(path);
    if (group != NULL)
        PS_REQUIRE(symlink(group, path) == 0);
}

static void a_nic_must_be_there_bound_and_behind_an_iommu(void)
{
    make_sysfs();
    CU_ASSERT_EQUAL(nic_ready_check_pci(sysfs, "0000:99:00.0", &problem), -ENODEV);
    bind_device("ixgbe", "/tmp");
    CU_ASSERT_EQUAL(nic_ready_check_pci(sysfs, ADDRESS, &problem), -EBUSY);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "kernel's ixgbe"));
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "--bind=vfio-pci " ADDRESS));
    bind_device(NULL, "/tmp");
    CU_ASSERT_EQUAL(nic_ready_check_pci(sysfs, ADDRESS, &problem), -EBUSY);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "no driver"));
    bind_device("vfio-pci", NULL);
    CU_ASSERT_EQUAL(nic_ready_check_pci(sysfs, ADDRESS, &problem), -ENOTSUP);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "IOMMU"));
    bind_device("vfio-pci", "/tmp");
    CU_ASSERT_EQUAL(nic_ready_check_pci(sysfs, ADDRESS, &problem), 0);
    bind_device("mlx5_core", NULL);
    CU_ASSERT_EQUAL(nic_ready_check_pci(sysfs, ADDRESS, &problem), 0);
    bind_device(NULL, NULL);
    remove_sysfs();
}

static int check_meminfo(const char *text, uint32_t mem_mb)
{
    char name[] = "/tmp/prestage-test-XXXXXX";
    const int fd = mkstemp(name);
    int rc;

    PS_REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    rc = nic_ready_check_hugepages(name, mem_mb, &problem);
    unlink(name);
    return rc;
}

static void huge_pages_must_hold_what_is_asked_for(void)
{
    static const char some[] = "MemTotal: 1 kB\nHugePages_Total: 64\nHugePages_Free: 64\n"
                               "Hugepagesize: 2048 kB\n";

    CU_ASSERT_EQUAL(check_meminfo(some, 128), 0);
    CU_ASSERT_EQUAL(check_meminfo(some, 129), -ENOMEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "dpdk-hugepages.py"));
    CU_ASSERT_EQUAL(check_meminfo("MemTotal: 1 kB\n", 64), -ENOMEM);
    CU_ASSERT_EQUAL(nic_ready_check_hugepages("/nonexistent", 64, &problem), 0);
}

static void an_interface_must_be_there(void)
{
    static struct nic_options options = {
        .mode = NIC_MODE_MIRROR,
        .device_count = 1,
        .devices = { { .kind = NIC_DEVICE_INTERFACE, .name = "nothere" } },
    };

    problem.text[0] = '\0';
    CU_ASSERT_TRUE(nic_ready_check(&options, &problem) < 0);
    CU_ASSERT_NOT_EQUAL(problem.text[0], '\0');
}

static void a_cpu_must_be_ours(void)
{
    static struct nic_options options = { .mode = NIC_MODE_MIRROR, .cpu_count = 1 };
    cpu_set_t set;

    PS_REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
    for (uint32_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        options.cpus[0] = cpu;
        CU_ASSERT_EQUAL(nic_ready_check(&options, &problem), CPU_ISSET(cpu, &set) ? 0 : -EINVAL);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "--lcores: CPU 1023 "));
}

static void a_memif_needs_its_directory(void)
{
    static struct nic_options options = {
        .mode = NIC_MODE_MIRROR,
        .device_count = 1,
        .devices = { { .kind = NIC_DEVICE_MEMIF, .name = "/nonexistent/memif.sock" } },
    };

    CU_ASSERT_EQUAL(nic_ready_check(&options, &problem), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "the directory /nonexistent:"));
    strcpy(options.devices[0].name, "/tmp/memif.sock");
    CU_ASSERT_EQUAL(nic_ready_check(&options, &problem), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_nic_must_be_there_bound_and_behind_an_iommu),
        PS_TEST(huge_pages_must_hold_what_is_asked_for),
        PS_TEST(an_interface_must_be_there),
        PS_TEST(a_cpu_must_be_ours),
        PS_TEST(a_memif_needs_its_directory),
    };

    return ps_test_run("dpdk/ready", tests, NIC_ARRAY_LEN(tests));
}

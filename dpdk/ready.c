/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/ready.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dpdk/capture.h"

static int check_interface(const char *name, struct nic_problem *problem)
{
    struct ifreq request = { 0 };
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    int rc;

    if (fd < 0)
        return nic_problem_set(problem, -errno,
                               "%.50s: cannot open a packet socket (%s): run as root or with "
                               "CAP_NET_RAW and CAP_NET_ADMIN",
                               name, strerror(errno));
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    rc = strlen(name) < IFNAMSIZ && ioctl(fd, SIOCGIFFLAGS, &request) == 0 ? 0 : -ENODEV;
    close(fd);
    if (rc != 0)
        return nic_problem_set(problem, rc,
                               "%.50s: no such interface in this network namespace; `ip link` "
                               "lists them",
                               name);
    if ((request.ifr_flags & IFF_UP) == 0)
        return nic_problem_set(problem, -ENETDOWN,
                               "%.50s: the interface is down; `ip link set %.20s up`", name, name);
    return 0;
}

static int check_new_tap(const char *name, struct nic_problem *problem)
{
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return nic_problem_set(problem, -errno,
                               "tap:%.20s: /dev/net/tun: %s; `modprobe tun`, and run as root or "
                               "with CAP_NET_ADMIN",
                               name, strerror(errno));
    close(fd);
    if (if_nametoindex(name) != 0)
        return nic_problem_set(problem, -EEXIST,
                               "tap:%.20s: there is an interface of this name; it must be new",
                               name);
    return 0;
}

/* Drivers that hand a NIC over, and those that serve DPDK beside the kernel. */
static bool is_for_dpdk(const char *driver)
{
    static const char *const drivers[] = { "vfio-pci",  "uio_pci_generic", "igb_uio",
                                           "mlx5_core", "mlx4_core",       "mana" };

    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        if (strcmp(driver, drivers[i]) == 0)
            return true;
    return false;
}

/* The last part of where the link leads; "" when there is none. */
static void link_target(const char *path, char *ret_name, size_t size_bytes)
{
    char target[PATH_MAX];
    const ssize_t bytes = readlink(path, target, sizeof(target) - 1);
    const char *slash;

    target[bytes > 0 ? bytes : 0] = '\0';
    slash = strrchr(target, '/');
    snprintf(ret_name, size_bytes, "%.60s", slash != NULL ? slash + 1 : target);
}

int nic_ready_check_pci(const char *sysfs, const char *address, struct nic_problem *problem)
{
    char path[PATH_MAX];
    char driver[64];

    snprintf(path, sizeof(path), "%.1000s/bus/pci/devices/%.50s", sysfs, address);
    if (access(path, F_OK) != 0)
        return nic_problem_set(problem, -ENODEV,
                               "%.50s: no such PCI device; `dpdk-devbind.py --status` lists them",
                               address);
    snprintf(path, sizeof(path), "%.1000s/bus/pci/devices/%.50s/driver", sysfs, address);
    link_target(path, driver, sizeof(driver));
    if (!is_for_dpdk(driver))
        return nic_problem_set(problem, -EBUSY,
                               "%.50s: %s%s; `modprobe vfio-pci && dpdk-devbind.py "
                               "--bind=vfio-pci %.50s` gives it to DPDK (its interface then goes)",
                               address, driver[0] != '\0' ? "bound to the kernel's " : "no driver",
                               driver, address);
    snprintf(path, sizeof(path), "%.1000s/bus/pci/devices/%.50s/iommu_group", sysfs, address);
    if (strcmp(driver, "vfio-pci") == 0 && access(path, F_OK) != 0)
        return nic_problem_set(problem, -ENOTSUP,
                               "%.50s: no IOMMU protects memory from it: switch it on in the "
                               "firmware and with intel_iommu=on or amd_iommu=on; in a lab `echo 1 "
                               "> /sys/module/vfio/parameters/enable_unsafe_noiommu_mode`, then "
                               "bind again",
                               address);
    return 0;
}

int nic_ready_check_hugepages(const char *meminfo, uint32_t mem_mb, struct nic_problem *problem)
{
    unsigned long long pages = 0;
    unsigned long long page_kb = 0;
    char line[256];
    FILE *file = fopen(meminfo, "re");

    if (file == NULL)
        return 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        sscanf(line, "HugePages_Free: %llu", &pages);
        sscanf(line, "Hugepagesize: %llu", &page_kb);
    }
    fclose(file);
    if (pages * page_kb >= mem_mb * 1024ull)
        return 0;
    return nic_problem_set(problem, -ENOMEM,
                           "%llu huge pages of %llu KiB are free, --mem-mb %u needs more: "
                           "`dpdk-hugepages.py --setup %uM`, or leave --hugepages out",
                           pages, page_kb, mem_mb, mem_mb);
}

static bool is_huge_mounted(void)
{
    char line[1024];
    bool found = false;
    FILE *file = fopen("/proc/mounts", "re");

    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
        found = strstr(line, " hugetlbfs ") != NULL;
    if (file != NULL)
        fclose(file);
    return found;
}

static int check_memif(const char *socket, struct nic_problem *problem)
{
    char path[NIC_DEVICE_BYTES_MAX];
    const char *directory;

    snprintf(path, sizeof(path), "%s", socket);
    directory = dirname(path);
    if (access(directory, W_OK | X_OK) == 0)
        return 0;
    return nic_problem_set(problem, -errno, "memif:%.100s: cannot use the directory %.100s: %s",
                           socket, directory, strerror(errno));
}

/* EAL's words for it name neither the option nor what there is. */
static int check_cpus(const struct nic_options *o, struct nic_problem *problem)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 0;
    for (uint32_t i = 0; i < o->cpu_count; i++)
        if (!CPU_ISSET(o->cpus[i], &set))
            return nic_problem_set(problem, -EINVAL,
                                   "--lcores: CPU %u is not here, or not for this process, which "
                                   "may use %d; `taskset -cp $$` lists them",
                                   o->cpus[i], CPU_COUNT(&set));
    return 0;
}

static int check_device(const struct nic_device *device, struct nic_problem *problem)
{
    if (nic_device_is_interface(device))
        return check_interface(device->name, problem);
    if (device->kind == NIC_DEVICE_TAP)
        return check_new_tap(device->name, problem);
    if (device->kind == NIC_DEVICE_PCI)
        return nic_ready_check_pci("/sys", device->name, problem);
    if (device->kind == NIC_DEVICE_MEMIF)
        return check_memif(device->name, problem);
    return 0;
}

int nic_ready_check(const struct nic_options *o, struct nic_problem *problem)
{
    int rc = check_cpus(o, problem);

    if (rc == 0 && o->mode == NIC_MODE_PCAP)
        rc = nic_capture_check(o->capture, problem);
    for (uint32_t i = 0; i < o->device_count && rc == 0; i++)
        rc = check_device(&o->devices[i], problem);
    if (rc == 0 && o->hugepages)
        rc = nic_ready_check_hugepages("/proc/meminfo", o->mem_mb, problem);
    if (rc == 0 && o->debug_capture && !is_huge_mounted())
        return nic_problem_set(problem, -ENOENT,
                               "--debug-capture shares huge pages through a file system: `mkdir -p "
                               "/dev/hugepages && mount -t hugetlbfs none /dev/hugepages`");
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/huge_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dpdk/number.h"
#include "dpdk/runtime_dir.h"

/* `prestage-nic-PIDmap_N` of @p own or of nobody who lives. */
static bool is_left_over(const char *name, pid_t own)
{
    const size_t prefix_bytes = strlen(NIC_RUNTIME_PREFIX);
    char digits[16] = "";
    const char *end;
    uint64_t pid;

    if (strncmp(name, NIC_RUNTIME_PREFIX, prefix_bytes) != 0)
        return false;
    name += prefix_bytes;
    end = strstr(name, "map_");
    if (end == NULL || (size_t)(end - name) >= sizeof(digits))
        return false;
    memcpy(digits, name, (size_t)(end - name));
    if (nic_number_parse(digits, 1, INT_MAX, &pid) != 0)
        return false;
    return (pid_t)pid == own || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

void nic_huge_files_remove(const char *directory, pid_t own)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL)
        if (is_left_over(entry->d_name, own))
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
}

void nic_huge_files_remove_all(pid_t own)
{
    FILE *mounts = setmntent("/proc/mounts", "re");
    const struct mntent *mount;

    if (mounts == NULL)
        return;
    while ((mount = getmntent(mounts)) != NULL)
        if (strcmp(mount->mnt_type, "hugetlbfs") == 0)
            nic_huge_files_remove(mount->mnt_dir, own);
    endmntent(mounts);
}

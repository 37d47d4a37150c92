/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/runtime_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dpdk/number.h"

void nic_runtime_dir_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), entry->d_name, 0); /* refuses directories, "." and ".." among them */
    closedir(dir);
    rmdir(path);
}

static bool is_of_a_dead_process(const char *name)
{
    const size_t bytes = strlen(NIC_RUNTIME_PREFIX);
    uint64_t pid;

    return strncmp(name, NIC_RUNTIME_PREFIX, bytes) == 0 &&
           nic_number_parse(name + bytes, 1, INT_MAX, &pid) == 0 && kill((pid_t)pid, 0) != 0 &&
           errno == ESRCH;
}

void nic_runtime_dir_sweep(const char *path)
{
    char parent[PATH_MAX];
    char stale[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct dirent *entry;
    DIR *dir;

    if (slash == NULL)
        return;
    snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
    dir = opendir(parent);
    if (dir == NULL)
        return;
    while ((entry = readdir(dir)) != NULL)
        if (is_of_a_dead_process(entry->d_name) &&
            snprintf(stale, sizeof(stale), "%s/%s", parent, entry->d_name) < (int)sizeof(stale))
            nic_runtime_dir_remove(stale);
    closedir(dir);
}

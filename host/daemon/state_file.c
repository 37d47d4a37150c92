/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"

int ps_state_write(int fd, const void *from, size_t size_bytes)
{
    const char *data = from;

    while (size_bytes > 0) {
        const ssize_t n = write(fd, data, size_bytes);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size_bytes -= (size_t)n;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

int ps_state_dir_sync(const char *dir)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return -errno;
    rc = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return rc;
}

int ps_state_file_write(const char *dir, const char *name, const void *data, size_t size_bytes)
{
    char path[PATH_MAX], temporary[PATH_MAX];
    int fd, rc;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        snprintf(temporary, sizeof(temporary), "%s/%s.new", dir, name) >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    rc = ps_state_write(fd, data, size_bytes);
    close(fd);
    if (rc == 0 && rename(temporary, path) != 0)
        rc = -errno;
    if (rc != 0)
        unlink(temporary);
    return rc != 0 ? rc : ps_state_dir_sync(dir);
}

static int read_all(int fd, void **ret_data, size_t *ret_size_bytes)
{
    struct stat st;
    size_t have = 0;
    char *data;

    if (fstat(fd, &st) != 0)
        return -errno;
    if (st.st_size > (off_t)PS_STATE_FILE_BYTES_MAX)
        return -E2BIG;
    data = ps_zalloc(1, (size_t)st.st_size + 1);
    if (data == NULL)
        return -ENOMEM;
    while (have < (size_t)st.st_size) {
        const ssize_t n = read(fd, data + have, (size_t)st.st_size - have);

        if (n <= 0)
            break;
        have += (size_t)n;
    }
    *ret_data = data;
    *ret_size_bytes = have;
    return 0;
}

int ps_state_file_read(const char *dir, const char *name, void **ret_data, size_t *ret_size_bytes)
{
    char path[PATH_MAX];
    int fd, rc;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    rc = read_all(fd, ret_data, ret_size_bytes);
    close(fd);
    return rc;
}

int ps_state_file_set_aside(const char *dir, const char *name)
{
    char path[PATH_MAX], aside[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
        snprintf(aside, sizeof(aside), "%s/%s.refused", dir, name) >= (int)sizeof(aside))
        return -ENAMETOOLONG;
    return rename(path, aside) == 0 ? 0 : -errno;
}

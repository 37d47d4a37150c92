/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/keep_files.c - files of the state directory, written one after the other. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/daemon/keep_priv.h"
#include "host/daemon/state_file.h"

#define NAME "collections."

static int path_of(const struct ps_keep_files *files, uint64_t number, char path[PATH_MAX])
{
    const int n = snprintf(path, PATH_MAX, "%s/" NAME "%" PRIu64, files->dir, number);

    return n > 0 && n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* @return the number in a name, or 0. */
static uint64_t number_of(const char *name)
{
    char *end;

    if (strncmp(name, NAME, strlen(NAME)) != 0 || name[strlen(NAME)] < '1' ||
        name[strlen(NAME)] > '9')
        return 0;
    const uint64_t number = strtoull(name + strlen(NAME), &end, 10);
    return *end == '\0' && number < UINT64_MAX / 2 ? number : 0;
}

static int look(struct ps_keep_files *files)
{
    DIR *dir = opendir(files->dir);

    if (dir == NULL)
        return -errno;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const uint64_t number = number_of(entry->d_name);

        if (number == 0)
            continue;
        if (files->first == 0 || number < files->first)
            files->first = number;
        if (number > files->last)
            files->last = number;
    }
    closedir(dir);
    return 0;
}

static bool is_gone(const struct ps_keep_files *files, uint64_t number)
{
    char path[PATH_MAX];
    struct stat stat_buf;

    if (path_of(files, number, path) != 0 || stat(path, &stat_buf) != 0)
        return true;
    return files->last - number >= PS_KEEP_FILES_MAX ||
           (uint64_t)stat_buf.st_mtim.tv_sec + files->gone_s < (uint64_t)time(NULL);
}

/* Oldest first; the one after is younger, so the first to stay ends it. */
static void remove_gone(struct ps_keep_files *files)
{
    char path[PATH_MAX];

    for (; files->first < files->last && is_gone(files, files->first); files->first++)
        if (path_of(files, files->first, path) == 0)
            (void)unlink(path);
}

int ps_keep_files_init(struct ps_keep_files *files, const char *dir, uint64_t gone_s)
{
    *files = (struct ps_keep_files){ .dir = ps_strdup(dir), .gone_s = gone_s, .fd = -1 };
    if (files->dir == NULL)
        return -ENOMEM;
    const int rc = look(files);
    if (rc != 0)
        return rc;
    files->last++;
    if (files->first == 0)
        files->first = files->last;
    remove_gone(files);
    return access(dir, W_OK | X_OK) == 0 ? 0 : -errno;
}

void ps_keep_files_fini(struct ps_keep_files *files)
{
    if (files->fd >= 0)
        close(files->fd);
    free(files->dir);
    *files = (struct ps_keep_files){ .fd = -1 };
}

static int open_last(struct ps_keep_files *files)
{
    char path[PATH_MAX];
    int rc = path_of(files, files->last, path);

    if (rc != 0)
        return rc;
    files->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (files->fd < 0)
        return -errno;
    files->bytes = 0;
    return ps_state_dir_sync(files->dir);
}

/* Behind what failed nothing is written: a torn record ends the file when it is read. */
static void close_last(struct ps_keep_files *files)
{
    if (files->fd >= 0)
        close(files->fd);
    files->fd = -1;
    files->last++;
    remove_gone(files);
}

int ps_keep_files_append(struct ps_keep_files *files, const uint8_t *bytes, size_t size_bytes)
{
    int rc = 0;

    if (files->fd >= 0 && files->bytes + size_bytes > PS_KEEP_FILE_BYTES)
        close_last(files);
    if (files->fd < 0)
        rc = open_last(files);
    if (rc == 0)
        rc = ps_state_write(files->fd, bytes, size_bytes);
    if (rc == 0)
        files->bytes += size_bytes;
    else
        close_last(files);
    return rc;
}

int ps_keep_files_read(const struct ps_keep_files *files, uint64_t number, void **ret_bytes,
                       size_t *ret_size_bytes)
{
    char name[sizeof(NAME) + 20];

    snprintf(name, sizeof(name), NAME "%" PRIu64, number);
    return ps_state_file_read(files->dir, name, ret_bytes, ret_size_bytes);
}

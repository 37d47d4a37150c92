/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/file.c - small files, whole; see options_priv.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/options_priv.h"

/* What is added to it meanwhile is read when it is told of. */
static int read_all(int fd, size_t bytes, char **ret_text, size_t *ret_bytes)
{
    char *text = malloc(bytes + 1);
    size_t have = 0;
    ssize_t got = 1;

    if (text == NULL)
        return -ENOMEM;
    while (got > 0 && have < bytes) {
        got = read(fd, text + have, bytes - have);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            have += (size_t)got;
    }
    if (got < 0) {
        const int rc = -errno;
        free(text);
        return rc;
    }
    text[have] = '\0';
    *ret_text = text;
    *ret_bytes = have;
    return 0;
}

/* What is open is what is looked at: it cannot be exchanged meanwhile. */
static int open_regular(const char *path, mode_t forbidden, off_t *ret_bytes)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & forbidden) == 0) {
        *ret_bytes = st.st_size;
        return fd;
    }
    close(fd);
    return -EPERM;
}

static int read_file(const char *path, size_t bytes_max, mode_t forbidden, char **ret_text,
                     size_t *ret_bytes)
{
    off_t bytes = 0;
    const int fd = open_regular(path, forbidden, &bytes);

    if (fd < 0)
        return fd;
    const int rc =
        bytes > (off_t)bytes_max ? -EMSGSIZE : read_all(fd, (size_t)bytes, ret_text, ret_bytes);
    close(fd);
    return rc;
}

int psa_file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes)
{
    return read_file(path, bytes_max, 0, ret_text, ret_bytes);
}

int psa_file_read_secret(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes)
{
    return read_file(path, bytes_max, S_IRWXG | S_IRWXO, ret_text, ret_bytes);
}

int psa_file_read_end(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes)
{
    off_t bytes = 0;
    const int fd = open_regular(path, 0, &bytes);

    if (fd < 0)
        return fd;
    const bool is_part = bytes > (off_t)bytes_max;
    if (is_part)
        lseek(fd, bytes - (off_t)bytes_max, SEEK_SET);
    const int rc = read_all(fd, is_part ? bytes_max : (size_t)bytes, ret_text, ret_bytes);
    close(fd);
    if (rc != 0 || !is_part)
        return rc;
    const char *line = memchr(*ret_text, '\n', *ret_bytes);
    const size_t left_out = line == NULL ? *ret_bytes : (size_t)(line + 1 - *ret_text);
    *ret_bytes -= left_out;
    memmove(*ret_text, *ret_text + left_out, *ret_bytes);
    return 0;
}

int psa_file_write(const char *path, const char *text, size_t bytes)
{
    char beside[PSA_PATH_MAX + 8];
    int rc = 0;

    snprintf(beside, sizeof(beside), "%s.new", path);
    const int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (write(fd, text, bytes) != (ssize_t)bytes || fsync(fd) != 0)
        rc = errno == 0 ? -EIO : -errno;
    close(fd);
    if (rc == 0 && rename(beside, path) != 0)
        rc = -errno;
    if (rc != 0)
        unlink(beside);
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/base/secret.c - see secret.h. */
#include "host/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/assert.h"

#define WRITABLE (S_IWGRP | S_IXGRP | S_IWOTH | S_IXOTH)

/* What is open is what is looked at, so it cannot be exchanged meanwhile. */
static int open_checked(const char *path, enum ps_secret_kind kind)
{
    const mode_t refused = kind == PS_SECRET_HIDDEN ? WRITABLE | S_IRWXO : WRITABLE;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & refused) == 0 &&
        (st.st_uid == 0 || st.st_uid == geteuid()))
        return fd;
    close(fd);
    return -EPERM;
}

int ps_secret_read(const char *path, enum ps_secret_kind kind, char *ret_text, size_t room_bytes)
{
    const int fd = open_checked(path, kind);
    ssize_t bytes;

    ps_assert(room_bytes > 0);
    if (fd < 0)
        return fd;
    do
        bytes = read(fd, ret_text, room_bytes);
    while (bytes < 0 && errno == EINTR);
    const int rc = bytes < 0 ? -errno : 0;
    close(fd);
    if (rc != 0)
        return rc;
    if ((size_t)bytes == room_bytes || memchr(ret_text, '\0', (size_t)bytes) != NULL) {
        explicit_bzero(ret_text, room_bytes);
        return -EINVAL;
    }
    ret_text[bytes] = '\0';
    return 0;
}

bool ps_secret_equal(const void *a, const void *b, size_t size_bytes)
{
    const volatile uint8_t *left = a, *right = b; /* volatile: no early end by the compiler */
    uint8_t differs = 0;

    for (size_t i = 0; i < size_bytes; i++)
        differs = (uint8_t)(differs | (left[i] ^ right[i]));
    return differs == 0;
}

void ps_secret_draw(void *ret_bytes, size_t size_bytes)
{
    uint8_t *at = ret_bytes;

    while (size_bytes > 0) {
        const ssize_t got = getrandom(at, size_bytes, 0);

        ps_assert(got > 0 || (got < 0 && errno == EINTR));
        if (got > 0) {
            at += got;
            size_bytes -= (size_t)got;
        }
    }
}

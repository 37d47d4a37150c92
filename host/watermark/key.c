/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "host/base/hash.h"

uint64_t ps_mark_key(uint64_t secret, uint64_t media_key)
{
    const uint64_t both[2] = { secret, media_key };

    return ps_hash64(both, sizeof(both));
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int ps_mark_key_parse(const char *text, uint64_t *ret_key)
{
    uint64_t key = 0;
    size_t i = 0;

    for (; text[i] != '\0'; i++) {
        if (i == 16 || digit_of(text[i]) < 0)
            return -EINVAL;
        key = key << 4 | (uint64_t)digit_of(text[i]);
    }
    if (i == 0)
        return -EINVAL;
    *ret_key = key;
    return 0;
}

int ps_mark_secret_load(const char *path, uint64_t *ret_secret)
{
    uint64_t bytes[2]; /* one more than there may be */
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    int rc;

    if (fd < 0)
        return -errno;
    got = read(fd, bytes, sizeof(bytes));
    rc = got < 0 ? -errno : got != sizeof(*ret_secret) ? -EINVAL : 0;
    close(fd);
    if (rc == 0)
        *ret_secret = bytes[0];
    return rc;
}

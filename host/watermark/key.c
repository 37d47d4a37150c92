/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIGITS_MAX 16u

uint64_t ps_mark_key(uint64_t secret, uint64_t media_key)
{
    const uint64_t both[2] = { secret, media_key };
    uint8_t hash[crypto_generichash_BYTES_MIN];
    uint64_t key;

    crypto_generichash(hash, sizeof(hash), (const uint8_t *)both, sizeof(both), NULL, 0);
    memcpy(&key, hash, sizeof(key));
    return key;
}

int ps_mark_key_parse(const char *text, uint64_t *ret_key)
{
    const size_t digits = strspn(text, "0123456789abcdefABCDEF");

    if (digits == 0 || digits > DIGITS_MAX || text[digits] != '\0')
        return -EINVAL;
    *ret_key = strtoull(text, NULL, 16);
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

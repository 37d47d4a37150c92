/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/psk.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOO_OPEN       (S_IWGRP | S_IXGRP | S_IRWXO)
#define LINE_BYTES_MAX (NIC_PSK_IDENTITY_BYTES_MAX + 1 + 2 * NIC_PSK_KEY_BYTES_MAX + 1)
#define FILE_BYTES_MAX (LINE_BYTES_MAX + 1) /* one more than is right, to see that it is wrong */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_key(const char *text, size_t length, struct nic_psk *psk)
{
    if (length % 2 != 0 || length / 2 < NIC_PSK_KEY_BYTES_MIN || length / 2 > NIC_PSK_KEY_BYTES_MAX)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

        if (high < 0 || low < 0)
            return false;
        psk->key[i / 2] = (uint8_t)(high << 4 | low);
    }
    psk->key_bytes = (uint32_t)(length / 2);
    return true;
}

static bool parse_line(const char *line, size_t length, struct nic_psk *psk)
{
    const char *colon = memchr(line, ':', length);
    const size_t identity = colon != NULL ? (size_t)(colon - line) : 0;

    if (identity == 0 || identity > NIC_PSK_IDENTITY_BYTES_MAX)
        return false;
    for (size_t i = 0; i < identity; i++)
        if (!isgraph((unsigned char)line[i]))
            return false;
    memcpy(psk->identity, line, identity);
    psk->identity[identity] = '\0';
    return parse_key(colon + 1, length - identity - 1, psk);
}

/* NULL: nobody but its reader, root and its group can have read or changed it. */
static const char *why_no_secret(const struct stat *st)
{
    if (!S_ISREG(st->st_mode) || (st->st_mode & TOO_OPEN) != 0)
        return "others can reach it: make it a file of mode 0600 or 0640, and a new key";
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return "it belongs to another user: make it root's or our own, and a new key";
    return NULL;
}

/* What is open is what is looked at, so it cannot be exchanged meanwhile. @return An open file that
 * is a secret, or a negative errno. */
static int open_secret(const char *path, struct nic_problem *problem)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st = { .st_mode = 0 };
    const char *why;

    if (fd < 0)
        return nic_problem_set(problem, -errno, "--psk-file %.200s: %s", path, strerror(errno));
    why = fstat(fd, &st) == 0 ? why_no_secret(&st) : strerror(errno);
    if (why == NULL)
        return fd;
    close(fd);
    return nic_problem_set(problem, -EACCES, "--psk-file %.200s: %s", path, why);
}

int nic_psk_read(const char *path, struct nic_psk *ret_psk, struct nic_problem *ret_problem)
{
    const int fd = open_secret(path, ret_problem);
    char text[FILE_BYTES_MAX];
    struct nic_psk psk = { 0 };
    ssize_t bytes;
    bool good;

    if (fd < 0)
        return fd;
    bytes = read(fd, text, sizeof(text));
    close(fd);
    if (bytes < 0)
        return nic_problem_set(ret_problem, -EIO, "--psk-file %.200s: cannot be read", path);
    if (bytes > 0 && text[bytes - 1] == '\n')
        bytes--;
    good = (size_t)bytes < sizeof(text) && parse_line(text, (size_t)bytes, &psk);
    explicit_bzero(text, sizeof(text));
    if (good)
        *ret_psk = psk;
    nic_psk_clear(&psk);
    if (good)
        return 0;
    return nic_problem_set(ret_problem, -EINVAL,
                           "--psk-file %.200s: give one line IDENTITY:HEXKEY, a key of %u to %u "
                           "bytes; `openssl rand -hex 32` makes one",
                           path, NIC_PSK_KEY_BYTES_MIN, NIC_PSK_KEY_BYTES_MAX);
}

void nic_psk_clear(struct nic_psk *psk)
{
    explicit_bzero(psk, sizeof(*psk));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/path.c - percent decoding, once, and refusal of ambiguous paths. */
#include <errno.h>
#include <string.h>

#include "host/http/http_priv.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int ps_http_next_byte(const char **at)
{
    const char *p = *at;

    *at = p + 1;
    if (*p != '%')
        return (unsigned char)*p;
    const int high = hex_digit(p[1]);
    const int low = high < 0 ? -1 : hex_digit(p[2]);

    if (low < 0)
        return -EINVAL;
    *at = p + 3;
    return high * 16 + low;
}

/* One byte of the path, decoded; negative when it may not stand in a path. */
static int next_byte(const char **at)
{
    const bool encoded = **at == '%';
    const int byte = ps_http_next_byte(at);

    if (encoded && byte == '/') /* the fast path sees raw bytes: both must see the same segments */
        return -EINVAL;
    return byte < 0x20 || byte == 0x7f || byte == '\\' ? -EINVAL : byte;
}

static bool has_dot_segment(const char *path)
{
    for (const char *at = path; at != NULL; at = strchr(at + 1, '/')) {
        const size_t dots = strspn(at + 1, ".");
        const char end = at[1 + dots];

        if ((dots == 1 || dots == 2) && (end == '/' || end == '\0'))
            return true;
    }
    return false;
}

int ps_http_path_decode(const char *raw, char *ret_path, size_t size_bytes)
{
    size_t used = 0;

    if (raw[0] != '/')
        return -EINVAL;
    while (*raw != '\0') {
        const int byte = next_byte(&raw);

        if (byte < 0)
            return byte;
        if (used + 1 >= size_bytes)
            return -ENAMETOOLONG;
        ret_path[used++] = (char)byte;
    }
    ret_path[used] = '\0';
    return has_dot_segment(ret_path) ? -EINVAL : 0;
}

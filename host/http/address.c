/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/address.c - where to listen, as one word. */
#include <errno.h>
#include <string.h>

#include "host/http/http.h"

static int read_port(const char *text, uint16_t *ret_port)
{
    unsigned port = 0;

    if (text[0] == '\0' || strlen(text) > 5)
        return -EINVAL;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        port = port * 10 + (unsigned)(*text - '0');
    }
    if (port > UINT16_MAX)
        return -EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

int ps_http_split_address(const char *text, char *ret_address, uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');
    const char *end = colon;

    if (colon == NULL)
        return -EINVAL;
    if (text[0] == '[') { /* only so can an address have colons of its own */
        text++;
        end--;
        if (end < text || *end != ']')
            return -EINVAL;
    } else if (memchr(text, ':', (size_t)(colon - text)) != NULL) {
        return -EINVAL;
    }
    const size_t bytes = (size_t)(end - text);
    if (bytes == 0 || bytes >= PS_HTTP_ADDRESS_BYTES_MAX || read_port(colon + 1, ret_port) != 0)
        return -EINVAL;
    memcpy(ret_address, text, bytes);
    ret_address[bytes] = '\0';
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/cluster/json_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 32u

/* What follows `"name":`; NULL: there is none. */
static const char *find(const char *text, size_t bytes, const char *name)
{
    char quoted[NAME_MAX_BYTES + 3];
    const int length = snprintf(quoted, sizeof(quoted), "\"%s\"", name);
    const char *end = text + bytes;
    const char *at = text;

    while ((at = memmem(at, (size_t)(end - at), quoted, (size_t)length)) != NULL) {
        at += length;
        while (at < end && *at == ' ')
            at++;
        if (at < end && *at == ':')
            break;
    }
    if (at == NULL)
        return NULL;
    for (at++; at < end && *at == ' ';)
        at++;
    return at < end ? at : NULL;
}

int ps_json_u64(const char *text, size_t bytes, const char *name, uint64_t *ret_value)
{
    const char *at = find(text, bytes, name);
    uint64_t value = 0;

    if (at == NULL || *at < '0' || *at > '9')
        return -ENOENT;
    for (; at < text + bytes && *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    *ret_value = value;
    return 0;
}

int ps_json_text(const char *text, size_t bytes, const char *name, char *ret_text,
                 size_t size_bytes)
{
    const char *at = find(text, bytes, name);

    if (at == NULL || *at != '"')
        return -ENOENT;
    at++;
    const char *end = memchr(at, '"', (size_t)(text + bytes - at));
    if (end == NULL)
        return -ENOENT;
    if ((size_t)(end - at) >= size_bytes)
        return -EMSGSIZE;
    memcpy(ret_text, at, (size_t)(end - at));
    ret_text[end - at] = '\0';
    return 0;
}

uint32_t ps_json_error(const char *text, size_t bytes)
{
    uint64_t code = 0;

    if (find(text, bytes, "error") == NULL)
        return 0;
    return ps_json_u64(text, bytes, "err_code", &code) == 0 && code > 0 && code < UINT32_MAX
               ? (uint32_t)code
               : 1;
}

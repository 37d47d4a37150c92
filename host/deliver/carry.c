/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/deliver/carry.c - a playlist whose links carry on the token that it was asked for with, as
 * players set no headers.
 *
 * Links are lines of their own, and values of URI="..." in lines that begin with #. The token was
 * taken as good: its characters are those of base64url, and dots.
 */
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/deliver/deliver_priv.h"

static const char uri[] = "URI=\"";

/* Where a link of the line ends, within it; NULL: it has none. */
static const char *end_of_link(const char *line, size_t length)
{
    if (length == 0 || line[0] != '#')
        return length == 0 ? NULL : line + length;
    const char *value = memmem(line, length, uri, strlen(uri));
    if (value == NULL)
        return NULL;
    value += strlen(uri);
    return memchr(value, '"', (size_t)(line + length - value));
}

static char *append(char *to, const char *bytes, size_t count)
{
    memcpy(to, bytes, count);
    return to + count;
}

char *ps_deliver_carry(const char *playlist, const char *token)
{
    const size_t token_bytes = strlen(token);
    size_t lines = 1;

    for (const char *at = playlist; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    char *text = ps_zalloc(strlen(playlist) + lines * (strlen("?t=") + token_bytes) + 1, 1);
    char *to = text;
    while (text != NULL && *playlist != '\0') {
        const size_t length = strcspn(playlist, "\n");
        const char *end = end_of_link(playlist, length), *next = playlist + length;

        if (end != NULL) {
            to = append(to, playlist, (size_t)(end - playlist));
            to = append(to, "?t=", strlen("?t="));
            to = append(to, token, token_bytes);
            playlist = end;
        }
        next += *next == '\n';
        to = append(to, playlist, (size_t)(next - playlist));
        playlist = next;
    }
    return text;
}

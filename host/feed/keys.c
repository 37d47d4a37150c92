/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/keys.c - see keys.h. */
#include "host/feed/keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "host/base/secret.h"

#define FILE_BYTES_MAX 8192u

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_bytes(const char *text, struct ps_feed_key *key)
{
    const size_t length = strlen(text);

    if (length % 2 != 0 || length / 2 < PS_FEED_KEY_BYTES_MIN || length / 2 > PS_FEED_KEY_BYTES_MAX)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

        if (high < 0 || low < 0)
            return false;
        key->bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    key->byte_count = (uint32_t)(length / 2);
    return true;
}

static int parse_line(struct ps_feed_keys *keys, const char *line)
{
    const char *colon = strchr(line, ':');
    const size_t length = colon == NULL ? 0 : (size_t)(colon - line);

    if (length == 0 || length > PS_FEED_IDENTITY_BYTES_MAX || keys->count == PS_FEED_KEYS_MAX)
        return -EINVAL;
    struct ps_feed_key *key = &keys->list[keys->count];
    for (size_t i = 0; i < length; i++)
        if (!isgraph((unsigned char)line[i]))
            return -EINVAL;
    memcpy(key->identity, line, length);
    key->identity[length] = '\0';
    if (!parse_bytes(colon + 1, key) || ps_feed_keys_find(keys, key->identity) != NULL)
        return -EINVAL;
    keys->count++;
    return 0;
}

static int parse_text(struct ps_feed_keys *keys, char *text)
{
    char *rest = text;
    int rc = 0;

    for (char *line = strsep(&rest, "\n"); line != NULL && rc == 0; line = strsep(&rest, "\n"))
        if (line[0] != '\0' && line[0] != '#')
            rc = parse_line(keys, line);
    return rc == 0 && keys->count == 0 ? -EINVAL : rc;
}

int ps_feed_keys_read(struct ps_feed_keys *ret_keys, const char *path)
{
    struct ps_feed_keys keys = { .count = 0 };
    char text[FILE_BYTES_MAX];
    int rc = ps_secret_read(path, PS_SECRET_HIDDEN, text, sizeof(text));

    if (rc == 0)
        rc = parse_text(&keys, text);
    if (rc == 0)
        *ret_keys = keys;
    explicit_bzero(text, sizeof(text));
    ps_feed_keys_clear(&keys);
    return rc;
}

void ps_feed_keys_clear(struct ps_feed_keys *keys)
{
    explicit_bzero(keys, sizeof(*keys));
}

const struct ps_feed_key *ps_feed_keys_find(const struct ps_feed_keys *keys, const char *identity)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (strcmp(keys->list[i].identity, identity) == 0)
            return &keys->list[i];
    return NULL;
}

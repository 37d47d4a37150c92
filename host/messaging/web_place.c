/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/web_place.c - what a path names: a collection, or one message in it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/name.h"
#include "host/messaging/web_priv.h"

int ps_web_number(const char *text, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (*text == '\0')
        return -EINVAL;
    for (; *text != '\0'; text++) {
        const unsigned digit = (unsigned)(*text - '0');

        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return -EINVAL;
        value = value * 10 + digit;
    }
    if (value > max)
        return -EINVAL;
    *ret_value = value;
    return 0;
}

/* The name up to the next slash, which @p at then stands behind; NULL behind the last one. */
static int take_name(const char **at, char *ret_name, size_t length_max)
{
    if (*at == NULL)
        return -ENOENT;
    const char *end = strchr(*at, '/');
    const size_t length = end == NULL ? strlen(*at) : (size_t)(end - *at);

    if (length > length_max)
        return -ENOENT;
    memcpy(ret_name, *at, length);
    ret_name[length] = '\0';
    *at = end == NULL ? NULL : end + 1;
    return ps_name_is_valid(ret_name, length_max) ? 0 : -ENOENT;
}

int ps_web_place_read(const char *path, struct ps_web_place *ret_place)
{
    const size_t prefix = strlen(PS_WEB_PREFIX);
    int rc = -ENOENT;

    memset(ret_place, 0, sizeof(*ret_place));
    if (strncmp(path, PS_WEB_PREFIX, prefix) != 0)
        return -ENOENT;
    const char *at = path + prefix + 2;
    if (strncmp(path + prefix, "r/", 2) == 0) {
        ret_place->kind = PS_COLLECTION_RESOURCE;
        rc = take_name(&at, ret_place->first, PS_MEDIA_ID_MAX);
        if (rc == 0)
            rc = take_name(&at, ret_place->second, PS_PROFILE_NAME_MAX);
    } else if (strncmp(path + prefix, "p/", 2) == 0) {
        ret_place->kind = PS_COLLECTION_PEER;
        rc = take_name(&at, ret_place->first, PS_PEER_NAME_MAX);
    }
    if (rc != 0 || at == NULL)
        return rc;
    ret_place->has_message = true;
    return ps_web_number(at, UINT64_MAX, &ret_place->message) == 0 ? 0 : -ENOENT;
}

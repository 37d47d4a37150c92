/* SPDX-License-Identifier: BSD-3-Clause */
/* host/request/path.c - see path.h. */
#include "host/request/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/name.h"

/* Copies up to the next slash. */
static int take_name(const char **at, char *ret_name, size_t size_bytes)
{
    const size_t bytes = strcspn(*at, "/");

    if (bytes >= size_bytes)
        return -EINVAL;
    memcpy(ret_name, *at, bytes);
    ret_name[bytes] = '\0';
    if (!ps_name_is_valid(ret_name, PS_MEDIA_ID_MAX))
        return -EINVAL;
    if ((*at)[bytes] != '/')
        return -ENOENT;
    *at += bytes + 1;
    return 0;
}

/* One spelling per segment: "7.m4s", never "07.m4s", "+7.m4s" or "7.M4S". */
static int take_index(const char *file, int32_t *ret_index)
{
    const size_t digits = strspn(file, "0123456789");

    if (digits == 0 || strcmp(file + digits, ".m4s") != 0)
        return -ENOENT;
    if (digits > PS_REQUEST_INDEX_DIGITS_MAX || (digits > 1 && file[0] == '0'))
        return -EINVAL;
    *ret_index = (int32_t)strtol(file, NULL, 10);
    return 0;
}

int ps_request_path_parse(const char *path, struct ps_request_path *ret_path)
{
    struct ps_request_path parsed = { .index = PS_SEGMENT_INIT };
    const char *at = path + strlen(PS_REQUEST_PREFIX);

    ps_assert(strncmp(path, PS_REQUEST_PREFIX, strlen(PS_REQUEST_PREFIX)) == 0);
    int rc = take_name(&at, parsed.media, sizeof(parsed.media));

    if (rc != 0)
        return rc;
    parsed.kind = PS_REQUEST_MASTER;
    if (strcmp(at, "master.m3u8") != 0) {
        rc = take_name(&at, parsed.profile, sizeof(parsed.profile));
        if (rc != 0)
            return rc;
        if (strcmp(at, "index.m3u8") == 0) {
            parsed.kind = PS_REQUEST_MEDIA_PLAYLIST;
        } else if (strcmp(at, "init.mp4") == 0) {
            parsed.kind = PS_REQUEST_INIT;
        } else {
            parsed.kind = PS_REQUEST_SEGMENT;
            rc = take_index(at, &parsed.index);
        }
    }
    if (rc == 0)
        *ret_path = parsed;
    return rc;
}

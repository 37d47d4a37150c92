/* SPDX-License-Identifier: BSD-3-Clause */
/* host/deliver/paths.c - what a path below /m/ asks for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/deliver/deliver_priv.h"

/* Copies up to the next slash. */
static int take_name(const char **at, char *ret_name, size_t size_bytes)
{
    const size_t bytes = strcspn(*at, "/");

    if (bytes >= size_bytes)
        return -EINVAL;
    memcpy(ret_name, *at, bytes);
    ret_name[bytes] = '\0';
    if (!ps_media_id_is_valid(ret_name))
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
    if (digits > PS_DELIVER_INDEX_DIGITS_MAX || (digits > 1 && file[0] == '0'))
        return -EINVAL;
    *ret_index = (int32_t)strtol(file, NULL, 10);
    return 0;
}

int ps_deliver_path_parse(const char *path, struct ps_deliver_path *ret_path)
{
    struct ps_deliver_path parsed = { .index = PS_SEGMENT_INIT };
    const char *at = path + strlen(PS_DELIVER_PREFIX);
    int rc = take_name(&at, parsed.media, sizeof(parsed.media));

    if (rc != 0)
        return rc;
    parsed.kind = PS_DELIVER_MASTER;
    if (strcmp(at, "master.m3u8") != 0) {
        rc = take_name(&at, parsed.profile, sizeof(parsed.profile));
        if (rc != 0)
            return rc;
        if (strcmp(at, "index.m3u8") == 0) {
            parsed.kind = PS_DELIVER_MEDIA_PLAYLIST;
        } else if (strcmp(at, "init.mp4") == 0) {
            parsed.kind = PS_DELIVER_INIT;
        } else {
            parsed.kind = PS_DELIVER_SEGMENT;
            rc = take_index(at, &parsed.index);
        }
    }
    if (rc == 0)
        *ret_path = parsed;
    return rc;
}

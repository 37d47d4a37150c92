/* SPDX-License-Identifier: BSD-3-Clause */
/* host/cluster/key.c - a segment's key as text: MEDIA.VERSION.PROFILE.VERSION.INDEX.VARIANT. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cluster/cluster.h"

#define DIGITS 16u

void ps_cluster_key_text(const struct ps_segment_key *key, char ret_text[PS_CLUSTER_KEY_TEXT])
{
    snprintf(ret_text, PS_CLUSTER_KEY_TEXT,
             "%016" PRIx64 ".%016" PRIx64 ".%016" PRIx64 ".%016" PRIx64 ".%" PRId32 ".%c",
             key->media_key, key->media_version, key->profile_key, key->profile_version, key->index,
             key->variant);
}

static int take_word(const char **at, uint64_t *ret_word)
{
    char digits[DIGITS + 1];

    if (strspn(*at, "0123456789abcdef") != DIGITS || (*at)[DIGITS] != '.')
        return -EINVAL;
    memcpy(digits, *at, DIGITS);
    digits[DIGITS] = '\0';
    *ret_word = strtoull(digits, NULL, 16);
    *at += DIGITS + 1;
    return 0;
}

/* Only what key_text() writes: one text, one key. */
int ps_cluster_key_parse(const char *text, struct ps_segment_key *ret_key)
{
    struct ps_segment_key key = { .index = 0 };
    uint64_t *const words[] = { &key.media_key, &key.media_version, &key.profile_key,
                                &key.profile_version };
    char again[PS_CLUSTER_KEY_TEXT];
    const char *at = text;
    char *rest = NULL;

    for (size_t i = 0; i < 4; i++)
        if (take_word(&at, words[i]) != 0)
            return -EINVAL;
    const long index = strtol(at, &rest, 10);
    if (index < PS_SEGMENT_INIT || index > INT32_MAX || rest[0] != '.' || rest[1] == '\0')
        return -EINVAL;
    key.index = (int32_t)index;
    key.variant = rest[1];
    if (key.variant != PS_VARIANT_NONE && key.variant != PS_VARIANT_A &&
        key.variant != PS_VARIANT_B)
        return -EINVAL;
    ps_cluster_key_text(&key, again);
    if (strcmp(again, text) != 0)
        return -EINVAL;
    *ret_key = key;
    return 0;
}

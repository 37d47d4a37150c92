/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/media/catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/media/grid_priv.h"

struct ps_catalogue {
    struct ps_media *media;
    uint32_t media_count, media_max;
    uint32_t *slots;    /* by key: index into media plus one, 0 is free; linear probing */
    uint32_t slot_mask; /* a power of two, at least twice media_max, less one */
};

int ps_catalogue_create(struct ps_catalogue **ret_catalogue, uint32_t media_max)
{
    struct ps_catalogue *catalogue;
    uint32_t slot_count = 2;

    if (media_max == 0 || media_max > PS_CATALOGUE_MEDIA_MAX)
        return -EINVAL;
    while (slot_count < 2 * media_max)
        slot_count *= 2;
    catalogue = ps_zalloc(1, sizeof(*catalogue));
    if (catalogue == NULL)
        return -ENOMEM;
    catalogue->media_max = media_max;
    catalogue->slot_mask = slot_count - 1;
    catalogue->media = ps_zalloc(media_max, sizeof(*catalogue->media));
    catalogue->slots = ps_zalloc(slot_count, sizeof(*catalogue->slots));
    if (catalogue->media == NULL || catalogue->slots == NULL) {
        ps_catalogue_destroy(catalogue);
        return -ENOMEM;
    }
    *ret_catalogue = catalogue;
    return 0;
}

void ps_catalogue_destroy(struct ps_catalogue *catalogue)
{
    if (catalogue == NULL)
        return;
    for (uint32_t i = 0; i < catalogue->media_count; i++) {
        free(catalogue->media[i].url);
        free(catalogue->media[i].keyframe_ns);
    }
    free(catalogue->slots);
    free(catalogue->media);
    free(catalogue);
}

static bool is_id_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._~-", c) != NULL);
}

bool ps_media_id_is_valid(const char *id)
{
    size_t length = 0;

    /* In a path these two mean other things than a title. */
    if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return false;
    while (length <= PS_MEDIA_ID_MAX && is_id_char(id[length]))
        length++;
    return length >= 1 && length <= PS_MEDIA_ID_MAX && id[length] == '\0';
}

/* The slot that holds @p key, or the free one where it would go. */
static uint32_t *find_slot(const struct ps_catalogue *catalogue, uint64_t key)
{
    uint32_t at = (uint32_t)key & catalogue->slot_mask;

    while (catalogue->slots[at] != 0 && catalogue->media[catalogue->slots[at] - 1].key != key)
        at = (at + 1) & catalogue->slot_mask;
    return &catalogue->slots[at];
}

int ps_catalogue_add(struct ps_catalogue *catalogue, const char *id, const char *url)
{
    struct ps_media *media;
    uint32_t *slot;
    size_t url_bytes = strlen(url);

    if (!ps_media_id_is_valid(id) || url_bytes == 0 || url_bytes > PS_URL_BYTES_MAX)
        return -EINVAL;
    slot = find_slot(catalogue, ps_hash64_name(id));
    if (*slot != 0)
        return -EEXIST;
    if (catalogue->media_count == catalogue->media_max)
        return -ENOSPC;
    media = &catalogue->media[catalogue->media_count];
    media->url = ps_strdup(url);
    if (media->url == NULL)
        return -ENOMEM;
    memcpy(media->id, id, strlen(id) + 1);
    media->key = ps_hash64_name(id);
    media->state = PS_MEDIA_NEW;
    *slot = ++catalogue->media_count;
    return 0;
}

struct ps_media *ps_catalogue_by_key(struct ps_catalogue *catalogue, uint64_t media_key)
{
    const uint32_t entry = *find_slot(catalogue, media_key);

    return entry != 0 ? &catalogue->media[entry - 1] : NULL;
}

struct ps_media *ps_catalogue_by_id(struct ps_catalogue *catalogue, const char *id)
{
    struct ps_media *media = ps_catalogue_by_key(catalogue, ps_hash64_name(id));

    return media != NULL && strcmp(media->id, id) == 0 ? media : NULL;
}

uint32_t ps_catalogue_count(const struct ps_catalogue *catalogue)
{
    return catalogue->media_count;
}

struct ps_media *ps_catalogue_at(struct ps_catalogue *catalogue, uint32_t idx)
{
    ps_assert(idx < catalogue->media_count);
    return &catalogue->media[idx];
}

static void forget_facts(struct ps_media *media)
{
    free(media->keyframe_ns);
    media->keyframe_ns = NULL;
    media->keyframe_count = 0;
    media->info = (struct ps_source_info){ 0 };
    media->error = 0;
}

void ps_catalogue_set_info(struct ps_media *media, const struct ps_source_info *info,
                           uint64_t *keyframe_ns, uint32_t keyframe_count)
{
    ps_assert((keyframe_ns != NULL) == (keyframe_count > 0));
    ps_assert(info->has_video || info->has_audio);
    forget_facts(media);
    media->info = *info;
    media->keyframe_ns = keyframe_ns;
    media->keyframe_count = keyframe_count;
    media->state = PS_MEDIA_READY;
}

void ps_catalogue_set_failed(struct ps_media *media, int error)
{
    ps_assert(error < 0);
    forget_facts(media);
    media->error = error;
    media->state = PS_MEDIA_FAILED;
}

void ps_catalogue_set_stale(struct ps_media *media)
{
    if (media->state != PS_MEDIA_READY)
        return; /* known to be out of date already */
    forget_facts(media);
    media->state = PS_MEDIA_NEW;
}

bool ps_media_fits(const struct ps_media *media, const struct ps_profile *profile)
{
    const struct ps_source_info *info = &media->info;

    switch (profile->kind) {
    case PS_PROFILE_TRANSCODE:
        return info->has_video && profile->width <= info->width &&
               profile->height <= info->height &&
               info->width <= profile->width * PS_MEDIA_SHRINK_MAX &&
               info->height <= profile->height * PS_MEDIA_SHRINK_MAX;
    case PS_PROFILE_COPY:
        return info->has_video && media->keyframe_count > 0;
    case PS_PROFILE_AUDIO:
        return info->has_audio;
    }
    return false;
}

uint32_t ps_media_segment_count(const struct ps_media *media, const struct ps_profile *profile)
{
    const uint32_t keyframes = media->keyframe_count;
    uint32_t segments = 0;

    if (media->state != PS_MEDIA_READY || !ps_media_fits(media, profile))
        return 0;
    if (profile->kind != PS_PROFILE_COPY)
        return ps_source_segment_count(&media->info, profile);
    for (uint32_t at = 0; at < keyframes; segments++)
        at =
            ps_grid_copy_next(&media->info, profile->segment_ms, media->keyframe_ns, keyframes, at);
    return segments;
}

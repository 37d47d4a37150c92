/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/deliver/fakes.c - just enough tier and media for the delivery's tests. */
#include "tests/unit/host/deliver/fakes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "host/media/playlist.h"

char fake_byte(uint32_t slot, uint64_t i)
{
    return (char)((i * 31 + i / 4096 + slot * 7) & 0xff);
}

void fake_tier_init(struct ps_tier *tier)
{
    memset(tier, 0, sizeof(*tier));
    tier->fd = memfd_create("fake-tier", MFD_CLOEXEC);
}

void fake_tier_fini(struct ps_tier *tier)
{
    close(tier->fd);
}

uint32_t fake_tier_add(struct ps_tier *tier, const struct ps_segment_key *key,
                       uint64_t prediction_id, bool on_device)
{
    static char bytes[FAKE_SEGMENT_BYTES];
    const uint32_t slot = tier->count++;

    for (uint64_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = fake_byte(slot, i);
    if (pwrite(tier->fd, bytes, sizeof(bytes), (off_t)slot * FAKE_SEGMENT_BYTES) !=
        (ssize_t)sizeof(bytes))
        abort();
    tier->keys[slot] = *key;
    tier->meta[slot].prediction_id = prediction_id;
    tier->on_device[slot] = on_device;
    return slot;
}

int ps_tier_get(struct ps_tier *tier, const struct ps_segment_key *key, uint64_t now_ns,
                struct ps_tier_ref *ret_ref)
{
    uint32_t slot = 0;

    (void)now_ns;
    while (slot < tier->count && memcmp(&tier->keys[slot], key, sizeof(*key)) != 0)
        slot++;
    if (slot == tier->count)
        return -ENOENT;
    if (tier->on_device[slot])
        return -EINPROGRESS;
    *ret_ref = (struct ps_tier_ref){
        .fd = tier->fd,
        .offset = (uint64_t)slot * FAKE_SEGMENT_BYTES,
        .size_bytes = FAKE_SEGMENT_BYTES,
        .prediction_id = tier->meta[slot].prediction_id,
        .first_use = !tier->used[slot],
    };
    tier->used[slot] = true;
    tier->pins++;
    return 0;
}

void ps_tier_release(struct ps_tier *tier, const struct ps_tier_ref *ref)
{
    (void)ref;
    tier->pins--;
}

void fake_catalogue_init(struct ps_catalogue *catalogue)
{
    const char *const names[] = { "film", "silent" };

    memset(catalogue, 0, sizeof(*catalogue));
    for (size_t i = 0; i < 2; i++) {
        snprintf(catalogue->media[i].id, sizeof(catalogue->media[i].id), "%s", names[i]);
        catalogue->media[i].key = ps_hash64_name(names[i]);
        catalogue->media[i].info.version = 77;
    }
}

bool ps_media_id_is_valid(const char *id)
{
    const size_t bytes = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789._~-");

    return bytes > 0 && bytes <= PS_MEDIA_ID_MAX && id[bytes] == '\0';
}

struct ps_media *ps_catalogue_by_id(struct ps_catalogue *catalogue, const char *id)
{
    for (size_t i = 0; i < 2; i++)
        if (strcmp(catalogue->media[i].id, id) == 0)
            return &catalogue->media[i];
    return NULL;
}

uint32_t ps_media_segment_count(const struct ps_media *media, const struct ps_profile *profile)
{
    return profile->kind == PS_PROFILE_AUDIO && !media->info.has_audio ? 0 : FAKE_SEGMENT_COUNT;
}

static int text_of(const struct ps_media *media, const char *what, char **ret_text)
{
    if (media->state != PS_MEDIA_READY)
        return -ENODATA;
    return asprintf(ret_text, "#EXTM3U\n# %s %s\n", media->id, what) < 0 ? -ENOMEM : 0;
}

int ps_playlist_master(const struct ps_media *media, const struct ps_profile *profiles,
                       uint32_t profile_count, char **ret_text)
{
    (void)profiles;
    (void)profile_count;
    return text_of(media, "master", ret_text);
}

int ps_playlist_media(const struct ps_media *media, const struct ps_profile *profile,
                      char **ret_text)
{
    return text_of(media, profile->name, ret_text);
}

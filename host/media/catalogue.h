/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/catalogue.h - the titles: id -> URL, key and, once probed, what the source is.
 *
 * Threads: the loop thread only. Probing happens on the pipeline's workers; its result is handed in
 * with ps_catalogue_set_info(). URLs may be followed only by the media room, which refuses every
 * scheme but file and http.
 */
#ifndef PS_HOST_MEDIA_CATALOGUE_H
#define PS_HOST_MEDIA_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/media/source.h"
#include "host/plan/media_facts.h"
#include "host/plan/resource.h"

#define PS_CATALOGUE_MEDIA_MAX (1u << 20)

struct ps_catalogue;

enum ps_media_state { PS_MEDIA_NEW, PS_MEDIA_PROBING, PS_MEDIA_READY, PS_MEDIA_FAILED };

struct ps_media {
    char id[PS_MEDIA_ID_MAX + 1];
    uint64_t key;
    char *url;
    uint32_t tenant; /* whose it is, 0 unless said otherwise */
    struct ps_media_facts
        facts; /* for the predictor; its length is the probe's unless it was said */
    enum ps_media_state state;
    int error;                  /* why FAILED, negative errno */
    struct ps_source_info info; /* when READY */
    uint64_t *keyframe_ns;      /* when READY: where COPY may cut; NULL when it cannot */
    uint32_t keyframe_count;
};

/** @return 0, -EINVAL or -ENOMEM. */
int ps_catalogue_create(struct ps_catalogue **ret_catalogue, uint32_t media_max);
void ps_catalogue_destroy(struct ps_catalogue *catalogue);

/** Whether @p id keeps the alphabet and length of a media id (also used for profile names). */
bool ps_media_id_is_valid(const char *id);

/** @return 0, -EINVAL (id or url), -EEXIST (same id, or another id with the same key), -ENOSPC,
 * -ENOMEM. */
int ps_catalogue_add(struct ps_catalogue *catalogue, const char *id, const char *url);
struct ps_media *ps_catalogue_by_id(struct ps_catalogue *catalogue, const char *id);
struct ps_media *ps_catalogue_by_key(struct ps_catalogue *catalogue, uint64_t media_key);
uint32_t ps_catalogue_count(const struct ps_catalogue *catalogue);
/** In the order added; idx < count. The pointer stays valid for the catalogue's life. */
struct ps_media *ps_catalogue_at(struct ps_catalogue *catalogue, uint32_t idx);

/**
 * What a probe found: @p media is READY from here on.
 * @param keyframe_ns  From ps_source_keyframes(); owned by the catalogue from here on.
 */
void ps_catalogue_set_info(struct ps_media *media, const struct ps_source_info *info,
                           uint64_t *keyframe_ns, uint32_t keyframe_count);
/** The probe failed with @p error (negative errno): @p media is FAILED, earlier facts are gone. */
void ps_catalogue_set_failed(struct ps_media *media, int error);

/** The origin replaced the title: what is known of it holds no more, it is NEW again. */
void ps_catalogue_set_stale(struct ps_media *media);

/** Most that a picture is made smaller, in either direction; the scaling kernel's limit. */
#define PS_MEDIA_SHRINK_MAX 16u

/** Whether @p media, READY, can be had in @p profile: never enlarged, never smaller than
 * 1/PS_MEDIA_SHRINK_MAX, never without the track. */
bool ps_media_fits(const struct ps_media *media, const struct ps_profile *profile);

/** Segments of @p profile that exist: indices 0 .. count-1. 0 unless READY, or when it does not
 * fit.
 */
uint32_t ps_media_segment_count(const struct ps_media *media, const struct ps_profile *profile);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/resource.h - what is requested, predicted, made and stored, and what it is called.
 *
 * Names become 64-bit keys at the edge (xxh3-64 of the name); everything inside carries keys.
 * Structs only; copied freely; no ownership, any thread.
 */
#ifndef PS_HOST_PLAN_RESOURCE_H
#define PS_HOST_PLAN_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#define PS_MEDIA_ID_MAX     128u /* 1..128 of A-Z a-z 0-9 . _ ~ - */
#define PS_PROFILE_NAME_MAX 64u  /* same alphabet */
#define PS_PROFILES_MAX     32u  /* profiles in one configuration */

#define PS_SEGMENT_INIT (-1) /* index of a resource's init segment */

/* Variants of a segment: unmarked, or one side of the A/B watermark. */
#define PS_VARIANT_NONE '-'
#define PS_VARIANT_A    'A'
#define PS_VARIANT_B    'B'

/* A title in one named output: the thing that is asked for. */
struct ps_resource {
    uint64_t media_key;
    uint64_t profile_key;
};

/* One CMAF segment of a resource, of exactly these versions of source and profile. */
struct ps_segment_key {
    uint64_t media_key;
    uint64_t media_version; /* from ETag, or size and mtime; changes when the source does */
    uint64_t profile_key;
    uint64_t profile_version; /* hash of the profile's canonical parameters */
    int32_t index;            /* 0.., or PS_SEGMENT_INIT */
    char variant;             /* PS_VARIANT_* */
    uint8_t zero[3];          /* always 0: keys are hashed and compared as bytes */
};
_Static_assert(sizeof(struct ps_segment_key) == 40, "compared and stored as bytes");

enum ps_profile_kind {
    PS_PROFILE_TRANSCODE, /* decode, scale, [mark], encode on CUs */
    PS_PROFILE_COPY,      /* the source's own H.264, untouched */
    PS_PROFILE_AUDIO,     /* the source's own AAC, untouched */
};

/* What an encoder holds on to; the other of the two gives way. */
enum ps_profile_rate {
    PS_RATE_BITRATE,
    PS_RATE_QUALITY,
};

/* A named output, as configured. */
struct ps_profile {
    char name[PS_PROFILE_NAME_MAX + 1];
    uint64_t key;
    uint64_t version;
    enum ps_profile_kind kind;
    uint32_t width;       /* pixels, even; transcode only */
    uint32_t height;      /* pixels, even; transcode only */
    uint32_t bitrate_bps; /* video target, or with a quality the cap; transcode only */
    enum ps_profile_rate rate;
    uint32_t quality_qp; /* 10..51 with PS_RATE_QUALITY, else 0 */
    uint32_t vbv_ms;     /* player's buffer that is never run dry, at the peak rate */
    uint32_t effort;     /* of the encoder, 0..2: more CU time for fewer bits */
    uint32_t segment_ms; /* target length of a segment; rounded up to whole frames per source */
    bool marked;         /* A/B watermark: every segment has variants A and B instead of '-' */
};

#endif

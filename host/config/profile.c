/* SPDX-License-Identifier: BSD-3-Clause */
/* host/config/profile.c - a profile's identity, and which values go together. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/config/load_priv.h"

#define SIDE_MIN 16u /* pixels: one macroblock */

/* Raised with each encoder whose segments do not go with the init segments of the one before. */
#define CODER 2u

/*
 * What is hashed decides which stored segments fit: everything that changes the bytes of a segment,
 * spelled out, so that a new key with a neutral default can be added without a new version.
 */
static uint64_t version_of(const struct ps_profile *profile)
{
    char canonical[256];
    int length = snprintf(canonical, sizeof(canonical),
                          "kind=%u width=%u height=%u bitrate_bps=%u segment_ms=%u marked=%u",
                          (unsigned)profile->kind, profile->width, profile->height,
                          profile->bitrate_bps, profile->segment_ms, profile->marked);

    if (profile->kind == PS_PROFILE_TRANSCODE)
        length += snprintf(canonical + length, sizeof(canonical) - (size_t)length,
                           " coder=%u effort=%u quality_qp=%u vbv_ms=%u", CODER, profile->effort,
                           profile->quality_qp, profile->vbv_ms);
    return ps_hash64(canonical, (size_t)length);
}

static bool is_side(uint32_t pixels)
{
    return pixels >= SIDE_MIN && pixels % 2 == 0;
}

#define BITRATE_BPS_MIN 1000u /* below it somebody forgot the k */
#define QUALITY_QP_MIN  10u   /* as fine as the encoder goes */

/* @return why `rate` and `quality` do not go together, or NULL. */
static const char *quality_misfit(const struct ps_profile *profile, bool encodes)
{
    if (!encodes || profile->rate == PS_RATE_BITRATE)
        return profile->quality_qp != 0 || profile->rate != PS_RATE_BITRATE
                   ? "only a profile that transcodes with `rate: quality` has it"
                   : NULL;
    return profile->quality_qp < QUALITY_QP_MIN ? "`rate: quality` needs one of 10..51" : NULL;
}

/* @return the key whose value does not fit the kind, or NULL. */
static const char *misfit(const struct ps_profile *profile, bool encodes)
{
    if (encodes ? !is_side(profile->width) : profile->width != 0)
        return "width";
    if (encodes ? !is_side(profile->height) : profile->height != 0)
        return "height";
    if (encodes ? profile->bitrate_bps < BITRATE_BPS_MIN : profile->bitrate_bps != 0)
        return "bitrate";
    return !encodes && profile->marked ? "watermark" : NULL;
}

int ps_config_finish_profile(const struct ps_config *config, struct ps_profile *profile,
                             const char **ret_key, char *ret_why)
{
    const bool encodes = profile->kind == PS_PROFILE_TRANSCODE;
    const char *why;

    profile->key = ps_hash64_name(profile->name);
    profile->version = version_of(profile);
    *ret_key = misfit(profile, encodes);
    if (*ret_key != NULL) {
        snprintf(ret_why, PS_CONFIG_WHY_MAX,
                 encodes ? "needed to transcode; width and height even and at least %u"
                         : "only a profile that transcodes has it",
                 SIDE_MIN);
        return -EINVAL;
    }
    why = quality_misfit(profile, encodes);
    if (why != NULL) {
        *ret_key = "quality";
        snprintf(ret_why, PS_CONFIG_WHY_MAX, "%s", why);
        return -EINVAL;
    }
    for (const struct ps_profile *other = config->profiles; other != profile; other++) {
        if (other->key == profile->key) {
            *ret_key = "name";
            snprintf(ret_why, PS_CONFIG_WHY_MAX,
                     "`%s` is there already, or shares its key with `%s`", profile->name,
                     other->name);
            return -EINVAL;
        }
    }
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/deliver/fakes.h - stand-ins for tier, catalogue and playlists, linked instead of
 * them, so that a test holds every state of a segment in its hand.
 */
#ifndef PS_TESTS_DELIVER_FAKES_H
#define PS_TESTS_DELIVER_FAKES_H

#include "host/media/catalogue.h"
#include "host/tier/tier.h"

#define FAKE_SEGMENT_BYTES 500000u
#define FAKE_SEGMENTS_MAX  8u
#define FAKE_SEGMENT_COUNT 10u /* of every media that is not named "silent" */

struct ps_tier {
    char *bytes; /* slot k holds FAKE_SEGMENT_BYTES at k times that */
    struct ps_segment_key keys[FAKE_SEGMENTS_MAX];
    struct ps_tier_meta meta[FAKE_SEGMENTS_MAX];
    bool on_device[FAKE_SEGMENTS_MAX]; /* a get has to read it first */
    bool used[FAKE_SEGMENTS_MAX];
    uint32_t count;
    int pins; /* taken and not released */
};

struct ps_catalogue {
    struct ps_media media[2]; /* "film", "silent" */
};

void fake_tier_init(struct ps_tier *tier);
void fake_tier_fini(struct ps_tier *tier);
/** Put a segment whose byte i is fake_byte(slot, i). @return its slot. */
uint32_t fake_tier_add(struct ps_tier *tier, const struct ps_segment_key *key,
                       uint64_t prediction_id, bool on_device);
char fake_byte(uint32_t slot, uint64_t i);

void fake_catalogue_init(struct ps_catalogue *catalogue);

#endif

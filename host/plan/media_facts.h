/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/plan/media_facts.h - what is known of a media apart from who asks for it.
 *
 * 0 means unknown in each field. Structs only; copied freely; no ownership, any thread.
 */
#ifndef PS_HOST_PLAN_MEDIA_FACTS_H
#define PS_HOST_PLAN_MEDIA_FACTS_H

#include <stdint.h>

struct ps_media_facts {
    uint64_t born_ns;   /* when it came into being, ps_clock time */
    uint64_t sequel_of; /* media_key of what its viewers saw before */
    uint32_t category;  /* a small number or a hash of a name; equal means alike */
    uint32_t length_s;
    uint32_t tenant; /* whose it is */
};

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/datagram.h - one peer-demand datagram: its form, whose word it is, and what it says.
 *
 * Why in three steps: a stranger's bytes are looked at no further than fixed fields at fixed places
 * until the code shows that they are an agent's. Pure; nothing is kept.
 *
 * Threads: any.
 */
#ifndef PS_HOST_FEED_DATAGRAM_H
#define PS_HOST_FEED_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk/abi/peer_demand.h"
#include "host/plan/demand.h"
#include "host/plan/resource.h"

#define PS_DATAGRAM_KEY_BYTES 32u

struct ps_datagram {
    struct ppd_header header;
    struct ppd_auth auth;
    /* What the body says. */
    char media[PS_MEDIA_ID_MAX + 1];
    char profile[PS_PROFILE_NAME_MAX + 1]; /* empty: whichever */
    uint64_t from_s, to_s;                 /* Unix seconds, from <= to */
    float probability;                     /* in (0, 1] */
    uint16_t region;                       /* 0: not said */
};

/**
 * Take the fixed fields. @p bytes stay the caller's and must stay as they are for the steps below.
 * @return 0 or -EBADMSG (size, magic, version, reserved bits, or the body's length is another).
 */
int ps_datagram_open(struct ps_datagram *ret_datagram, const void *bytes, size_t size_bytes);

/** Whether its code was made under @p key. */
bool ps_datagram_is_by(const struct ps_datagram *datagram, const void *bytes, size_t size_bytes,
                       const uint8_t key[static PS_DATAGRAM_KEY_BYTES]);

/**
 * Read the body of one that is genuine.
 * @return 0, -EBADMSG (no map of what is needed, or the header's key is not the name's) or -ENOMEM.
 */
int ps_datagram_read(struct ps_datagram *datagram, const void *bytes, size_t size_bytes);

#endif

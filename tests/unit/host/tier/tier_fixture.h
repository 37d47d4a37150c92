/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/tier/tier_fixture.h - a tier on a file of its own, and segments whose bytes can
 * be told from their key, so that whatever is served can be judged.
 *
 * Every binary that includes this uses a part of it.
 */
#ifndef PS_TESTS_UNIT_HOST_TIER_TIER_FIXTURE_H
#define PS_TESTS_UNIT_HOST_TIER_TIER_FIXTURE_H

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/tier/tier_priv.h"
#include "tests/support/ps_test.h"

#define FIXTURE_SEGMENT_MAX (4u << 20)
#define FIXTURE_UNUSED      __attribute__((unused))

struct fixture {
    struct ps_tier *tier;
    struct ps_tier_config cfg;
    char path[64];
    uint64_t gone;
    uint64_t gone_unused;
    uint64_t gone_prediction; /* the last one's */
    uint64_t loaded;
    int loaded_status;
};

static unsigned char fixture_bytes[FIXTURE_SEGMENT_MAX];

FIXTURE_UNUSED static struct ps_segment_key key_of(uint32_t n)
{
    return (struct ps_segment_key){
        .media_key = n,
        .profile_key = 7,
        .index = (int32_t)n,
        .variant = PS_VARIANT_NONE,
    };
}

FIXTURE_UNUSED static const unsigned char *bytes_of(uint32_t n, uint32_t version, size_t size_bytes)
{
    uint64_t state = (uint64_t)n * 0x9e3779b97f4a7c15ull + version + 1;

    for (size_t i = 0; i < size_bytes; i += 8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(fixture_bytes + i, &state, size_bytes - i < 8 ? size_bytes - i : 8);
    }
    return fixture_bytes;
}

static void fixture_on_gone(void *arg, const struct ps_segment_key *key, uint64_t prediction_id,
                            bool used)
{
    struct fixture *fixture = arg;

    (void)key;
    fixture->gone++;
    fixture->gone_unused += !used;
    fixture->gone_prediction = prediction_id;
}

static void fixture_on_loaded(void *arg, const struct ps_segment_key *key, int status)
{
    struct fixture *fixture = arg;

    (void)key;
    fixture->loaded++;
    fixture->loaded_status = status;
}

/** A 16 MiB file of 256 KiB zones in the working directory, under 4 MiB of DRAM. */
FIXTURE_UNUSED static void fixture_init(struct fixture *fixture, bool no_uring)
{
    memset(fixture, 0, sizeof(*fixture));
    snprintf(fixture->path, sizeof(fixture->path), "tier-test-%d.data", (int)getpid());
    unlink(fixture->path);
    fixture->cfg = (struct ps_tier_config){
        .dram_bytes = 4u << 20,
        .path = fixture->path,
        .nvme_bytes = 16u << 20,
        .zone_bytes = 256u << 10,
        .index_max = 4096,
        .no_uring = no_uring,
        .on_gone = fixture_on_gone,
        .on_loaded = fixture_on_loaded,
        .arg = fixture,
    };
}

FIXTURE_UNUSED static int fixture_open(struct fixture *fixture)
{
    return ps_tier_create(&fixture->tier, &fixture->cfg, 0);
}

FIXTURE_UNUSED static void fixture_close(struct fixture *fixture)
{
    ps_tier_destroy(fixture->tier);
    fixture->tier = NULL;
}

FIXTURE_UNUSED static void fixture_fini(struct fixture *fixture)
{
    fixture_close(fixture);
    unlink(fixture->path);
}

/** Turn the loop until the tier has nothing in hand: all accepted is durable, zones are settled. */
FIXTURE_UNUSED static void fixture_quiesce(struct fixture *fixture)
{
    struct ps_tier *tier = fixture->tier;

    for (unsigned i = 0; i < 100000; i++) {
        struct pollfd pfd = { .fd = ps_tier_fd(tier), .events = POLLIN };

        ps_tier_settle(tier, 0);
        if (tier->in_flight == 0 && tier->load_waiting.count == 0 &&
            (!tier->writable || !ps_tier_append_busy(tier)))
            return;
        if (tier->in_flight > 0)
            poll(&pfd, 1, 1000);
    }
    CU_FAIL("the tier never comes to rest");
}

FIXTURE_UNUSED static int put(struct fixture *fixture, uint32_t n, size_t size_bytes,
                              enum ps_tier_class class)
{
    const struct ps_segment_key key = key_of(n);
    const struct ps_tier_meta meta = {
        .class = class,
        .confidence = class == PS_TIER_DEMANDED ? 1 : 0.5,
        .prediction_id = class == PS_TIER_DEMANDED ? 0 : n + 1000,
    };

    return ps_tier_put(fixture->tier, &key, &meta, bytes_of(n, 0, size_bytes), size_bytes, 0);
}

FIXTURE_UNUSED static enum ps_tier_where where(const struct fixture *fixture, uint32_t n)
{
    const struct ps_segment_key key = key_of(n);

    return ps_tier_where(fixture->tier, &key);
}

/** Get, waiting for a read if need be. */
FIXTURE_UNUSED static int get(struct fixture *fixture, uint32_t n, struct ps_tier_ref *ret_ref)
{
    const struct ps_segment_key key = key_of(n);
    int rc = -EINPROGRESS;

    for (unsigned i = 0; i < 100 && rc == -EINPROGRESS; i++) {
        rc = ps_tier_get(fixture->tier, &key, 0, ret_ref);
        if (rc == -EINPROGRESS)
            fixture_quiesce(fixture);
    }
    return rc;
}

/** 0 when the segment is served with exactly its bytes, -EILSEQ when with others, else get's. */
FIXTURE_UNUSED static int check(struct fixture *fixture, uint32_t n, size_t size_bytes)
{
    struct ps_tier_ref ref;
    int rc = get(fixture, n, &ref);

    if (rc != 0)
        return rc;
    if (ref.size_bytes != size_bytes || memcmp(ref.data, bytes_of(n, 0, size_bytes), size_bytes))
        rc = -EILSEQ;
    ps_tier_release(fixture->tier, &ref);
    return rc;
}

FIXTURE_UNUSED static struct ps_tier_status status_of(const struct fixture *fixture)
{
    struct ps_tier_status status;

    ps_tier_status(fixture->tier, &status);
    return status;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/peers/peers_fixture.h - peers with salts that a test can foresee. */
#ifndef PS_TESTS_PEERS_FIXTURE_H
#define PS_TESTS_PEERS_FIXTURE_H

#include <string.h>

#include "host/peers/peers_priv.h"
#include "tests/support/ps_test.h"

#define SEC    PS_PEERS_NS_PER_SEC
#define HOUR   (3600 * SEC)
#define DAY    (24 * HOUR)
#define MONDAY (1700438400 * SEC) /* midnight */

struct random_source {
    uint8_t next;
    uint32_t forgotten, erased;
    uint64_t last_forgotten;
};

static inline void fill(void *arg, void *ret_bytes, size_t size_bytes)
{
    struct random_source *source = arg;

    memset(ret_bytes, ++source->next, size_bytes);
}

static inline void forgotten(void *arg, uint64_t key, bool erased)
{
    struct random_source *source = arg;

    source->forgotten++;
    source->erased += erased;
    source->last_forgotten = key;
}

static inline struct ps_peers_config config_of(struct random_source *source, uint32_t peers_max)
{
    *source = (struct random_source){ 0 };
    return (struct ps_peers_config){ .peers_max = peers_max,
                                     .salt_rotate_ns = DAY,
                                     .retain_ns = 30 * DAY,
                                     .random = fill,
                                     .forgotten = forgotten,
                                     .arg = source };
}

static inline struct ps_peers *peers_of(struct random_source *source, uint32_t peers_max)
{
    const struct ps_peers_config cfg = config_of(source, peers_max);
    struct ps_peers *peers = NULL;

    PS_REQUIRE(ps_peers_create(&peers, &cfg) == 0);
    return peers;
}

static inline struct ps_peer_id id_of(const char *text)
{
    struct ps_peer_id id;

    PS_REQUIRE(ps_peer_id_of_text(&id, text, strlen(text)) == 0);
    return id;
}

static inline uint64_t key_of(struct ps_peers *peers, const char *text, uint64_t now_ns)
{
    const struct ps_peer_id id = id_of(text);

    return ps_peers_key(peers, &id, now_ns);
}

static inline uint64_t see(struct ps_peers *peers, const char *text, uint64_t now_ns)
{
    const struct ps_peer_class unknown = { 0 };
    const uint64_t key = key_of(peers, text, now_ns);

    ps_peers_seen(peers, key, &unknown, 77, now_ns);
    return key;
}

#endif

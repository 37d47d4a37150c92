/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/feed/agent_words.h - datagrams as an agent would make them, and as none would.
 * Threads: one.
 */
#ifndef PS_TESTS_UNIT_HOST_FEED_AGENT_WORDS_H
#define PS_TESTS_UNIT_HOST_FEED_AGENT_WORDS_H

#include <sodium.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/feed/datagram.h"
#include "host/msg/msg.h"
#include "tests/support/ps_test.h"

struct words {
    uint8_t bytes[PPD_BYTES_MAX + 64];
    size_t size_bytes;
};

/* Sign what is there; to be called again after bytes were changed. */
static inline void sign(struct words *words, const uint8_t key[PS_DATAGRAM_KEY_BYTES])
{
    const size_t fixed = sizeof(struct ppd_header) + sizeof(struct ppd_auth);
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, PS_DATAGRAM_KEY_BYTES);
    crypto_auth_hmacsha256_update(&state, words->bytes, fixed - 32);
    crypto_auth_hmacsha256_update(&state, words->bytes + fixed, words->size_bytes - fixed);
    crypto_auth_hmacsha256_final(&state, words->bytes + fixed - 32);
}

static inline void put_words(struct words *words, const char *named, const void *body,
                             size_t body_bytes, uint64_t key_id, uint64_t time_ms,
                             uint64_t sequence, const uint8_t key[PS_DATAGRAM_KEY_BYTES])
{
    const struct ppd_auth auth = { .key_id = key_id, .time_ms = time_ms, .sequence = sequence };
    const struct ppd_header header = { .magic = PPD_MAGIC,
                                       .version = PPD_VERSION,
                                       .media_key = ps_hash64_name(named),
                                       .device = 3,
                                       .body_bytes = (uint32_t)(sizeof(auth) + body_bytes) };

    PS_REQUIRE(sizeof(header) + sizeof(auth) + body_bytes <= sizeof(words->bytes));
    memcpy(words->bytes, &header, sizeof(header));
    memcpy(words->bytes + sizeof(header), &auth, sizeof(auth));
    memcpy(words->bytes + sizeof(header) + sizeof(auth), body, body_bytes);
    words->size_bytes = sizeof(header) + sizeof(auth) + body_bytes;
    sign(words, key);
}

/* The usual one: a title, at a time. */
static inline void put_look(struct words *words, const char *media, uint64_t from_s,
                            uint64_t key_id, uint64_t time_ms, uint64_t sequence,
                            const uint8_t key[PS_DATAGRAM_KEY_BYTES])
{
    struct ps_msg_writer w;

    ps_msg_writer_init(&w, PPD_BYTES_MAX);
    ps_msg_open_map(&w);
    ps_msg_pair_str(&w, "media", media);
    ps_msg_pair_u64(&w, "from", from_s);
    ps_msg_close(&w);
    put_words(words, media, w.data, w.size_bytes, key_id, time_ms, sequence, key);
    ps_msg_writer_fini(&w);
}

#endif

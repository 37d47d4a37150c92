/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_datagram.c - datagrams of peers' agents, and the file of what is revoked.
 *
 * Input: steps. Each begins with a byte: the low two bits say what, the others how. A datagram as
 * it stands; one whose code is made right, with times and sequences near those of now; a stored
 * file; the passing of time. What was taken was genuine, in time, newer than all before of its key,
 * and within the limits of its fields; no bytes are taken twice; every datagram is counted once.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/name.h"
#include "host/feed/agents.h"
#include "tests/fuzz/fuzz.h"

#define BEGIN_MS  UINT64_C(1700000000000)
#define STEPS_MAX 64u
#define AGENTS    12u /* more than a set holds: some are forgotten */

enum step { RAW, SIGNED, STORED, WAIT };

static struct ps_agents *agents;
static struct ps_agent_keys keys;
static uint64_t now_ms, given, said_count;
static uint64_t latest[AGENTS + 1]; /* sequence that was heard, by key id */

static void check_said(const struct ps_datagram *d)
{
    FUZZ_REQUIRE(ps_name_is_valid(d->media, PS_MEDIA_ID_MAX));
    FUZZ_REQUIRE(ps_hash64_name(d->media) == d->header.media_key);
    FUZZ_REQUIRE(d->profile[0] == '\0' || ps_name_is_valid(d->profile, PS_PROFILE_NAME_MAX));
    FUZZ_REQUIRE(d->probability > 0.0f && d->probability <= 1.0f);
    FUZZ_REQUIRE(d->from_s <= d->to_s && d->to_s < UINT64_C(1) << 40);
}

static enum ps_agents_outcome said(void *arg, const struct ps_datagram *datagram,
                                   const struct sockaddr *from)
{
    const struct ppd_auth *auth = &datagram->auth;
    const uint64_t off_ms =
        auth->time_ms > now_ms ? auth->time_ms - now_ms : now_ms - auth->time_ms;

    (void)arg;
    FUZZ_REQUIRE(from->sa_family == AF_INET);
    check_said(datagram);
    FUZZ_REQUIRE(off_ms <= PPD_SKEW_S * 1000);
    FUZZ_REQUIRE(!ps_agent_keys_is_revoked(&keys, auth->key_id));
    FUZZ_REQUIRE(auth->key_id >= 1 && auth->key_id <= AGENTS); /* the others' keys nobody has */
    latest[auth->key_id] = auth->sequence;
    said_count++;
    return PS_AGENTS_TAKEN;
}

static void give(const uint8_t *bytes, size_t count)
{
    const struct sockaddr from = { .sa_family = AF_INET };
    const uint64_t before = said_count;
    uint8_t *exact = fuzz_copy(bytes, count);
    enum ps_agents_outcome outcome = ps_agents_take(agents, exact, count, &from, now_ms);

    FUZZ_REQUIRE((outcome == PS_AGENTS_TAKEN) == (said_count == before + 1));
    if (outcome == PS_AGENTS_TAKEN) {
        outcome = ps_agents_take(agents, exact, count, &from, now_ms);
        FUZZ_REQUIRE(outcome == PS_AGENTS_SEQUENCE && said_count == before + 1);
        given++;
    }
    given++;
    free(exact);
}

/* A datagram of the input, put right as far as only a key's holder can. */
static void give_signed(const uint8_t *bytes, size_t count, uint8_t how)
{
    const size_t fixed = sizeof(struct ppd_header) + sizeof(struct ppd_auth);
    uint8_t whole[sizeof(struct ppd_header) + sizeof(struct ppd_auth) + PPD_BYTES_MAX];
    uint8_t key[PS_DATAGRAM_KEY_BYTES];
    struct ppd_auth auth = { .key_id = 1u + how % AGENTS };
    struct ppd_header header = { .magic = PPD_MAGIC, .version = PPD_VERSION };
    crypto_auth_hmacsha256_state state;

    if (count > PPD_BYTES_MAX)
        count = PPD_BYTES_MAX;
    if (count < 3)
        return;
    auth.sequence = latest[auth.key_id] + bytes[0];
    auth.time_ms = now_ms + (uint64_t)(bytes[1] * 1000) - 64000;
    /* The key in the header is that of the name, if the body begins with one of fixed length. */
    const size_t name_bytes = bytes[2] & 31u;
    bytes += 3;
    count -= 3;
    if (count >= 8 + name_bytes)
        header.media_key = ps_hash64(bytes + 8, name_bytes);
    header.body_bytes = (uint32_t)(sizeof(auth) + count);
    memcpy(whole, &header, sizeof(header));
    memcpy(whole + sizeof(header), &auth, sizeof(auth));
    memcpy(whole + fixed, bytes, count);
    ps_agent_keys_of(&keys, auth.key_id, key);
    crypto_auth_hmacsha256_init(&state, key, sizeof(key));
    crypto_auth_hmacsha256_update(&state, whole, fixed - sizeof(auth.code));
    crypto_auth_hmacsha256_update(&state, whole + fixed, count);
    crypto_auth_hmacsha256_final(&state, whole + fixed - sizeof(auth.code));
    give(whole, fixed + count);
}

/* What is loaded is what is saved; what is not, changes nothing. */
static void load(const uint8_t *bytes, size_t count)
{
    uint8_t *exact = fuzz_copy(bytes, count);
    struct ps_agent_keys loaded;
    void *data = NULL;
    size_t size_bytes = 0;

    FUZZ_REQUIRE(ps_agent_keys_init(&loaded) == 0);
    if (ps_agent_keys_load(&loaded, exact, count) == 0) {
        FUZZ_REQUIRE(ps_agent_keys_save(&loaded, &data, &size_bytes) == 0);
        FUZZ_REQUIRE(size_bytes == count && memcmp(data, exact, count) == 0);
        free(data);
    } else {
        FUZZ_REQUIRE(loaded.revoked_count == 0);
    }
    ps_agent_keys_fini(&loaded);
    free(exact);
}

static void take_step(struct fuzz_input *input)
{
    const uint8_t what = fuzz_take_u8(input);
    const uint8_t how = what >> 2;
    size_t count;
    const uint8_t *bytes = fuzz_take(input, fuzz_take_u16(input) % 2048u, &count);

    switch ((enum step)(what & 3)) {
    case RAW:
        give(bytes, count);
        break;
    case SIGNED:
        give_signed(bytes, count, how);
        break;
    case STORED:
        load(bytes, count);
        break;
    case WAIT:
        now_ms += how * UINT64_C(500);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct ps_agents_status status;
    uint64_t counted = fuzz_breaks;
    const struct ps_agents_config cfg = {
        .heard_max = 8, .rate_per_s = 2, .keys = &keys, .said = said
    };

    now_ms = BEGIN_MS;
    given = said_count = 0;
    memset(latest, 0, sizeof(latest));
    FUZZ_REQUIRE(ps_agent_keys_init(&keys) == 0);
    memset(keys.secret, 1, sizeof(keys.secret)); /* the same each time */
    FUZZ_REQUIRE(ps_agent_keys_revoke(&keys, AGENTS) == 0);
    FUZZ_REQUIRE(ps_agents_create(&agents, &cfg, BEGIN_MS - 100000) == 0);
    for (unsigned i = 0; i < STEPS_MAX && input.left > 0; i++)
        take_step(&input);
    ps_agents_status(agents, &status);
    for (unsigned i = 0; i < PS_AGENTS_OUTCOME_COUNT; i++)
        counted += status.count[i];
    FUZZ_REQUIRE(counted == given);
    FUZZ_REQUIRE(status.count[PS_AGENTS_TAKEN] == said_count);
    ps_agents_destroy(agents);
    ps_agent_keys_fini(&keys);
    return 0;
}

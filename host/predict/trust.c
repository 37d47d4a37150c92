/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/trust.c - see trust_priv.h. */
#include "host/predict/trust_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"

#define SET         8u
#define FADE        0.98f  /* of a source's record at each look that is settled, */
#define CLASS_FADE  0.995f /* of its class's strangers, */
#define ALL_FADE    0.999f /* and of all strangers */
#define PRIOR_LOOKS 3.0f   /* what its class weighs beside a source's own, */
#define PRIOR_CLASS 8.0f   /* and all strangers beside a class's */
#define PRIOR_CAME  0.5f   /* of looks that came true while nothing is known, */
#define PRIOR_ALL   10.0f  /* weighing as many looks */
#define BROKEN      4u     /* so many on end are no bad luck */
#define CUT_WEIGHT  4.0f   /* what a record then weighs */
#define GOOD        0.5f
#define OWN_FREE    1.0f  /* looks of a stranger that may pend before one was kept, */
#define OWN_KEPT    2.0f  /* and for each that was */
#define CROWD_FREE  32.0f /* strangers' looks that may pend before any was kept, */
#define CROWD_KEPT  8.0f  /* and for each that was */

int ps_trust_init(struct ps_trust *trust)
{
    *trust = (struct ps_trust){ .serial = 0 };
    trust->sources = ps_zalloc(PS_TRUST_SOURCES_MAX, sizeof(*trust->sources));
    return trust->sources == NULL ? -ENOMEM : 0;
}

void ps_trust_fini(struct ps_trust *trust)
{
    free(trust->sources);
}

static uint32_t mix(uint64_t key)
{
    return (uint32_t)(((key ^ key >> 31) * 0x9e3779b97f4a7c15ull) >> 40);
}

static struct ps_trust_source *set_of(const struct ps_trust *trust, uint64_t key)
{
    return &trust->sources[mix(key) % (PS_TRUST_SOURCES_MAX / SET) * SET];
}

struct ps_trust_source *ps_trust_find(const struct ps_trust *trust, uint64_t key)
{
    struct ps_trust_source *set = set_of(trust, key);

    for (unsigned i = 0; i < SET; i++)
        if (set[i].serial != 0 && set[i].key == key)
            return &set[i];
    return NULL;
}

/* Strangers must not push out those who are known. */
static uint64_t kept_until(const struct ps_trust_source *source)
{
    if (source->serial == 0)
        return 0;
    return (uint64_t)source->heard_s + (ps_trust_is_stranger(source) ? 0 : PS_TRUST_KEPT_S);
}

static struct ps_trust_source *take(struct ps_trust *trust, uint64_t key)
{
    struct ps_trust_source *set = set_of(trust, key), *source = set;

    for (unsigned i = 1; i < SET; i++)
        if (kept_until(&set[i]) < kept_until(source))
            source = &set[i];
    if (++trust->serial == 0) /* is for free places */
        trust->serial = 1;
    *source = (struct ps_trust_source){ .key = key, .serial = trust->serial };
    return source;
}

/* The class's place; 0 when all that it could have are of use. */
static uint8_t class_of(struct ps_trust *trust, const struct ps_peer_class *peer, uint32_t now_s)
{
    const uint32_t set =
        mix((uint64_t)peer->region << 8 | peer->device) % (PS_TRUST_CLASSES / SET) * SET;
    uint32_t taken = 0;

    for (uint32_t i = set; i < set + SET; i++) {
        struct ps_trust_class *class = &trust->classes[i];

        if (class->is_known && class->region == peer->region && class->device == peer->device) {
            class->heard_s = now_s;
            return (uint8_t)i;
        }
        if (i != 0 && class->pending == 0 &&
            (taken == 0 || class->heard_s < trust->classes[taken].heard_s))
            taken = i;
    }
    if (taken != 0)
        trust->classes[taken] = (struct ps_trust_class){
            .region = peer->region, .device = peer->device, .is_known = true, .heard_s = now_s
        };
    return (uint8_t)taken;
}

struct ps_trust_source *ps_trust_hear(struct ps_trust *trust, uint64_t key,
                                      const struct ps_peer_class *peer, uint32_t now_s)
{
    struct ps_trust_source *source = ps_trust_find(trust, key);

    if (source == NULL)
        source = take(trust, key);
    source->heard_s = now_s;
    source->class_idx = class_of(trust, peer, now_s);
    return source;
}

void ps_trust_pend(struct ps_trust *trust, uint8_t class_idx, bool is_stranger, int32_t change)
{
    struct ps_trust_class *class = &trust->classes[class_idx];

    class->pending += (uint32_t)change;
    class->strangers += is_stranger ? (uint32_t)change : 0;
}

static void note(float *came, float *claimed, float fade, float claim, bool came_true)
{
    *claimed = *claimed * fade + claim;
    *came = *came * fade + (came_true ? 1.0f : 0.0f);
}

/* What was good for long says little of one who has turned; a bad name keeps its weight. */
static void cut(struct ps_trust_source *source)
{
    if (source->came < GOOD * source->claimed)
        return;
    const float part = fminf(1.0f, CUT_WEIGHT / fmaxf(source->claimed, 1e-6f));

    source->claimed *= part;
    source->came *= part;
}

void ps_trust_settle(struct ps_trust *trust, struct ps_trust_source *source, uint8_t class_idx,
                     float claimed, bool came_true)
{
    if (source == NULL)
        return;
    if (ps_trust_is_stranger(source)) {
        struct ps_trust_class *class = &trust->classes[class_idx];

        note(&trust->came, &trust->claimed, ALL_FADE, claimed, came_true);
        note(&class->came, &class->claimed, CLASS_FADE, claimed, came_true);
        source->settled++;
    }
    note(&source->came, &source->claimed, FADE, claimed, came_true);
    source->broken = came_true ? 0 : (source->broken + 1) & 15;
    if (!came_true && source->broken % BROKEN == 0)
        cut(source);
}

float ps_trust_of_class(const struct ps_trust *trust, uint8_t class_idx)
{
    const struct ps_trust_class *class = &trust->classes[class_idx];
    const float all = (trust->came + PRIOR_CAME * PRIOR_ALL) / (trust->claimed + PRIOR_ALL);

    return (class->came + PRIOR_CLASS * all) / (class->claimed + PRIOR_CLASS);
}

float ps_trust_of(const struct ps_trust *trust, const struct ps_trust_source *source)
{
    if (trust->is_blind)
        return 1.0f;
    if (source == NULL)
        return 0.0f;
    const float said = (source->came + PRIOR_LOOKS * ps_trust_of_class(trust, source->class_idx)) /
                       (source->claimed + PRIOR_LOOKS);
    const float heard = OWN_FREE + OWN_KEPT * source->came, pending = (float)source->pending;

    return ps_trust_is_stranger(source) && pending > heard ? said * heard / pending : said;
}

float ps_trust_crowd_max(const struct ps_trust *trust, uint8_t class_idx)
{
    return trust->is_blind ? HUGE_VALF
                           : fminf(1.0f, ps_trust_of_class(trust, class_idx)) *
                                 (1.0f + trust->classes[class_idx].came);
}

float ps_trust_crowd_part(const struct ps_trust *trust, uint8_t class_idx)
{
    const struct ps_trust_class *class = &trust->classes[class_idx];
    const float pending = (float)class->strangers;
    const float heard = CROWD_FREE + CROWD_KEPT * class->came;

    return trust->is_blind || pending <= heard ? 1.0f : heard / pending;
}

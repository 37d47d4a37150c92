/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/shadow.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/mem.h"

#define NONE          UINT32_MAX
#define BUCKETS       (2 * PS_SHADOW_KEYS_MAX) /* a power of two */
#define SEGMENT_BYTES (64.0 * 1024)            /* a small one: how many a buffer may hold */
#define SMALL_SHARE   0.1
#define USES_MAX      3u

enum queue { SMALL, MAIN, GHOST, QUEUE_COUNT };

struct entry {
    uint64_t key;
    uint64_t size_bytes;
    uint32_t chain;      /* next in its bucket, or in the list of free ones */
    uint32_t prev, next; /* in its queue; next is newer */
    uint8_t queue, uses;
};

struct fifo {
    uint32_t oldest, newest, count;
    uint64_t bytes;
};

/* When betting stops and begins again. */
struct verdict {
    double requests, hits, shadow_hits; /* faded */
    uint64_t faded_ns;
    uint64_t worse_since_ns; /* 0: it is not */
    uint64_t rest_until_ns, rest_ns;
    uint64_t rests;
    bool resting;
};

struct ps_shadow {
    uint64_t capacity_bytes; /* of the sample */
    double sampled;
    uint64_t requests, hits, shadow_hits;
    struct verdict verdict;
    struct fifo fifos[QUEUE_COUNT];
    uint32_t free;
    uint32_t buckets[BUCKETS];
    struct entry entries[PS_SHADOW_KEYS_MAX];
};

int ps_shadow_create(struct ps_shadow **ret_shadow, uint64_t capacity_bytes)
{
    struct ps_shadow *s = ps_zalloc(1, sizeof(*s));

    if (s == NULL)
        return -ENOMEM;
    /* Half of the keys are for what left lately. */
    s->sampled =
        fmin(1.0, PS_SHADOW_KEYS_MAX / 2.0 * SEGMENT_BYTES / fmax((double)capacity_bytes, 1.0));
    s->capacity_bytes = (uint64_t)(s->sampled * (double)capacity_bytes);
    for (uint32_t b = 0; b < BUCKETS; b++)
        s->buckets[b] = NONE;
    for (uint32_t q = 0; q < QUEUE_COUNT; q++)
        s->fifos[q] = (struct fifo){ .oldest = NONE, .newest = NONE };
    for (uint32_t i = 0; i < PS_SHADOW_KEYS_MAX; i++)
        s->entries[i].chain = i + 1 < PS_SHADOW_KEYS_MAX ? i + 1 : NONE;
    *ret_shadow = s;
    return 0;
}

void ps_shadow_destroy(struct ps_shadow *shadow)
{
    free(shadow);
}

/* ---- queues ---- */

static void push(struct ps_shadow *s, uint32_t at, enum queue queue)
{
    struct fifo *fifo = &s->fifos[queue];
    struct entry *e = &s->entries[at];

    e->queue = (uint8_t)queue;
    e->prev = fifo->newest;
    e->next = NONE;
    if (fifo->newest != NONE)
        s->entries[fifo->newest].next = at;
    else
        fifo->oldest = at;
    fifo->newest = at;
    fifo->count++;
    fifo->bytes += e->size_bytes;
}

static void pull(struct ps_shadow *s, uint32_t at)
{
    struct entry *e = &s->entries[at];
    struct fifo *fifo = &s->fifos[e->queue];

    if (e->prev != NONE)
        s->entries[e->prev].next = e->next;
    else
        fifo->oldest = e->next;
    if (e->next != NONE)
        s->entries[e->next].prev = e->prev;
    else
        fifo->newest = e->prev;
    fifo->count--;
    fifo->bytes -= e->size_bytes;
}

/* ---- keys ---- */

static uint32_t *bucket_of(struct ps_shadow *s, uint64_t key)
{
    return &s->buckets[key & (BUCKETS - 1)];
}

static uint32_t find(struct ps_shadow *s, uint64_t key)
{
    uint32_t at = *bucket_of(s, key);

    while (at != NONE && s->entries[at].key != key)
        at = s->entries[at].chain;
    return at;
}

static void drop(struct ps_shadow *s, uint32_t at)
{
    uint32_t *link = bucket_of(s, s->entries[at].key);

    pull(s, at);
    while (*link != at)
        link = &s->entries[*link].chain;
    *link = s->entries[at].chain;
    s->entries[at].chain = s->free;
    s->free = at;
}

/* ---- S3-FIFO ---- */

/* What was asked for more than once moves up; of the rest the key is remembered. */
static void evict_small(struct ps_shadow *s)
{
    const uint32_t at = s->fifos[SMALL].oldest;

    pull(s, at);
    push(s, at, s->entries[at].uses > 1 ? MAIN : GHOST);
    s->entries[at].uses = 0;
    while (s->fifos[GHOST].count > s->fifos[MAIN].count + 1)
        drop(s, s->fifos[GHOST].oldest);
}

static void evict_main(struct ps_shadow *s)
{
    const uint32_t at = s->fifos[MAIN].oldest;

    if (s->entries[at].uses == 0) {
        drop(s, at);
        return;
    }
    s->entries[at].uses--;
    pull(s, at);
    push(s, at, MAIN);
}

static void make_room(struct ps_shadow *s, uint64_t size_bytes)
{
    const double small_bytes = SMALL_SHARE * (double)s->capacity_bytes;

    while (s->fifos[SMALL].bytes + s->fifos[MAIN].bytes + size_bytes > s->capacity_bytes) {
        if (s->fifos[MAIN].count == 0 ||
            (s->fifos[SMALL].count > 0 && (double)s->fifos[SMALL].bytes >= small_bytes))
            evict_small(s);
        else
            evict_main(s);
    }
}

static uint32_t take_entry(struct ps_shadow *s)
{
    while (s->free == NONE) {
        if (s->fifos[GHOST].count > 0)
            drop(s, s->fifos[GHOST].oldest);
        else if (s->fifos[SMALL].count > 0)
            evict_small(s);
        else
            evict_main(s);
    }
    const uint32_t at = s->free;
    s->free = s->entries[at].chain;
    return at;
}

static void insert(struct ps_shadow *s, uint64_t key, uint64_t size_bytes, enum queue queue)
{
    if (size_bytes > s->capacity_bytes)
        return;
    make_room(s, size_bytes);
    const uint32_t at = take_entry(s);
    uint32_t *bucket = bucket_of(s, key);
    s->entries[at] = (struct entry){ .key = key, .size_bytes = size_bytes, .chain = *bucket };
    *bucket = at;
    push(s, at, queue);
}

/* @return whether it was there. */
static bool request(struct ps_shadow *s, uint64_t key, uint64_t size_bytes)
{
    const uint32_t at = find(s, key);

    if (at != NONE && s->entries[at].queue != GHOST) {
        if (s->entries[at].uses < USES_MAX)
            s->entries[at].uses++;
        return true;
    }
    if (at != NONE)
        drop(s, at);
    insert(s, key, size_bytes, at != NONE ? MAIN : SMALL);
    return false;
}

/* ---- verdict ---- */

static void fade(struct verdict *v, uint64_t now_ns)
{
    if (v->faded_ns != 0 && now_ns > v->faded_ns) {
        const double factor =
            exp2(-(double)(now_ns - v->faded_ns) / (double)PS_SHADOW_HALF_LIFE_NS);

        v->requests *= factor;
        v->hits *= factor;
        v->shadow_hits *= factor;
    }
    if (now_ns > v->faded_ns)
        v->faded_ns = now_ns;
}

static bool is_worse(const struct verdict *v)
{
    return v->requests >= PS_SHADOW_REQUESTS_MIN &&
           v->shadow_hits - v->hits > PS_SHADOW_BETTER * v->requests;
}

static void begin_rest(struct verdict *v, uint64_t now_ns)
{
    const bool again = v->rests > 0 && now_ns < v->rest_until_ns + PS_SHADOW_REST_MAX_NS;

    v->rest_ns = again ? 2 * v->rest_ns : PS_SHADOW_REST_NS;
    if (v->rest_ns > PS_SHADOW_REST_MAX_NS)
        v->rest_ns = PS_SHADOW_REST_MAX_NS;
    v->rest_until_ns = now_ns + v->rest_ns;
    v->resting = true;
    v->rests++;
}

/* What was seen before and during the rest says nothing of the bets to come. */
static void end_rest(struct verdict *v)
{
    v->resting = false;
    v->worse_since_ns = 0;
    v->requests = v->hits = v->shadow_hits = 0.0;
}

bool ps_shadow_rest(struct ps_shadow *shadow, uint64_t now_ns)
{
    struct verdict *v = &shadow->verdict;

    fade(v, now_ns);
    if (v->resting) {
        if (now_ns >= v->rest_until_ns)
            end_rest(v);
        return v->resting;
    }
    if (!is_worse(v))
        v->worse_since_ns = 0;
    else if (v->worse_since_ns == 0)
        v->worse_since_ns = now_ns;
    else if (now_ns >= v->worse_since_ns + PS_SHADOW_LONG_NS)
        begin_rest(v, now_ns);
    return v->resting;
}

void ps_shadow_request(struct ps_shadow *s, uint64_t key_hash, uint64_t size_bytes, bool there,
                       uint64_t now_ns)
{
    /* Other bits than those that choose the bucket. */
    if ((double)(key_hash >> 40) >= s->sampled * 0x1p24)
        return;
    const bool shadow_had_it = request(s, key_hash, size_bytes);

    fade(&s->verdict, now_ns);
    s->requests++;
    s->hits += there;
    s->shadow_hits += shadow_had_it;
    s->verdict.requests += 1.0;
    s->verdict.hits += there ? 1.0 : 0.0;
    s->verdict.shadow_hits += shadow_had_it ? 1.0 : 0.0;
}

void ps_shadow_status(const struct ps_shadow *s, struct ps_shadow_status *ret_status)
{
    const struct verdict *v = &s->verdict;

    *ret_status = (struct ps_shadow_status){
        .requests = s->requests,
        .hits = s->hits,
        .shadow_hits = s->shadow_hits,
        .share = v->requests > 0.0 ? v->hits / v->requests : 0.0,
        .shadow_share = v->requests > 0.0 ? v->shadow_hits / v->requests : 0.0,
        .sampled = s->sampled,
        .keys = s->fifos[SMALL].count + s->fifos[MAIN].count + s->fifos[GHOST].count,
        .resting = v->resting,
        .rests = v->rests,
    };
}

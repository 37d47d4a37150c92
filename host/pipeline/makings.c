/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/makings_priv.h"

#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/pipeline/making_priv.h"

struct ps_segment_key ps_making_key(const struct ps_segment_key *key)
{
    struct ps_segment_key main_key = *key;

    if (main_key.variant == PS_VARIANT_B)
        main_key.variant = PS_VARIANT_A;
    return main_key;
}

static uint32_t bucket_of_key(const struct ps_segment_key *key)
{
    return (uint32_t)ps_hash64(key, sizeof(*key)) & (PS_MAKINGS_BUCKETS - 1);
}

static uint32_t bucket_of_job(uint64_t job_id)
{
    return (uint32_t)ps_hash64(&job_id, sizeof(job_id)) & (PS_MAKINGS_BUCKETS - 1);
}

void ps_makings_add(struct ps_makings *t, struct making *m)
{
    struct making **bucket = &t->by_key[bucket_of_key(&m->request.key)];

    m->prev = NULL;
    m->next = t->head;
    if (t->head != NULL)
        t->head->prev = m;
    t->head = m;
    m->key_next = *bucket;
    *bucket = m;
    t->count++;
}

void ps_makings_remove(struct ps_makings *t, struct making *m)
{
    struct making **at = &t->by_key[bucket_of_key(&m->request.key)];

    if (m->prev != NULL)
        m->prev->next = m->next;
    else
        t->head = m->next;
    if (m->next != NULL)
        m->next->prev = m->prev;
    while (*at != m) {
        ps_assert(*at != NULL);
        at = &(*at)->key_next;
    }
    *at = m->key_next;
    t->count--;
}

struct making *ps_makings_find(const struct ps_makings *t, const struct ps_segment_key *key)
{
    const struct ps_segment_key main_key = ps_making_key(key);
    struct making *m = t->by_key[bucket_of_key(&main_key)];

    while (m != NULL && memcmp(&m->request.key, &main_key, sizeof(main_key)) != 0)
        m = m->key_next;
    return m;
}

void ps_makings_add_job(struct ps_makings *t, struct stage *stage)
{
    struct stage **bucket = &t->by_job[bucket_of_job(stage->job_id)];

    stage->job_next = *bucket;
    *bucket = stage;
}

void ps_makings_remove_job(struct ps_makings *t, struct stage *stage)
{
    struct stage **at = &t->by_job[bucket_of_job(stage->job_id)];

    while (*at != stage) {
        ps_assert(*at != NULL);
        at = &(*at)->job_next;
    }
    *at = stage->job_next;
}

struct stage *ps_makings_stage(const struct ps_makings *t, uint64_t job_id)
{
    struct stage *stage = t->by_job[bucket_of_job(job_id)];

    while (stage != NULL && stage->job_id != job_id)
        stage = stage->job_next;
    return stage;
}

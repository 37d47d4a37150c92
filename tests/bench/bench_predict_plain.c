/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/bench/bench_predict_plain.c - see bench_predict.h. */
#include <glib.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/bench/bench_predict.h"

#define HOUR_IDX 2u

/* 1 minute, 10 minutes, an hour, 6 hours, a day, 3 days, a week */
static const double periods_s[] = { 60, 600, 3600, 21600, 86400, 259200, 604800 };

struct counts {
    uint64_t key;
    uint64_t last_ns;
    double decayed[PS_ARRAY_LEN(periods_s)];
};

struct plain {
    GHashTable *tables[3]; /* of resources, media, peers */
};

struct plain *plain_create(void)
{
    struct plain *plain = ps_zalloc(1, sizeof(*plain));

    for (unsigned t = 0; plain != NULL && t < PS_ARRAY_LEN(plain->tables); t++)
        plain->tables[t] = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free);
    return plain;
}

void plain_destroy(struct plain *plain)
{
    for (unsigned t = 0; plain != NULL && t < PS_ARRAY_LEN(plain->tables); t++)
        g_hash_table_destroy(plain->tables[t]);
    free(plain);
}

static double decayed(const struct counts *counts, unsigned period, uint64_t now_ns)
{
    const double passed_s = (double)(now_ns - counts->last_ns) / (double)PS_NS_PER_SEC;

    return counts->decayed[period] * exp(-passed_s / periods_s[period]);
}

static void count(GHashTable *table, uint64_t key, uint32_t starts, uint64_t now_ns)
{
    struct counts *counts = g_hash_table_lookup(table, &key);

    if (counts == NULL) {
        counts = ps_zalloc(1, sizeof(*counts));
        if (counts == NULL)
            abort();
        counts->key = key;
        counts->last_ns = now_ns;
        g_hash_table_insert(table, &counts->key, counts);
    }
    for (unsigned p = 0; p < PS_ARRAY_LEN(periods_s); p++)
        counts->decayed[p] = decayed(counts, p, now_ns) + starts;
    counts->last_ns = now_ns;
}

static uint64_t key_of(const struct ps_resource *resource)
{
    return resource->media_key ^ resource->profile_key * 0x9e3779b97f4a7c15ull;
}

void plain_learn(struct plain *plain, const struct ps_demand *demand)
{
    for (uint32_t i = 0; i < demand->count; i++) {
        const struct ps_demand_sample *sample = &demand->samples[i];

        count(plain->tables[0], key_of(&sample->resource), sample->starts, sample->end_ns);
        count(plain->tables[1], sample->resource.media_key, sample->starts, sample->end_ns);
        if (sample->peer_key != 0)
            count(plain->tables[2], sample->peer_key, sample->starts, sample->end_ns);
    }
}

double plain_read(const struct plain *plain, const struct ps_resource *resource, uint64_t now_ns)
{
    const uint64_t key = key_of(resource);
    const struct counts *counts = g_hash_table_lookup(plain->tables[0], &key);

    return counts != NULL ? decayed(counts, HOUR_IDX, now_ns) : 0.0;
}

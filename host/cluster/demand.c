/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/demand.c - what each edge saw, summed over a turn, told to all others.
 *
 * Sums, never who asked: no peer's key leaves the edge. Best effort: what is lost is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/bytes.h"
#include "host/base/hash.h"
#include "host/cluster/cluster_priv.h"

#define HEAD_BYTES   16u
#define RECORD_BYTES 28u
#define PROBES_MAX   32u
#define FLUSHED_BELOW                                                                              \
    (PS_DEMAND_SUMS / 2) /* so full: the rest of this turn's new ones is left out */

static uint64_t hash_of(const struct ps_demand_sample *s)
{
    const uint64_t words[3] = { s->resource.media_key, s->resource.profile_key,
                                (uint64_t)s->peer.region << 16 | (uint64_t)s->peer.device << 8 |
                                    s->peer.access };

    return ps_hash64(words, sizeof(words));
}

static struct ps_demand_sum *place_of(struct ps_cluster *c, const struct ps_demand_sample *s)
{
    const uint64_t hash = hash_of(s);

    for (uint32_t i = 0; i < PROBES_MAX; i++) {
        struct ps_demand_sum *sum = &c->sums[(hash + i) % PS_DEMAND_SUMS];

        if (sum->resource.media_key == 0 && c->sum_count < FLUSHED_BELOW) {
            sum->resource = s->resource;
            sum->peer = s->peer;
            c->sum_count++;
            return sum;
        }
        if (memcmp(&sum->resource, &s->resource, sizeof(s->resource)) == 0 &&
            memcmp(&sum->peer, &s->peer, sizeof(s->peer)) == 0)
            return sum;
    }
    return NULL;
}

void ps_cluster_share(struct ps_cluster *c, const struct ps_demand *demand)
{
    for (uint32_t i = 0; i < demand->count; i++) {
        const struct ps_demand_sample *s = &demand->samples[i];
        struct ps_demand_sum *sum;

        if (s->resource.media_key == 0 || s->source == PS_DEMAND_HISTORY || s->starts == 0)
            continue;
        sum = place_of(c, s);
        if (sum == NULL) {
            c->status.dropped++;
            continue;
        }
        sum->starts += s->starts;
        sum->segments += s->segments;
    }
}

static void put_sum(struct ps_bytes *b, const struct ps_demand_sum *sum)
{
    ps_bytes_put(b, sum->resource.media_key, 8);
    ps_bytes_put(b, sum->resource.profile_key, 8);
    ps_bytes_put(b, sum->peer.region, 2);
    ps_bytes_put(b, sum->peer.device, 1);
    ps_bytes_put(b, sum->peer.access, 1);
    ps_bytes_put(b, sum->starts, 4);
    ps_bytes_put(b, sum->segments, 4);
}

/* The head is written last: only now the count is known. */
static void send_records(struct ps_cluster *c, uint8_t *data, uint32_t count, uint64_t over_ns)
{
    char subject[PS_SUBJECT_MAX];
    struct ps_bytes head = ps_bytes_of(data, HEAD_BYTES);

    ps_bytes_put(&head, PS_BYTES_VERSION, 2);
    ps_bytes_put(&head, c->status.node, 2);
    ps_bytes_put(&head, count, 4);
    ps_bytes_put(&head, over_ns, 8);
    snprintf(subject, sizeof(subject), "ps.demand.%s", c->name);
    if (ps_cluster_send(c, subject, data, HEAD_BYTES + count * RECORD_BYTES) == 0)
        c->status.demand_out += count;
    else
        c->status.dropped += count;
}

void ps_demand_flush(struct ps_cluster *c, uint64_t now_ns)
{
    static uint8_t
        data[HEAD_BYTES + PS_WIRE_DEMAND_MAX * RECORD_BYTES]; /* the loop's thread only */
    const uint64_t over_ns = c->summed_since_ns == 0 ? PS_NS : now_ns - c->summed_since_ns;
    struct ps_bytes b = ps_bytes_of(data + HEAD_BYTES, sizeof(data) - HEAD_BYTES);
    uint32_t count = 0;

    c->summed_since_ns = now_ns;
    if (c->sum_count == 0)
        return;
    for (uint32_t i = 0; i < PS_DEMAND_SUMS; i++) {
        if (c->sums[i].resource.media_key == 0)
            continue;
        put_sum(&b, &c->sums[i]);
        if (++count == PS_WIRE_DEMAND_MAX) {
            send_records(c, data, count, over_ns);
            b = ps_bytes_of(data + HEAD_BYTES, sizeof(data) - HEAD_BYTES);
            count = 0;
        }
    }
    if (count > 0)
        send_records(c, data, count, over_ns);
    memset(c->sums, 0, PS_DEMAND_SUMS * sizeof(*c->sums));
    c->sum_count = 0;
}

static void get_sample(struct ps_reader *b, struct ps_demand_sample *ret_sample)
{
    *ret_sample = (struct ps_demand_sample){ .source = PS_DEMAND_LOG };
    ret_sample->resource.media_key = ps_reader_get(b, 8);
    ret_sample->resource.profile_key = ps_reader_get(b, 8);
    ret_sample->peer.region = (uint16_t)ps_reader_get(b, 2);
    ret_sample->peer.device = (uint8_t)ps_reader_get(b, 1);
    ret_sample->peer.access = (uint8_t)ps_reader_get(b, 1);
    ret_sample->starts = (uint32_t)ps_reader_get(b, 4);
    ret_sample->segments = (uint32_t)ps_reader_get(b, 4);
}

void ps_demand_message(struct ps_cluster *c, natsMsg *msg)
{
    static struct ps_demand_sample samples[PS_WIRE_DEMAND_MAX]; /* the loop's thread only */
    struct ps_reader b = ps_reader_of(natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
    const uint64_t version = ps_reader_get(&b, 2);
    const uint16_t node = (uint16_t)ps_reader_get(&b, 2);
    const uint64_t count = ps_reader_get(&b, 4);

    ps_reader_get(&b, 8);
    if (!b.ok || version != PS_BYTES_VERSION || count > PS_WIRE_DEMAND_MAX ||
        node == c->status.node)
        return;
    for (uint64_t i = 0; i < count; i++)
        get_sample(&b, &samples[i]);
    if (!b.ok)
        return;
    c->status.demand_in += count;
    c->cfg.demand(c->cfg.arg, node, samples, (uint32_t)count);
}

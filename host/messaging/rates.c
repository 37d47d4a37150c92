/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/messaging/rates.c - how often a peer may come.
 *
 * Kept as a time: each request moves it on by a rate's interval, and it may be ahead of now by a
 * burst. A peer whose time is past is like one that is not known, so of eight whose keys fall
 * together the one that is least ahead can make room for another.
 */
#include <errno.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/messaging/messaging_priv.h"

#define WAYS 8u

int ps_rates_init(struct ps_rates *rates, double puts_per_s, double fetches_per_s)
{
    const double per_s[PS_RATE_KINDS] = { puts_per_s, fetches_per_s };

    *rates = (struct ps_rates){ 0 };
    for (int kind = 0; kind < PS_RATE_KINDS; kind++) {
        if (!(per_s[kind] >= 0.001 && per_s[kind] <= 1e9))
            return -EINVAL;
        rates->each_ns[kind] = (uint64_t)(1e9 / per_s[kind]);
    }
    rates->peers = ps_zalloc(PS_MESSAGING_RATES_MAX, sizeof(*rates->peers));
    return rates->peers == NULL ? -ENOMEM : 0;
}

void ps_rates_fini(struct ps_rates *rates)
{
    free(rates->peers);
    *rates = (struct ps_rates){ 0 };
}

static uint64_t latest(const struct ps_rate_peer *peer)
{
    return peer->due_ns[PS_RATE_PUT] > peer->due_ns[PS_RATE_FETCH] ? peer->due_ns[PS_RATE_PUT]
                                                                   : peer->due_ns[PS_RATE_FETCH];
}

static struct ps_rate_peer *find_or_replace(struct ps_rates *rates, uint64_t key)
{
    struct ps_rate_peer *ways = &rates->peers[key % (PS_MESSAGING_RATES_MAX / WAYS) * WAYS];
    struct ps_rate_peer *least = ways;

    for (unsigned i = 0; i < WAYS; i++) {
        if (ways[i].key == key)
            return &ways[i];
        if (latest(&ways[i]) < latest(least))
            least = &ways[i];
    }
    *least = (struct ps_rate_peer){ .key = key };
    return least;
}

uint64_t ps_rates_ask(struct ps_rates *rates, uint64_t peer_key, enum ps_rate_kind kind,
                      uint64_t now_ns)
{
    const uint64_t each_ns = rates->each_ns[kind];
    const uint64_t burst_ns = each_ns > PS_MESSAGING_BURST_NS ? each_ns : PS_MESSAGING_BURST_NS;
    uint64_t *due_ns = &find_or_replace(rates, peer_key)->due_ns[kind];
    const uint64_t next_ns = (*due_ns > now_ns ? *due_ns : now_ns) + each_ns;

    if (next_ns > now_ns + burst_ns)
        return next_ns - now_ns - burst_ns;
    *due_ns = next_ns;
    return 0;
}

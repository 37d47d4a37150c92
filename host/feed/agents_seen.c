/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/agents_seen.c - see agents_priv.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/feed/agents_priv.h"

#define BURST_S 4.0 /* as much as that at once, after a silence; one at the least */

int ps_agents_seen_init(struct ps_agents_seen *seen, uint32_t places_max, double rate_per_s,
                        uint64_t now_ms)
{
    *seen = (struct ps_agents_seen){ .set_count = 1, .rate_per_s = rate_per_s };
    seen->burst = fmax(1.0, rate_per_s * BURST_S);
    while (seen->set_count * PS_AGENTS_SET < places_max)
        seen->set_count *= 2;
    seen->places = ps_zalloc((size_t)seen->set_count * PS_AGENTS_SET, sizeof(*seen->places));
    seen->floor_ms = ps_zalloc(seen->set_count, sizeof(*seen->floor_ms));
    if (seen->places == NULL || seen->floor_ms == NULL)
        return -ENOMEM;
    for (uint32_t i = 0; i < seen->set_count; i++)
        seen->floor_ms[i] = now_ms;
    return 0;
}

void ps_agents_seen_fini(struct ps_agents_seen *seen)
{
    free(seen->places);
    free(seen->floor_ms);
    *seen = (struct ps_agents_seen){ .set_count = 0 };
}

/* What is dated further ahead than anything taken is of a clock that was set back since: then it
 * begins anew, as at a start. */
static uint64_t floor_of(struct ps_agents_seen *seen, uint32_t set, uint64_t now_ms)
{
    if (seen->floor_ms[set] > now_ms + PPD_SKEW_S * UINT64_C(1000))
        seen->floor_ms[set] = now_ms;
    return seen->floor_ms[set];
}

static void forget(struct ps_agents_seen *seen, struct ps_agent_place *place, uint32_t set)
{
    if (place->key_id == 0)
        return;
    if (seen->floor_ms[set] < place->time_ms)
        seen->floor_ms[set] = place->time_ms;
    seen->forgotten++;
    seen->count--;
}

/* @return Its place, or one that is to be its own: then key_id is another. */
static struct ps_agent_place *find(const struct ps_agents_seen *seen, uint64_t key_id, uint32_t set)
{
    struct ps_agent_place *const first = &seen->places[(size_t)set * PS_AGENTS_SET];
    struct ps_agent_place *oldest = first;

    for (struct ps_agent_place *p = first; p < first + PS_AGENTS_SET; p++) {
        if (p->key_id == key_id)
            return p;
        if (p->heard_ms < oldest->heard_ms) /* free ones were heard at 0 */
            oldest = p;
    }
    return oldest;
}

static enum ps_agents_outcome spend(struct ps_agents_seen *seen, struct ps_agent_place *place,
                                    uint64_t now_ms)
{
    const double passed_s = now_ms > place->heard_ms ? (double)(now_ms - place->heard_ms) / 1e3 : 0;

    place->tokens = fmin(seen->burst, place->tokens + passed_s * seen->rate_per_s);
    place->heard_ms = now_ms;
    if (place->tokens < 1.0)
        return PS_AGENTS_RATE;
    place->tokens -= 1.0;
    return PS_AGENTS_TAKEN;
}

enum ps_agents_outcome ps_agents_seen_note(struct ps_agents_seen *seen, const struct ppd_auth *auth,
                                           uint64_t now_ms)
{
    const uint32_t set =
        (uint32_t)(ps_hash64(&auth->key_id, sizeof(auth->key_id)) & (seen->set_count - 1));
    struct ps_agent_place *place = find(seen, auth->key_id, set);

    if (place->key_id == auth->key_id) {
        if (auth->sequence <= place->sequence)
            return PS_AGENTS_SEQUENCE;
    } else {
        if (auth->time_ms <= floor_of(seen, set, now_ms))
            return PS_AGENTS_SEQUENCE;
        forget(seen, place, set);
        *place = (struct ps_agent_place){ .key_id = auth->key_id,
                                          .heard_ms = now_ms,
                                          .tokens = seen->burst };
        seen->count++;
    }
    place->sequence = auth->sequence;
    if (place->time_ms < auth->time_ms)
        place->time_ms = auth->time_ms;
    return spend(seen, place, now_ms);
}

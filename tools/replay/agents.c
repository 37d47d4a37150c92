/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/agents.c - see agents.h. */
#include "tools/replay/agents.h"

#include <errno.h>
#include <stdlib.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tools/chance.h"

#define TELLS       0.7
#define MISSES      0.1 /* announced and not asked for, to each request */
#define WINDOWS     0.25
#define WINDOW_S    600u
#define LIES        4u /* to each request */
#define FAVOURITES  4u /* titles of those liars that stick to some */
#define LEAD_S      60u
#define LEAD_MORE_S 840u
#define ERROR_S     60u
#define TRIES       8u /* to find something that a viewer never asks for */

/* What is drawn for one request of one viewer. */
enum purpose { WHO, WHAT, FAVOURITE };

struct speaker {
    const struct replay_trace *trace;
    const struct replay_agents *agents;
    struct replay_hints *hints;
    uint32_t capacity;
    const struct ps_resource **objects; /* in order of first request */
    uint32_t known;                     /* of them, asked for so far */
    uint64_t *asked;                    /* who asks for what, mixed; ascending */
};

static uint64_t mixed(uint64_t peer_key, uint32_t idx)
{
    uint64_t x = peer_key ^ (idx + 1) * 0x9e3779b97f4a7c15ull;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    return x ^ x >> 27;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool ever_asks(const struct speaker *speaker, uint64_t peer_key, uint32_t idx)
{
    const uint64_t key = mixed(peer_key, idx);

    return bsearch(&key, speaker->asked, speaker->trace->request_count, sizeof(key), by_number) !=
           NULL;
}

static bool has_agent(const struct replay_agents *agents, uint64_t peer_key, bool *ret_lies)
{
    struct chance chance;

    if (peer_key == 0)
        return false;
    chance_init(&chance, agents->seed ^ peer_key, WHO);
    const bool has = chance_uniform(&chance) * 100.0 < agents->share;
    *ret_lies = chance_uniform(&chance) * 100.0 < agents->liars;
    return has;
}

static int say(struct speaker *speaker, struct chance *chance, const struct replay_request *request,
               const struct ps_resource *resource)
{
    struct replay_hints *hints = speaker->hints;
    const uint64_t lead_ns = (LEAD_S + chance_below(chance, LEAD_MORE_S)) * PS_NS_PER_SEC;
    const uint64_t due_ns = request->time_ns - ERROR_S * PS_NS_PER_SEC +
                            chance_below(chance, 2 * ERROR_S) * PS_NS_PER_SEC;
    const bool is_window = chance_uniform(chance) < WINDOWS;
    int rc;

    if (request->time_ns < lead_ns + WINDOW_S * PS_NS_PER_SEC)
        return 0;
    rc = replay_hints_room(hints, &speaker->capacity);
    if (rc != 0)
        return rc;
    const uint64_t emit_ns = request->time_ns - lead_ns;
    const uint64_t from_ns = due_ns - WINDOW_S / 2 * PS_NS_PER_SEC;
    hints->items[hints->count] = (struct replay_hint){
        .emit_ns = emit_ns,
        .due_ns = !is_window          ? due_ns
                  : from_ns > emit_ns ? from_ns
                                      : emit_ns,
        .until_ns = is_window ? due_ns + WINDOW_S / 2 * PS_NS_PER_SEC : 0,
        .source_key = request->peer_key,
        .resource = *resource,
        .line = hints->count,
        .region = request->peer.region,
        .device = request->peer.device,
        .has_profile = speaker->trace->has_profiles,
    };
    hints->count++;
    return 0;
}

/* Something that the viewer never asks for; NULL: chance found nothing. */
static const struct ps_resource *not_asked(const struct speaker *speaker, struct chance *chance,
                                           uint64_t peer_key, uint32_t among)
{
    for (unsigned n = 0; n < TRIES; n++) {
        const uint32_t idx = chance_below(chance, among);

        if (!ever_asks(speaker, peer_key, idx))
            return speaker->objects[idx];
    }
    return NULL;
}

/* The same few for all liars that stick to some, from among the first that were asked for. */
static const struct ps_resource *favourite(const struct speaker *speaker, struct chance *chance,
                                           uint64_t peer_key)
{
    struct chance which;
    uint32_t idx = 0;

    chance_init(&which, speaker->agents->seed, FAVOURITE);
    for (uint32_t n = 0; n <= chance_below(chance, FAVOURITES); n++)
        idx = chance_below(&which, speaker->known);
    return ever_asks(speaker, peer_key, idx) ? NULL : speaker->objects[idx];
}

static int speak_truth(struct speaker *speaker, struct chance *chance,
                       const struct replay_request *request)
{
    const bool tells = chance_uniform(chance) < TELLS, errs = chance_uniform(chance) < MISSES;
    int rc = tells ? say(speaker, chance, request, &request->resource) : 0;

    if (rc == 0 && errs) {
        const struct ps_resource *other =
            not_asked(speaker, chance, request->peer_key, speaker->known);

        rc = other == NULL ? 0 : say(speaker, chance, request, other);
    }
    return rc;
}

static int lie(struct speaker *speaker, struct chance *chance, const struct replay_request *request)
{
    const bool sticks = (request->peer_key >> 7 & 1) != 0;
    int rc = 0;

    for (unsigned n = 0; rc == 0 && n < LIES; n++) {
        const struct ps_resource *lied =
            sticks ? favourite(speaker, chance, request->peer_key)
                   : not_asked(speaker, chance, request->peer_key, speaker->known);

        rc = lied == NULL ? 0 : say(speaker, chance, request, lied);
    }
    return rc;
}

static int speak(struct speaker *speaker, uint32_t i, enum replay_voices voices)
{
    const struct replay_request *request = &speaker->trace->requests[i];
    struct chance chance;
    bool lies;

    if (request->idx == speaker->known)
        speaker->objects[speaker->known++] = &request->resource;
    if (!has_agent(speaker->agents, request->peer_key, &lies))
        return 0;
    chance_init(&chance, speaker->agents->seed ^ mixed(request->peer_key, i), WHAT);
    if (lies)
        return (voices & REPLAY_VOICES_LIARS) != 0 ? lie(speaker, &chance, request) : 0;
    return (voices & REPLAY_VOICES_HONEST) != 0 ? speak_truth(speaker, &chance, request) : 0;
}

int replay_agents_speak(struct replay_hints *ret_hints, const struct replay_trace *trace,
                        const struct replay_agents *agents, enum replay_voices voices)
{
    struct speaker speaker = { .trace = trace, .agents = agents, .hints = ret_hints };
    int rc = -ENOMEM;

    *ret_hints = (struct replay_hints){ 0 };
    speaker.objects = ps_zalloc(trace->resource_count, sizeof(*speaker.objects));
    speaker.asked = ps_zalloc(trace->request_count, sizeof(*speaker.asked));
    if (speaker.objects != NULL && speaker.asked != NULL) {
        for (uint32_t i = 0; i < trace->request_count; i++)
            speaker.asked[i] = mixed(trace->requests[i].peer_key, trace->requests[i].idx);
        qsort(speaker.asked, trace->request_count, sizeof(*speaker.asked), by_number);
        rc = 0;
    }
    for (uint32_t i = 0; rc == 0 && i < trace->request_count; i++)
        rc = speak(&speaker, i, voices);
    replay_hints_sort(ret_hints);
    free(speaker.asked);
    free(speaker.objects);
    return rc;
}

static uint32_t distinct(uint64_t *keys, uint32_t count)
{
    uint32_t sum = 0;

    qsort(keys, count, sizeof(*keys), by_number);
    for (uint32_t i = 0; i < count; i++)
        sum += i == 0 || keys[i] != keys[i - 1];
    return sum;
}

void replay_agents_count(const struct replay_trace *trace, const struct replay_agents *agents,
                         uint32_t *ret_agents, uint32_t *ret_liars)
{
    uint64_t *keys[2] = { ps_zalloc(trace->request_count, sizeof(**keys)),
                          ps_zalloc(trace->request_count, sizeof(**keys)) };
    uint32_t count[2] = { 0, 0 };
    bool lies;

    for (uint32_t i = 0; keys[0] != NULL && keys[1] != NULL && i < trace->request_count; i++) {
        const uint64_t key = trace->requests[i].peer_key;

        if (has_agent(agents, key, &lies))
            keys[lies][count[lies]++] = key;
    }
    *ret_liars = distinct(keys[1], count[1]);
    *ret_agents = *ret_liars + distinct(keys[0], count[0]);
    free(keys[0]);
    free(keys[1]);
}

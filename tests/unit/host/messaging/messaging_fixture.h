/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/messaging_fixture.h - peers with grants, and a link that notes. */
#ifndef PS_TESTS_MESSAGING_FIXTURE_H
#define PS_TESTS_MESSAGING_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/messaging/messaging_priv.h"
#include "tests/support/ps_test.h"

#define SEC UINT64_C(1000000000)
#define NOW (UINT64_C(1700000000) * SEC)

#define MEDIA   UINT64_C(0x11)
#define PROFILE UINT64_C(0x22)

static inline struct ps_messaging_config usual(void)
{
    const struct ps_collection_limits limits = {
        .messages_max = 8, .bytes_max = 4096, .message_bytes_max = 512, .age_ns = 120 * SEC
    };

    return (struct ps_messaging_config){ .budget_bytes = 1 << 20,
                                         .collections_max = 64,
                                         .resource = limits,
                                         .peer = limits,
                                         .messages_per_peer = 4,
                                         .messages_ahead_max = 1024,
                                         .threshold = 0.3,
                                         .puts_per_s = 1000,
                                         .fetches_per_s = 1000,
                                         .meet_ns = 600 * SEC,
                                         .idle_ns = 60 * SEC,
                                         .on_demand = true };
}

static inline struct ps_messaging *messaging_of(const struct ps_messaging_config *cfg,
                                                const struct ps_messaging_link *link)
{
    struct ps_messaging *m = NULL;

    PS_REQUIRE(ps_messaging_create(&m, cfg, link) == 0);
    return m;
}

static inline struct ps_messaging *usual_messaging(void)
{
    const struct ps_messaging_config cfg = usual();

    return messaging_of(&cfg, NULL);
}

static inline struct ps_grant grant_of(const char *peer, uint32_t actions)
{
    struct ps_grant grant = { .peer_key = ps_hash64_name(peer),
                              .actions = actions,
                              .media_key = MEDIA,
                              .region = PS_GRANT_ANY_REGION };

    strcpy(grant.peer, peer);
    return grant;
}

static inline struct ps_collection_id resource_id(uint16_t region)
{
    return (struct ps_collection_id){
        .key = MEDIA, .profile_key = PROFILE, .region = region, .kind = PS_COLLECTION_RESOURCE
    };
}

static inline struct ps_collection_id box_of(const char *peer)
{
    return ps_messaging_peer_id(peer, strlen(peer));
}

/* The id, or a negative errno. */
static inline int64_t send_to(struct ps_messaging *m, const struct ps_grant *grant,
                              const struct ps_collection_id *to, uint64_t sequence,
                              const char *text, uint64_t now_ns)
{
    uint64_t id = 0;
    struct ps_messaging_why why = { 0 };
    const int rc = ps_messaging_put(m, grant, to, sequence, text, (uint32_t)strlen(text), NULL,
                                    now_ns, &id, &why);

    return rc != 0 && rc != -EINPROGRESS ? rc : (int64_t)id;
}

/* One letter a message, or the errno in words. */
static inline const char *read_all(struct ps_messaging *m, const struct ps_grant *grant,
                                   const struct ps_collection_id *from, uint64_t now_ns)
{
    static char letters[64];
    struct ps_message messages[63];
    uint32_t count = 0;
    uint64_t cursor;
    const int rc = ps_messaging_fetch(m, grant, from, 0, messages, PS_ARRAY_LEN(messages), SIZE_MAX,
                                      now_ns, &count, &cursor, NULL);

    if (rc != 0)
        return strerrorname_np(-rc);
    for (uint32_t i = 0; i < count; i++)
        letters[i] = *(const char *)messages[i].body;
    letters[count] = '\0';
    return letters;
}

/* A link that keeps nothing and notes what it is told. */
struct noted_link {
    struct ps_messaging_event events[64]; /* bodies are gone */
    uint64_t tickets[64];
    uint32_t count;
    bool is_full;
};

static inline int note_event(void *arg, const struct ps_messaging_event *event, uint64_t ticket)
{
    struct noted_link *noted = arg;

    if (noted->is_full)
        return -EAGAIN;
    PS_REQUIRE(noted->count < PS_ARRAY_LEN(noted->events));
    noted->events[noted->count] = *event;
    noted->tickets[noted->count++] = ticket;
    return 0;
}

static inline struct ps_messaging *linked(struct noted_link *noted, uint16_t node)
{
    const struct ps_messaging_link link = { .keep = note_event, .arg = noted };
    struct ps_messaging_config cfg = usual();

    *noted = (struct noted_link){ 0 };
    cfg.node = node;
    return messaging_of(&cfg, &link);
}

/* The last of that kind; its place, or 64. */
static inline uint32_t last_event(const struct noted_link *noted, enum ps_messaging_event_kind kind)
{
    uint32_t at = noted->count;

    while (at > 0 && noted->events[at - 1].kind != kind)
        at--;
    return at == 0 ? PS_ARRAY_LEN(noted->events) : at - 1;
}

/* Calls of `done`. */
struct told {
    int calls, status;
    uint64_t id;
};

static inline void note_done(void *arg, int status, uint64_t id)
{
    struct told *told = arg;

    told->calls++;
    told->status = status;
    told->id = id;
}

#endif

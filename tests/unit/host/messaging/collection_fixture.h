/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/collection_fixture.h - small sets, and short ways to use them. */
#ifndef PS_TESTS_COLLECTION_FIXTURE_H
#define PS_TESTS_COLLECTION_FIXTURE_H

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/messaging/collection_priv.h"
#include "tests/support/ps_test.h"

#define SEC UINT64_C(1000000000)
#define NOW (UINT64_C(1700000000) * SEC)

static const struct ps_collection_limits small = {
    .messages_max = 4, .bytes_max = 1024, .message_bytes_max = 256, .age_ns = 60 * SEC
};

static inline struct ps_collections *set_of(uint64_t budget_bytes, uint32_t collections_max)
{
    const struct ps_collections_config cfg = { .budget_bytes = budget_bytes,
                                               .collections_max = collections_max };
    struct ps_collections *set = NULL;

    PS_REQUIRE(ps_collections_create(&set, &cfg) == 0);
    return set;
}

static inline struct ps_collection_id id_of(uint64_t key)
{
    return (struct ps_collection_id){ .key = key, .kind = PS_COLLECTION_RESOURCE };
}

static inline struct ps_collection *open_of(struct ps_collections *set, uint64_t key,
                                            const struct ps_collection_limits *limits)
{
    const struct ps_collection_id id = id_of(key);
    struct ps_collection *c = NULL;

    PS_REQUIRE(ps_collection_open(set, &id, limits, PS_COLLECTION_ASKED, NOW, &c) == 0);
    return c;
}

static inline struct ps_collection_put put_of(uint64_t sender, uint64_t sequence, const char *text)
{
    return (struct ps_collection_put){ .peer = "ann",
                                       .peer_bytes = 3,
                                       .sender = sender,
                                       .sequence = sequence,
                                       .body = text,
                                       .body_bytes = (uint32_t)strlen(text) };
}

/* The id, or a negative errno. */
static inline int64_t put(struct ps_collections *set, struct ps_collection *c, uint64_t sender,
                          uint64_t sequence, const char *text, uint64_t now_ns)
{
    const struct ps_collection_put what = put_of(sender, sequence, text);
    uint64_t id = 0;
    const int rc = ps_collection_put(set, c, &what, now_ns, &id, NULL);

    return rc != 0 ? rc : (int64_t)id;
}

/* All that can be seen, one letter a message. */
static inline const char *seen(struct ps_collections *set, struct ps_collection *c, uint64_t after,
                               uint64_t now_ns)
{
    static char letters[64];
    struct ps_message messages[63];
    uint64_t cursor;
    const uint32_t count = ps_collection_fetch(set, c, after, messages, PS_ARRAY_LEN(messages),
                                               SIZE_MAX, now_ns, &cursor);

    for (uint32_t i = 0; i < count; i++)
        letters[i] = *(const char *)messages[i].body;
    letters[count] = '\0';
    return letters;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/tools/replay/policy_test.h - a policy beside an obvious form of it, request by
 * request.
 *
 * Obvious forms keep objects in rows that are searched from end to end.
 */
#ifndef PS_TESTS_UNIT_TOOLS_REPLAY_POLICY_TEST_H
#define PS_TESTS_UNIT_TOOLS_REPLAY_POLICY_TEST_H

#include <errno.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/replay/policy.h"

#define LENGTH  3000u
#define OBJECTS 60u

/* The newest at 0. */
struct row {
    uint32_t item[LENGTH];
    uint32_t count;
};

static inline uint32_t row_find(const struct row *row, uint32_t obj)
{
    uint32_t at = 0;

    while (at < row->count && row->item[at] != obj)
        at++;
    return at < row->count ? at : UINT32_MAX;
}

static inline bool row_has(const struct row *row, uint32_t obj)
{
    return row_find(row, obj) != UINT32_MAX;
}

static inline uint32_t row_take(struct row *row, uint32_t at)
{
    const uint32_t obj = row->item[at];

    row->count--;
    memmove(&row->item[at], &row->item[at + 1], (row->count - at) * sizeof(row->item[0]));
    return obj;
}

static inline uint32_t row_take_oldest(struct row *row)
{
    return row_take(row, row->count - 1);
}

static inline void row_push(struct row *row, uint32_t obj)
{
    memmove(&row->item[1], &row->item[0], row->count * sizeof(row->item[0]));
    row->item[0] = obj;
    row->count++;
}

/* Requests of which low numbers are the favourites, ten a minute, and their future. */
struct made_up {
    uint32_t obj[LENGTH], next[LENGTH];
    uint64_t time_ns[LENGTH];
    struct replay_stream stream;
};

static inline void look_ahead(struct made_up *made)
{
    for (uint32_t i = 0; i < made->stream.count; i++) {
        uint32_t n = i + 1;

        while (n < made->stream.count && made->obj[n] != made->obj[i])
            n++;
        made->next[i] = n < made->stream.count ? n : REPLAY_NEVER;
    }
}

static inline void make_up(struct made_up *made, uint64_t seed, uint32_t count, uint32_t objects)
{
    uint64_t random = seed * 0x9e3779b97f4a7c15ull + 1;

    made->stream = (struct replay_stream){ .count = count,
                                           .object_count = objects,
                                           .obj = made->obj,
                                           .time_ns = made->time_ns,
                                           .next = made->next };
    for (uint32_t i = 0; i < count; i++) {
        uint32_t draw[2];

        for (unsigned d = 0; d < 2; d++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            draw[d] = (uint32_t)(random >> 33) % objects;
        }
        made->obj[i] = draw[0] < draw[1] ? draw[0] : draw[1];
        made->time_ns[i] = i * 6 * PS_NS_PER_SEC;
    }
    look_ahead(made);
}

static inline struct replay_policy_config config_of(const struct made_up *made, uint32_t capacity)
{
    return (struct replay_policy_config){ .capacity = capacity,
                                          .object_count = made->stream.object_count,
                                          .stream = &made->stream };
}

/* What came of each request, 1 for a hit. @return How many hits. */
static inline uint32_t run(const struct replay_policy *policy, const struct made_up *made,
                           struct replay_policy_config config, bool *ret_hit)
{
    uint32_t hits = 0;
    void *state;

    PS_REQUIRE(policy->create(&state, &config) == 0);
    for (uint32_t i = 0; i < made->stream.count; i++) {
        ret_hit[i] = policy->access(state, made->obj[i], made->time_ns[i]);
        hits += ret_hit[i];
    }
    policy->destroy(state);
    return hits;
}

/* Letters are objects; @p expected has h for a hit and . for a miss. Ten requests a minute. */
static inline void check_by_hand(const struct replay_policy *policy, uint32_t capacity,
                                 const char *letters, const char *expected)
{
    static struct made_up made;
    bool hit[LENGTH];

    make_up(&made, 1, (uint32_t)strlen(letters), 26);
    for (uint32_t i = 0; i < made.stream.count; i++)
        made.obj[i] = (uint32_t)(letters[i] - 'a');
    look_ahead(&made);
    run(policy, &made, config_of(&made, capacity), hit);
    for (uint32_t i = 0; i < made.stream.count; i++)
        CU_ASSERT_EQUAL(hit[i], expected[i] == 'h');
}

/* An obvious form: starts anew when now is 0, and says whether request now is a hit. */
typedef bool obvious_fn(const struct made_up *made, uint32_t now, uint32_t capacity);

static inline void check_against_obvious(const struct replay_policy *policy, obvious_fn *obvious)
{
    static const uint32_t capacities[] = { 1, 2, 3, 5, 9, 10, 17, 31, 59, 60, 100 };
    static struct made_up made;
    bool hit[LENGTH];

    for (uint64_t seed = 1; seed <= 4; seed++)
        for (unsigned c = 0; c < PS_ARRAY_LEN(capacities); c++) {
            uint32_t differences = 0;

            make_up(&made, seed, LENGTH, OBJECTS);
            run(policy, &made, config_of(&made, capacities[c]), hit);
            for (uint32_t i = 0; i < LENGTH; i++)
                differences += hit[i] != obvious(&made, i, capacities[c]);
            CU_ASSERT_EQUAL(differences, 0);
        }
}

static inline void check_each_failed_allocation(const struct replay_policy *policy,
                                                unsigned allocations)
{
    static struct made_up made;
    unsigned failed_at = 0;

    make_up(&made, 1, 10, 5);
    for (;; failed_at++) {
        const struct replay_policy_config config = config_of(&made, 2);
        void *state = &made;

        ps_fail_alloc_after(failed_at);
        const int rc = policy->create(&state, &config);
        ps_fail_alloc_never();
        if (rc == 0) {
            policy->destroy(state);
            break;
        }
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(state);
    }
    CU_ASSERT_EQUAL(failed_at, allocations);
    policy->destroy(NULL);
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_policy_belady.c - no choice could have done better. */
#include "tests/unit/tools/replay/policy_test.h"

#define TINY_LENGTH  14u
#define TINY_OBJECTS 6u

/* The most hits that any choices bring, from the end: inside is a set of objects. */
static uint32_t most_hits(const struct made_up *made, uint32_t capacity)
{
    static uint32_t best[TINY_LENGTH + 1][1u << TINY_OBJECTS];

    memset(best[TINY_LENGTH], 0, sizeof(best[TINY_LENGTH]));
    for (uint32_t i = TINY_LENGTH; i-- > 0;)
        for (uint32_t inside = 0; inside < 1u << TINY_OBJECTS; inside++) {
            const uint32_t it = 1u << made->obj[i];
            const bool hit = (inside & it) != 0;
            uint32_t most = best[i + 1][inside];

            if (!hit && (uint32_t)__builtin_popcount(inside) < capacity)
                most = most > best[i + 1][inside | it] ? most : best[i + 1][inside | it];
            for (uint32_t o = 0; !hit && o < TINY_OBJECTS; o++) {
                const uint32_t instead = (inside & ~(1u << o)) | it;

                if ((inside & 1u << o) != 0 && best[i + 1][instead] > most)
                    most = best[i + 1][instead];
            }
            best[i][inside] = most + hit;
        }
    return best[0][0];
}

static void no_choice_brings_more_hits(void)
{
    static struct made_up made;
    bool hit[LENGTH];

    for (uint64_t seed = 1; seed <= 200; seed++)
        for (uint32_t capacity = 1; capacity <= TINY_OBJECTS; capacity++) {
            make_up(&made, seed, TINY_LENGTH, TINY_OBJECTS);
            CU_ASSERT_EQUAL(run(&replay_belady, &made, config_of(&made, capacity), hit),
                            most_hits(&made, capacity));
        }
}

static void what_is_wanted_last_passes_by(void)
{
    /* c is never wanted again: it costs neither a nor b. */
    check_by_hand(&replay_belady, 2, "abcabca", "...hh.h");
}

static void a_larger_buffer_is_never_worse(void)
{
    static struct made_up made;
    bool hit[LENGTH];
    uint32_t before = 0;

    make_up(&made, 9, LENGTH, OBJECTS);
    for (uint32_t capacity = 1; capacity <= OBJECTS; capacity++) {
        const uint32_t hits = run(&replay_belady, &made, config_of(&made, capacity), hit);

        CU_ASSERT_TRUE(hits >= before);
        before = hits;
    }
    CU_ASSERT_EQUAL(before, run(&replay_lru, &made, config_of(&made, OBJECTS), hit));
}

static void create_survives_each_failed_allocation(void)
{
    check_each_failed_allocation(&replay_belady, 4);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(no_choice_brings_more_hits),
        PS_TEST(what_is_wanted_last_passes_by),
        PS_TEST(a_larger_buffer_is_never_worse),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/policy_belady", tests, PS_ARRAY_LEN(tests));
}

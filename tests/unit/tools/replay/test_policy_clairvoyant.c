/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_policy_clairvoyant.c - sees 15 minutes, keeps to its budget. */
#include "tests/unit/tools/replay/policy_test.h"

#define MINUTE_NS (60 * PS_NS_PER_SEC)

struct obvious {
    const struct made_up *made;
    uint32_t capacity, budget;
    uint32_t next[OBJECTS]; /* of those known */
    bool known[OBJECTS], inside[OBJECTS];
    uint64_t minute_ns;
};

/* @return The one inside that is wanted last, or the known one outside that is wanted first. */
static uint32_t extreme(const struct obvious *all, bool inside)
{
    uint32_t best = UINT32_MAX;

    for (uint32_t o = 0; o < OBJECTS; o++)
        if (all->known[o] && all->inside[o] == inside &&
            (best == UINT32_MAX ||
             (inside ? all->next[o] > all->next[best] : all->next[o] < all->next[best])))
            best = o;
    return best;
}

static uint32_t inside_count(const struct obvious *all)
{
    uint32_t count = 0;

    for (uint32_t o = 0; o < OBJECTS; o++)
        count += all->inside[o];
    return count;
}

static void stage(struct obvious *all, uint64_t now_ns)
{
    for (uint32_t n = 0; n < all->budget; n++) {
        const uint32_t first = extreme(all, false), last = extreme(all, true);

        if (first == UINT32_MAX || all->next[first] == REPLAY_NEVER ||
            all->made->time_ns[all->next[first]] > now_ns + 15 * MINUTE_NS)
            return;
        if (inside_count(all) == all->capacity) {
            if (all->next[last] < all->next[first])
                return;
            all->inside[last] = false;
        }
        all->inside[first] = true;
    }
}

static bool request(struct obvious *all, uint32_t now)
{
    const uint32_t obj = all->made->obj[now];
    bool hit;

    for (; all->minute_ns <= all->made->time_ns[now]; all->minute_ns += MINUTE_NS)
        stage(all, all->minute_ns);
    hit = all->inside[obj];
    all->known[obj] = all->inside[obj] = true;
    all->next[obj] = all->made->next[now];
    if (inside_count(all) > all->capacity)
        all->inside[extreme(all, true)] = false;
    return hit;
}

/* Requests are so many seconds apart: 15 minutes are 150 of them, or 20. */
static void hits_are_those_of_a_search_through_everything(void)
{
    static const uint32_t capacities[] = { 1, 4, 20, 60 }, budgets[] = { 0, 1, 3, 100 };
    static struct made_up made;
    bool hit[LENGTH];

    for (uint64_t apart_s = 6; apart_s <= 45; apart_s += 39)
        for (unsigned c = 0; c < 16; c++) {
            struct replay_policy_config config;
            struct obvious all;
            uint32_t differences = 0;

            make_up(&made, c + 1, LENGTH, OBJECTS);
            for (uint32_t i = 0; i < LENGTH; i++)
                made.time_ns[i] = (1000 + i * apart_s) * PS_NS_PER_SEC;
            config = config_of(&made, capacities[c % 4]);
            config.budget_per_min = budgets[c / 4];
            all = (struct obvious){ .made = &made,
                                    .capacity = config.capacity,
                                    .budget = config.budget_per_min,
                                    .minute_ns = made.time_ns[0] };
            run(&replay_clairvoyant, &made, config, hit);
            for (uint32_t i = 0; i < LENGTH; i++)
                differences += hit[i] != request(&all, i);
            CU_ASSERT_EQUAL(differences, 0);
        }
}

static void without_a_budget_it_is_belady(void)
{
    static struct made_up made;
    bool hit[LENGTH];

    for (uint32_t capacity = 1; capacity < OBJECTS; capacity += 7) {
        make_up(&made, capacity, LENGTH, OBJECTS);
        CU_ASSERT_EQUAL(run(&replay_clairvoyant, &made, config_of(&made, capacity), hit),
                        run(&replay_belady, &made, config_of(&made, capacity), hit));
    }
}

static void a_budget_helps_but_not_with_the_unknown(void)
{
    static struct made_up made;
    bool hit[LENGTH], seen[OBJECTS] = { false };
    struct replay_policy_config config;
    uint32_t hits;

    make_up(&made, 3, LENGTH, OBJECTS);
    config = config_of(&made, 5);
    config.budget_per_min = 10;
    hits = run(&replay_clairvoyant, &made, config, hit);
    for (uint32_t i = 0; i < LENGTH; i++) {
        CU_ASSERT_TRUE(seen[made.obj[i]] || !hit[i]);
        seen[made.obj[i]] = true;
    }
    config.budget_per_min = 1;
    const uint32_t fewer = run(&replay_clairvoyant, &made, config, hit);
    CU_ASSERT_TRUE(hits > fewer);
    CU_ASSERT_TRUE(fewer > run(&replay_belady, &made, config, hit));
}

/* Twenty are wanted at once after twenty minutes, and one may be staged in each: those of minutes 5
 * to 20 are in time, both with it. */
static void it_sees_a_quarter_of_an_hour(void)
{
    static struct made_up made;
    bool hit[LENGTH];
    struct replay_policy_config config;

    make_up(&made, 1, 80, 40);
    for (uint32_t i = 0; i < 80; i++) {
        made.obj[i] = i % 60 < 40 ? i % 60 : i - 20; /* 0..39, 20..39, 0..19 */
        made.time_ns[i] = i < 20 ? 0 : i < 60 ? i * PS_NS_PER_SEC / 2 : 20 * MINUTE_NS;
    }
    look_ahead(&made);
    config = config_of(&made, 20);
    config.budget_per_min = 1;
    CU_ASSERT_EQUAL(run(&replay_clairvoyant, &made, config, hit), 20 + 16);
}

static void create_survives_each_failed_allocation(void)
{
    check_each_failed_allocation(&replay_clairvoyant, 7);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hits_are_those_of_a_search_through_everything),
        PS_TEST(without_a_budget_it_is_belady),
        PS_TEST(a_budget_helps_but_not_with_the_unknown),
        PS_TEST(it_sees_a_quarter_of_an_hour),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/policy_clairvoyant", tests, PS_ARRAY_LEN(tests));
}

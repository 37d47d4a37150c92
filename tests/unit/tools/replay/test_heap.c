/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_heap.c - the least key is on top whatever came before. */
#include "tools/replay/heap.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define OBJECTS 40u

static void the_least_is_on_top_after_any_change(void)
{
    struct replay_heap heap;
    bool inside[OBJECTS] = { false };
    uint32_t key[OBJECTS] = { 0 };
    uint64_t random = 88172645463325252ull;

    PS_REQUIRE(replay_heap_init(&heap, OBJECTS) == 0);
    for (unsigned step = 0; step < 20000; step++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        const uint32_t obj = (uint32_t)(random >> 40) % OBJECTS;
        uint32_t least = UINT32_MAX, count = 0;

        inside[obj] = random % 3 != 0;
        key[obj] = (uint32_t)(random >> 20) % 100;
        if (inside[obj])
            replay_heap_set(&heap, obj, key[obj]);
        else
            replay_heap_remove(&heap, obj);
        for (uint32_t o = 0; o < OBJECTS; o++) {
            CU_ASSERT_EQUAL(replay_heap_has(&heap, o), inside[o]);
            count += inside[o];
            least = inside[o] && key[o] < least ? key[o] : least;
        }
        CU_ASSERT_EQUAL(heap.count, count);
        if (count > 0)
            CU_ASSERT_EQUAL(key[replay_heap_top(&heap)], least);
    }
    replay_heap_fini(&heap);
}

static void init_survives_each_failed_allocation(void)
{
    for (unsigned fail_at = 0; fail_at < 3; fail_at++) {
        struct replay_heap heap;

        ps_fail_alloc_after(fail_at);
        CU_ASSERT_EQUAL(replay_heap_init(&heap, 4), -ENOMEM);
        ps_fail_alloc_never();
        replay_heap_fini(&heap);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_least_is_on_top_after_any_change),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/heap", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_heap.c - the lowest key first, whoever leaves in between. */
#include "host/alloc/heap.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define ITEMS 500u

static uint32_t positions[ITEMS];

static uint32_t pop(struct ps_heap *heap)
{
    const uint32_t item = heap->entries[0].item;

    ps_heap_remove(heap, positions, item);
    return item;
}

static void begin(struct ps_heap *heap)
{
    *heap = (struct ps_heap){ .entries = NULL };
    memset(positions, 0xff, sizeof(positions));
    PS_REQUIRE(ps_heap_reserve(heap, ITEMS) == 0);
}

static void items_leave_by_key_then_by_order(void)
{
    struct ps_heap heap;
    uint64_t last_key = 0, state = 7;
    uint32_t last_order = 0;

    begin(&heap);
    for (uint32_t i = 0; i < ITEMS; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        ps_heap_push(
            &heap, positions,
            (struct ps_heap_entry){ .key = 1 + (state >> 60), .order = i, .item = ITEMS - 1 - i });
    }
    for (uint32_t i = 0; i < ITEMS; i++) {
        const struct ps_heap_entry top = heap.entries[0];

        CU_ASSERT_TRUE(top.key > last_key || (top.key == last_key && top.order > last_order));
        last_key = top.key;
        last_order = top.order;
        pop(&heap);
    }
    CU_ASSERT_EQUAL(heap.count, 0);
    ps_heap_fini(&heap);
}

static void any_item_may_leave_or_move(void)
{
    struct ps_heap heap;
    uint32_t left = ITEMS;

    begin(&heap);
    for (uint32_t i = 0; i < ITEMS; i++)
        ps_heap_push(&heap, positions,
                     (struct ps_heap_entry){ .key = 1000 + (i * 7919) % ITEMS, .item = i });
    for (uint32_t i = 0; i < ITEMS; i += 3, left--)
        ps_heap_remove(&heap, positions, i);
    ps_heap_move(&heap, positions, 301, 1);
    ps_heap_move(&heap, positions, 302, 9999);
    CU_ASSERT_EQUAL(pop(&heap), 301);
    for (uint64_t last = 0; heap.count > 1; left--) {
        CU_ASSERT_TRUE(heap.entries[0].key >= last);
        last = heap.entries[0].key;
        CU_ASSERT_NOT_EQUAL(pop(&heap) % 3, 0);
    }
    CU_ASSERT_EQUAL(left, 2); /* 301, that has gone, and 302 */
    CU_ASSERT_EQUAL(pop(&heap), 302);
    CU_ASSERT_EQUAL(positions[302], PS_HEAP_NONE);
    ps_heap_fini(&heap);
}

static void order_survives_its_counters_wrap(void)
{
    struct ps_heap heap;

    begin(&heap);
    ps_heap_push(&heap, positions, (struct ps_heap_entry){ .key = 1, .order = 1, .item = 0 });
    ps_heap_push(&heap, positions,
                 (struct ps_heap_entry){ .key = 1, .order = UINT32_MAX, .item = 1 });
    CU_ASSERT_EQUAL(pop(&heap), 1);
    ps_heap_fini(&heap);
}

static void higher_benefit_has_the_lower_key(void)
{
    const double rising[] = { -1e300, -2.0, -1e-9, 0.0, 1e-300, 0.5, 1.0, 1e9, 1e300 };

    for (unsigned i = 1; i < PS_ARRAY_LEN(rising); i++)
        CU_ASSERT_TRUE(ps_heap_key_of_benefit(rising[i]) < ps_heap_key_of_benefit(rising[i - 1]));
}

static void growth_that_fails_leaves_the_heap_as_it_was(void)
{
    struct ps_heap heap;

    begin(&heap);
    ps_heap_push(&heap, positions, (struct ps_heap_entry){ .key = 5, .item = 3 });
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_heap_reserve(&heap, heap.capacity + 1), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_EQUAL(heap.count, 1);
    CU_ASSERT_EQUAL(ps_heap_reserve(&heap, heap.capacity + 1), 0);
    CU_ASSERT_EQUAL(pop(&heap), 3);
    ps_heap_fini(&heap);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(items_leave_by_key_then_by_order),
        PS_TEST(any_item_may_leave_or_move),
        PS_TEST(order_survives_its_counters_wrap),
        PS_TEST(higher_benefit_has_the_lower_key),
        PS_TEST(growth_that_fails_leaves_the_heap_as_it_was),
    };

    return ps_test_run("host/alloc/heap.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_index.c - segments by key, and counts that stay true. */
#include "host/base/mem.h"
#include "host/tier/index_priv.h"
#include "tests/support/ps_test.h"

static struct ps_tier_segment segment_of(uint64_t n)
{
    return (struct ps_tier_segment){
        .key = { .media_key = n, .variant = PS_VARIANT_NONE },
        .prediction_id = n % 2,
        .size_bytes = 10,
        .class = (uint8_t)(n % PS_TIER_CLASS_COUNT),
        .where = PS_TIER_ACCEPTED,
    };
}

static void what_was_added_is_found_until_hidden(void)
{
    struct ps_tier_index index = { 0 };
    uint32_t slots[100];

    PS_REQUIRE(ps_tier_index_init(&index, 100) == 0);
    for (uint64_t n = 0; n < 100; n++) {
        const struct ps_tier_segment segment = segment_of(n);

        CU_ASSERT_EQUAL(ps_tier_index_find(&index, &segment.key), PS_TIER_NONE);
        slots[n] = ps_tier_index_add(&index, &segment);
        CU_ASSERT_EQUAL(ps_tier_index_find(&index, &segment.key), slots[n]);
    }
    const struct ps_tier_segment extra = segment_of(100);
    CU_ASSERT_EQUAL(ps_tier_index_add(&index, &extra), PS_TIER_NONE);
    for (uint64_t n = 0; n < 100; n += 2)
        ps_tier_index_hide(&index, slots[n]);
    CU_ASSERT_EQUAL(ps_tier_index_add(&index, &extra), PS_TIER_NONE); /* slots still taken */
    for (uint64_t n = 0; n < 100; n += 2)
        ps_tier_index_free(&index, slots[n]);
    for (uint64_t n = 0; n < 100; n++) {
        const struct ps_tier_segment segment = segment_of(n);

        CU_ASSERT_EQUAL(ps_tier_index_find(&index, &segment.key),
                        n % 2 == 0 ? PS_TIER_NONE : slots[n]);
    }
    CU_ASSERT_NOT_EQUAL(ps_tier_index_add(&index, &extra), PS_TIER_NONE);
    CU_ASSERT_EQUAL(index.taken, 51);
    ps_tier_index_fini(&index);
}

static void counts_follow_every_change(void)
{
    struct ps_tier_index index = { 0 };
    const struct ps_tier_segment segment = segment_of(1); /* predicted, class 1 */

    PS_REQUIRE(ps_tier_index_init(&index, 4) == 0);
    const uint32_t slot = ps_tier_index_add(&index, &segment);
    CU_ASSERT_EQUAL(index.where_count[PS_TIER_ACCEPTED], 1);
    CU_ASSERT_EQUAL(index.class_bytes[1], 10);
    CU_ASSERT_EQUAL(index.unused_bytes, 10);
    ps_tier_index_set_where(&index, slot, PS_TIER_DURABLE);
    CU_ASSERT_EQUAL(index.where_count[PS_TIER_ACCEPTED], 0);
    CU_ASSERT_EQUAL(index.where_count[PS_TIER_DURABLE], 1);
    ps_tier_index_set_class(&index, slot, PS_TIER_DEMANDED);
    CU_ASSERT_EQUAL(index.class_bytes[1], 0);
    CU_ASSERT_EQUAL(index.class_bytes[0], 10);
    ps_tier_index_set_used(&index, slot);
    ps_tier_index_set_used(&index, slot);
    CU_ASSERT_EQUAL(index.unused_bytes, 0);
    ps_tier_index_hide(&index, slot);
    CU_ASSERT_EQUAL(index.where_count[PS_TIER_DURABLE], 0);
    CU_ASSERT_EQUAL(index.class_bytes[0], 0);
    CU_ASSERT_EQUAL(index.unused_bytes, 0);
    ps_tier_index_fini(&index);
}

static void lists_keep_order_and_give_up_any_member(void)
{
    struct ps_tier_link links[6];
    struct ps_tier_list a, b;

    ps_tier_list_init(&a, links);
    ps_tier_list_init(&b, links);
    CU_ASSERT_EQUAL(ps_tier_list_pop(&a), PS_TIER_NONE);
    for (uint32_t i = 0; i < 6; i++)
        ps_tier_list_push(i % 2 == 0 ? &a : &b, i);
    ps_tier_list_remove(&a, 2);
    ps_tier_list_remove(&b, 5);
    ps_tier_list_push(&b, 2);
    CU_ASSERT_EQUAL(ps_tier_list_pop(&a), 0);
    CU_ASSERT_EQUAL(ps_tier_list_pop(&a), 4);
    CU_ASSERT_EQUAL(ps_tier_list_pop(&a), PS_TIER_NONE);
    CU_ASSERT_EQUAL(b.count, 3);
    CU_ASSERT_EQUAL(ps_tier_list_pop(&b), 1);
    CU_ASSERT_EQUAL(ps_tier_list_pop(&b), 3);
    CU_ASSERT_EQUAL(ps_tier_list_pop(&b), 2);
    CU_ASSERT_EQUAL(b.tail, PS_TIER_NONE);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_was_added_is_found_until_hidden),
        PS_TEST(counts_follow_every_change),
        PS_TEST(lists_keep_order_and_give_up_any_member),
    };

    return ps_test_run("host/tier/index", tests, PS_ARRAY_LEN(tests));
}

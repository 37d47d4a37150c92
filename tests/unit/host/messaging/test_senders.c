/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_senders.c - order and duplicates, as long as a sender is known. */
#include "tests/unit/host/messaging/collection_fixture.h"

#define MIB (UINT64_C(1) << 20)

static void a_retry_is_answered_with_what_the_first_try_became(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    int64_t ids[7] = { 0 };

    for (uint64_t n = 1; n <= 6; n++) {
        ids[n] = put(set, c, 9, n, "a", NOW);
        PS_REQUIRE(ids[n] > 0);
        CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, (uint64_t)ids[n], NOW), 0);
    }
    for (uint64_t n = 1; n <= 6; n++) {
        const struct ps_collection_put again = put_of(9, n, "b");
        uint64_t id = 77;

        CU_ASSERT_EQUAL(ps_collection_put(set, c, &again, NOW, &id, NULL), -EALREADY);
        CU_ASSERT_EQUAL(id, n <= 2 ? 0 : (uint64_t)ids[n]);
    }
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "");
    ps_collections_destroy(set);
}

static void a_gap_is_refused_with_the_number_expected(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    const struct ps_collection_put far = put_of(9, 43, "b");
    uint64_t id, expected = 0;

    CU_ASSERT_TRUE(put(set, c, 9, 41, "a", NOW) > 0); /* the first may be any */
    CU_ASSERT_EQUAL(ps_collection_put(set, c, &far, NOW, &id, &expected), -ERANGE);
    CU_ASSERT_EQUAL(expected, 42);
    CU_ASSERT_TRUE(put(set, c, 9, 42, "b", NOW) > 0);
    CU_ASSERT_TRUE(put(set, c, 9, 0, "c", NOW) > 0); /* not numbered, not in order */
    CU_ASSERT_TRUE(put(set, c, 8, 1, "d", NOW) > 0);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "abcd");
    ps_collections_destroy(set);
}

static void what_is_refused_uses_up_no_number(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    char large[300];

    memset(large, 'x', sizeof(large));
    large[257] = '\0';
    CU_ASSERT_EQUAL(put(set, c, 9, 1, large, NOW), -EMSGSIZE);
    for (uint64_t n = 1; n <= 4; n++)
        CU_ASSERT_TRUE(put(set, c, 9, n, "a", NOW) > 0);
    CU_ASSERT_EQUAL(put(set, c, 9, 5, "a", NOW), -ENOSPC);
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, 1, NOW), 0);
    CU_ASSERT_TRUE(put(set, c, 9, 5, "a", NOW) > 0);
    ps_collections_destroy(set);
}

static void the_sender_silent_for_longest_is_forgotten(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);

    for (uint64_t who = 1; who <= 4; who++)
        CU_ASSERT_EQUAL(
            ps_collection_acknowledge(set, c, (uint64_t)put(set, c, who, 1, "a", NOW), NOW), 0);
    CU_ASSERT_TRUE(put(set, c, 1, 2, "a", NOW) > 0);
    CU_ASSERT_TRUE(put(set, c, 5, 1, "b", NOW) > 0);
    CU_ASSERT_PTR_NULL(ps_senders_find(c, 2));
    CU_ASSERT_EQUAL(put(set, c, 1, 2, "x", NOW), -EALREADY);
    CU_ASSERT_EQUAL(put(set, c, 3, 1, "x", NOW), -EALREADY);
    CU_ASSERT_TRUE(put(set, c, 2, 1, "c", NOW) > 0);
    ps_collections_destroy(set);
}

static void trimming_forgets_the_oldest_and_leaves_no_gap(void)
{
    struct ps_collections *set = set_of(8 * MIB, 4);
    struct ps_collection_limits many = small;

    many.messages_max = 100;
    struct ps_collection *c = open_of(set, 1, &many);
    for (uint64_t who = 0; who < 100; who++)
        ps_senders_take(c, who)->sequence = who;
    for (uint64_t who = 0; who < 100; who += 3)
        ps_senders_take(c, who);
    for (uint32_t left = 99; left > 0; left -= 7) {
        ps_senders_trim(c, left);
        CU_ASSERT_EQUAL(c->sender_count, left);
        uint32_t found = 0;
        for (uint64_t who = 0; who < 100; who++) {
            const struct ps_sender *sender = ps_senders_find(c, who);

            found += sender != NULL;
            CU_ASSERT_TRUE(sender == NULL ||
                           (sender - c->senders < left && sender->sequence == who));
            CU_ASSERT_TRUE(sender != NULL || who % 3 != 0 || left < 34);
        }
        CU_ASSERT_EQUAL(found, left);
        if (left < 8)
            break;
    }
    ps_collections_destroy(set);
}

static void messages_of_another_node_come_once(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_collection_put far = put_of(9, 5, "a");
    uint64_t id;

    far.id = UINT64_C(3) << 48 | 20;
    CU_ASSERT_EQUAL(ps_collection_put(set, c, &far, NOW, &id, NULL), 0);
    CU_ASSERT_EQUAL(id, far.id);
    CU_ASSERT_EQUAL(ps_collection_put(set, c, &far, NOW, &id, NULL), -EALREADY);
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, id, NOW), 0);
    CU_ASSERT_EQUAL(ps_collection_put(set, c, &far, NOW, &id, NULL), -EALREADY);
    far.id--;
    CU_ASSERT_EQUAL(ps_collection_put(set, c, &far, NOW, &id, NULL), -EALREADY);
    far.id = UINT64_C(4) << 48 | 1;
    CU_ASSERT_EQUAL(ps_collection_put(set, c, &far, NOW, &id, NULL), 0);
    /* The peer comes here and goes on counting. */
    CU_ASSERT_EQUAL(put(set, c, 9, 5, "x", NOW), -EALREADY);
    CU_ASSERT_EQUAL(put(set, c, 9, 7, "x", NOW), -ERANGE);
    CU_ASSERT_TRUE(put(set, c, 9, 6, "b", NOW) > 0);
    ps_collections_destroy(set);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_retry_is_answered_with_what_the_first_try_became),
        PS_TEST(a_gap_is_refused_with_the_number_expected),
        PS_TEST(what_is_refused_uses_up_no_number),
        PS_TEST(the_sender_silent_for_longest_is_forgotten),
        PS_TEST(trimming_forgets_the_oldest_and_leaves_no_gap),
        PS_TEST(messages_of_another_node_come_once),
    };

    return ps_test_run("senders", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_keep_record.c - events as bytes; what is torn is none. */
#include <string.h>

#include "host/base/mem.h"
#include "host/daemon/keep_priv.h"
#include "tests/support/ps_test.h"

static const struct ps_messaging_event put = {
    .kind = PS_MESSAGING_PUT,
    .collection = { .key = 7, .profile_key = 8, .region = 9, .kind = PS_COLLECTION_RESOURCE },
    .message = { .id = 1,
                 .sender = 2,
                 .sequence = 3,
                 .put_ns = 4,
                 .peer = "ann",
                 .peer_bytes = 3,
                 .body = "hello",
                 .body_bytes = 5 },
};

static void an_event_comes_back_as_it_was(void)
{
    struct ps_messaging_event ack = put, got;
    uint8_t bytes[256];

    const size_t first = ps_keep_write(bytes, sizeof(bytes), &put);
    ack.kind = PS_MESSAGING_ACK;
    strcpy(ack.acknowledger, "bob");
    const size_t second = ps_keep_write(bytes + first, sizeof(bytes) - first, &ack);
    CU_ASSERT_EQUAL(first, 72 + 8);
    CU_ASSERT_EQUAL(ps_keep_read(bytes, first + second, &got), first);
    CU_ASSERT_EQUAL(memcmp(&got.collection, &put.collection, sizeof(got.collection)), 0);
    CU_ASSERT_TRUE(got.kind == PS_MESSAGING_PUT && got.message.id == 1 && got.message.sender == 2 &&
                   got.message.sequence == 3 && got.message.put_ns == 4);
    CU_ASSERT_TRUE(got.message.peer_bytes == 3 && memcmp(got.message.peer, "ann", 3) == 0);
    CU_ASSERT_TRUE(got.message.body_bytes == 5 && memcmp(got.message.body, "hello", 5) == 0);
    CU_ASSERT_EQUAL(ps_keep_read(bytes + first, second, &got), second);
    CU_ASSERT_EQUAL(got.kind, PS_MESSAGING_ACK);
    CU_ASSERT_STRING_EQUAL(got.acknowledger, "bob");
}

static void what_does_not_fit_is_not_begun(void)
{
    uint8_t bytes[80] = { 0 };

    CU_ASSERT_EQUAL(ps_keep_write(bytes, 79, &put), 0);
    CU_ASSERT_EQUAL(bytes[0], 0);
    CU_ASSERT_EQUAL(ps_keep_write(bytes, 80, &put), 80);
}

static void one_that_is_torn_or_changed_is_none(void)
{
    struct ps_messaging_event got;
    uint8_t bytes[80];

    ps_keep_write(bytes, sizeof(bytes), &put);
    for (size_t size = 0; size < sizeof(bytes); size++)
        CU_ASSERT_EQUAL(ps_keep_read(bytes, size, &got), 0);
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CU_ASSERT_EQUAL(ps_keep_read(bytes, sizeof(bytes), &got), 0);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CU_ASSERT_EQUAL(ps_keep_read(bytes, sizeof(bytes), &got), 80);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_event_comes_back_as_it_was),
        PS_TEST(what_does_not_fit_is_not_begun),
        PS_TEST(one_that_is_torn_or_changed_is_none),
    };

    return ps_test_run("keep_record", tests, PS_ARRAY_LEN(tests));
}

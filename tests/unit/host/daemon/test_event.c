/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_event.c - events of collections as bytes, and back. */
#include "host/daemon/event.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static uint8_t data[PS_EVENT_BYTES_MAX];
static char body[PS_COLLECTION_MESSAGE_BYTES];

static struct ps_messaging_event a_put(uint32_t body_bytes)
{
    return (struct ps_messaging_event){
        .kind = PS_MESSAGING_PUT,
        .collection = { .key = 1, .profile_key = 2, .region = 3, .kind = PS_COLLECTION_RESOURCE },
        .message = { .id = (7ull << 48) + 9,
                     .sender = 11,
                     .sequence = 12,
                     .peer = "alice",
                     .peer_bytes = 5,
                     .body = body,
                     .body_bytes = body_bytes },
    };
}

static struct ps_messaging_event an_ack(void)
{
    return (struct ps_messaging_event){
        .kind = PS_MESSAGING_ACK,
        .collection = { .key = 1, .kind = PS_COLLECTION_PEER },
        .message = { .id = 5, .sender = 6 },
        .acknowledger = "bob",
    };
}

static void what_is_written_is_read(void)
{
    struct ps_messaging_event event = a_put(sizeof(body)), again;
    uint64_t put_ns;

    memset(body, 'x', sizeof(body));
    uint32_t bytes = ps_event_write(&event, 12345, data, sizeof(data));
    PS_REQUIRE(bytes > 0);
    PS_REQUIRE(ps_event_read(data, bytes, &again, &put_ns) == 0);
    CU_ASSERT_EQUAL(memcmp(&again.collection, &event.collection, sizeof(event.collection)), 0);
    CU_ASSERT_EQUAL(again.message.id, event.message.id);
    CU_ASSERT_EQUAL(again.message.sequence, 12);
    CU_ASSERT_EQUAL(put_ns, 12345);
    CU_ASSERT_EQUAL(again.message.peer_bytes, 5);
    CU_ASSERT_EQUAL(memcmp(again.message.peer, "alice", 5), 0);
    CU_ASSERT_EQUAL(again.message.body_bytes, sizeof(body));
    CU_ASSERT_EQUAL(memcmp(again.message.body, body, sizeof(body)), 0);
    event = an_ack();
    bytes = ps_event_write(&event, 0, data, sizeof(data));
    PS_REQUIRE(ps_event_read(data, bytes, &again, &put_ns) == 0);
    CU_ASSERT_EQUAL(again.kind, PS_MESSAGING_ACK);
    CU_ASSERT_STRING_EQUAL(again.acknowledger, "bob");
    CU_ASSERT_EQUAL(again.message.id, 5);
}

static void what_is_cut_short_or_too_long_is_refused(void)
{
    const struct ps_messaging_event events[] = { a_put(100), an_ack() };
    struct ps_messaging_event again;
    uint64_t put_ns;

    for (size_t e = 0; e < PS_ARRAY_LEN(events); e++) {
        const uint32_t bytes = ps_event_write(&events[e], 1, data, sizeof(data));

        for (uint32_t cut = 0; cut < bytes; cut++)
            CU_ASSERT_EQUAL(ps_event_read(data, cut, &again, &put_ns), -EBADMSG);
        CU_ASSERT_EQUAL(ps_event_read(data, bytes + 1, &again, &put_ns), -EBADMSG);
        CU_ASSERT_EQUAL(ps_event_write(&events[e], 1, data, bytes - 1), 0);
    }
}

static void other_versions_and_kinds_are_refused(void)
{
    const struct ps_messaging_event event = an_ack();
    const uint32_t bytes = ps_event_write(&event, 1, data, sizeof(data));
    struct ps_messaging_event again;
    uint64_t put_ns;

    for (uint32_t at = 0; at < 3; at++) { /* version, kind, kind of collection */
        const uint8_t right = data[at];

        data[at] = 77;
        CU_ASSERT_EQUAL(ps_event_read(data, bytes, &again, &put_ns), -EBADMSG);
        data[at] = right;
    }
    CU_ASSERT_EQUAL(ps_event_read(data, bytes, &again, &put_ns), 0);
}

static void each_collection_has_a_subject_of_its_own(void)
{
    const struct ps_collection_id of_resource = { 1, 2, 3, PS_COLLECTION_RESOURCE, { 0 } };
    const struct ps_collection_id of_peer = { 0xabc, 0, 0, PS_COLLECTION_PEER, { 0 } };
    char subject[PS_EVENT_SUBJECT_MAX];

    ps_event_subject(&of_resource, subject);
    CU_ASSERT_STRING_EQUAL(subject, "r.0000000000000001.0000000000000002.3");
    ps_event_subject(&of_peer, subject);
    CU_ASSERT_STRING_EQUAL(subject, "p.0000000000000abc");
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_written_is_read),
        PS_TEST(what_is_cut_short_or_too_long_is_refused),
        PS_TEST(other_versions_and_kinds_are_refused),
        PS_TEST(each_collection_has_a_subject_of_its_own),
    };

    return ps_test_run(__FILE__, tests, PS_ARRAY_LEN(tests));
}

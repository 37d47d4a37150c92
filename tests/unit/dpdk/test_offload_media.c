/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_offload_media.c - who gets a rule, what a mark proves, what is noted. */
#include "dpdk/offload_media.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/epoch.h"
#include "dpdk/mem.h"
#include "tests/support/fake_nic.h"
#include "tests/support/ps_test.h"

#define PLACES  4u
#define WORKERS 2u

static struct nic_flow_port port;
static struct nic_media *media;
static struct psd_claim claims[NIC_OFFLOAD_MEDIA_MAX];

static struct fake_nic *begin(void)
{
    const struct nic_media_port ports = { .port = &port };

    fake_nic_reset();
    nic_flow_port_init(&port, &fake_nic_ops, 0, WORKERS);
    PS_REQUIRE(nic_media_create(&media, PLACES, &ports, 1, WORKERS) == 0);
    return fake_nic_at(0);
}

static void end(void)
{
    nic_media_remove_all(media);
    CU_ASSERT_EQUAL(fake_nic_at(0)->rules, 0);
    CU_ASSERT_EQUAL(fake_nic_at(0)->misuses, 0);
    nic_media_destroy(media);
}

/* The mark that the NIC gives a claim of @p key. */
static uint32_t mark_of(uint64_t key)
{
    const struct ppd_header header = { .magic = PPD_MAGIC,
                                       .version = PPD_VERSION,
                                       .media_key = key };
    const struct fake_frame what = {
        .is_udp = true, .port = PPD_PORT, .payload = &header, .payload_bytes = sizeof(header)
    };
    uint8_t frame[FAKE_FRAME_BYTES_MAX];

    return fake_nic_receive(0, frame, fake_frame_write(&what, frame));
}

static void want(const uint64_t *keys, uint32_t count, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        nic_media_set(media, keys, count);
        nic_media_turn(media, claims);
    }
}

static void want_one(uint64_t key, uint32_t times)
{
    want(&key, 1, times);
}

static void a_media_is_wanted_for_a_while_before_it_has_a_rule(void)
{
    struct fake_nic *nic = begin();

    want_one(11, NIC_MEDIA_ENTER - 1);
    CU_ASSERT_EQUAL(nic->rules, 0);
    want_one(12, 1); /* 11 begins from the start */
    want_one(11, NIC_MEDIA_ENTER - 1);
    CU_ASSERT_EQUAL(nic->rules, 0);
    want_one(11, 1);
    CU_ASSERT_EQUAL(nic->rules, 2); /* IPv4 and IPv6 */
    CU_ASSERT_NOT_EQUAL(mark_of(11), 0);
    CU_ASSERT_EQUAL(mark_of(12), 0);
    end();
}

static void a_media_that_comes_and_goes_keeps_its_rule(void)
{
    struct fake_nic *nic = begin();
    uint32_t creates;

    want_one(11, NIC_MEDIA_ENTER);
    creates = nic->creates;
    for (int i = 0; i < 20; i++) {
        want(NULL, 0, NIC_MEDIA_LEAVE - 1);
        want_one(11, 1);
    }
    CU_ASSERT_EQUAL(nic->creates, creates);
    CU_ASSERT_EQUAL(nic->rules, 2);
    want(NULL, 0, NIC_MEDIA_LEAVE);
    CU_ASSERT_EQUAL(nic->rules, 0);
    end();
}

static void no_more_rules_than_places(void)
{
    static const uint64_t keys[] = { 1, 2, 3, 4, 5, 6, 1 };
    struct fake_nic *nic = begin();

    want(keys, 7, 10);
    CU_ASSERT_EQUAL(nic->rules, 2 * PLACES);
    CU_ASSERT_NOT_EQUAL(mark_of(4), 0);
    CU_ASSERT_EQUAL(mark_of(5), 0);
    end();
}

static void a_key_named_twice_has_one_rule(void)
{
    static const uint64_t keys[] = { 5, 5, 5 };
    struct fake_nic *nic = begin();

    want(keys, 3, 10);
    CU_ASSERT_EQUAL(nic->rules, 2);
    end();
}

static void claims_are_noted_by_mark_and_key_together(void)
{
    uint32_t mark;

    begin();
    want_one(11, NIC_MEDIA_ENTER);
    mark = mark_of(11);
    CU_ASSERT_TRUE(nic_media_note(media, 0, mark, 11));
    CU_ASSERT_TRUE(nic_media_note(media, 1, mark, 11));
    CU_ASSERT_FALSE(nic_media_note(media, 0, mark, 12));
    CU_ASSERT_FALSE(nic_media_note(media, 0, mark ^ 1, 11));
    CU_ASSERT_FALSE(nic_media_note(media, 0, 0, 11));
    CU_ASSERT_FALSE(nic_media_note(media, 0, UINT32_MAX, 11));
    PS_REQUIRE(nic_media_turn(media, claims) == 1);
    CU_ASSERT_EQUAL(claims[0].media_key, 11);
    CU_ASSERT_EQUAL(claims[0].count, 2);
    CU_ASSERT_EQUAL(claims[0].region, 0);
    CU_ASSERT_EQUAL(nic_media_turn(media, claims), 0);
    end();
}

static void an_empty_place_notes_nothing(void)
{
    begin();
    CU_ASSERT_FALSE(nic_media_note(media, 0, NIC_MEDIA_MARK, 0));
    CU_ASSERT_FALSE(nic_media_note(media, 0, 0, 0));
    end();
}

/* A frame may lie in a queue while its rule goes and another media gets the place. */
static void an_old_mark_says_nothing_of_the_next_media(void)
{
    uint32_t before;

    begin();
    want_one(11, NIC_MEDIA_ENTER);
    before = mark_of(11);
    want(NULL, 0, NIC_MEDIA_LEAVE);
    want_one(12, NIC_MEDIA_ENTER);
    CU_ASSERT_EQUAL(mark_of(12) % NIC_OFFLOAD_MEDIA_MAX, before % NIC_OFFLOAD_MEDIA_MAX);
    CU_ASSERT_NOT_EQUAL(mark_of(12), before);
    CU_ASSERT_FALSE(nic_media_note(media, 0, before, 11));
    CU_ASSERT_FALSE(nic_media_note(media, 0, before, 12));
    end();
}

/* A worker that read the mark just before may still note: the place waits for it. */
static void a_place_rests_before_it_is_given_away(void)
{
    static const uint64_t others[] = { 21, 22, 23, 24 };
    static const uint64_t first[] = { 11, 12, 13, 14 };
    uint32_t mark;

    begin();
    want(first, 4, NIC_MEDIA_ENTER);
    mark = mark_of(11);
    want(others, 4, NIC_MEDIA_LEAVE - 1);
    CU_ASSERT_TRUE(nic_media_note(media, 0, mark, 11));
    nic_media_set(media, others, 4); /* 11 leaves, nobody enters its place yet */
    CU_ASSERT_EQUAL(mark_of(21), 0);
    PS_REQUIRE(nic_media_turn(media, claims) == 1);
    CU_ASSERT_EQUAL(claims[0].media_key, 11);
    nic_media_set(media, others, 4);
    CU_ASSERT_NOT_EQUAL(mark_of(21), 0);
    end();
}

static void where_marks_do_not_come_rules_are_taken_out(void)
{
    struct fake_nic *nic = begin();
    struct psd_rule row;

    nic->loses_marks = true;
    want_one(11, NIC_MEDIA_ENTER);
    for (uint32_t i = 0; i < NIC_MEDIA_UNMARKED; i++)
        CU_ASSERT_EQUAL(mark_of(11), 0);
    nic_media_turn(media, claims);
    CU_ASSERT_EQUAL(nic->rules, 0);
    PS_REQUIRE(nic_media_report(media, &row, 1) == 1);
    CU_ASSERT_EQUAL(row.place, PSD_RULE_SOFTWARE);
    CU_ASSERT_EQUAL(row.error, -ENODATA);
    want_one(11, 200);
    CU_ASSERT_EQUAL(nic->rules, 0);
    end();
}

static void a_port_that_takes_none_is_not_asked(void)
{
    struct fake_nic *nic = begin();
    struct psd_rule row;

    nic_media_reapply(media, 0, -ENOTSUP);
    want_one(11, NIC_MEDIA_ENTER);
    CU_ASSERT_EQUAL(nic->creates, 0);
    PS_REQUIRE(nic_media_report(media, &row, 1) == 1);
    CU_ASSERT_STRING_EQUAL(row.name, "media 000000000000000b");
    CU_ASSERT_EQUAL(row.error, -ENOTSUP);
    nic_media_reapply(media, 0, 0);
    CU_ASSERT_EQUAL(nic->rules, 2);
    end();
}

#define RACE_KEYS  8u
#define RACE_TURNS 200u

struct noter {
    struct nic_epoch *epoch;
    atomic_bool runs;
    atomic_bool stop;
    uint64_t noted[RACE_KEYS];
};

/* As a worker whose NIC may have marked a frame with anything, at any time. */
static void *note_whatever_fits(void *arg)
{
    struct noter *n = arg;

    nic_epoch_join(n->epoch, 0);
    n->runs = true;
    while (!n->stop) {
        nic_epoch_pass(n->epoch, 0);
        for (uint32_t mark = NIC_MEDIA_MARK; mark < 2 * NIC_MEDIA_MARK; mark++)
            if (mark % NIC_OFFLOAD_MEDIA_MAX < PLACES)
                for (uint64_t key = 0; key < RACE_KEYS; key++)
                    n->noted[key] += nic_media_note(media, 0, mark, key);
    }
    nic_epoch_leave(n->epoch, 0);
    return NULL;
}

static void add_told(uint64_t *told)
{
    const uint32_t count = nic_media_turn(media, claims);

    for (uint32_t i = 0; i < count; i++)
        told[claims[i].media_key] += claims[i].count;
}

static void no_note_is_lost_while_media_come_and_go(void)
{
    static struct noter noter;
    uint64_t told[RACE_KEYS] = { 0 };
    uint64_t all = 0;
    pthread_t thread;

    begin();
    PS_REQUIRE(nic_epoch_create(&noter.epoch, 1) == 0);
    PS_REQUIRE(pthread_create(&thread, NULL, note_whatever_fits, &noter) == 0);
    while (!noter.runs)
        sched_yield();
    for (uint64_t turn = 0; turn < RACE_TURNS; turn++) {
        const uint64_t first = turn / (2 * NIC_MEDIA_LEAVE);
        const uint64_t keys[] = { first % RACE_KEYS, (first + 1) % RACE_KEYS,
                                  (first + 2) % RACE_KEYS };

        nic_epoch_turn(noter.epoch);
        add_told(told);
        nic_media_set(media, keys, NIC_ARRAY_LEN(keys));
    }
    noter.stop = true;
    pthread_join(thread, NULL);
    add_told(told);
    for (uint32_t key = 0; key < RACE_KEYS; key++) {
        CU_ASSERT_EQUAL(told[key], noter.noted[key]);
        all += told[key];
    }
    CU_ASSERT_TRUE(all > 0);
    nic_epoch_destroy(noter.epoch);
    end();
}

static void creation_survives_each_failed_allocation(void)
{
    const struct nic_media_port ports = { .port = &port };
    unsigned failed_at = 0;
    int rc;

    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        rc = nic_media_create(&media, PLACES, &ports, 1, WORKERS);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 2); /* the media and the notes */
    nic_media_destroy(media);
    nic_media_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_media_is_wanted_for_a_while_before_it_has_a_rule),
        PS_TEST(a_media_that_comes_and_goes_keeps_its_rule),
        PS_TEST(no_more_rules_than_places),
        PS_TEST(a_key_named_twice_has_one_rule),
        PS_TEST(claims_are_noted_by_mark_and_key_together),
        PS_TEST(an_empty_place_notes_nothing),
        PS_TEST(an_old_mark_says_nothing_of_the_next_media),
        PS_TEST(a_place_rests_before_it_is_given_away),
        PS_TEST(where_marks_do_not_come_rules_are_taken_out),
        PS_TEST(a_port_that_takes_none_is_not_asked),
        PS_TEST(no_note_is_lost_while_media_come_and_go),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}

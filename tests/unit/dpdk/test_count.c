/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_count.c - counts are exact: what goes in comes out, once, epoch by epoch. */
#include "dpdk/count.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "dpdk/epoch.h"
#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

struct sum {
    uint64_t starts, segments, other, records;
    uint64_t by_media[256];
};

static void add_up(void *arg, const struct psd_record *record)
{
    struct sum *sum = arg;

    sum->starts += record->starts;
    sum->segments += record->segments;
    sum->other += record->other;
    sum->records++;
    if (record->media_key < NIC_ARRAY_LEN(sum->by_media))
        sum->by_media[record->media_key] +=
            (uint64_t)record->starts + record->segments + record->other;
}

static struct nic_count_entry *find(struct nic_count_table *table, const struct nic_key *key)
{
    struct nic_count_probe probe = { .key = *key };

    nic_count_begin(table, &probe);
    if (key->media_key % 2 == 0) /* a step that may be left out */
        nic_count_approach(table, &probe);
    return nic_count_find(table, &probe);
}

static bool count(struct nic_count_table *table, uint64_t media, enum nic_request_kind kind,
                  uint64_t epoch)
{
    const struct nic_key key = { .media_key = media, .profile_key = 7, .region = 1 };
    struct nic_count_entry *entry = find(table, &key);

    if (entry != NULL)
        nic_count_add(table, entry, kind, epoch);
    return entry != NULL;
}

/* As the observer does: in the table, or in its overflow. */
static void keep_count(struct nic_count_table *table, uint64_t media, uint64_t epoch)
{
    const struct nic_key key = { .media_key = media, .profile_key = 7, .region = 1 };
    struct nic_count_entry *entry = find(table, &key);

    if (entry == NULL) {
        struct nic_count_probe probe = { .key = key };

        nic_count_begin(table, &probe);
        entry = nic_count_overflow(table, &probe, epoch);
    }
    if (entry != NULL)
        nic_count_add(table, entry, NIC_REQUEST_SEGMENT, epoch);
}

static void each_kind_and_class_is_kept_apart(void)
{
    const struct nic_key keys[] = { { 1, 2, 3, 4, 5 }, { 9, 2, 3, 4, 5 }, { 1, 9, 3, 4, 5 },
                                    { 1, 2, 9, 4, 5 }, { 1, 2, 3, 9, 5 }, { 1, 2, 3, 4, 9 } };
    struct nic_count_table *table;
    struct sum sum = { 0 };

    PS_REQUIRE(nic_count_create(&table, 64, 1) == 0);
    for (size_t i = 0; i < NIC_ARRAY_LEN(keys); i++)
        for (int kind = 0; kind < (int)NIC_REQUEST_KINDS; kind++)
            for (int n = 0; n <= kind; n++)
                nic_count_add(table, find(table, &keys[i]), (enum nic_request_kind)kind, 1);
    nic_count_drain(table, 1, add_up, &sum);
    CU_ASSERT_EQUAL(sum.records, NIC_ARRAY_LEN(keys));
    CU_ASSERT_EQUAL(sum.starts, NIC_ARRAY_LEN(keys));
    CU_ASSERT_EQUAL(sum.segments, 2 * NIC_ARRAY_LEN(keys));
    CU_ASSERT_EQUAL(sum.other, 3 * NIC_ARRAY_LEN(keys));
    nic_count_destroy(table);
}

static void an_epoch_holds_its_own_counts_only(void)
{
    struct nic_count_table *table;
    struct sum first = { 0 }, second = { 0 }, third = { 0 };

    PS_REQUIRE(nic_count_create(&table, 64, 1) == 0);
    count(table, 1, NIC_REQUEST_START, 1);
    count(table, 1, NIC_REQUEST_START, 2); /* the worker is ahead of the drain */
    count(table, 2, NIC_REQUEST_START, 2);
    nic_count_drain(table, 1, add_up, &first);
    nic_count_drain(table, 2, add_up, &second);
    nic_count_drain(table, 3, add_up, &third);
    CU_ASSERT_EQUAL(first.starts, 1);
    CU_ASSERT_EQUAL(second.starts, 2);
    CU_ASSERT_EQUAL(second.by_media[1], 1);
    CU_ASSERT_EQUAL(third.records, 0);
    nic_count_destroy(table);
}

static void a_full_table_sheds_and_keeps_what_it_has(void)
{
    struct nic_count_table *table;
    struct sum sum = { 0 };
    uint64_t kept = 0;

    PS_REQUIRE(nic_count_create(&table, NIC_COUNT_ENTRIES_MIN, 1) == 0);
    for (uint64_t media = 0; media < 1000; media++)
        kept += count(table, media, NIC_REQUEST_SEGMENT, 1);
    CU_ASSERT_EQUAL(kept, NIC_COUNT_ENTRIES_MIN);
    nic_count_drain(table, 1, add_up, &sum);
    CU_ASSERT_EQUAL(sum.segments, kept);
    nic_count_destroy(table);
}

/* The table, its overflow, and what was asked of them must agree whatever the stream is. */
static void drained_and_overflow_are_all_that_was_counted(void)
{
    for (uint32_t seed = 1; seed <= 20; seed++) {
        uint32_t state = seed;
        struct nic_count_table *table;
        struct sum sum = { 0 };
        uint64_t drained = 0, overflow = 0;

        PS_REQUIRE(nic_count_create(&table, NIC_COUNT_ENTRIES_MIN << seed % 6, seed) == 0);
        for (uint64_t epoch = 1; epoch <= 10; epoch++) {
            for (uint32_t i = 0; i < 3000; i++) {
                uint32_t media;

                state = state * 1664525u + 1013904223u;
                media = (state >> 8) % (seed * 50); /* squared: low numbers come more often */
                keep_count(table, media * media / (seed * 50), epoch);
            }
            if (epoch > 1) {
                const struct nic_count_sums s = nic_count_drain(table, epoch - 1, add_up, &sum);

                CU_ASSERT_EQUAL(s.drained + s.overflow, 3000);
                drained += s.drained;
                overflow += s.overflow;
            }
        }
        drained += nic_count_drain(table, 10, add_up, &sum).drained;
        CU_ASSERT_EQUAL(sum.starts + sum.segments + sum.other, drained);
        CU_ASSERT_TRUE(seed < 8 || seed % 6 > 1 || overflow > 0);
        nic_count_destroy(table);
    }
}

static void below_the_cap_nothing_overflows_and_each_key_is_exact(void)
{
    struct nic_count_table *table;
    struct nic_count_sums sums;
    struct sum sum = { 0 };

    PS_REQUIRE(nic_count_create(&table, 1024, 1) == 0);
    for (uint64_t n = 0; n < 40; n++)
        for (uint64_t media = n; media < 256; media++)
            keep_count(table, media, 1);
    sums = nic_count_drain(table, 1, add_up, &sum);
    CU_ASSERT_EQUAL(sums.overflow, 0);
    CU_ASSERT_EQUAL(sums.overflow_error, 0);
    CU_ASSERT_EQUAL(sum.records, 256);
    for (uint64_t media = 0; media < 256; media++)
        CU_ASSERT_EQUAL(sum.by_media[media], media < 40 ? media + 1 : 40);
    nic_count_destroy(table);
}

/* Fill the table with others first, so that media 1 begins in the sketch. */
static void fill(struct nic_count_table *table, uint64_t epoch)
{
    for (uint64_t media = 1000; media < 2000; media++)
        keep_count(table, media, epoch);
}

static void a_heavy_key_of_the_sketch_becomes_exact(void)
{
    const struct nic_key key = { .media_key = 1, .profile_key = 7, .region = 1 };
    struct nic_count_table *table;
    struct nic_count_sums first, second;
    struct sum sum = { 0 }, again = { 0 };
    uint32_t estimate;

    PS_REQUIRE(nic_count_create(&table, NIC_COUNT_ENTRIES_MIN, 1) == 0);
    fill(table, 1);
    for (int i = 0; i < 500; i++)
        keep_count(table, 1, 1);
    estimate = nic_count_overflow_estimate(table, &key, 1);
    first = nic_count_drain(table, 1, add_up, &sum);
    CU_ASSERT_TRUE(first.promoted >= 1);
    CU_ASSERT_EQUAL(first.drained + first.overflow, 1500);
    CU_ASSERT_TRUE(sum.by_media[1] > 0);
    CU_ASSERT_TRUE(sum.by_media[1] + estimate >= 500); /* the sketch had its first ones */
    fill(table, 2);
    for (int i = 0; i < 500; i++)
        keep_count(table, 1, 2);
    second = nic_count_drain(table, 2, add_up, &again);
    CU_ASSERT_EQUAL(again.by_media[1], 500); /* its place is still its own */
    CU_ASSERT_EQUAL(second.drained + second.overflow, 1500);
    nic_count_destroy(table);
}

static void heavy_keys_beyond_their_places_stay_in_the_sketch(void)
{
    struct nic_count_table *table;
    struct nic_count_sums sums;
    struct sum sum = { 0 };

    PS_REQUIRE(nic_count_create(&table, NIC_COUNT_ENTRIES_MIN, 1) == 0);
    fill(table, 1);
    for (int i = 0; i < 1000; i++)
        for (uint64_t media = 0; media < 3 * NIC_COUNT_HEAVY; media++)
            keep_count(table, media, 1);
    sums = nic_count_drain(table, 1, add_up, &sum);
    CU_ASSERT_EQUAL(sums.promoted, NIC_COUNT_HEAVY);
    CU_ASSERT_TRUE(sums.overflow >= 2 * NIC_COUNT_HEAVY * 1000);
    CU_ASSERT_EQUAL(sums.drained + sums.overflow, 1000 + 3 * NIC_COUNT_HEAVY * 1000);
    sums = nic_count_drain(table, 3, add_up, &sum); /* the same side again: clean */
    CU_ASSERT_EQUAL(sums.drained + sums.overflow + sums.promoted, 0);
    nic_count_destroy(table);
}

static void unused_keys_make_room_only_when_drained(void)
{
    struct nic_count_table *table;
    struct sum sum = { 0 };
    uint64_t counted = 0;

    PS_REQUIRE(nic_count_create(&table, 256, 1) == 0);
    for (uint64_t epoch = 1; epoch <= 300; epoch++) {
        for (uint64_t i = 0; i < 40; i++)
            counted += count(table, epoch * 1000 + i, NIC_REQUEST_SEGMENT, epoch);
        if (epoch > 1) /* always one behind, as in life */
            nic_count_drain(table, epoch - 1, add_up, &sum);
    }
    nic_count_drain(table, 300, add_up, &sum);
    CU_ASSERT_EQUAL(counted, 300 * 40);
    CU_ASSERT_EQUAL(sum.segments, counted);
    nic_count_destroy(table);
}

static void a_key_that_lost_its_place_is_new_again(void)
{
    const struct nic_key key = { .media_key = 5000 };
    struct nic_count_table *table;
    struct nic_count_entry *entry;
    struct sum sum = { 0 };

    PS_REQUIRE(nic_count_create(&table, NIC_COUNT_ENTRIES_MIN, 1) == 0);
    entry = find(table, &key);
    CU_ASSERT_FALSE(nic_count_is_named(entry));
    nic_count_set_named(entry);
    nic_count_add(table, entry, NIC_REQUEST_START, 1);
    CU_ASSERT_TRUE(nic_count_is_named(find(table, &key)));
    for (uint64_t epoch = 2; epoch < 200; epoch++) {
        nic_count_drain(table, epoch - 1, add_up, &sum);
        count(table, epoch, NIC_REQUEST_SEGMENT, epoch);
    }
    CU_ASSERT_FALSE(nic_count_is_named(find(table, &key)));
    nic_count_destroy(table);
}

#define THREAD_COUNTS 200000u

struct writer {
    struct nic_count_table *table;
    struct nic_epoch *epoch;
    uint64_t counted, shed;
    atomic_bool done;
};

static void *write_counts(void *arg)
{
    struct writer *w = arg;

    nic_epoch_join(w->epoch, 0);
    for (uint32_t i = 0; i < THREAD_COUNTS; i++) {
        const uint64_t epoch = nic_epoch_pass(w->epoch, 0);

        if (count(w->table, i * 2654435761u % 251, (enum nic_request_kind)(i % 3), epoch))
            w->counted++;
        else
            w->shed++;
        if (i % 1000 == 0) { /* as a worker does that has nothing to do */
            nic_epoch_leave(w->epoch, 0);
            nic_epoch_join(w->epoch, 0);
        }
    }
    nic_epoch_leave(w->epoch, 0);
    atomic_store(&w->done, true);
    return NULL;
}

static void nothing_is_lost_between_writer_and_drainer(void)
{
    struct writer w = { 0 };
    struct sum sum = { 0 };
    pthread_t thread;
    bool done;

    PS_REQUIRE(nic_count_create(&w.table, 128, 1) == 0);
    PS_REQUIRE(nic_epoch_create(&w.epoch, 1) == 0);
    PS_REQUIRE(pthread_create(&thread, NULL, write_counts, &w) == 0);
    do {
        done = atomic_load(&w.done);
        nic_count_drain(w.table, nic_epoch_turn(w.epoch), add_up, &sum);
    } while (!done);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(w.counted + w.shed, THREAD_COUNTS);
    CU_ASSERT_EQUAL(sum.starts + sum.segments + sum.other, w.counted);
    nic_epoch_destroy(w.epoch);
    nic_count_destroy(w.table);
}

static void sizes_are_checked(void)
{
    static const uint32_t bad[] = { 0, 1, 16, 48, 1000, NIC_COUNT_ENTRIES_MAX * 2 };
    struct nic_count_table *table;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(nic_count_create(&table, bad[i], 1), -EINVAL);
}

static void creation_survives_each_failed_allocation(void)
{
    struct nic_count_table *table = NULL;
    struct nic_epoch *epoch = NULL;

    for (unsigned i = 0; i < 9; i++) {
        nic_fail_alloc_after(i);
        CU_ASSERT_EQUAL(nic_count_create(&table, 64, 1), -ENOMEM);
    }
    for (unsigned i = 0; i < 2; i++) {
        nic_fail_alloc_after(i);
        CU_ASSERT_EQUAL(nic_epoch_create(&epoch, 2), -ENOMEM);
    }
    nic_fail_alloc_never();
    CU_ASSERT_PTR_NULL(table);
    CU_ASSERT_PTR_NULL(epoch);
    nic_count_destroy(NULL);
    nic_epoch_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_kind_and_class_is_kept_apart),
        PS_TEST(an_epoch_holds_its_own_counts_only),
        PS_TEST(a_full_table_sheds_and_keeps_what_it_has),
        PS_TEST(drained_and_overflow_are_all_that_was_counted),
        PS_TEST(below_the_cap_nothing_overflows_and_each_key_is_exact),
        PS_TEST(a_heavy_key_of_the_sketch_becomes_exact),
        PS_TEST(heavy_keys_beyond_their_places_stay_in_the_sketch),
        PS_TEST(unused_keys_make_room_only_when_drained),
        PS_TEST(a_key_that_lost_its_place_is_new_again),
        PS_TEST(nothing_is_lost_between_writer_and_drainer),
        PS_TEST(sizes_are_checked),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    return ps_test_run("dpdk/count", tests, NIC_ARRAY_LEN(tests));
}

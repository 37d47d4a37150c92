/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_tier.c - what the tier promises its callers, over both stores. */
#include <fcntl.h>

#include "host/base/hash.h"
#include "tests/unit/host/tier/tier_fixture.h"

static bool no_uring; /* which store the tests run over now */

static void what_is_put_is_served_and_becomes_durable(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).uring, !no_uring);
    for (uint32_t n = 0; n < 10; n++)
        CU_ASSERT_EQUAL(put(&f, n, 1000 + n * 20000, PS_TIER_DEMANDED), 0);
    CU_ASSERT_EQUAL(where(&f, 3), PS_TIER_ACCEPTED);
    CU_ASSERT_EQUAL(check(&f, 3, 61000), 0);
    fixture_quiesce(&f);
    for (uint32_t n = 0; n < 10; n++) {
        CU_ASSERT_EQUAL(where(&f, n), PS_TIER_DURABLE);
        CU_ASSERT_EQUAL(check(&f, n, 1000 + n * 20000), 0);
    }
    CU_ASSERT_EQUAL(status_of(&f).segments[PS_TIER_DURABLE], 10);
    CU_ASSERT_TRUE(status_of(&f).flushes > 0);
    CU_ASSERT_EQUAL(where(&f, 99), PS_TIER_ABSENT);
    fixture_fini(&f);
}

static void a_group_is_flushed_without_waiting_for_the_turn(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(put(&f, 1, 5000, PS_TIER_DEMANDED), 0);
    for (unsigned i = 0; i < 100 && where(&f, 1) != PS_TIER_DURABLE; i++) {
        struct pollfd pfd = { .fd = ps_tier_fd(f.tier), .events = POLLIN };

        CU_ASSERT_EQUAL(poll(&pfd, 1, 10000), 1);
        ps_tier_poll(f.tier, 0);
    }
    CU_ASSERT_EQUAL(where(&f, 1), PS_TIER_DURABLE);
    fixture_fini(&f);
}

static void a_restart_finds_what_was_stored(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    for (uint32_t n = 0; n < 60; n++) {
        CU_ASSERT_EQUAL(put(&f, n, 100000, PS_TIER_LIKELY), 0);
        if (n % 20 == 0)
            fixture_quiesce(&f);
    }
    fixture_close(&f); /* flushes */
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).recovered_segments, 60);
    CU_ASSERT_EQUAL(status_of(&f).unused_bytes, 60 * 100000);
    for (uint32_t n = 0; n < 60; n++) {
        struct ps_tier_ref ref;

        CU_ASSERT_EQUAL(where(&f, n), PS_TIER_DURABLE);
        PS_REQUIRE(get(&f, n, &ref) == 0);
        CU_ASSERT_EQUAL(ref.prediction_id, n + 1000);
        CU_ASSERT_TRUE(ref.first_use);
        CU_ASSERT_EQUAL(memcmp(ref.data, bytes_of(n, 0, 100000), 100000), 0);
        ps_tier_release(f.tier, &ref);
    }
    CU_ASSERT_EQUAL(status_of(&f).hits_nvme, 60);
    CU_ASSERT_EQUAL(status_of(&f).hits_dram, 0);
    CU_ASSERT_EQUAL(status_of(&f).unused_bytes, 0);
    CU_ASSERT_EQUAL(f.loaded, 60);
    CU_ASSERT_EQUAL(f.loaded_status, 0);
    fixture_fini(&f);
}

static void every_waiting_viewer_is_told_once_and_counted_once(void)
{
    struct fixture f;
    const struct ps_segment_key key = key_of(1);
    struct ps_tier_ref refs[3];

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(put(&f, 1, 50000, PS_TIER_LIKELY), 0);
    fixture_close(&f);
    PS_REQUIRE(fixture_open(&f) == 0);
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(ps_tier_get(f.tier, &key, 0, &refs[i]), -EINPROGRESS);
    fixture_quiesce(&f);
    CU_ASSERT_EQUAL(f.loaded, 1);
    for (unsigned i = 0; i < 3; i++) {
        PS_REQUIRE(ps_tier_get(f.tier, &key, 0, &refs[i]) == 0);
        CU_ASSERT_EQUAL(refs[i].first_use, i == 0);
    }
    for (unsigned i = 0; i < 3; i++)
        ps_tier_release(f.tier, &refs[i]);
    CU_ASSERT_EQUAL(check(&f, 1, 50000), 0);
    CU_ASSERT_EQUAL(status_of(&f).hits_nvme, 3);
    CU_ASSERT_EQUAL(status_of(&f).hits_dram, 1);
    CU_ASSERT_EQUAL(ps_tier_get(f.tier, &(struct ps_segment_key){ 0 }, 0, &refs[0]), -ENOENT);
    CU_ASSERT_EQUAL(status_of(&f).misses, 1);
    fixture_fini(&f);
}

/* What another node takes is neither a hit nor a use, from the device as little as from memory. */
static void what_is_lent_counts_for_nobody(void)
{
    struct fixture f;
    const struct ps_segment_key key = key_of(1);
    uint32_t size_bytes = 0, crc32c = 0;
    struct ps_tier_ref ref;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(ps_tier_lend(f.tier, &key, &ref), -ENOENT);
    CU_ASSERT_EQUAL(ps_tier_describe(f.tier, &key, &size_bytes, &crc32c), -ENOENT);
    CU_ASSERT_EQUAL(put(&f, 1, 50000, PS_TIER_LIKELY), 0);
    fixture_close(&f);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(ps_tier_lend(f.tier, &key, &ref), -EINPROGRESS);
    fixture_quiesce(&f);
    PS_REQUIRE(ps_tier_lend(f.tier, &key, &ref) == 0);
    CU_ASSERT_TRUE(ref.first_use);
    CU_ASSERT_EQUAL(ps_tier_describe(f.tier, &key, &size_bytes, &crc32c), 0);
    CU_ASSERT_EQUAL(size_bytes, 50000);
    CU_ASSERT_EQUAL(crc32c, ps_crc32c(0, ref.data, ref.size_bytes));
    ps_tier_release(f.tier, &ref);
    CU_ASSERT_EQUAL(status_of(&f).hits_nvme + status_of(&f).hits_dram, 0);
    CU_ASSERT_EQUAL(status_of(&f).misses, 0);
    PS_REQUIRE(ps_tier_get(f.tier, &key, 0, &ref) == 0);
    CU_ASSERT_TRUE(ref.first_use);
    ps_tier_release(f.tier, &ref);
    CU_ASSERT_EQUAL(status_of(&f).hits_dram, 1);
    fixture_fini(&f);
}

static void many_reads_at_once_all_arrive(void)
{
    struct fixture f;
    struct ps_tier_ref ref;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    for (uint32_t n = 0; n < 100; n++) {
        CU_ASSERT_EQUAL(put(&f, n, 30000, PS_TIER_LIKELY), 0);
        if (n % 30 == 0)
            fixture_quiesce(&f);
    }
    fixture_close(&f);
    PS_REQUIRE(fixture_open(&f) == 0);
    for (uint32_t n = 0; n < 100; n++) { /* far more than loads or buffers */
        const struct ps_segment_key key = key_of(n);

        CU_ASSERT_EQUAL(ps_tier_get(f.tier, &key, 0, &ref), -EINPROGRESS);
        CU_ASSERT_TRUE(f.tier->in_flight <= PS_TIER_OPS_MAX);
    }
    fixture_quiesce(&f);
    CU_ASSERT_EQUAL(f.loaded, 100);
    for (uint32_t n = 0; n < 100; n++)
        CU_ASSERT_EQUAL(check(&f, n, 30000), 0);
    fixture_fini(&f);
}

static void a_large_segment_crosses_buffers_unharmed(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    f.cfg.zone_bytes = 4u << 20;
    f.cfg.nvme_bytes = 40u << 20;
    f.cfg.dram_bytes = 16u << 20;
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(put(&f, 1, 3000001, PS_TIER_DEMANDED), 0);
    CU_ASSERT_EQUAL(put(&f, 2, 1, PS_TIER_LIKELY), 0);
    CU_ASSERT_EQUAL(put(&f, 3, 2500000, PS_TIER_LIKELY), 0);
    CU_ASSERT_EQUAL(put(&f, 4, 2500000, PS_TIER_LIKELY), 0); /* needs the next zone */
    fixture_close(&f);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(check(&f, 1, 3000001), 0);
    CU_ASSERT_EQUAL(check(&f, 2, 1), 0);
    CU_ASSERT_EQUAL(check(&f, 3, 2500000), 0);
    CU_ASSERT_EQUAL(check(&f, 4, 2500000), 0);
    fixture_fini(&f);
}

static void the_last_put_of_a_key_wins_even_after_a_restart(void)
{
    struct fixture f;
    const struct ps_segment_key key = key_of(5);
    const struct ps_tier_meta meta = { .class = PS_TIER_DEMANDED, .confidence = 1 };
    struct ps_tier_ref old, ref;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(ps_tier_put(f.tier, &key, &meta, bytes_of(5, 1, 9000), 9000, 0), 0);
    PS_REQUIRE(ps_tier_get(f.tier, &key, 0, &old) == 0);
    CU_ASSERT_EQUAL(ps_tier_put(f.tier, &key, &meta, bytes_of(5, 2, 7000), 7000, 0), 0);
    fixture_quiesce(&f);
    CU_ASSERT_EQUAL(ps_tier_put(f.tier, &key, &meta, bytes_of(5, 3, 8000), 8000, 0), 0);
    CU_ASSERT_EQUAL(memcmp(old.data, bytes_of(5, 1, 9000), 9000), 0); /* pinned: untouched */
    ps_tier_release(f.tier, &old);
    CU_ASSERT_EQUAL(f.gone, 0);
    fixture_close(&f);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(status_of(&f).recovered_segments, 1);
    PS_REQUIRE(get(&f, 5, &ref) == 0);
    CU_ASSERT_EQUAL(ref.size_bytes, 8000);
    CU_ASSERT_EQUAL(memcmp(ref.data, bytes_of(5, 3, 8000), 8000), 0);
    ps_tier_release(f.tier, &ref);
    fixture_fini(&f);
}

static void bytes_sent_after_release_are_not_overwritten(void)
{
    struct fixture f;
    struct ps_tier_ref ref;
    int pipe_fds[2];
    unsigned char got[16384];
    off_t offset;

    fixture_init(&f, no_uring);
    f.cfg.path = NULL;
    f.cfg.dram_bytes = 64u << 10;
    PS_REQUIRE(fixture_open(&f) == 0);
    PS_REQUIRE(pipe(pipe_fds) == 0);
    CU_ASSERT_EQUAL(put(&f, 0, sizeof(got), PS_TIER_DEMANDED), 0);
    PS_REQUIRE(get(&f, 0, &ref) == 0);
    offset = (off_t)ref.offset;
    /* splice() queues the pages themselves, as sendfile() to a socket does. */
    PS_REQUIRE(splice(ref.fd, &offset, pipe_fds[1], NULL, sizeof(got), 0) == sizeof(got));
    ps_tier_release(f.tier, &ref);
    for (uint32_t n = 1; n < 20; n++) /* many times round DRAM */
        CU_ASSERT_EQUAL(put(&f, n, sizeof(got), PS_TIER_DEMANDED), 0);
    CU_ASSERT_EQUAL(where(&f, 0), PS_TIER_ABSENT);
    PS_REQUIRE(read(pipe_fds[0], got, sizeof(got)) == sizeof(got));
    CU_ASSERT_EQUAL(memcmp(got, bytes_of(0, 0, sizeof(got)), sizeof(got)), 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    fixture_fini(&f);
}

static void a_full_dram_refuses_until_something_is_durable(void)
{
    struct fixture f;
    uint32_t n = 0;

    fixture_init(&f, no_uring);
    f.cfg.dram_bytes = 1u << 20;
    PS_REQUIRE(fixture_open(&f) == 0);
    while (n < 100 && put(&f, n, 200000, PS_TIER_DEMANDED) == 0)
        n++;
    CU_ASSERT_EQUAL(n, 4);
    CU_ASSERT_EQUAL(status_of(&f).put_refused, 1);
    CU_ASSERT_EQUAL(where(&f, n), PS_TIER_ABSENT);
    fixture_quiesce(&f);
    CU_ASSERT_EQUAL(put(&f, n, 200000, PS_TIER_DEMANDED), 0);
    CU_ASSERT_EQUAL(check(&f, 0, 200000), 0); /* left DRAM, comes back from the device */
    CU_ASSERT_EQUAL(f.gone, 0);
    fixture_fini(&f);
}

static void pinned_segments_stay_where_they_are(void)
{
    struct fixture f;
    struct ps_tier_ref pinned;

    fixture_init(&f, no_uring);
    f.cfg.dram_bytes = 1u << 20;
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(put(&f, 0, 100000, PS_TIER_MAYBE), 0);
    PS_REQUIRE(get(&f, 0, &pinned) == 0);
    for (uint32_t n = 1; n < 400; n++) { /* far more than DRAM and device hold */
        CU_ASSERT_EQUAL(put(&f, n, 100000, PS_TIER_MAYBE), 0);
        fixture_quiesce(&f);
    }
    CU_ASSERT_TRUE(f.gone > 100);
    CU_ASSERT_EQUAL(memcmp(pinned.data, bytes_of(0, 0, 100000), 100000), 0);
    ps_tier_release(f.tier, &pinned);
    fixture_fini(&f);
}

static void without_a_path_it_is_dram_only(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    f.cfg.path = NULL;
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_TRUE(status_of(&f).dram_only);
    for (uint32_t n = 0; n < 200; n++) {
        CU_ASSERT_EQUAL(put(&f, n, 60000, PS_TIER_LIKELY), 0);
        CU_ASSERT_EQUAL(check(&f, 0, 60000), 0); /* used at every turn of the hand: stays */
        ps_tier_poll(f.tier, 0);
        ps_tier_settle(f.tier, 0);
    }
    CU_ASSERT_TRUE(f.gone > 100);
    CU_ASSERT_EQUAL(f.gone_unused, f.gone);
    CU_ASSERT_EQUAL(f.gone, status_of(&f).evicted_unused_segments);
    CU_ASSERT_EQUAL(status_of(&f).segments[PS_TIER_ACCEPTED] + f.gone, 200);
    CU_ASSERT_EQUAL(check(&f, 199, 60000), 0);
    fixture_fini(&f);
}

static void a_full_index_makes_room(void)
{
    struct fixture f;

    for (unsigned dram_only = 0; dram_only < 2; dram_only++) {
        fixture_init(&f, no_uring);
        f.cfg.index_max = 64;
        if (dram_only)
            f.cfg.path = NULL;
        PS_REQUIRE(fixture_open(&f) == 0);
        for (uint32_t n = 0; n < 500; n++) {
            if (put(&f, n, 3000, PS_TIER_MAYBE) != 0) {
                fixture_quiesce(&f);
                fixture_quiesce(&f);
                CU_ASSERT_EQUAL(put(&f, n, 3000, PS_TIER_MAYBE), 0);
            }
        }
        CU_ASSERT_EQUAL(check(&f, 499, 3000), 0);
        fixture_fini(&f);
    }
}

static void what_no_zone_holds_is_served_from_dram(void)
{
    struct fixture f;
    const struct ps_segment_key key = key_of(1);
    struct ps_tier_ref ref;

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(put(&f, 1, 256u << 10, PS_TIER_DEMANDED), 0);
    PS_REQUIRE(ps_tier_get(f.tier, &key, 0, &ref) == 0);
    CU_ASSERT_EQUAL(ref.size_bytes, 256u << 10);
    ps_tier_release(f.tier, &ref);
    CU_ASSERT_EQUAL(ps_tier_where(f.tier, &key), PS_TIER_ACCEPTED);
    fixture_fini(&f);
}

static void bad_arguments_are_refused(void)
{
    struct fixture f;
    struct ps_segment_key key = key_of(1);
    struct ps_tier_meta meta = { .class = PS_TIER_DEMANDED };

    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(ps_tier_put(f.tier, &key, &meta, "x", 0, 0), -EINVAL);
    CU_ASSERT_EQUAL(ps_tier_put(f.tier, &key, &meta, "x", PS_TIER_SEGMENT_BYTES_MAX + 1, 0),
                    -E2BIG);
    meta.class = PS_TIER_CLASS_COUNT;
    CU_ASSERT_EQUAL(ps_tier_put(f.tier, &key, &meta, "x", 1, 0), -EINVAL);
    meta.class = PS_TIER_DEMANDED;
    key.zero[1] = 1;
    CU_ASSERT_EQUAL(ps_tier_put(f.tier, &key, &meta, "x", 1, 0), -EINVAL);
    CU_ASSERT_EQUAL(status_of(&f).puts, 0);
    fixture_fini(&f);
}

static void bad_configurations_are_refused(void)
{
    struct fixture f;

    fixture_init(&f, no_uring);
    f.cfg.zone_bytes = 300000;
    CU_ASSERT_EQUAL(fixture_open(&f), -EINVAL);
    f.cfg.zone_bytes = 4u << 20; /* too few zones */
    CU_ASSERT_EQUAL(fixture_open(&f), -EINVAL);
    f.cfg.zone_bytes = 128u << 10;
    CU_ASSERT_EQUAL(fixture_open(&f), -EINVAL);
    f.cfg.zone_bytes = 256u << 10;
    f.cfg.index_max = 0;
    CU_ASSERT_EQUAL(fixture_open(&f), -EINVAL);
    f.cfg.index_max = 10;
    f.cfg.dram_bytes = 100;
    CU_ASSERT_EQUAL(fixture_open(&f), -EINVAL);
    f.cfg.dram_bytes = 1u << 20;
    f.cfg.path = "no-such-directory/tier";
    CU_ASSERT_EQUAL(fixture_open(&f), -ENOENT);
    fixture_fini(&f);
}

static void create_survives_each_failed_allocation(void)
{
    struct fixture f;
    unsigned failed_at = 0;

    fixture_init(&f, no_uring);
    f.cfg.policy = PS_TIER_S3FIFO;
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(put(&f, 1, 1000, PS_TIER_LIKELY), 0);
    fixture_close(&f);
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = fixture_open(&f);
        ps_fail_alloc_never();
        if (rc == 0 && status_of(&f).uring == !no_uring)
            break;
        if (rc == 0) { /* the ring was not to be had: the threads stand in */
            fixture_close(&f);
            continue;
        }
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(f.tier);
    }
    CU_ASSERT_TRUE(failed_at >= 12);
    CU_ASSERT_EQUAL(check(&f, 1, 1000), 0); /* none of the attempts harmed what is stored */
    fixture_fini(&f);
}

static void a_second_tier_on_the_same_file_is_refused(void)
{
    struct fixture f;
    struct ps_tier *second = NULL;

    if (no_uring)
        return; /* once is enough: it waits a second */
    fixture_init(&f, no_uring);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(ps_tier_create(&second, &f.cfg, 0), -EBUSY);
    CU_ASSERT_PTR_NULL(second);
    fixture_fini(&f);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_put_is_served_and_becomes_durable),
        PS_TEST(a_group_is_flushed_without_waiting_for_the_turn),
        PS_TEST(a_restart_finds_what_was_stored),
        PS_TEST(every_waiting_viewer_is_told_once_and_counted_once),
        PS_TEST(what_is_lent_counts_for_nobody),
        PS_TEST(many_reads_at_once_all_arrive),
        PS_TEST(a_large_segment_crosses_buffers_unharmed),
        PS_TEST(the_last_put_of_a_key_wins_even_after_a_restart),
        PS_TEST(bytes_sent_after_release_are_not_overwritten),
        PS_TEST(a_full_dram_refuses_until_something_is_durable),
        PS_TEST(pinned_segments_stay_where_they_are),
        PS_TEST(without_a_path_it_is_dram_only),
        PS_TEST(a_full_index_makes_room),
        PS_TEST(what_no_zone_holds_is_served_from_dram),
        PS_TEST(bad_arguments_are_refused),
        PS_TEST(bad_configurations_are_refused),
        PS_TEST(create_survives_each_failed_allocation),
        PS_TEST(a_second_tier_on_the_same_file_is_refused),
    };
    int rc = ps_test_run("host/tier io_uring", tests, PS_ARRAY_LEN(tests));

    no_uring = true;
    return rc != EXIT_SUCCESS ? rc : ps_test_run("host/tier pread", tests, PS_ARRAY_LEN(tests));
}

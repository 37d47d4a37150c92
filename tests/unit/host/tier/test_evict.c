/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_evict.c - what goes and what stays when the device is full. */
#include "tests/unit/host/tier/tier_fixture.h"

#define SIZE_BYTES 50000u /* four to a zone of 256 KiB, some 240 to the device */

static bool no_uring;

static void open_with(struct fixture *f, enum ps_tier_policy policy)
{
    fixture_init(f, no_uring);
    f->cfg.policy = policy;
    PS_REQUIRE(fixture_open(f) == 0);
}

static void put_range(struct fixture *f, uint32_t from, uint32_t to, enum ps_tier_class class)
{
    for (uint32_t n = from; n < to; n++) {
        CU_ASSERT_EQUAL(put(f, n, SIZE_BYTES, class), 0);
        if (n % 8 == 7)
            fixture_quiesce(f);
    }
    fixture_quiesce(f);
}

static uint32_t held(const struct fixture *f, uint32_t from, uint32_t to)
{
    uint32_t count = 0;

    for (uint32_t n = from; n < to; n++)
        count += where(f, n) != PS_TIER_ABSENT;
    return count;
}

static void unused_segments_leave_in_the_order_they_came(void)
{
    struct fixture f;

    open_with(&f, PS_TIER_CONFIDENCE);
    put_range(&f, 0, 600, PS_TIER_MAYBE);
    CU_ASSERT_EQUAL(held(&f, 0, 300), 0);
    CU_ASSERT_EQUAL(held(&f, 450, 600), 150);
    CU_ASSERT_EQUAL(f.gone, status_of(&f).evicted_segments);
    CU_ASSERT_EQUAL(f.gone, status_of(&f).evicted_unused_segments);
    CU_ASSERT_EQUAL(f.gone + held(&f, 0, 600), 600);
    CU_ASSERT_EQUAL(status_of(&f).reinserted_segments, 0);
    CU_ASSERT_TRUE(status_of(&f).nvme_used_bytes <= status_of(&f).nvme_bytes);
    /* Write amplification is next to 1: headers and indexes. */
    CU_ASSERT_TRUE(status_of(&f).written_bytes < 600ull * SIZE_BYTES * 115 / 100);
    fixture_fini(&f);
}

static void a_class_gives_way_only_when_over_its_quota(void)
{
    struct fixture f;
    static const double share[PS_TIER_CLASS_COUNT] = { 0.5, 0.25, 0.25 };

    open_with(&f, PS_TIER_CONFIDENCE);
    ps_tier_set_quota(f.tier, share);
    put_range(&f, 0, 100, PS_TIER_DEMANDED);
    put_range(&f, 1000, 1600, PS_TIER_MAYBE);
    CU_ASSERT_EQUAL(held(&f, 0, 100), 100);
    put_range(&f, 2000, 2600, PS_TIER_LIKELY);
    CU_ASSERT_EQUAL(held(&f, 0, 100), 100);
    CU_ASSERT_TRUE(held(&f, 1000, 1600) >= 40); /* a quarter is some 60 */
    CU_ASSERT_EQUAL(status_of(&f).class_quota_bytes[PS_TIER_DEMANDED],
                    status_of(&f).nvme_bytes / 2);
    CU_ASSERT_EQUAL(status_of(&f).class_bytes[PS_TIER_DEMANDED], 100 * SIZE_BYTES);
    fixture_fini(&f);
}

static void a_moved_quota_moves_what_is_kept(void)
{
    struct fixture f;
    static const double before[PS_TIER_CLASS_COUNT] = { 0.2, 0.6, 0.2 };
    static const double after[PS_TIER_CLASS_COUNT] = { 0.2, 0.2, 0.6 };

    open_with(&f, PS_TIER_CONFIDENCE);
    ps_tier_set_quota(f.tier, before);
    put_range(&f, 0, 200, PS_TIER_LIKELY);
    put_range(&f, 1000, 1300, PS_TIER_MAYBE);
    const uint32_t likely_before = held(&f, 0, 200);
    CU_ASSERT_TRUE(likely_before > 120);
    ps_tier_set_quota(f.tier, after);
    put_range(&f, 2000, 2300, PS_TIER_MAYBE);
    CU_ASSERT_TRUE(held(&f, 0, 200) < 80);
    CU_ASSERT_TRUE(held(&f, 2000, 2300) > 120);
    fixture_fini(&f);
}

static void used_and_pinned_segments_are_written_again(void)
{
    struct fixture f;
    struct ps_tier_ref pinned;

    open_with(&f, PS_TIER_CONFIDENCE);
    put_range(&f, 0, 20, PS_TIER_MAYBE);
    for (uint32_t n = 0; n < 10; n++)
        for (unsigned i = 0; i < 4; i++)
            CU_ASSERT_EQUAL(check(&f, n, SIZE_BYTES), 0);
    PS_REQUIRE(get(&f, 15, &pinned) == 0);
    put_range(&f, 100, 400, PS_TIER_MAYBE); /* once round */
    CU_ASSERT_EQUAL(held(&f, 0, 10), 10);
    CU_ASSERT_EQUAL(held(&f, 10, 20), 1);
    CU_ASSERT_TRUE(status_of(&f).reinserted_segments >= 11);
    CU_ASSERT_EQUAL(memcmp(pinned.data, bytes_of(15, 0, SIZE_BYTES), SIZE_BYTES), 0);
    ps_tier_release(f.tier, &pinned);
    for (uint32_t n = 0; n < 10; n++)
        CU_ASSERT_EQUAL(check(&f, n, SIZE_BYTES), 0);
    put_range(&f, 400, 2200, PS_TIER_MAYBE); /* their uses are used up */
    CU_ASSERT_EQUAL(held(&f, 0, 20), 0);
    fixture_fini(&f);
}

static void what_was_written_again_survives_a_restart(void)
{
    struct fixture f;

    open_with(&f, PS_TIER_CONFIDENCE);
    put_range(&f, 0, 20, PS_TIER_MAYBE);
    for (uint32_t n = 0; n < 20; n++)
        CU_ASSERT_EQUAL(check(&f, n, SIZE_BYTES), 0);
    put_range(&f, 100, 400, PS_TIER_MAYBE);
    const uint32_t before = held(&f, 0, 400);
    CU_ASSERT_EQUAL(held(&f, 0, 20), 20);
    fixture_close(&f);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(held(&f, 0, 400), before);
    for (uint32_t n = 0; n < 400; n++)
        CU_ASSERT_EQUAL(check(&f, n, SIZE_BYTES), where(&f, n) == PS_TIER_ABSENT ? -ENOENT : 0);
    fixture_fini(&f);
}

static void a_raised_segment_moves_to_its_better_class(void)
{
    struct fixture f;
    const struct ps_segment_key key = key_of(5);
    const struct ps_tier_meta demanded = { .class = PS_TIER_DEMANDED, .confidence = 1 };
    const struct ps_tier_meta maybe = { .class = PS_TIER_MAYBE, .confidence = 0.1 };

    open_with(&f, PS_TIER_CONFIDENCE);
    put_range(&f, 0, 20, PS_TIER_MAYBE);
    ps_tier_reclass(f.tier, &key, &demanded);
    CU_ASSERT_EQUAL(status_of(&f).class_bytes[PS_TIER_DEMANDED], SIZE_BYTES);
    ps_tier_reclass(f.tier, &key, &maybe); /* never down again */
    CU_ASSERT_EQUAL(status_of(&f).class_bytes[PS_TIER_DEMANDED], SIZE_BYTES);
    put_range(&f, 100, 1500, PS_TIER_MAYBE);
    CU_ASSERT_EQUAL(held(&f, 0, 20), 1);
    CU_ASSERT_EQUAL(check(&f, 5, SIZE_BYTES), 0);
    /* Raised before it has a place, it is written with its new class at once. */
    const struct ps_segment_key young = key_of(3000);
    CU_ASSERT_EQUAL(put(&f, 3000, SIZE_BYTES, PS_TIER_MAYBE), 0);
    ps_tier_reclass(f.tier, &young, &demanded);
    fixture_quiesce(&f);
    CU_ASSERT_EQUAL(status_of(&f).class_bytes[PS_TIER_DEMANDED], 2 * SIZE_BYTES);
    fixture_fini(&f);
}

/* A get, and a put on a miss, as a reactive cache does. True for a hit. */
static bool request(struct fixture *f, uint32_t n)
{
    struct ps_tier_ref ref;
    const bool hit = get(f, n, &ref) == 0;

    if (!hit) {
        PS_REQUIRE(put(f, n, SIZE_BYTES, PS_TIER_DEMANDED) == 0);
        PS_REQUIRE(get(f, n, &ref) == 0); /* the one who asked is served too */
    }
    ps_tier_release(f->tier, &ref);
    ps_tier_poll(f->tier, 0);
    if (n % 4 == 0)
        fixture_quiesce(f);
    return hit;
}

static void a_scan_does_not_flush_the_hot_set_from_s3fifo(void)
{
    struct fixture f;

    open_with(&f, PS_TIER_S3FIFO);
    for (unsigned round = 0; round < 4; round++)
        for (uint32_t n = 0; n < 60; n++)
            request(&f, n);
    for (uint32_t n = 0; n < 1000; n++) { /* four times the device, each once */
        request(&f, 1000 + n);
        if (n % 10 == 0)
            for (uint32_t hot = n % 60; hot < n % 60 + 3; hot++)
                request(&f, hot % 60);
    }
    /* LRU or FIFO of this size would have kept only what came in the last 240 requests. */
    CU_ASSERT_TRUE(held(&f, 0, 60) >= 55);
    CU_ASSERT_TRUE(held(&f, 1000, 2000) < 240);
    fixture_fini(&f);
}

static void a_ghost_that_comes_back_goes_to_main(void)
{
    struct fixture f;
    const uint32_t before_zones = 2;

    open_with(&f, PS_TIER_S3FIFO);
    for (unsigned round = 0; round < 4; round++)
        for (uint32_t n = 0; n < 200; n++)
            request(&f, n);                      /* fills main */
    put_range(&f, 1000, 1100, PS_TIER_DEMANDED); /* through small, unused: ghosts */
    CU_ASSERT_EQUAL(where(&f, 1000), PS_TIER_ABSENT);
    CU_ASSERT_EQUAL(put(&f, 1000, SIZE_BYTES, PS_TIER_DEMANDED), 0);
    CU_ASSERT_EQUAL(put(&f, 5000, SIZE_BYTES, PS_TIER_DEMANDED), 0); /* never seen */
    fixture_quiesce(&f);
    put_range(&f, 2000, 2000 + 4 * (6 + before_zones + 2), PS_TIER_DEMANDED);
    CU_ASSERT_EQUAL(where(&f, 1000), PS_TIER_DURABLE);
    CU_ASSERT_EQUAL(where(&f, 5000), PS_TIER_ABSENT);
    fixture_fini(&f);
}

/* Keys of a Zipf law (exponent 0.9 over 1000), seeded; every third request is a key seen once. */
static uint32_t zipf_key(uint64_t *state, const double *cumulative, uint32_t count)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    const double u = (double)(*state >> 11) / (double)(1ull << 53) * cumulative[count - 1];
    uint32_t low = 0, high = count - 1;

    while (low < high) {
        const uint32_t mid = (low + high) / 2;

        if (cumulative[mid] < u)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* The plain FIFO of as many segments, as a yardstick. */
struct fifo {
    uint32_t keys[256];
    uint32_t size, count, next;
};

static bool fifo_request(struct fifo *fifo, uint32_t key)
{
    for (uint32_t i = 0; i < fifo->count; i++)
        if (fifo->keys[i] == key)
            return true;
    fifo->keys[fifo->next] = key;
    fifo->next = (fifo->next + 1) % fifo->size;
    fifo->count += fifo->count < fifo->size;
    return false;
}

static void s3fifo_hits_more_than_a_fifo_of_all_the_space(void)
{
    enum { KEYS = 1000, REQUESTS = 6000 };
    static double cumulative[KEYS];
    struct fixture f;
    struct fifo fifo = { .size = 256 }; /* 64 zones of 4, more than the tier ever has in use */
    uint64_t state = 42;
    unsigned hits = 0, fifo_hits = 0;

    for (unsigned i = 0; i < KEYS; i++)
        cumulative[i] = (i > 0 ? cumulative[i - 1] : 0) + 1.0 / (double)(i + 1);
    open_with(&f, PS_TIER_S3FIFO);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        const uint32_t key = i % 3 == 2 ? 100000 + i : zipf_key(&state, cumulative, KEYS);

        hits += request(&f, key);
        fifo_hits += fifo_request(&fifo, key);
    }
    printf("s3fifo_hits=%u fifo_hits=%u of=%u ", hits, fifo_hits, REQUESTS);
    CU_ASSERT_TRUE(hits > fifo_hits + REQUESTS / 50);
    CU_ASSERT_TRUE(hits > REQUESTS / 3);
    fixture_fini(&f);
}

static void churn_in_few_zones_never_stalls(void)
{
    struct fixture f;
    uint32_t served;

    for (unsigned policy = PS_TIER_CONFIDENCE; policy <= PS_TIER_S3FIFO; policy++) {
        fixture_init(&f, no_uring);
        f.cfg.policy = (enum ps_tier_policy)policy;
        f.cfg.nvme_bytes = 8 * (256u << 10) + 2 * PS_TIER_END_BYTES; /* as few as may be */
        f.cfg.dram_bytes = 1u << 20;
        PS_REQUIRE(fixture_open(&f) == 0);
        served = 0;
        for (uint32_t n = 0; n < 400; n++) {
            CU_ASSERT_EQUAL(put(&f, n, SIZE_BYTES + n, (enum ps_tier_class)(n % 3)), 0);
            fixture_quiesce(&f);
            /* Where all is hot and queues are a zone long, even the newest may have to go. */
            for (unsigned i = 0; i < 4; i++) {
                const int rc = check(&f, n, SIZE_BYTES + n);

                CU_ASSERT_TRUE(rc == 0 || rc == -ENOENT);
                served += rc == 0;
            }
            if (n % 50 == 49) {
                fixture_close(&f);
                PS_REQUIRE(fixture_open(&f) == 0);
            }
        }
        CU_ASSERT_TRUE(held(&f, 0, 400) >= 4);
        CU_ASSERT_TRUE(served > 4 * 400 * 3 / 4);
        fixture_fini(&f);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(unused_segments_leave_in_the_order_they_came),
        PS_TEST(a_class_gives_way_only_when_over_its_quota),
        PS_TEST(a_moved_quota_moves_what_is_kept),
        PS_TEST(used_and_pinned_segments_are_written_again),
        PS_TEST(what_was_written_again_survives_a_restart),
        PS_TEST(a_raised_segment_moves_to_its_better_class),
        PS_TEST(a_scan_does_not_flush_the_hot_set_from_s3fifo),
        PS_TEST(a_ghost_that_comes_back_goes_to_main),
        PS_TEST(s3fifo_hits_more_than_a_fifo_of_all_the_space),
        PS_TEST(churn_in_few_zones_never_stalls),
    };
    int rc = ps_test_run("host/tier/evict io_uring", tests, PS_ARRAY_LEN(tests));

    no_uring = true;
    return rc != EXIT_SUCCESS ? rc
                              : ps_test_run("host/tier/evict pread", tests, PS_ARRAY_LEN(tests));
}

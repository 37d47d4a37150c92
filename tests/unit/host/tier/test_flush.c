/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_flush.c - a device that fails: nothing is lost, nothing is claimed. */
#include <sys/eventfd.h>

#include "tests/unit/host/tier/tier_fixture.h"

/* A store that performs at once and fails as told. */
struct faulty {
    struct ps_tier_store store; /* first */
    int fd;
    struct ps_tier_op *done[PS_TIER_OPS_MAX];
    uint32_t put, taken;
};

static struct {
    unsigned writes_before;  /* this many succeed, ... */
    unsigned writes_failing; /* ... then this many fail */
    unsigned flushes_failing;
    int64_t result; /* what a failing operation returns */
    bool reads_fail;
} fault;

static bool fails_now(const struct ps_tier_op *op)
{
    if (op->kind == PS_TIER_OP_READ)
        return fault.reads_fail;
    if (op->kind == PS_TIER_OP_FLUSH)
        return fault.flushes_failing > 0 && fault.flushes_failing-- > 0;
    if (fault.writes_before > 0) {
        fault.writes_before--;
        return false;
    }
    return fault.writes_failing > 0 && fault.writes_failing-- > 0;
}

static void faulty_submit(struct ps_tier_store *store, struct ps_tier_op *op)
{
    struct faulty *faulty = (struct faulty *)store;

    if (fails_now(op))
        op->result = fault.result;
    else if (op->kind == PS_TIER_OP_READ)
        op->result = pread(faulty->fd, op->data, op->size_bytes, (off_t)op->offset);
    else if (op->kind == PS_TIER_OP_WRITE)
        op->result = pwrite(faulty->fd, op->data, op->size_bytes, (off_t)op->offset);
    else
        op->result = 0;
    faulty->done[faulty->put++ % PS_TIER_OPS_MAX] = op;
    eventfd_write(store->event_fd, 1);
}

static void faulty_kick(struct ps_tier_store *store)
{
    (void)store;
}

static struct ps_tier_op *faulty_reap(struct ps_tier_store *store)
{
    struct faulty *faulty = (struct faulty *)store;

    return faulty->taken == faulty->put ? NULL : faulty->done[faulty->taken++ % PS_TIER_OPS_MAX];
}

static void faulty_destroy(struct ps_tier_store *store)
{
    close(store->event_fd);
    free(store);
}

static int faulty_make(struct ps_tier_store **ret_store, const struct ps_tier_store_config *cfg,
                       void *arg)
{
    static const struct ps_tier_store_calls calls = { faulty_submit, faulty_kick, faulty_reap,
                                                      faulty_destroy };
    struct faulty *faulty = ps_zalloc(1, sizeof(*faulty));

    (void)arg;
    if (faulty == NULL)
        return -ENOMEM;
    faulty->store.calls = &calls;
    faulty->store.event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    faulty->fd = cfg->fd;
    *ret_store = &faulty->store;
    return 0;
}

static void open_faulty(struct fixture *f)
{
    memset(&fault, 0, sizeof(fault));
    fault.result = -EIO;
    fixture_init(f, false);
    PS_REQUIRE(ps_tier_create_over(&f->tier, &f->cfg, faulty_make, NULL) == 0);
}

/* 30 segments, then a restart on the real store: all there and right? */
static void all_survive(struct fixture *f)
{
    fixture_quiesce(f);
    for (uint32_t n = 0; n < 30; n++) {
        CU_ASSERT_EQUAL(where(f, n), PS_TIER_DURABLE);
        CU_ASSERT_EQUAL(check(f, n, 40000), 0);
    }
    CU_ASSERT_FALSE(status_of(f).dram_only);
    fixture_close(f);
    PS_REQUIRE(fixture_open(f) == 0);
    for (uint32_t n = 0; n < 30; n++)
        CU_ASSERT_EQUAL(check(f, n, 40000), 0);
    CU_ASSERT_EQUAL(status_of(f).recovered_segments, 30);
    fixture_fini(f);
}

static void a_failed_write_is_done_again_elsewhere(void)
{
    static const int64_t results[] = { -EIO, -ENOSPC, 0, 4096 }; /* a short write is a failure */
    struct fixture f;

    for (unsigned i = 0; i < PS_ARRAY_LEN(results); i++) {
        open_faulty(&f);
        fault.result = results[i];
        fault.writes_before = 3;
        fault.writes_failing = 2;
        for (uint32_t n = 0; n < 30; n++)
            CU_ASSERT_EQUAL(put(&f, n, 40000, PS_TIER_LIKELY), 0);
        fixture_quiesce(&f);
        CU_ASSERT_EQUAL(status_of(&f).io_errors, 2);
        all_survive(&f);
    }
}

static void nothing_is_durable_on_the_word_of_a_failed_flush(void)
{
    struct fixture f;

    open_faulty(&f);
    fault.flushes_failing = 1;
    for (uint32_t n = 0; n < 30; n++)
        CU_ASSERT_EQUAL(put(&f, n, 40000, PS_TIER_LIKELY), 0);
    for (unsigned i = 0; i < 20 && status_of(&f).io_errors == 0; i++)
        ps_tier_settle(f.tier, 0);
    CU_ASSERT_EQUAL(status_of(&f).io_errors, 1);
    CU_ASSERT_EQUAL(status_of(&f).segments[PS_TIER_DURABLE], 0);
    CU_ASSERT_EQUAL(status_of(&f).flushes, 0);
    const uint64_t written = status_of(&f).written_bytes;
    all_survive(&f);
    CU_ASSERT_TRUE(written >= 30 * 40000);
}

static void a_dead_device_leaves_dram_serving(void)
{
    struct fixture f;

    for (unsigned kind = 0; kind < 2; kind++) {
        open_faulty(&f);
        for (uint32_t n = 0; n < 30; n++)
            CU_ASSERT_EQUAL(put(&f, n, 40000, PS_TIER_LIKELY), 0);
        fixture_quiesce(&f);
        CU_ASSERT_FALSE(status_of(&f).dram_only);
        fault.writes_failing = kind == 0 ? UINT32_MAX : 0;
        fault.flushes_failing = kind == 1 ? UINT32_MAX : 0;
        for (uint32_t n = 30; n < 400; n++) {
            CU_ASSERT_EQUAL(put(&f, n, 40000, PS_TIER_LIKELY), 0);
            fixture_quiesce(&f);
            CU_ASSERT_EQUAL(check(&f, n, 40000), 0);
        }
        CU_ASSERT_TRUE(status_of(&f).dram_only);
        CU_ASSERT_TRUE(status_of(&f).io_errors >= PS_TIER_FAILURES_MAX);
        CU_ASSERT_TRUE(f.gone > 200);            /* DRAM is all there is now */
        CU_ASSERT_EQUAL(check(&f, 7, 40000), 0); /* what was durable is still read */
        fixture_close(&f);
        PS_REQUIRE(fixture_open(&f) == 0);
        for (uint32_t n = 0; n < 30; n++)
            CU_ASSERT_EQUAL(check(&f, n, 40000), 0);
        fixture_fini(&f);
    }
}

static void an_unreadable_segment_is_gone_and_its_viewer_told(void)
{
    struct fixture f;
    struct ps_tier_ref ref;

    fixture_init(&f, false);
    PS_REQUIRE(fixture_open(&f) == 0);
    CU_ASSERT_EQUAL(put(&f, 1, 40000, PS_TIER_LIKELY), 0);
    fixture_close(&f);
    PS_REQUIRE(ps_tier_create_over(&f.tier, &f.cfg, faulty_make, NULL) == 0);
    fault.reads_fail = true;
    CU_ASSERT_EQUAL(get(&f, 1, &ref), -ENOENT);
    CU_ASSERT_EQUAL(f.loaded, 1);
    CU_ASSERT_EQUAL(f.loaded_status, -EIO);
    CU_ASSERT_EQUAL(f.gone, 1);
    CU_ASSERT_EQUAL(f.gone_prediction, 1001);
    CU_ASSERT_EQUAL(status_of(&f).io_errors, 1);
    CU_ASSERT_EQUAL(status_of(&f).hits_nvme, 0);
    fixture_fini(&f);
}

/* Fail the 1st, 2nd, ... write alone, under eviction too: every state has seen a failure. */
static void a_failure_at_any_moment_loses_nothing(void)
{
    struct fixture f;

    for (unsigned at = 0; at < 60; at++) {
        open_faulty(&f);
        f.cfg.dram_bytes = 2u << 20;
        fault.writes_before = at;
        fault.writes_failing = 1 + at % 2;
        fault.flushes_failing = at % 3 == 0;
        for (uint32_t n = 0; n < 300; n++) {
            CU_ASSERT_EQUAL(put(&f, n, 50000 + n, (enum ps_tier_class)(n % 3)), 0);
            if (n % 4 == 0)
                fixture_quiesce(&f);
            if (n % 5 == 0)
                CU_ASSERT_EQUAL(check(&f, n, 50000 + n), 0);
        }
        fixture_quiesce(&f);
        const struct ps_tier_status status = status_of(&f);
        CU_ASSERT_EQUAL(status.segments[PS_TIER_DURABLE] + f.gone, 300);
        for (uint32_t n = 0; n < 300; n++) {
            const int rc = check(&f, n, 50000 + n);

            CU_ASSERT_TRUE(rc == 0 || rc == -ENOENT);
        }
        fixture_fini(&f);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_failed_write_is_done_again_elsewhere),
        PS_TEST(nothing_is_durable_on_the_word_of_a_failed_flush),
        PS_TEST(a_dead_device_leaves_dram_serving),
        PS_TEST(an_unreadable_segment_is_gone_and_its_viewer_told),
        PS_TEST(a_failure_at_any_moment_loses_nothing),
    };

    return ps_test_run("host/tier/flush", tests, PS_ARRAY_LEN(tests));
}

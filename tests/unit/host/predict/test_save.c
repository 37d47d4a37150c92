/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_save.c - a restart changes no answer, and damage is refused. */
#include <errno.h>
#include <string.h>

#include "tests/unit/host/predict/audience.h"

struct saved {
    unsigned char *bytes;
    size_t size;
    uint64_t now_ns;
    struct ps_predict *from;
};

static struct saved save_after_an_hour(void)
{
    struct saved saved = { .from = new_predict(64, 64) };
    void *data = NULL;

    for (uint64_t media = 100; media < 104; media++)
        ps_predict_know(saved.from, &(struct ps_resource){ media, 1 }, START_NS);
    saved.now_ns = audience_watches(saved.from, 5, false, START_NS, 60);
    PS_REQUIRE(ps_predict_save(saved.from, &data, &saved.size) == 0);
    saved.bytes = data;
    return saved;
}

static void drop(struct saved *saved)
{
    free(saved->bytes);
    ps_predict_destroy(saved->from);
}

static void expect_same_answers(struct ps_predict *a, struct ps_predict *b, uint64_t now_ns)
{
    static struct answers x, y;

    rank(a, now_ns, &x);
    rank(b, now_ns, &y);
    CU_ASSERT_EQUAL(x.list.count, y.list.count);
    CU_ASSERT_TRUE(x.list.count > 0);
    for (uint32_t i = 0; i < x.list.count && i < y.list.count; i++) {
        CU_ASSERT_EQUAL(x.items[i].id, y.items[i].id);
        CU_ASSERT_EQUAL(x.items[i].resource.media_key, y.items[i].resource.media_key);
        CU_ASSERT_EQUAL(x.items[i].reason, y.items[i].reason);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            CU_ASSERT_EQUAL(x.items[i].expected[h], y.items[i].expected[h]);
            CU_ASSERT_EQUAL(x.items[i].confidence[h], y.items[i].confidence[h]);
        }
    }
}

static void a_restart_changes_no_answer_now_or_later(void)
{
    struct saved saved = save_after_an_hour();
    struct ps_predict *loaded = new_predict(64, 64);

    want(loaded, 77, 7, 3, START_NS); /* to be replaced */
    CU_ASSERT_EQUAL(ps_predict_load(loaded, saved.bytes, saved.size), 0);
    expect_same_answers(saved.from, loaded, saved.now_ns);
    audience_watches(saved.from, 6, false, saved.now_ns, 45);
    audience_watches(loaded, 6, false, saved.now_ns, 45);
    expect_same_answers(saved.from, loaded, saved.now_ns + 46 * MINUTE_NS);
    ps_predict_destroy(loaded);
    drop(&saved);
}

static void a_fresh_load_may_learn_at_the_very_moment_of_the_save(void)
{
    struct saved saved = save_after_an_hour();
    struct ps_predict *loaded = new_predict(64, 64);

    CU_ASSERT_EQUAL(ps_predict_load(loaded, saved.bytes, saved.size), 0);
    want(saved.from, 3, 1, 1, saved.now_ns - PS_NS_PER_SEC);
    want(loaded, 3, 1, 1, saved.now_ns - PS_NS_PER_SEC);
    expect_same_answers(saved.from, loaded, saved.now_ns);
    ps_predict_destroy(loaded);
    drop(&saved);
}

static void any_damaged_byte_is_refused(void)
{
    struct saved saved = save_after_an_hour();
    struct ps_predict *into = new_predict(64, 64);
    struct ps_predict_status status;

    for (size_t at = 0; at < saved.size; at += at < 64 ? 1 : saved.size / 300) {
        saved.bytes[at] ^= 0x10;
        CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, saved.size), -EINVAL);
        saved.bytes[at] ^= 0x10;
    }
    ps_predict_status(into, &status);
    CU_ASSERT_EQUAL(status.resources, 0);
    ps_predict_destroy(into);
    drop(&saved);
}

static void other_lengths_are_refused(void)
{
    struct saved saved = save_after_an_hour();
    struct ps_predict *into = new_predict(64, 64);

    for (size_t size = 0; size < saved.size; size += size < 64 ? 1 : saved.size / 50)
        CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, size), -EINVAL);
    ps_predict_destroy(into);
    drop(&saved);
}

static void bytes_may_lie_anywhere(void)
{
    struct saved saved = save_after_an_hour();
    struct ps_predict *into = new_predict(64, 64);
    unsigned char *odd = ps_zalloc(1, saved.size + 1);

    PS_REQUIRE(odd != NULL);
    memcpy(odd + 1, saved.bytes, saved.size);
    CU_ASSERT_EQUAL(ps_predict_load(into, odd + 1, saved.size), 0);
    free(odd);
    ps_predict_destroy(into);
    drop(&saved);
}

static void a_smaller_predictor_keeps_the_most_recently_wanted(void)
{
    struct saved saved = save_after_an_hour();
    struct ps_predict *small = new_predict(4, 3);
    struct ps_predict_status status;
    static struct answers before, after;

    CU_ASSERT_EQUAL(ps_predict_load(small, saved.bytes, saved.size), 0);
    ps_predict_status(small, &status);
    CU_ASSERT_TRUE(status.resources > 0 && status.resources <= 4);
    CU_ASSERT_TRUE(status.media <= 3);
    rank(saved.from, saved.now_ns, &before);
    rank(small, saved.now_ns, &after);
    for (uint32_t i = 0; i < after.list.count; i++)
        CU_ASSERT_PTR_NOT_NULL(
            find(&before, after.items[i].resource.media_key, after.items[i].resource.profile_key));
    audience_watches(small, 6, false, saved.now_ns, 20);
    ps_predict_destroy(small);
    drop(&saved);
}

static void each_failed_allocation_leaves_the_predictor_as_it_was(void)
{
    struct saved saved = save_after_an_hour();
    struct ps_predict *into = new_predict(64, 64);
    struct ps_predict_status status;
    void *data = NULL;
    size_t size;
    unsigned failed_at = 0;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_predict_save(saved.from, &data, &size), -ENOMEM);
    CU_ASSERT_PTR_NULL(data);
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_predict_load(into, saved.bytes, saved.size);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        ps_predict_status(into, &status);
        CU_ASSERT_EQUAL(status.resources, 0);
    }
    CU_ASSERT_EQUAL(failed_at, 8); /* a copy, and a whole new predictor */
    ps_predict_destroy(into);
    drop(&saved);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_restart_changes_no_answer_now_or_later),
        PS_TEST(a_fresh_load_may_learn_at_the_very_moment_of_the_save),
        PS_TEST(any_damaged_byte_is_refused),
        PS_TEST(other_lengths_are_refused),
        PS_TEST(bytes_may_lie_anywhere),
        PS_TEST(a_smaller_predictor_keeps_the_most_recently_wanted),
        PS_TEST(each_failed_allocation_leaves_the_predictor_as_it_was),
    };

    return ps_test_run("host/predict/save", tests, PS_ARRAY_LEN(tests));
}

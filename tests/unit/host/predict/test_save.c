/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_save.c - a restart changes no answer, and damage is refused. */
#include <errno.h>
#include <string.h>

#include "tests/unit/host/predict/audience.h"

struct saved {
    unsigned char *bytes;
    size_t size;
};

static struct saved save(const struct ps_predict *predict)
{
    struct saved saved;
    void *data = NULL;

    PS_REQUIRE(ps_predict_save(predict, &data, &saved.size) == 0);
    saved.bytes = data;
    return saved;
}

/* The one that all tests save from: an hour of watching, a look that pends, news nobody wanted. */
static struct ps_predict *after_an_hour(uint64_t *ret_now_ns)
{
    struct ps_predict *predict = new_predict(64, 64);
    struct ps_forward_look look = { .source_key = 5, .resource = { 3, 1 }, .probability = 0.9f };

    for (uint64_t media = 100; media < 104; media++)
        ps_predict_know(predict, &(struct ps_resource){ media, 1 }, START_NS);
    *ret_now_ns = audience_watches(predict, 5, false, START_NS, 60);
    ps_predict_describe(predict, 100, &(struct ps_media_facts){ .sequel_of = 1, .category = 3 });
    for (uint64_t peer = 1; peer <= 8; peer++) {
        want_by(predict, peer, 1, 1, *ret_now_ns);
        want_by(predict, peer, 2, 1, *ret_now_ns + 30 * PS_NS_PER_SEC);
        *ret_now_ns += MINUTE_NS;
    }
    look.due_ns = *ret_now_ns + 10 * MINUTE_NS;
    CU_ASSERT_EQUAL(ps_predict_look(predict, &look, *ret_now_ns), 0);
    return predict;
}

static void expect_same_answers(struct ps_predict *a, struct ps_predict *b, uint64_t now_ns)
{
    static struct answers x, y;

    rank(a, now_ns, &x);
    rank(b, now_ns, &y);
    PS_REQUIRE(x.list.count == y.list.count && x.list.count > 0);
    for (uint32_t i = 0; i < x.list.count; i++) {
        CU_ASSERT_EQUAL(x.items[i].id, y.items[i].id);
        CU_ASSERT_EQUAL(x.items[i].resource.media_key, y.items[i].resource.media_key);
        CU_ASSERT_EQUAL(x.items[i].resource.profile_key, y.items[i].resource.profile_key);
        CU_ASSERT_EQUAL(x.items[i].reason, y.items[i].reason);
        for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
            CU_ASSERT_EQUAL(x.items[i].expected[h], y.items[i].expected[h]);
            CU_ASSERT_EQUAL(x.items[i].confidence[h], y.items[i].confidence[h]);
        }
    }
}

static void a_restart_changes_no_answer_now_or_later(void)
{
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *loaded = new_predict(64, 64);
    const struct saved saved = save(from);
    struct ps_predict_status before, after;

    want(loaded, 77, 7, 3, START_NS); /* to be replaced */
    CU_ASSERT_EQUAL(ps_predict_load(loaded, saved.bytes, saved.size), 0);
    ps_predict_status(from, &before);
    ps_predict_status(loaded, &after);
    CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof(before)), 0);
    CU_ASSERT_EQUAL(after.looks_pending, 1);
    expect_same_answers(from, loaded, now_ns);
    audience_watches(from, 6, false, now_ns, 45);
    audience_watches(loaded, 6, false, now_ns, 45);
    expect_same_answers(from, loaded, now_ns + 46 * MINUTE_NS);
    ps_predict_destroy(loaded);
    ps_predict_destroy(from);
    free(saved.bytes);
}

static void a_loaded_model_is_saved_as_the_same_bytes(void)
{
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *loaded = new_predict(64, 64);
    const struct saved saved = save(from);

    CU_ASSERT_EQUAL(ps_predict_load(loaded, saved.bytes, saved.size), 0);
    const struct saved again = save(loaded);
    PS_REQUIRE(again.size == saved.size);
    CU_ASSERT_EQUAL(memcmp(again.bytes, saved.bytes, saved.size), 0);
    free(again.bytes);
    free(saved.bytes);
    ps_predict_destroy(loaded);
    ps_predict_destroy(from);
}

static void damage_and_other_lengths_are_refused_and_change_nothing(void)
{
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *into = new_predict(64, 64);
    const struct saved saved = save(from);

    audience_watches(into, 9, false, START_NS, 20);
    const struct saved before = save(into);
    for (size_t at = 0; at < saved.size; at += at < 32 ? 1 : 1 + saved.size / 40) {
        saved.bytes[at] ^= 0x10;
        CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, saved.size), -EINVAL);
        saved.bytes[at] ^= 0x10;
    }
    for (size_t size = 0; size < saved.size; size += 1 + saved.size / 20)
        CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, size), -EINVAL);
    const struct saved after = save(into);
    PS_REQUIRE(after.size == before.size);
    CU_ASSERT_EQUAL(memcmp(after.bytes, before.bytes, before.size), 0);
    free(before.bytes);
    free(after.bytes);
    free(saved.bytes);
    ps_predict_destroy(into);
    ps_predict_destroy(from);
}

static void bytes_may_lie_anywhere(void)
{
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *into = new_predict(64, 64);
    const struct saved saved = save(from);
    unsigned char *odd = ps_zalloc(1, saved.size + 1);

    PS_REQUIRE(odd != NULL);
    memcpy(odd + 1, saved.bytes, saved.size);
    CU_ASSERT_EQUAL(ps_predict_load(into, odd + 1, saved.size), 0);
    expect_same_answers(from, into, now_ns);
    free(odd);
    free(saved.bytes);
    ps_predict_destroy(into);
    ps_predict_destroy(from);
}

/* Its places differ, but what was counted does not. */
static void a_larger_predictor_takes_everything_over(void)
{
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *large = new_predict(500, 300);
    const struct saved saved = save(from);
    struct ps_predict_status before, after;

    CU_ASSERT_EQUAL(ps_predict_load(large, saved.bytes, saved.size), 0);
    ps_predict_status(from, &before);
    ps_predict_status(large, &after);
    CU_ASSERT_EQUAL(after.resources, before.resources);
    CU_ASSERT_EQUAL(after.media, before.media);
    CU_ASSERT_EQUAL(after.starts, before.starts);
    for (uint32_t i = 0; i < AUDIENCE_RESOURCES / 2; i++) {
        const struct ps_prediction x = estimate(from, 1 + i / 2, 1 + i % 2, now_ns);
        const struct ps_prediction y = estimate(large, 1 + i / 2, 1 + i % 2, now_ns);

        CU_ASSERT_EQUAL(x.expected[PS_HORIZON_15MIN], y.expected[PS_HORIZON_15MIN]);
        CU_ASSERT_EQUAL(x.reason, y.reason);
    }
    audience_watches(large, 6, false, now_ns, 20);
    free(saved.bytes);
    ps_predict_destroy(large);
    ps_predict_destroy(from);
}

static void a_smaller_predictor_keeps_the_most_wanted(void)
{
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *small = new_predict(40, 12);
    const struct saved saved = save(from);
    struct ps_predict_status status;
    static struct answers before, after;

    CU_ASSERT_EQUAL(ps_predict_load(small, saved.bytes, saved.size), 0);
    ps_predict_status(small, &status);
    CU_ASSERT_EQUAL(status.media, 12);
    rank(from, now_ns, &before);
    rank(small, now_ns, &after);
    PS_REQUIRE(after.list.count == 24); /* each in both profiles */
    for (uint32_t i = 0; i < after.list.count; i++)
        CU_ASSERT_PTR_NOT_NULL(
            find(&before, after.items[i].resource.media_key, after.items[i].resource.profile_key));
    CU_ASSERT_PTR_NOT_NULL(find(&after, 1, 1));
    CU_ASSERT_PTR_NOT_NULL(find(&after, 2, 1));
    audience_watches(small, 6, false, now_ns, 20);
    free(saved.bytes);
    ps_predict_destroy(small);
    ps_predict_destroy(from);
}

static void room_for_other_peers_is_taken_anew(void)
{
    const struct ps_predict_config cfg = { .resources_max = 64, .media_max = 64, .peers_max = 8 };
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *into = NULL;
    const struct saved saved = save(from);

    PS_REQUIRE(ps_predict_create(&into, &cfg) == 0);
    CU_ASSERT_EQUAL(ps_predict_load(into, saved.bytes, saved.size), 0);
    CU_ASSERT_TRUE(estimate(into, 1, 1, now_ns).expected[PS_HORIZON_15MIN] > 1.0);
    audience_watches(into, 6, false, now_ns, 20);
    free(saved.bytes);
    ps_predict_destroy(into);
    ps_predict_destroy(from);
}

static void each_failed_allocation_leaves_the_predictor_as_it_was(void)
{
    uint64_t now_ns;
    struct ps_predict *from = after_an_hour(&now_ns), *into = new_predict(64, 64);
    const struct saved saved = save(from);
    struct ps_predict_status status;
    void *data = NULL;
    size_t size;
    unsigned failed_at = 0;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_predict_save(from, &data, &size), -ENOMEM);
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
        CU_ASSERT_EQUAL(status.starts, 0);
    }
    CU_ASSERT_TRUE(failed_at >= 8); /* a copy, and a whole new predictor */
    expect_same_answers(from, into, now_ns);
    free(saved.bytes);
    ps_predict_destroy(into);
    ps_predict_destroy(from);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_restart_changes_no_answer_now_or_later),
        PS_TEST(a_loaded_model_is_saved_as_the_same_bytes),
        PS_TEST(damage_and_other_lengths_are_refused_and_change_nothing),
        PS_TEST(bytes_may_lie_anywhere),
        PS_TEST(a_larger_predictor_takes_everything_over),
        PS_TEST(a_smaller_predictor_keeps_the_most_wanted),
        PS_TEST(room_for_other_peers_is_taken_anew),
        PS_TEST(each_failed_allocation_leaves_the_predictor_as_it_was),
    };

    return ps_test_run("host/predict/save", tests, PS_ARRAY_LEN(tests));
}

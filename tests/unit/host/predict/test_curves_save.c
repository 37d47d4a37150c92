/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_curves_save.c - a restart changes no curve, and damage is refused.
 */
#include <errno.h>

#include "tests/unit/host/predict/counts.h"

struct saved {
    unsigned char *bytes;
    size_t size;
    struct ps_curves *from;
};

static void live(struct ps_curves *curves, uint32_t from, uint32_t to)
{
    uint64_t state = from + 3;

    for (uint32_t i = from; i < to; i++) {
        want(curves, 1, 1, FIRST + i, draw(20.0, &state));
        want(curves, 2, i % 3, FIRST + i, draw(3.0, &state));
    }
    pass(curves, (FIRST + to) * INTERVAL + INTERVAL / 3);
}

static struct saved save(uint32_t classes_max)
{
    struct saved saved = { .from = new_curves(classes_max) };
    void *data = NULL;

    live(saved.from, 0, DAY + 40);
    PS_REQUIRE(ps_curves_save(saved.from, &data, &saved.size) == 0);
    saved.bytes = data;
    return saved;
}

static void drop(struct saved *saved)
{
    free(saved->bytes);
    ps_curves_destroy(saved->from);
}

static void expect_same(const struct ps_curves *a, const struct ps_curves *b)
{
    struct ps_curves_class list[16], of = total;
    const uint32_t count = ps_curves_list(a, list, 16);

    CU_ASSERT_EQUAL(count, ps_curves_list(b, list, 16));
    for (uint32_t c = 0; c <= count; c++) {
        const struct ps_curve x = tell(a, &of), y = tell(b, &of);

        CU_ASSERT_EQUAL(memcmp(&x, &y, sizeof(x)), 0);
        of = list[c < count ? c : 0];
    }
}

static void a_restart_changes_no_curve_now_or_later(void)
{
    struct saved saved = save(8);
    struct ps_curves *loaded = new_curves(8);

    want(loaded, 9, 9, FIRST, 5); /* to be replaced */
    CU_ASSERT_EQUAL(ps_curves_load(loaded, saved.bytes, saved.size), 0);
    expect_same(saved.from, loaded);
    live(saved.from, DAY + 40, DAY + 60);
    live(loaded, DAY + 40, DAY + 60);
    expect_same(saved.from, loaded);
    ps_curves_destroy(loaded);
    drop(&saved);
}

static void the_same_samples_save_the_same_bytes(void)
{
    struct saved one = save(8), other = save(8);

    CU_ASSERT_EQUAL(one.size, other.size);
    CU_ASSERT_EQUAL(memcmp(one.bytes, other.bytes, one.size), 0);
    drop(&one);
    drop(&other);
}

static void damage_is_refused_and_changes_nothing(void)
{
    struct saved saved = save(8);
    struct ps_curves *curves = new_curves(8);

    live(curves, 0, 5);
    const struct ps_curve before = tell(curves, &total);
    for (size_t at = 0; at < saved.size; at += at < 64 ? 1 : 997) {
        saved.bytes[at] ^= 0x10;
        CU_ASSERT_EQUAL(ps_curves_load(curves, saved.bytes, saved.size), -EINVAL);
        saved.bytes[at] ^= 0x10;
    }
    for (size_t size = 0; size < saved.size; size += 1 + size / 2)
        CU_ASSERT_EQUAL(ps_curves_load(curves, saved.bytes, size), -EINVAL);
    const struct ps_curve after = tell(curves, &total);
    CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof(before)), 0);
    ps_curves_destroy(curves);
    drop(&saved);
}

static void more_classes_than_there_is_room_for_are_refused(void)
{
    struct saved saved = save(8);
    struct ps_curves *curves = new_curves(3);

    CU_ASSERT_EQUAL(ps_curves_load(curves, saved.bytes, saved.size), -EINVAL);
    ps_curves_destroy(curves);
    curves = new_curves(4); /* just enough */
    CU_ASSERT_EQUAL(ps_curves_load(curves, saved.bytes, saved.size), 0);
    ps_curves_destroy(curves);
    drop(&saved);
}

static void bytes_may_lie_anywhere(void)
{
    struct saved saved = save(8);
    struct ps_curves *curves = new_curves(8);
    unsigned char *odd = ps_zalloc(1, saved.size + 1);

    PS_REQUIRE(odd != NULL);
    memcpy(odd + 1, saved.bytes, saved.size);
    CU_ASSERT_EQUAL(ps_curves_load(curves, odd + 1, saved.size), 0);
    free(odd);
    ps_curves_destroy(curves);
    drop(&saved);
}

static void save_and_load_survive_a_failed_allocation(void)
{
    struct saved saved = save(8);
    void *data = NULL;
    size_t size = 0;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_curves_save(saved.from, &data, &size), -ENOMEM);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_curves_load(saved.from, saved.bytes, saved.size), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(data);
    drop(&saved);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_restart_changes_no_curve_now_or_later),
        PS_TEST(the_same_samples_save_the_same_bytes),
        PS_TEST(damage_is_refused_and_changes_nothing),
        PS_TEST(more_classes_than_there_is_room_for_are_refused),
        PS_TEST(bytes_may_lie_anywhere),
        PS_TEST(save_and_load_survive_a_failed_allocation),
    };

    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_sequel_agenda.c - what is expected comes due, fades and is taken
 * back. */
#include "host/predict/sequel_agenda_priv.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define NOW 1000000u

static const struct ps_sequel_when in_seconds = { .fade = 0 };
static const struct ps_sequel_when in_40_min = {
    .fade = PS_AGENDA_IN_SLOT, .from_s = 2160, .mid_s = 2400, .to_s = 2640
};
static const struct ps_sequel_when very_late = {
    .fade = PS_AGENDA_IN_SLOT, .from_s = 10000, .mid_s = 13000, .to_s = 400000
};

static float expected(struct ps_sequel_agendas *agendas, uint64_t item, uint32_t now_s,
                      uint32_t horizon_s)
{
    const uint32_t place = ps_agenda_find(agendas, item, now_s);

    return place == PS_AGENDAS_MAX ? 0.0f : ps_agenda_expect(agendas, place, now_s, horizon_s);
}

static void what_comes_in_seconds_is_expected_now_and_soon_no_more(void)
{
    struct ps_sequel_agendas agendas;

    PS_REQUIRE(ps_agendas_init(&agendas) == 0);
    ps_agenda_add(&agendas, 7, 0.8f, &in_seconds, NOW);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW, 300), 0.8, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW, 4), 0.4, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW + 4, 300), 0.4, 0.01);
    CU_ASSERT_EQUAL(ps_agenda_find(&agendas, 7, NOW + 60), PS_AGENDAS_MAX);
    CU_ASSERT_EQUAL(ps_agenda_find(&agendas, 8, NOW), PS_AGENDAS_MAX);
    ps_agendas_fini(&agendas);
}

static void what_comes_later_is_expected_when_it_is_due(void)
{
    struct ps_sequel_agendas agendas;

    PS_REQUIRE(ps_agendas_init(&agendas) == 0);
    ps_agenda_add(&agendas, 7, 0.5f, &in_40_min, NOW);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW, 900), 0.0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW, 3600), 0.5, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW + 1800, 900), 0.5, 0.03);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW + 2100, 300), 0.25, 0.1);
    CU_ASSERT_EQUAL(expected(&agendas, 7, NOW + 2640, 3600), 0.0f);
    ps_agendas_fini(&agendas);
}

static void what_is_taken_back_leaves_what_others_are_expected_for(void)
{
    struct ps_sequel_agendas agendas;

    PS_REQUIRE(ps_agendas_init(&agendas) == 0);
    ps_agenda_add(&agendas, 7, 0.5f, &in_40_min, NOW);
    ps_agenda_add(&agendas, 7, 0.5f, &in_40_min, NOW + 100);
    ps_agenda_cancel(&agendas, 7, 0.5f, &in_40_min, 2300, NOW + 2300);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW + 2300, 3600), 0.45, 0.03);
    ps_agenda_cancel(&agendas, 7, 0.5f, &in_40_min, 2250, NOW + 2350);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW + 2350, 3600), 0.0, 0.03);
    ps_agendas_fini(&agendas);
}

static void taking_back_too_much_leaves_nothing_not_less(void)
{
    struct ps_sequel_agendas agendas;

    PS_REQUIRE(ps_agendas_init(&agendas) == 0);
    ps_agenda_add(&agendas, 7, 0.2f, &in_seconds, NOW);
    ps_agenda_add(&agendas, 7, 0.2f, &in_40_min, NOW);
    ps_agenda_cancel(&agendas, 7, 0.9f, &in_seconds, 0, NOW);
    ps_agenda_cancel(&agendas, 7, 0.9f, &in_40_min, 0, NOW);
    ps_agenda_cancel(&agendas, 99, 0.9f, &in_40_min, 0, NOW);
    CU_ASSERT_EQUAL(expected(&agendas, 7, NOW, 3600), 0.0f);
    ps_agendas_fini(&agendas);
}

static void what_lies_past_the_last_slot_is_clipped(void)
{
    struct ps_sequel_agendas agendas;

    PS_REQUIRE(ps_agendas_init(&agendas) == 0);
    ps_agenda_add(&agendas, 7, 1.0f, &very_late, NOW);
    CU_ASSERT_TRUE(expected(&agendas, 7, NOW, 1000000) < 0.6f);
    CU_ASSERT_EQUAL(expected(&agendas, 7, NOW, 3600), 0.0f);
    ps_agendas_fini(&agendas);
}

static void a_flood_pushes_out_what_is_over_soonest(void)
{
    struct ps_sequel_agendas agendas;

    PS_REQUIRE(ps_agendas_init(&agendas) == 0);
    ps_agenda_add(&agendas, 7, 0.5f, &in_40_min, NOW);
    for (uint64_t item = 100; item < 100 + 20 * PS_AGENDAS_MAX; item++)
        ps_agenda_add(&agendas, item, 0.5f, &in_seconds, NOW);
    CU_ASSERT_DOUBLE_EQUAL(expected(&agendas, 7, NOW, 3600), 0.5, 1e-3);
    ps_agendas_fini(&agendas);
}

static void what_is_left_falls_with_time(void)
{
    CU_ASSERT_DOUBLE_EQUAL(ps_sequel_left(&in_seconds, 0), 1.0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(ps_sequel_left(&in_seconds, 8), 0.25, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ps_sequel_left(&in_40_min, 2000), 1.0, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(ps_sequel_left(&in_40_min, 2400), 0.5, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ps_sequel_left(&in_40_min, 2640), 0.0, 1e-6);
}

static void init_survives_each_failed_allocation(void)
{
    struct ps_sequel_agendas agendas;

    for (unsigned failed_at = 0; failed_at < 2; failed_at++) {
        ps_fail_alloc_after(failed_at);
        CU_ASSERT_EQUAL(ps_agendas_init(&agendas), -ENOMEM);
        ps_fail_alloc_never();
        ps_agendas_fini(&agendas);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_comes_in_seconds_is_expected_now_and_soon_no_more),
        PS_TEST(what_comes_later_is_expected_when_it_is_due),
        PS_TEST(what_is_taken_back_leaves_what_others_are_expected_for),
        PS_TEST(taking_back_too_much_leaves_nothing_not_less),
        PS_TEST(what_lies_past_the_last_slot_is_clipped),
        PS_TEST(a_flood_pushes_out_what_is_over_soonest),
        PS_TEST(what_is_left_falls_with_time),
        PS_TEST(init_survives_each_failed_allocation),
    };

    return ps_test_run("host/predict/sequel_agenda", tests, PS_ARRAY_LEN(tests));
}

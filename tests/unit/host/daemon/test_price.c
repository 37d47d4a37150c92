/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_price.c - for how long to bet, and what a bet is worth. */
#include "host/daemon/price.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const struct ps_price_offer offer = { .expected = 2.0,
                                             .horizon = PS_HORIZON_15MIN,
                                             .saved_s = 0.5,
                                             .trust = 1.0,
                                             .cu_s = 0.25,
                                             .size_bytes = 8u << 20 };

static void the_nearest_horizon_that_is_sure_enough_is_bet_on(void)
{
    const struct ps_price_room narrow = { .wide = false };
    struct ps_prediction p = { .confidence = { 0.1, 0.3, 0.9 } };
    enum ps_horizon horizon = PS_HORIZON_60MIN;

    CU_ASSERT_TRUE(ps_price_horizon(&narrow, &p, 0.1, &horizon));
    CU_ASSERT_EQUAL(horizon, PS_HORIZON_5MIN);
    CU_ASSERT_TRUE(ps_price_horizon(&narrow, &p, 0.2, &horizon));
    CU_ASSERT_EQUAL(horizon, PS_HORIZON_15MIN);
    CU_ASSERT_FALSE(ps_price_horizon(&narrow, &p, 0.5, &horizon));
}

static void an_hour_ahead_is_for_a_buffer_that_is_mostly_empty(void)
{
    struct ps_price_room room = { .wide = false };
    const struct ps_prediction p = { .confidence = { 0.1, 0.3, 0.9 } };
    enum ps_horizon horizon = PS_HORIZON_5MIN;

    ps_price_look_at_room(&room, 0.4);
    CU_ASSERT_TRUE(ps_price_horizon(&room, &p, 0.5, &horizon));
    CU_ASSERT_EQUAL(horizon, PS_HORIZON_60MIN);
    ps_price_look_at_room(&room, 0.55); /* it does not flutter */
    CU_ASSERT_TRUE(room.wide);
    ps_price_look_at_room(&room, 0.65);
    CU_ASSERT_FALSE(ps_price_horizon(&room, &p, 0.5, &horizon));
    ps_price_look_at_room(&room, 0.55);
    CU_ASSERT_FALSE(room.wide);
}

static void benefit_is_what_it_brings_over_what_it_takes(void)
{
    struct ps_price_offer o = offer;

    CU_ASSERT_DOUBLE_EQUAL(ps_price_benefit(&o), 4.0, 1e-9);
    o.trust = 0.5;
    CU_ASSERT_DOUBLE_EQUAL(ps_price_benefit(&o), 2.0, 1e-9);
    o.space_taken = 1.0; /* 8 MiB are worth a CU second then */
    CU_ASSERT_DOUBLE_EQUAL(ps_price_benefit(&o), 0.5 / 1.25, 1e-9);
    o.space_taken = 7.0;
    CU_ASSERT_DOUBLE_EQUAL(ps_price_benefit(&o), 0.5 / 1.25, 1e-9);
}

/* A steady stream is worth the same whichever horizon it is looked at through. */
static void benefit_is_per_time_that_space_is_held(void)
{
    struct ps_price_offer near = offer, far = offer;

    near.horizon = PS_HORIZON_5MIN;
    near.expected = offer.expected / 3.0;
    far.horizon = PS_HORIZON_60MIN;
    far.expected = offer.expected * 4.0;
    CU_ASSERT_DOUBLE_EQUAL(ps_price_benefit(&near), ps_price_benefit(&offer), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ps_price_benefit(&far), ps_price_benefit(&offer), 1e-9);
}

static void what_costs_no_cu_has_a_finite_benefit(void)
{
    struct ps_price_offer o = offer;

    o.cu_s = 0.0;
    CU_ASSERT_DOUBLE_EQUAL(ps_price_benefit(&o), 1000.0, 1e-9);
}

static void waits_are_smoothed_from_the_first_on(void)
{
    struct ps_price_made made = { 0 };

    ps_price_waited(&made, 2.0);
    CU_ASSERT_DOUBLE_EQUAL(made.wait_s, 2.0, 1e-9);
    ps_price_waited(&made, 12.0);
    CU_ASSERT_DOUBLE_EQUAL(made.wait_s, 3.0, 1e-9);
    ps_price_weighed(&made, 1000);
    ps_price_weighed(&made, 2000);
    CU_ASSERT_DOUBLE_EQUAL(made.size_bytes, 1100.0, 1e-9);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_nearest_horizon_that_is_sure_enough_is_bet_on),
        PS_TEST(an_hour_ahead_is_for_a_buffer_that_is_mostly_empty),
        PS_TEST(benefit_is_what_it_brings_over_what_it_takes),
        PS_TEST(benefit_is_per_time_that_space_is_held),
        PS_TEST(what_costs_no_cu_has_a_finite_benefit),
        PS_TEST(waits_are_smoothed_from_the_first_on),
    };

    return ps_test_run("host/daemon/price.c", tests, PS_ARRAY_LEN(tests));
}

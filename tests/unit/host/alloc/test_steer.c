/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/alloc/test_steer.c - threshold and share follow what they are shown, and rest. */
#include "host/alloc/steer.h"

#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const uint64_t second_ns = 1000000000ull;

static void run(struct ps_steer *s, const struct ps_steer_reading *reading, unsigned seconds)
{
    if (s->moved_ns == 0)
        s->moved_ns = 1;
    for (unsigned i = 0; i < seconds; i++)
        ps_steer_adapt(s, reading, s->moved_ns + second_ns);
}

static double after(struct ps_steer *s, double unused, double useful, unsigned seconds)
{
    run(s, &(struct ps_steer_reading){ .buffer = { unused, useful } }, seconds);
    return s->threshold;
}

/* ---- threshold ---- */

static void empty_buffer_lowers_it_to_the_floor(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    CU_ASSERT_TRUE(after(&s, 0.0, 1.0, 60) < 0.3);
    CU_ASSERT_EQUAL(after(&s, 0.0, 1.0, 3600), PS_THRESHOLD_MIN);
}

static void buffer_full_of_bets_raises_it_to_the_ceiling(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    CU_ASSERT_EQUAL(after(&s, 1.0, 1.0, 3600), PS_THRESHOLD_MAX);
}

static void useless_bets_raise_it_even_with_room(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    CU_ASSERT_TRUE(after(&s, 0.1, 0.05, 60) > 0.3);
}

static double after_marginal(struct ps_steer *s, double unused, double bets, double useful)
{
    const struct ps_steer_reading reading = { .buffer = { unused, 1.0 },
                                              .marginal_bets = bets,
                                              .marginal_useful = useful };

    run(s, &reading, 600);
    return s->base;
}

static void poor_marginal_bets_raise_it_though_there_is_room(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    CU_ASSERT_TRUE(after_marginal(&s, 0.0, 20.0, 1.0) > 0.3);
}

static void rich_marginal_bets_lower_it_unless_the_buffer_is_full_of_bets(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    CU_ASSERT_TRUE(after_marginal(&s, 0.2, 20.0, 12.0) < 0.3);
    ps_steer_init(&s, 0.3);
    CU_ASSERT_TRUE(after_marginal(&s, 0.5, 20.0, 12.0) > 0.3);
}

static void few_or_middling_marginal_bets_move_nothing(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    CU_ASSERT_EQUAL(after_marginal(&s, 0.2, 4.0, 0.0), 0.3);
    CU_ASSERT_EQUAL(after_marginal(&s, 0.2, 20.0, 5.0), 0.3);
}

static void marginal_bets_rest_only_when_they_are_back_by_some(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    after_marginal(&s, 0.2, 100.0, 9.0);
    CU_ASSERT_TRUE(s.poor);
    const double risen = s.base;
    CU_ASSERT_TRUE(after_marginal(&s, 0.2, 100.0, 12.0) > risen); /* better, not good yet */
    const double rest = s.base;
    CU_ASSERT_EQUAL(after_marginal(&s, 0.2, 100.0, 16.0), rest);
    CU_ASSERT_FALSE(s.poor);
    CU_ASSERT_EQUAL(after_marginal(&s, 0.2, 100.0, 12.0), rest);
}

/* Calibrated bets, each judged after 900 s and remembered with a time constant of 1300 s. */
static void marginal_loop_does_not_oscillate(void)
{
    enum { DELAY = 900, SECONDS = 100000 };
    static double sent[DELAY];
    struct ps_steer s;
    double share = 0.02, turns[2] = { 0.0, 0.0 };
    unsigned reversals = 0;

    ps_steer_init(&s, 0.02);
    s.moved_ns = 1;
    for (unsigned i = 0; i < DELAY; i++)
        sent[i] = 0.02;
    for (unsigned i = 0; i < SECONDS; i++) {
        const double before = s.base;

        share += (sent[i % DELAY] - share) / 1300.0;
        sent[i % DELAY] = s.base;
        run(&s,
            &(struct ps_steer_reading){
                .buffer = { 0.2, 1.0 }, .marginal_bets = 100.0, .marginal_useful = 100.0 * share },
            1);
        turns[0] = turns[1];
        turns[1] = s.base != before ? s.base - before : turns[1];
        reversals += turns[0] * turns[1] < 0.0;
    }
    CU_ASSERT_EQUAL(reversals, 0);
    CU_ASSERT_FALSE(s.poor);
    CU_ASSERT_TRUE(s.base > PS_MARGINAL_POOR && s.base < 0.3);
}

static void real_time_load_raises_it_smoothly_and_lets_go(void)
{
    struct ps_steer_reading busy = { .buffer = { 0.2, 1.0 }, .real_time_load = 1.0 };
    struct ps_steer s;
    double last = 0.3, step_max = 0.0;

    ps_steer_init(&s, 0.3);
    for (unsigned i = 0; i < 300; i++) {
        run(&s, &busy, 1);
        CU_ASSERT_TRUE(s.threshold >= last);
        step_max = fmax(step_max, s.threshold - last);
        last = s.threshold;
    }
    CU_ASSERT_TRUE(last > 0.6 && last < 0.63); /* half of the way from 0.3 to 0.95 */
    CU_ASSERT_TRUE(step_max < 0.02);
    busy.real_time_load = 0.0;
    run(&s, &busy, 600);
    CU_ASSERT_TRUE(fabs(s.threshold - 0.3) < 1e-6);
}

/* A buffer whose fill answers the threshold with a lag: the worst it will meet. */
static void buffers_loop_does_not_oscillate(void)
{
    for (double load = 0.0; load <= 1.0; load += 0.25) {
        struct ps_steer s;
        double fill = 0.0, turns[2] = { 0.0, 0.0 };
        unsigned reversals = 0;

        ps_steer_init(&s, 0.3);
        s.moved_ns = 1;
        for (unsigned i = 0; i < 20000; i++) {
            const double before = s.base;

            fill += ((1.0 - s.threshold) - fill) / 300.0;
            run(&s, &(struct ps_steer_reading){ .buffer = { fill, 1.0 }, .real_time_load = load },
                1);
            turns[0] = turns[1];
            turns[1] = s.base != before ? s.base - before : turns[1];
            reversals += turns[0] * turns[1] < 0.0;
        }
        CU_ASSERT_TRUE(reversals <= 3); /* one swing each way at most while settling */
        const double rest = s.base;
        run(&s, &(struct ps_steer_reading){ .buffer = { fill, 1.0 }, .real_time_load = load }, 600);
        CU_ASSERT_TRUE(fabs(s.base - rest) < 1e-9);
    }
}

static void time_that_steps_back_moves_nothing(void)
{
    const struct ps_steer_reading reading = { .buffer = { 1.0, 0.0 }, .real_time_load = 1.0 };
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    ps_steer_adapt(&s, &reading, 5 * second_ns);
    ps_steer_adapt(&s, &reading, 4 * second_ns);
    CU_ASSERT_EQUAL(s.threshold, 0.3);
}

static void readings_that_are_no_numbers_move_nothing(void)
{
    const struct ps_steer_reading reading = { .buffer = { (double)NAN, 1.0 },
                                              .real_time_load = (double)NAN,
                                              .power_w = (double)NAN,
                                              .power_budget_w = 100.0 };
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    s.share = 0.5;
    run(&s, &reading, 100);
    CU_ASSERT_EQUAL(s.threshold, 0.3);
    CU_ASSERT_EQUAL(s.share, 0.5);
}

static void shares_add_up_and_follow_usefulness(void)
{
    double useless[3], useful[3];

    ps_buffer_shares(&(struct ps_buffer_reading){ .usefulness_share = 0.0 }, useless);
    ps_buffer_shares(&(struct ps_buffer_reading){ .usefulness_share = 1.0 }, useful);
    CU_ASSERT_TRUE(fabs(useless[0] + useless[1] + useless[2] - 1.0) < 1e-9);
    CU_ASSERT_TRUE(fabs(useful[0] + useful[1] + useful[2] - 1.0) < 1e-9);
    CU_ASSERT_TRUE(useful[1] > useless[1] && useful[1] > useful[2]);
}

/* ---- share ---- */

#define SERIES_MAX 14400u
#define DELAY_MAX  64u

/* What a share of 1 adds, and how late: power in watts or heat in degrees. */
struct plant {
    double idle, gain, lag_s;
    unsigned delay_s;
    double state, sent[DELAY_MAX];
    unsigned t;
};

static double answer(struct plant *p, double share)
{
    p->sent[p->t % DELAY_MAX] = share;
    const double seen = p->t < p->delay_s ? p->sent[0] : p->sent[(p->t - p->delay_s) % DELAY_MAX];
    p->t++;
    p->state += (p->idle + p->gain * seen - p->state) / (p->lag_s + 1.0);
    return p->state;
}

/* Turns of the series by more than 0.01: what goes up, down, up, ... is not at rest. */
static unsigned count_swings(const double *series, unsigned count)
{
    double extreme = series[0];
    int direction = 0;
    unsigned swings = 0;

    for (unsigned i = 1; i < count; i++) {
        const double gone = series[i] - extreme;

        if (direction * gone > 0.0 || (direction == 0 && fabs(gone) > 0.01)) {
            extreme = series[i];
            direction = gone > 0.0 ? 1 : -1;
        } else if (direction * gone < -0.01) {
            extreme = series[i];
            direction = -direction;
            swings++;
        }
    }
    return swings;
}

static double series[SERIES_MAX];

/* A plant of the worst kind the loops are meant for, or easier: it rests within the budget. */
static void check_power(double gain, double lag_s, unsigned delay_s, double start)
{
    struct plant p = { .idle = 40.0, .gain = gain, .lag_s = lag_s, .delay_s = delay_s };
    struct ps_steer s;
    double watts = 0.0;

    p.state = p.idle + gain * start;
    p.sent[0] = start;
    ps_steer_init(&s, 0.3);
    s.share = start;
    for (unsigned i = 0; i < 7200; i++) {
        watts = answer(&p, s.share);
        run(&s, &(struct ps_steer_reading){ .power_w = watts, .power_budget_w = 100.0 }, 1);
        series[i] = s.share;
    }
    CU_ASSERT_TRUE(count_swings(series, 7200) <= 1);
    CU_ASSERT_TRUE(watts <= 100.5);
    CU_ASSERT_TRUE(watts >= 94.0 || s.share >= 0.999); /* and leaves nothing on the table */
    CU_ASSERT_TRUE(fabs(series[7199] - series[6600]) < 0.005);
}

static void power_comes_to_rest_within_its_budget(void)
{
    for (double gain = 30.0; gain <= 150.0; gain += 30.0)
        for (double lag_s = 0.0; lag_s <= 8.0; lag_s += 2.0)
            for (unsigned delay_s = 0; delay_s + lag_s <= 10.0; delay_s += 2)
                for (double start = 0.0; start <= 1.0; start += 0.5)
                    check_power(gain, lag_s, delay_s, start);
}

static void check_heat(double gain, double lag_s, unsigned delay_s, double start)
{
    struct plant p = { .idle = 70.0, .gain = gain, .lag_s = lag_s, .delay_s = delay_s };
    struct ps_steer s;
    double degrees = 0.0;

    p.state = p.idle + gain * start;
    p.sent[0] = start;
    ps_steer_init(&s, 0.3);
    s.share = start;
    for (unsigned i = 0; i < SERIES_MAX; i++) {
        degrees = answer(&p, s.share);
        run(&s, &(struct ps_steer_reading){ .temperature_c = degrees, .temperature_limit_c = 85.0 },
            1);
        series[i] = s.share;
    }
    CU_ASSERT_TRUE(count_swings(series, SERIES_MAX) <= 1);
    CU_ASSERT_TRUE(degrees <= 85.2);
    CU_ASSERT_TRUE(degrees >= 84.0 || s.share >= 0.999);
}

static void heat_comes_to_rest_below_its_limit(void)
{
    for (double gain = 10.0; gain <= 30.0; gain += 10.0)
        for (double lag_s = 10.0; lag_s <= 50.0; lag_s += 20.0)
            for (unsigned delay_s = 0; delay_s + lag_s <= 60.0; delay_s += 10)
                for (double start = 0.0; start <= 1.0; start += 0.5)
                    check_heat(gain, lag_s, delay_s, start);
}

/* Four times slower than meant for: it swings, but less each time. */
static void plant_worse_than_meant_for_still_comes_to_rest(void)
{
    struct plant p = { .idle = 40.0, .gain = 150.0, .lag_s = 30.0, .delay_s = 10, .state = 190.0 };
    struct ps_steer s;

    p.sent[0] = 1.0;
    ps_steer_init(&s, 0.3);
    for (unsigned i = 0; i < 7200; i++) {
        run(&s,
            &(struct ps_steer_reading){ .power_w = answer(&p, s.share), .power_budget_w = 100.0 },
            1);
        series[i] = s.share;
    }
    CU_ASSERT_TRUE(count_swings(series + 3600, 3600) == 0);
}

static void what_does_oscillate_is_noticed(void)
{
    struct plant p = { .idle = 40.0, .gain = 150.0, .lag_s = 4.0, .delay_s = 6, .state = 40.0 };
    double share = 0.0;

    for (unsigned i = 0; i < 7200; i++)
        series[i] = 0.5 + 0.1 * sin(i / 20.0);
    CU_ASSERT_TRUE(count_swings(series, 7200) > 100);
    for (unsigned i = 0; i < 7200; i++) { /* the same loop with thirty times the gain */
        share = fmin(fmax(share - 0.5 * (answer(&p, share) / 100.0 - 1.0), 0.0), 1.0);
        series[i] = share;
    }
    CU_ASSERT_TRUE(count_swings(series + 3600, 3600) > 100);
}

static void no_budget_means_no_cap(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    s.share = 0.2;
    run(&s, &(struct ps_steer_reading){ .power_w = 500.0, .temperature_c = 120.0 }, 1);
    CU_ASSERT_EQUAL(s.share, 1.0);
}

static void viewers_alone_over_budget_leave_no_speculation(void)
{
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    run(&s, &(struct ps_steer_reading){ .power_w = 130.0, .power_budget_w = 100.0 }, 600);
    CU_ASSERT_EQUAL(s.share, 0.0);
}

static void the_tighter_of_power_and_heat_decides(void)
{
    struct ps_steer_reading reading = {
        .power_w = 50.0, .power_budget_w = 100.0, .temperature_c = 95.0, .temperature_limit_c = 85.0
    };
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    run(&s, &reading, 60);
    CU_ASSERT_TRUE(s.share < 0.95);
    const double before = s.share;
    reading.temperature_c = 0.0; /* no reading any more: it must not rise blindly */
    run(&s, &reading, 60);
    CU_ASSERT_EQUAL(s.share, before);
}

static void late_turn_moves_it_by_a_bounded_step(void)
{
    const struct ps_steer_reading reading = { .power_w = 1e9, .power_budget_w = 100.0 };
    struct ps_steer s;

    ps_steer_init(&s, 0.3);
    ps_steer_adapt(&s, &reading, 1);
    ps_steer_adapt(&s, &reading, 3600 * second_ns);
    CU_ASSERT_TRUE(s.share >= 0.9 - 1e-9 && s.share < 1.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(empty_buffer_lowers_it_to_the_floor),
        PS_TEST(buffer_full_of_bets_raises_it_to_the_ceiling),
        PS_TEST(useless_bets_raise_it_even_with_room),
        PS_TEST(poor_marginal_bets_raise_it_though_there_is_room),
        PS_TEST(rich_marginal_bets_lower_it_unless_the_buffer_is_full_of_bets),
        PS_TEST(few_or_middling_marginal_bets_move_nothing),
        PS_TEST(marginal_bets_rest_only_when_they_are_back_by_some),
        PS_TEST(marginal_loop_does_not_oscillate),
        PS_TEST(real_time_load_raises_it_smoothly_and_lets_go),
        PS_TEST(buffers_loop_does_not_oscillate),
        PS_TEST(time_that_steps_back_moves_nothing),
        PS_TEST(readings_that_are_no_numbers_move_nothing),
        PS_TEST(shares_add_up_and_follow_usefulness),
        PS_TEST(power_comes_to_rest_within_its_budget),
        PS_TEST(heat_comes_to_rest_below_its_limit),
        PS_TEST(plant_worse_than_meant_for_still_comes_to_rest),
        PS_TEST(what_does_oscillate_is_noticed),
        PS_TEST(no_budget_means_no_cap),
        PS_TEST(viewers_alone_over_budget_leave_no_speculation),
        PS_TEST(the_tighter_of_power_and_heat_decides),
        PS_TEST(late_turn_moves_it_by_a_bounded_step),
    };

    return ps_test_run("host/alloc/steer.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_ledger.c - every bet gets one fate, and the totals know it. */
#include "host/daemon/ledger.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const uint64_t first_id = 1000;

static struct ps_ledger *new_ledger(void)
{
    struct ps_ledger *ledger = NULL;

    PS_REQUIRE(ps_ledger_create(&ledger, first_id) == 0);
    return ledger;
}

static uint64_t stage(struct ps_ledger *ledger, enum ps_reason reason)
{
    return ps_ledger_stage(ledger, &(struct ps_ledger_entry){ .reason = reason, .p = 0.5 });
}

/* Whoever asks for totals also checks them: they add up at any moment. */
static struct ps_ledger_totals totals(const struct ps_ledger *ledger)
{
    struct ps_ledger_totals t;

    ps_ledger_totals(ledger, &t);
    CU_ASSERT_TRUE(ps_ledger_adds_up(&t));
    return t;
}

static uint64_t open_bytes(const struct ps_ledger *ledger, uint64_t since_ns, uint32_t tenant)
{
    uint64_t by_tenant[PS_LEDGER_TENANTS_MAX];

    ps_ledger_open_bytes(ledger, since_ns, by_tenant);
    return by_tenant[tenant];
}

static void fates_move_from_making_to_their_end(void)
{
    struct ps_ledger *ledger = new_ledger();
    const uint64_t id = stage(ledger, PS_REASON_RATE);

    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_MAKING], 1);
    ps_ledger_settle(ledger, id, PS_FATE_STORED, 7, 1);
    ps_ledger_settle(ledger, id, PS_FATE_USED, 0, 2);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_MAKING], 0);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_STORED], 0);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_USED], 1);
    ps_ledger_destroy(ledger);
}

static void an_end_is_an_end(void)
{
    struct ps_ledger *ledger = new_ledger();
    const uint64_t id = stage(ledger, PS_REASON_RATE);

    ps_ledger_settle(ledger, id, PS_FATE_LATE, 0, 1);
    ps_ledger_settle(ledger, id, PS_FATE_EVICTED_UNUSED, 0, 2);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_LATE], 1);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_EVICTED_UNUSED], 0);
    ps_ledger_destroy(ledger);
}

static void cu_time_of_what_nobody_took_is_wasted(void)
{
    struct ps_ledger *ledger = new_ledger();
    const uint64_t kept = stage(ledger, PS_REASON_RATE), lost = stage(ledger, PS_REASON_RATE);

    ps_ledger_settle(ledger, kept, PS_FATE_STORED, 10, 1);
    ps_ledger_settle(ledger, lost, PS_FATE_STORED, 30, 1);
    ps_ledger_settle(ledger, lost, PS_FATE_EVICTED_UNUSED, 0, 2);
    CU_ASSERT_EQUAL(totals(ledger).wasted_busy_ns, 30);
    ps_ledger_destroy(ledger);
}

#define MINUTE_NS 60000000000ull

static uint64_t stage_at(struct ps_ledger *ledger, enum ps_horizon horizon, uint64_t staged_ns)
{
    return ps_ledger_stage(ledger, &(struct ps_ledger_entry){ .reason = PS_REASON_RATE,
                                                              .horizon = horizon,
                                                              .p = 0.5,
                                                              .marginal = true,
                                                              .staged_ns = staged_ns });
}

static const struct ps_feedback_cell *cell(const struct ps_ledger *ledger, enum ps_horizon horizon)
{
    return &ps_ledger_feedback(ledger)->by[PS_REASON_RATE][horizon];
}

static void a_bet_is_judged_once_at_its_end(void)
{
    struct ps_ledger *ledger = new_ledger();
    const uint64_t used = stage_at(ledger, PS_HORIZON_5MIN, 1);
    const uint64_t gone = stage_at(ledger, PS_HORIZON_5MIN, 1);

    ps_ledger_settle(ledger, used, PS_FATE_STORED, 0, 2);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->bets, 0.0);
    ps_ledger_settle(ledger, used, PS_FATE_USED, 0, 3);
    ps_ledger_settle(ledger, gone, PS_FATE_EVICTED_UNUSED, 0, 4);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->bets, 2.0);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->useful, 1.0);
    ps_ledger_pass_time(ledger, 0); /* no time: nothing fades, nothing is judged again */
    ps_ledger_pass_time(ledger, 60 * MINUTE_NS);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->bets, 2.0);
    ps_ledger_destroy(ledger);
}

static void each_horizon_is_judged_when_it_is_over(void)
{
    struct ps_ledger *ledger = new_ledger();

    stage_at(ledger, PS_HORIZON_60MIN, 1);
    stage_at(ledger, PS_HORIZON_5MIN, 1);
    stage_at(ledger, PS_HORIZON_15MIN, 1);
    ps_ledger_pass_time(ledger, 6 * MINUTE_NS);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->bets, 1.0);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_15MIN)->bets, 0.0);
    ps_ledger_pass_time(ledger, 16 * MINUTE_NS);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_15MIN)->bets, 1.0);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_60MIN)->bets, 0.0);
    ps_ledger_pass_time(ledger, 61 * MINUTE_NS);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_60MIN)->bets, 1.0);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_60MIN)->useful, 0.0);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_MAKING], 3); /* a verdict is no fate */
    ps_ledger_destroy(ledger);
}

static void a_late_viewer_redeems_a_bet_but_not_its_bin(void)
{
    struct ps_ledger *ledger = new_ledger();
    const uint64_t id = stage_at(ledger, PS_HORIZON_5MIN, 1);

    ps_ledger_pass_time(ledger, 6 * MINUTE_NS);
    ps_ledger_settle(ledger, id, PS_FATE_USED, 0, 7 * MINUTE_NS);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->bets, 1.0);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->useful, 1.0);
    CU_ASSERT_EQUAL(ps_ledger_feedback(ledger)->marginal.useful, 1.0);
    CU_ASSERT_EQUAL(ps_ledger_feedback(ledger)->bins[5].useful, 0.0);
    ps_ledger_destroy(ledger);
}

static void judging_goes_on_behind_a_gap_and_a_wrapped_ring(void)
{
    struct ps_ledger *ledger = new_ledger();

    ps_ledger_unstage(ledger, stage_at(ledger, PS_HORIZON_5MIN, 1));
    for (uint32_t i = 0; i < PS_LEDGER_MAX + 10; i++)
        stage_at(ledger, PS_HORIZON_5MIN, 1);
    for (uint32_t i = 0; i < PS_LEDGER_MAX / PS_LEDGER_DUE_MAX; i++)
        ps_ledger_pass_time(ledger, 6 * MINUTE_NS);
    CU_ASSERT_EQUAL(cell(ledger, PS_HORIZON_5MIN)->bets, PS_LEDGER_MAX);
    CU_ASSERT_EQUAL(totals(ledger).forgotten, 10);
    ps_ledger_destroy(ledger);
}

static void totals_are_kept_by_reason_horizon_and_class(void)
{
    struct ps_ledger *ledger = new_ledger();
    const struct ps_ledger_entry entry = {
        .reason = PS_REASON_HINT, .horizon = PS_HORIZON_60MIN, .class = PS_TIER_MAYBE, .p = 0.1
    };

    ps_ledger_settle(ledger, ps_ledger_stage(ledger, &entry), PS_FATE_LATE, 0, 1);
    CU_ASSERT_EQUAL(totals(ledger).by[PS_REASON_HINT][PS_HORIZON_60MIN][PS_FATE_LATE], 1);
    CU_ASSERT_EQUAL(totals(ledger).by_class[PS_TIER_MAYBE][PS_FATE_LATE], 1);
    ps_ledger_destroy(ledger);
}

/* Whatever is done to a ledger, in whatever order. */
static void totals_add_up_at_any_moment(void)
{
    struct ps_ledger *ledger = new_ledger();
    uint64_t random = 1, newest = first_id;

    for (uint32_t i = 0; i < 200000; i++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        const uint32_t draw = (uint32_t)(random >> 33);
        const struct ps_ledger_entry entry = { .reason = draw % PS_REASON_COUNT,
                                               .horizon = draw / 8 % PS_HORIZON_COUNT,
                                               .class = draw / 32 % PS_TIER_CLASS_COUNT,
                                               .p = draw % 100 / 100.0,
                                               .staged_ns = i };

        if (draw / 128 % 4 != 0)
            newest = ps_ledger_stage(ledger, &entry);
        else if (draw / 512 % 16 == 0)
            ps_ledger_unstage(ledger, newest);
        else
            ps_ledger_settle(ledger, newest - draw / 1024 % 80000,
                             draw / 7 % (PS_FATE_COUNT - 1) + 1, 1, i);
        if (i % 1000 == 0) {
            ps_ledger_pass_time(ledger, i * 1000000000ull);
            totals(ledger);
        }
    }
    CU_ASSERT_TRUE(totals(ledger).forgotten > 0);
    CU_ASSERT_TRUE(totals(ledger).by_fate[PS_FATE_USED] > 0);
    ps_ledger_destroy(ledger);
}

static void a_sum_that_is_off_is_noticed(void)
{
    struct ps_ledger *ledger = new_ledger();
    struct ps_ledger_totals t;

    stage(ledger, PS_REASON_RATE);
    t = totals(ledger);
    t.by_fate[PS_FATE_USED]++;
    CU_ASSERT_FALSE(ps_ledger_adds_up(&t));
    t = totals(ledger);
    t.by[PS_REASON_RATE][PS_HORIZON_5MIN][PS_FATE_MAKING]--;
    CU_ASSERT_FALSE(ps_ledger_adds_up(&t));
    t = totals(ledger);
    t.by_class[PS_TIER_DEMANDED][PS_FATE_LATE]++;
    CU_ASSERT_FALSE(ps_ledger_adds_up(&t));
    ps_ledger_destroy(ledger);
}

static void creation_survives_a_failed_allocation(void)
{
    struct ps_ledger *ledger = NULL;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_ledger_create(&ledger, first_id), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(ledger);
}

static void foreign_and_forgotten_ids_change_nothing(void)
{
    struct ps_ledger *ledger = new_ledger();
    const uint64_t oldest = stage(ledger, PS_REASON_RATE);

    for (uint32_t i = 0; i < PS_LEDGER_MAX; i++)
        stage(ledger, PS_REASON_RATE);
    ps_ledger_settle(ledger, oldest, PS_FATE_USED, 0, 1);
    ps_ledger_settle(ledger, 0, PS_FATE_USED, 0, 1);
    ps_ledger_settle(ledger, 42, PS_FATE_USED, 0, 1);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_USED], 0);
    CU_ASSERT_EQUAL(totals(ledger).staged, PS_LEDGER_MAX);
    CU_ASSERT_EQUAL(totals(ledger).by_fate[PS_FATE_MAKING], PS_LEDGER_MAX);
    ps_ledger_destroy(ledger);
}

static void what_never_began_was_never_staged(void)
{
    struct ps_ledger *ledger = new_ledger();
    struct ps_ledger_entry list[4];
    const uint64_t first = stage(ledger, PS_REASON_RATE);
    const uint64_t second = stage(ledger, PS_REASON_RATE);

    ps_ledger_unstage(ledger, second);
    CU_ASSERT_EQUAL(totals(ledger).staged, 1);
    CU_ASSERT_EQUAL(ps_ledger_list(ledger, list, 4), 1);
    CU_ASSERT_EQUAL(list[0].id, first);
    ps_ledger_destroy(ledger);
}

static void bets_are_open_until_asked_for_or_too_old(void)
{
    struct ps_ledger *ledger = new_ledger();
    struct ps_ledger_entry entry = { .reason = PS_REASON_RATE, .size_bytes = 10, .staged_ns = 100 };

    ps_ledger_stage(ledger, &entry); /* too old below */
    entry.staged_ns = 200;
    ps_ledger_stage(ledger, &entry);
    const uint64_t used = ps_ledger_stage(ledger, &entry);
    ps_ledger_settle(ledger, used, PS_FATE_USED, 0, 201);
    const uint64_t lost = ps_ledger_stage(ledger, &entry);
    ps_ledger_settle(ledger, lost, PS_FATE_EVICTED_UNUSED, 0, 201);
    CU_ASSERT_EQUAL(open_bytes(ledger, 150, 0), 20);
    CU_ASSERT_EQUAL(open_bytes(ledger, 50, 0), 30);
    ps_ledger_destroy(ledger);
}

static void list_is_newest_first(void)
{
    struct ps_ledger *ledger = new_ledger();
    struct ps_ledger_entry list[2];

    stage(ledger, PS_REASON_RATE);
    const uint64_t b = stage(ledger, PS_REASON_RATE), c = stage(ledger, PS_REASON_RATE);
    CU_ASSERT_EQUAL(ps_ledger_list(ledger, list, 2), 2);
    CU_ASSERT_EQUAL(list[0].id, c);
    CU_ASSERT_EQUAL(list[1].id, b);
    ps_ledger_destroy(ledger);
}

static void each_tenant_has_its_own_bets(void)
{
    struct ps_ledger *ledger = new_ledger();
    const struct ps_ledger_entry of_first = { .staged_ns = 100, .size_bytes = 10 };
    const struct ps_ledger_entry of_last = { .staged_ns = 100,
                                             .size_bytes = 7,
                                             .tenant = PS_LEDGER_TENANTS_MAX - 1 };

    ps_ledger_stage(ledger, &of_first);
    const uint64_t id = ps_ledger_stage(ledger, &of_last);
    ps_ledger_stage(ledger, &of_last);
    CU_ASSERT_EQUAL(open_bytes(ledger, 100, 0), 10);
    CU_ASSERT_EQUAL(open_bytes(ledger, 100, PS_LEDGER_TENANTS_MAX - 1), 14);
    ps_ledger_settle(ledger, id, PS_FATE_USED, 0, 200);
    CU_ASSERT_EQUAL(open_bytes(ledger, 100, PS_LEDGER_TENANTS_MAX - 1), 7);
    CU_ASSERT_EQUAL(totals(ledger).by_tenant[PS_LEDGER_TENANTS_MAX - 1][PS_FATE_USED], 1);
    CU_ASSERT_EQUAL(totals(ledger).by_tenant[PS_LEDGER_TENANTS_MAX - 1][PS_FATE_MAKING], 1);
    CU_ASSERT_EQUAL(totals(ledger).by_tenant[0][PS_FATE_MAKING], 1);
    struct ps_ledger_totals t = totals(ledger);
    t.by_tenant[3][PS_FATE_USED]++;
    CU_ASSERT_FALSE(ps_ledger_adds_up(&t));
    ps_ledger_destroy(ledger);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(fates_move_from_making_to_their_end),
        PS_TEST(an_end_is_an_end),
        PS_TEST(cu_time_of_what_nobody_took_is_wasted),
        PS_TEST(a_bet_is_judged_once_at_its_end),
        PS_TEST(each_horizon_is_judged_when_it_is_over),
        PS_TEST(a_late_viewer_redeems_a_bet_but_not_its_bin),
        PS_TEST(judging_goes_on_behind_a_gap_and_a_wrapped_ring),
        PS_TEST(totals_are_kept_by_reason_horizon_and_class),
        PS_TEST(totals_add_up_at_any_moment),
        PS_TEST(a_sum_that_is_off_is_noticed),
        PS_TEST(creation_survives_a_failed_allocation),
        PS_TEST(foreign_and_forgotten_ids_change_nothing),
        PS_TEST(what_never_began_was_never_staged),
        PS_TEST(bets_are_open_until_asked_for_or_too_old),
        PS_TEST(list_is_newest_first),
        PS_TEST(each_tenant_has_its_own_bets),
    };

    return ps_test_run("host/daemon/ledger.c", tests, PS_ARRAY_LEN(tests));
}

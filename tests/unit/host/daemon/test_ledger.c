/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_ledger.c - every bet gets one fate, and the totals know it. */
#include "host/daemon/ledger.h"

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

static struct ps_ledger_totals totals(const struct ps_ledger *ledger)
{
    struct ps_ledger_totals t;

    ps_ledger_totals(ledger, &t);
    return t;
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

static void usefulness_is_known_per_reason(void)
{
    struct ps_ledger *ledger = new_ledger();

    CU_ASSERT_EQUAL(ps_ledger_usefulness(ledger, PS_REASON_FOLLOW), 1.0);
    ps_ledger_settle(ledger, stage(ledger, PS_REASON_FOLLOW), PS_FATE_USED, 0, 1);
    ps_ledger_settle(ledger, stage(ledger, PS_REASON_FOLLOW), PS_FATE_EVICTED_UNUSED, 0, 1);
    stage(ledger, PS_REASON_FOLLOW); /* open: says nothing yet */
    CU_ASSERT_EQUAL(ps_ledger_usefulness(ledger, PS_REASON_FOLLOW), 0.5);
    CU_ASSERT_EQUAL(ps_ledger_usefulness(ledger, PS_REASON_RATE), 1.0);
    ps_ledger_destroy(ledger);
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
    CU_ASSERT_EQUAL(ps_ledger_open_bytes(ledger, 150), 20);
    CU_ASSERT_EQUAL(ps_ledger_open_bytes(ledger, 50), 30);
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

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(fates_move_from_making_to_their_end),
        PS_TEST(an_end_is_an_end),
        PS_TEST(cu_time_of_what_nobody_took_is_wasted),
        PS_TEST(usefulness_is_known_per_reason),
        PS_TEST(foreign_and_forgotten_ids_change_nothing),
        PS_TEST(what_never_began_was_never_staged),
        PS_TEST(bets_are_open_until_asked_for_or_too_old),
        PS_TEST(list_is_newest_first),
    };

    return ps_test_run("host/daemon/ledger.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_policy_arc.c - as four rows, cases as in the paper, and worked by
 * hand. */
#include "tests/unit/tools/replay/policy_test.h"

static struct row t1, t2, b1, b2;
static double p;

static void replace(bool in_b2)
{
    if (t1.count >= 1 && ((in_b2 && (double)t1.count == p) || (double)t1.count > p))
        row_push(&b1, row_take_oldest(&t1));
    else
        row_push(&b2, row_take_oldest(&t2));
}

static void take_anywhere(struct row *row, uint32_t obj)
{
    row_take(row, row_find(row, obj));
}

static void known_but_gone(uint32_t obj, uint32_t c)
{
    const bool in_b2 = row_has(&b2, obj);

    if (in_b2) {
        const double step = b2.count >= b1.count ? 1.0 : (double)b1.count / b2.count;

        p = p - step > 0.0 ? p - step : 0.0;
    } else {
        const double step = b1.count >= b2.count ? 1.0 : (double)b2.count / b1.count;

        p = p + step < c ? p + step : c;
    }
    replace(in_b2);
    take_anywhere(in_b2 ? &b2 : &b1, obj);
    row_push(&t2, obj);
}

static void never_known(uint32_t obj, uint32_t c)
{
    if (t1.count + b1.count == c) {
        if (t1.count < c) {
            row_take_oldest(&b1);
            replace(false);
        } else {
            row_take_oldest(&t1);
        }
    } else if (t1.count + t2.count + b1.count + b2.count >= c) {
        if (t1.count + t2.count + b1.count + b2.count == 2 * c)
            row_take_oldest(&b2);
        replace(false);
    }
    row_push(&t1, obj);
}

static bool obvious(const struct made_up *made, uint32_t now, uint32_t capacity)
{
    const uint32_t obj = made->obj[now];

    if (now == 0) {
        t1.count = t2.count = b1.count = b2.count = 0;
        p = 0.0;
    }
    if (row_has(&t1, obj) || row_has(&t2, obj)) {
        take_anywhere(row_has(&t1, obj) ? &t1 : &t2, obj);
        row_push(&t2, obj);
        return true;
    }
    if (row_has(&b1, obj) || row_has(&b2, obj))
        known_but_gone(obj, capacity);
    else
        never_known(obj, capacity);
    return false;
}

static void hits_are_those_of_four_rows(void)
{
    check_against_obvious(&replay_arc, obvious);
}

static void what_was_wanted_again_survives_a_scan(void)
{
    /* c to g pass through the queue of those wanted once; LRU would have lost a and b. */
    check_by_hand(&replay_arc, 3, "abbacdefgab", "..hh.....hh");
    /* Both kinds of memories come back: b (target stays 0), a (1) and d (2). */
    check_by_hand(&replay_arc, 2, "abbcbcdbcada", "..h.hh..h..h");
}

static void create_survives_each_failed_allocation(void)
{
    check_each_failed_allocation(&replay_arc, 3);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hits_are_those_of_four_rows),
        PS_TEST(what_was_wanted_again_survives_a_scan),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/policy_arc", tests, PS_ARRAY_LEN(tests));
}

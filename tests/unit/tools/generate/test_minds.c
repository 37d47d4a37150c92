/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_minds.c - forward looks: in time, and true as often as it is said.
 */
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/generate/generate.h"

#define HINTS_MAX 20000u
#define USERS     500u

struct told {
    struct gen_hint hints[HINTS_MAX];
    bool came[HINTS_MAX];
    uint32_t count, announcements;
    int64_t now_s;
    bool is_out_of_order, is_late;
};

static struct gen_config new_config(void)
{
    struct gen_config cfg;

    gen_config_defaults(&cfg);
    cfg.media = 2000;
    cfg.users = USERS;
    cfg.days = 2;
    cfg.requests = 20000;
    return cfg;
}

static int note(void *ctx, const struct gen_hint *hint)
{
    struct told *told = ctx;

    PS_REQUIRE(told->count < HINTS_MAX);
    told->is_out_of_order |= hint->emit_s < told->now_s;
    told->is_late |= hint->emit_s > hint->due_s;
    told->now_s = hint->emit_s;
    told->announcements += hint->user == GEN_NONE;
    told->hints[told->count++] = *hint;
    return 0;
}

static int check_off(void *ctx, const struct gen_request *request)
{
    struct told *told = ctx;

    told->is_out_of_order |= request->t_s < told->now_s;
    told->now_s = request->t_s;
    for (uint32_t i = told->count; i > 0; i--) {
        const struct gen_hint *hint = &told->hints[i - 1];

        if (hint->emit_s < request->t_s - 40000)
            break;
        if (hint->user == request->user && hint->medium == request->medium &&
            hint->device == request->device && hint->profile == request->profile &&
            hint->due_s == request->t_s)
            told->came[i - 1] = true;
    }
    return 0;
}

static const struct told *run(const struct gen_config *cfg)
{
    static struct told told;
    const struct gen_sink sink = { .ctx = &told, .request = check_off, .hint = note };
    struct gen *gen = NULL;

    memset(&told, 0, sizeof(told));
    PS_REQUIRE(gen_create(&gen, cfg) == 0);
    CU_ASSERT_EQUAL(gen_run(gen, &sink), 0);
    gen_destroy(gen);
    return &told;
}

/* Of all that viewers' agents said. */
static double part_true(const struct told *told)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < told->count; i++)
        count += told->hints[i].user != GEN_NONE && told->hints[i].is_true;
    return count / (double)(told->count - told->announcements);
}

static void true_ones_come_true_to_the_second_and_false_ones_do_not(void)
{
    const struct gen_config cfg = new_config();
    const struct told *told = run(&cfg);
    uint32_t checked = 0;

    CU_ASSERT_FALSE(told->is_out_of_order);
    CU_ASSERT_FALSE(told->is_late);
    CU_ASSERT_TRUE(told->announcements > 0 && told->announcements < 20);
    for (uint32_t i = 0; i < told->count; i++) {
        const struct gen_hint *hint = &told->hints[i];

        if (hint->user == GEN_NONE || hint->due_s >= 1700006400 + 2 * 86400)
            continue;
        checked++;
        if (hint->is_true)
            CU_ASSERT_TRUE(told->came[i]);
    }
    CU_ASSERT_TRUE(checked > 500);
    CU_ASSERT_TRUE(part_true(told) > 0.2 && part_true(told) < 0.8);
}

static void without_agents_only_crowds_are_announced(void)
{
    struct gen_config cfg = new_config();

    cfg.agents = 0;
    const struct told *told = run(&cfg);
    CU_ASSERT_EQUAL(told->count, told->announcements);
}

static void without_lies_and_liars_all_is_true_and_with_more_liars_less(void)
{
    struct gen_config cfg = new_config();
    double usual;

    usual = part_true(run(&cfg));
    cfg.liars = 60;
    CU_ASSERT_TRUE(part_true(run(&cfg)) < usual - 0.1);
    cfg.liars = cfg.lies = 0;
    CU_ASSERT_EQUAL(part_true(run(&cfg)), 1.0);
}

static void who_tells_nothing_true_only_errs(void)
{
    struct gen_config cfg = new_config();

    cfg.told = 0;
    CU_ASSERT_EQUAL(part_true(run(&cfg)), 0.0);
}

static void some_sources_are_better_than_others(void)
{
    struct gen_config cfg = new_config();
    uint32_t said[USERS + 1] = { 0 }, held[USERS + 1] = { 0 }, good = 0, bad = 0;

    cfg.liars = 30;
    cfg.requests = 40000;
    const struct told *told = run(&cfg);
    for (uint32_t i = 0; i < told->count; i++) {
        if (told->hints[i].user == GEN_NONE)
            continue;
        said[told->hints[i].user]++;
        held[told->hints[i].user] += told->hints[i].is_true;
    }
    for (uint32_t u = 1; u <= USERS; u++) {
        good += said[u] >= 8 && held[u] * 10 >= said[u] * 7;
        bad += said[u] >= 8 && held[u] * 10 <= said[u] * 3;
    }
    CU_ASSERT_TRUE(good >= 15);
    CU_ASSERT_TRUE(bad >= 15);
}

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Half of what is told is told so many seconds before. */
static int64_t median_lead_s(const struct told *told)
{
    static int64_t leads[HINTS_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; i < told->count; i++)
        if (told->hints[i].is_true && told->hints[i].user != GEN_NONE)
            leads[count++] = told->hints[i].due_s - told->hints[i].emit_s;
    PS_REQUIRE(count > 100);
    qsort(leads, count, sizeof(leads[0]), by_size);
    return leads[count / 2];
}

static void the_lead_is_as_asked(void)
{
    struct gen_config cfg = new_config();

    cfg.lead = 600;
    CU_ASSERT_DOUBLE_EQUAL((double)median_lead_s(run(&cfg)), 600.0, 120.0);
    cfg.lead = 0;
    CU_ASSERT_EQUAL(median_lead_s(run(&cfg)), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(true_ones_come_true_to_the_second_and_false_ones_do_not),
        PS_TEST(without_agents_only_crowds_are_announced),
        PS_TEST(without_lies_and_liars_all_is_true_and_with_more_liars_less),
        PS_TEST(who_tells_nothing_true_only_errs),
        PS_TEST(some_sources_are_better_than_others),
        PS_TEST(the_lead_is_as_asked),
    };

    return ps_test_run("tools/generate/minds", tests, PS_ARRAY_LEN(tests));
}

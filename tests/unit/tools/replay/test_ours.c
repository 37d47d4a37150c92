/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_ours.c - what is staged before it is asked for, and what never is.
 */
#include "tools/replay/ours.h"

#include <errno.h>

#include "host/base/mem.h"
#include "host/predict/predict.h"
#include "tests/support/ps_test.h"

#define T0     1700006400u /* an interval begins */
#define SEC_NS 1000000000ull
#define PAIRS  30u
#define VIEWS  900u
#define VIEW_S 120u

struct text {
    char *bytes;
    size_t size;
    FILE *file;
};

static void begin(struct text *text)
{
    text->file = open_memstream(&text->bytes, &text->size);
    PS_REQUIRE(text->file != NULL);
    fputs("t,obj,user\n", text->file);
}

static void read_back(struct text *text, struct replay_trace *ret_trace)
{
    FILE *file;

    fclose(text->file);
    file = fmemopen(text->bytes, text->size, "r");
    PS_REQUIRE(file != NULL && replay_trace_read(ret_trace, file, REPLAY_CSV, NULL) == 0);
    fclose(file);
    free(text->bytes);
}

/* Who asks for a first one asks for its sequel a minute later. Which pair is next is chance, and
 * all are wanted as often, so that nothing else tells what is next. */
static void make_serials(struct replay_trace *ret_trace)
{
    struct text text;
    uint32_t random = 1;

    begin(&text);
    for (uint32_t n = 0; n < VIEWS; n++) {
        random = random * 1664525u + 1013904223u;
        const uint32_t pair = (uint32_t)((uint64_t)random * PAIRS >> 32);

        fprintf(text.file, "%u,first%u,viewer%u\n", T0 + n * VIEW_S, pair, n % 7);
        fprintf(text.file, "%u,then%u,viewer%u\n", T0 + n * VIEW_S + 60, pair, n % 7);
    }
    read_back(&text, ret_trace);
}

/* Nothing is asked for twice. */
static void make_singles(struct replay_trace *ret_trace, uint32_t count)
{
    struct text text;

    begin(&text);
    for (uint32_t n = 0; n < count; n++)
        fprintf(text.file, "%u,single%u,viewer%u\n", T0 + n * 60, n, n % 3);
    read_back(&text, ret_trace);
}

static struct replay_ours_result run(const struct replay_trace *trace, double percent,
                                     const struct replay_ours_config *besides)
{
    struct replay_ours_config config = *besides;
    struct replay_ours_result result;

    config.trace = trace;
    config.sizes = &percent;
    config.size_count = 1;
    config.budget_per_min = config.budget_per_min > 0 ? config.budget_per_min : 10;
    PS_REQUIRE(replay_ours_run(&config, &result) == 0);
    return result;
}

static void a_sequel_is_staged_before_it_is_asked_for(void)
{
    struct replay_trace trace;
    struct replay_ours_result with, without;

    make_serials(&trace);
    with = run(&trace, 5.0, &(struct replay_ours_config){ 0 }); /* 3 of 60 */
    without = run(&trace, 5.0, &(struct replay_ours_config){ .without = PS_PREDICT_SEQUELS });
    replay_trace_fini(&trace);
    CU_ASSERT_EQUAL(with.counted, VIEWS * 2 * 3 / 4);
    CU_ASSERT_TRUE(with.hits > with.counted / 5);     /* half are sequels; it takes time to learn */
    CU_ASSERT_TRUE(with.used > with.staged * 9 / 10); /* none before it is likely */
    CU_ASSERT_TRUE(with.hits < with.counted * 7 / 10);
    CU_ASSERT_TRUE(without.hits < with.hits / 2);
}

static void what_nobody_named_is_never_staged(void)
{
    struct replay_trace trace;
    struct replay_ours_result result;

    make_singles(&trace, 200);
    result = run(&trace, 100.0, &(struct replay_ours_config){ .budget_per_min = 1000 });
    CU_ASSERT_EQUAL(result.counted, 150);
    CU_ASSERT_EQUAL(result.hits, 0);
    CU_ASSERT_EQUAL(result.used, 0);
    CU_ASSERT_EQUAL(result.staged, 0); /* all that is known is there already */
    replay_trace_fini(&trace);
}

static void a_hint_names_what_nobody_asked_for(void)
{
    struct replay_hint items[200];
    const struct replay_hints hints = { .items = items, .count = 200 };
    struct replay_trace trace;
    struct replay_ours_result result;

    make_singles(&trace, 200);
    for (uint32_t n = 0; n < 200; n++)
        items[n] = (struct replay_hint){ .emit_ns = trace.requests[n].time_ns - 90 * SEC_NS,
                                         .due_ns = trace.requests[n].time_ns,
                                         .source_key = 1 + n % 3,
                                         .resource = trace.requests[n].resource };
    result = run(&trace, 5.0, &(struct replay_ours_config){ .hints = &hints });
    CU_ASSERT_TRUE(result.hits > result.counted / 2);
    CU_ASSERT_TRUE(result.used <= result.staged);
    replay_trace_fini(&trace);
}

static void a_budget_bounds_what_is_staged(void)
{
    struct replay_trace trace;
    struct replay_ours_result result;

    make_serials(&trace);
    result = run(&trace, 50.0, &(struct replay_ours_config){ .budget_per_min = 1 });
    CU_ASSERT_TRUE(result.staged <= VIEWS * VIEW_S / 60);
    replay_trace_fini(&trace);
}

/* The favourite comes every other time, in between something that never comes again. */
static void make_favourite(struct replay_trace *ret_trace, uint32_t rounds)
{
    struct text text;

    begin(&text);
    for (uint32_t n = 0; n < rounds; n++)
        fprintf(text.file, "%u,favourite,\n%u,dull%u,\n", T0 + n * 60, T0 + n * 60 + 30, n);
    read_back(&text, ret_trace);
}

/* Rates of all intervals, one object's high. */
static struct replay_ours_result run_by_rates(const struct replay_trace *trace, uint32_t high)
{
    static struct replay_rate items[20000];
    struct replay_rates rates = { .rates = items };
    const uint64_t end_ns = trace->requests[trace->request_count - 1].time_ns;

    for (uint64_t i = T0 / 300; i <= end_ns / SEC_NS / 300; i++)
        for (uint32_t idx = 0; idx < trace->resource_count; idx++)
            items[rates.count++] = (struct replay_rate){ .interval = i,
                                                         .idx = idx,
                                                         .expected = idx == high ? 5.0f : 0.01f };
    PS_REQUIRE(rates.count <= 20000);
    return run(trace, 0.1, &(struct replay_ours_config){ .rates = &rates }); /* one object */
}

static void an_oracle_keeps_and_stages_by_the_true_rates(void)
{
    struct replay_trace trace;
    struct replay_ours_result result;

    make_favourite(&trace, 100);
    result = run_by_rates(&trace, 0);
    CU_ASSERT_EQUAL(result.counted, 150);
    CU_ASSERT_EQUAL(result.hits, 75); /* the favourite, each time */
    result = run_by_rates(&trace, 1); /* all for the first dull one, in vain */
    CU_ASSERT_EQUAL(result.hits, 0);
    replay_trace_fini(&trace);
}

static void an_oracle_stages_nothing_that_nobody_asked_for(void)
{
    struct replay_trace trace;
    struct replay_ours_result result;

    make_singles(&trace, 200);
    result = run_by_rates(&trace, 199); /* the last of all */
    CU_ASSERT_EQUAL(result.hits, 0);
    CU_ASSERT_EQUAL(result.used, 0);
    replay_trace_fini(&trace);
}

static void a_run_survives_each_failed_allocation(void)
{
    static const double sizes[] = { 10.0, 50.0 };
    struct replay_ours_result results[2];
    struct replay_trace trace;
    unsigned failed_at = 0;

    make_singles(&trace, 10);
    const struct replay_ours_config config = {
        .trace = &trace, .sizes = sizes, .size_count = 2, .budget_per_min = 1
    };
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = replay_ours_run(&config, results);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at > 5);
    replay_trace_fini(&trace);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_sequel_is_staged_before_it_is_asked_for),
        PS_TEST(what_nobody_named_is_never_staged),
        PS_TEST(a_hint_names_what_nobody_asked_for),
        PS_TEST(a_budget_bounds_what_is_staged),
        PS_TEST(an_oracle_keeps_and_stages_by_the_true_rates),
        PS_TEST(an_oracle_stages_nothing_that_nobody_asked_for),
        PS_TEST(a_run_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/ours", tests, sizeof(tests) / sizeof(tests[0]));
}

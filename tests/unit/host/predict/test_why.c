/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_why.c - what made an answer is named first. */
#include <string.h>

#include "host/predict/predict_priv.h"
#include "tests/unit/host/predict/audience.h"

static struct ps_predict_why why_of(struct ps_predict *predict, uint64_t media, uint64_t profile,
                                    uint64_t now_ns)
{
    struct ps_predict_why why;

    PS_REQUIRE(ps_predict_why(predict, &(struct ps_resource){ media, profile }, now_ns, &why));
    return why;
}

static const struct ps_predict_factor *factor(const struct ps_predict_why *why, const char *name)
{
    for (uint32_t i = 0; i < why->count; i++)
        if (strcmp(why->factors[i].name, name) == 0)
            return &why->factors[i];
    return NULL;
}

static void expect_sane(const struct ps_predict_why *why)
{
    CU_ASSERT_TRUE(why->count <= PS_PREDICT_FACTORS_MAX);
    for (uint32_t i = 0; i < why->count; i++) {
        const struct ps_predict_factor *f = &why->factors[i];
        bool is_known = false;

        for (unsigned k = 0; k < PS_FEATURE_COUNT; k++)
            is_known |= f->name == ps_feature_scales.name[k]; /* the very words: they are static */
        CU_ASSERT_TRUE(is_known);
        CU_ASSERT_TRUE(f->effect > 0.0 && isfinite(f->effect) && isfinite(f->value));
        CU_ASSERT_TRUE(i == 0 || fabs(log(f[-1].effect)) >= fabs(log(f->effect)));
    }
}

static void what_is_not_tracked_has_no_reasons(void)
{
    struct ps_predict *predict = new_predict(8, 8);
    struct ps_predict_why why = { .count = 5 };

    CU_ASSERT_FALSE(ps_predict_why(predict, &(struct ps_resource){ 1, 1 }, START_NS, &why));
    CU_ASSERT_EQUAL(why.count, 0);
    want(predict, 1, 1, 1, START_NS);
    CU_ASSERT_FALSE(ps_predict_why(predict, &(struct ps_resource){ 1, 9 }, START_NS, &why));
    CU_ASSERT_TRUE(ps_predict_why(predict, &(struct ps_resource){ 1, 1 }, START_NS, &why));
    ps_predict_destroy(predict);
}

static void reasons_are_named_sorted_and_few(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 240);
    uint32_t reasons = 0;

    for (uint32_t i = 0; i < AUDIENCE_RESOURCES / 2; i++) {
        const struct ps_predict_why why = why_of(predict, 1 + i / 2, 1 + i % 2, now_ns);

        expect_sane(&why);
        reasons += why.count;
    }
    CU_ASSERT_TRUE(reasons > AUDIENCE_RESOURCES / 2);
    ps_predict_destroy(predict);
}

/* Whether it is wanted hangs on its own rate alone, in this audience. */
static bool is_of_its_own_past(const char *name)
{
    return strstr(name, "asked for") != NULL || strstr(name, "its rate") != NULL ||
           strstr(name, "its title") != NULL;
}

static void the_favourite_is_so_by_its_own_past(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 240);
    const struct ps_predict_why why = why_of(predict, 1, 1, now_ns);

    PS_REQUIRE(why.count > 0);
    CU_ASSERT_TRUE(is_of_its_own_past(why.factors[0].name));
    CU_ASSERT_TRUE(why.factors[0].effect > 1.0);
    CU_ASSERT_TRUE(why.factors[0].value > 0.5); /* starts in five minutes */
    ps_predict_destroy(predict);
}

#define AGENT  7u
#define SPOKEN "announced by agents for the next"

/* A catalogue in which nothing but the word of an agent says what comes. */
static uint64_t an_agent_speaks(struct ps_predict *predict)
{
    uint64_t now_ns = START_NS, random = 3, plans[8] = { 0 };

    for (uint64_t media = 1; media <= 40; media++)
        ps_predict_know(predict, &(struct ps_resource){ media, 1 }, now_ns);
    for (unsigned minute = 0; minute < 600; minute++, now_ns += MINUTE_NS) {
        const uint64_t media = 1 + (uint64_t)(random_unit(&random) * 40.0);
        const struct ps_forward_look look = { .source_key = AGENT,
                                              .due_ns = now_ns + 5 * MINUTE_NS,
                                              .resource = { media, 1 },
                                              .probability = 1.0f };

        if (plans[minute % 5] != 0)
            want_by(predict, AGENT, plans[minute % 5], 1, now_ns);
        CU_ASSERT_EQUAL(ps_predict_look(predict, &look, now_ns), 0);
        plans[minute % 5] = media;
    }
    return now_ns;
}

static void what_was_announced_is_so_by_that(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = an_agent_speaks(predict) + 30 * PS_NS_PER_SEC;
    uint64_t announced = 0, other = 0;

    for (uint64_t media = 1; media <= 40; media++) {
        const struct ps_prediction prediction = estimate(predict, media, 1, now_ns);

        if (prediction.reason == PS_REASON_HINT && announced == 0)
            announced = media;
        if (prediction.reason != PS_REASON_HINT && other == 0)
            other = media;
    }
    PS_REQUIRE(announced != 0 && other != 0);
    const struct ps_predict_why why = why_of(predict, announced, 1, now_ns);
    PS_REQUIRE(why.count > 0);
    CU_ASSERT_EQUAL(strncmp(why.factors[0].name, SPOKEN, strlen(SPOKEN)), 0);
    CU_ASSERT_TRUE(why.factors[0].effect > 1.5);
    const struct ps_predict_why not_so = why_of(predict, other, 1, now_ns);
    const struct ps_predict_factor *spoken =
        factor(&not_so, "announced by agents for the next 15 minutes");
    CU_ASSERT_TRUE(spoken == NULL || (spoken->effect < 1.0 && spoken->value < 0.01));
    ps_predict_destroy(predict);
}

static void asking_why_changes_no_answer(void)
{
    struct ps_predict *predict = new_predict(64, 64);
    const uint64_t now_ns = audience_watches(predict, 1, false, START_NS, 60);
    const struct ps_prediction before = estimate(predict, 1, 1, now_ns);

    for (unsigned i = 0; i < 10; i++)
        why_of(predict, 1, 1, now_ns);
    CU_ASSERT_EQUAL(estimate(predict, 1, 1, now_ns).expected[1], before.expected[1]);
    ps_predict_destroy(predict);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_not_tracked_has_no_reasons),  PS_TEST(reasons_are_named_sorted_and_few),
        PS_TEST(the_favourite_is_so_by_its_own_past), PS_TEST(what_was_announced_is_so_by_that),
        PS_TEST(asking_why_changes_no_answer),
    };

    return ps_test_run("host/predict/why", tests, PS_ARRAY_LEN(tests));
}

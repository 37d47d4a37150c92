/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_table.c - the tables learn what is there, and nothing else. */
#include "host/predict/table_priv.h"

#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/predict/experts.h"

static struct ps_table table; /* large */

static void begin(void)
{
    memset(&table, 0, sizeof(table));
}

static ps_vec4 score(const struct ps_features *features)
{
    struct ps_table_row row;

    ps_table_row(features, &row);
    return ps_table_score(&table, &row);
}

static void learn(const struct ps_features *features, unsigned outlook, bool hit)
{
    struct ps_table_row row;

    ps_table_row(features, &row);
    ps_table_learn(&table, &row, outlook,
                   ps_logistic(ps_table_score(&table, &row)[outlook]) - (hit ? 1.0f : 0.0f));
}

static void teach(uint64_t seed, unsigned lessons)
{
    for (unsigned i = 0; i < lessons; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        learn(&lesson.features, 1, lesson.hit[0]);
        learn(&lesson.features, 3, lesson.hit[1]);
    }
}

static double loss(uint64_t seed, unsigned outlook, unsigned relation)
{
    double sum = 0.0;

    for (unsigned i = 0; i < 2000; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        sum += loss_of((double)score(&lesson.features)[outlook], lesson.hit[relation]);
    }
    return sum / 2000.0;
}

static void an_empty_table_knows_nothing(void)
{
    const struct ps_features features = { { 1.0f, 2.0f } };

    begin();
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        CU_ASSERT_EQUAL(score(&features)[o], 0.0f);
}

static void each_outlook_learns_its_own_relation(void)
{
    begin();
    teach(1, 20000);
    CU_ASSERT_TRUE(loss(2, 1, 0) < 0.5 * BASE_LOSS);
    CU_ASSERT_TRUE(loss(2, 3, 1) < 0.5 * BASE_LOSS);
    CU_ASSERT_TRUE(loss(2, 1, 1) > BASE_LOSS); /* the other one's is wrong for it */
    CU_ASSERT_DOUBLE_EQUAL(loss(2, 0, 0), BASE_LOSS, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(loss(2, 2, 0), BASE_LOSS, 0.001);
}

/* Negative control: hits by a coin. */
static void chance_teaches_nothing(void)
{
    uint64_t seed = 3;
    double sum = 0.0;

    begin();
    for (unsigned i = 0; i < 20000; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        learn(&lesson.features, 1, lesson_random(&seed) < 0.5);
    }
    for (unsigned i = 0; i < 2000; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        sum += loss_of((double)score(&lesson.features)[1], lesson_random(&seed) < 0.5);
    }
    CU_ASSERT_TRUE(sum / 2000.0 > 0.98 * BASE_LOSS);
    CU_ASSERT_TRUE(sum / 2000.0 < 1.1 * BASE_LOSS);
}

static void fading_leaves_answers_and_quickens_learning(void)
{
    uint64_t seed = 4;
    struct lesson lessons[100];
    float before[100], faded, kept;
    static struct ps_table slow;

    begin();
    teach(1, 20000);
    for (unsigned i = 0; i < 100; i++) {
        lessons[i] = draw_lesson(&seed);
        before[i] = score(&lessons[i].features)[1];
    }
    slow = table;
    for (unsigned i = 0; i < 50; i++)
        ps_table_fade(&table);
    for (unsigned i = 0; i < 100; i++)
        CU_ASSERT_DOUBLE_EQUAL(score(&lessons[i].features)[1], before[i], 1e-3);
    for (unsigned i = 0; i < 20; i++)
        learn(&lessons[0].features, 1, before[0] < 0.0f);
    faded = score(&lessons[0].features)[1];
    table = slow;
    for (unsigned i = 0; i < 20; i++)
        learn(&lessons[0].features, 1, before[0] < 0.0f);
    kept = score(&lessons[0].features)[1];
    CU_ASSERT_TRUE(fabsf(faded - before[0]) > 1.2f * fabsf(kept - before[0]));
}

static void one_step_between_two_rates_is_no_cliff(void)
{
    struct ps_features features = { { 0 } };
    float last, widest = 0.0f;

    begin();
    teach(1, 20000);
    for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
        features.value[f] = 4.0f;
    features.value[PS_FEATURE_HAWKES] = 4.0f;
    last = score(&features)[1];
    for (float rate = 4.0f; rate < 4.45f; rate += 0.01f) { /* within one of its steps */
        features.value[PS_FEATURE_HAWKES] = rate;
        widest = fmaxf(widest, fabsf(score(&features)[1] - last));
        last = score(&features)[1];
    }
    CU_ASSERT_TRUE(widest < 0.05f);
}

static void wild_features_stay_within_the_table(void)
{
    static const float wild[] = { 1e30f, -1e30f, INFINITY, -INFINITY, 128.0f, -128.0f };
    struct ps_features features;
    struct ps_table_row row;

    begin();
    for (unsigned w = 0; w < PS_ARRAY_LEN(wild); w++) {
        for (unsigned f = 0; f < PS_FEATURES_PADDED; f++)
            features.value[f] = wild[w];
        ps_table_row(&features, &row);
        for (unsigned t = 0; t < PS_TABLE_TERMS; t++)
            CU_ASSERT_TRUE(row.term[t] < PS_TABLE_SIZE);
        for (unsigned i = 0; i < 1000; i++)
            learn(&features, i % PS_OUTLOOKS, i % 3 == 0);
        for (unsigned o = 0; o < PS_OUTLOOKS; o++)
            CU_ASSERT_TRUE(isfinite(score(&features)[o]));
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_empty_table_knows_nothing),
        PS_TEST(each_outlook_learns_its_own_relation),
        PS_TEST(chance_teaches_nothing),
        PS_TEST(fading_leaves_answers_and_quickens_learning),
        PS_TEST(one_step_between_two_rates_is_no_cliff),
        PS_TEST(wild_features_stay_within_the_table),
    };

    return ps_test_run("host/predict/table", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_network.c - the network learns chances and counts, and stays sane.
 */
#include "host/predict/network_priv.h"

#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/predict/experts.h"

static struct ps_network network;

static struct ps_network_output score(const struct ps_features *features)
{
    struct ps_network_output output;

    ps_network_score(&network, features, &output);
    return output;
}

static void learn(const struct ps_features *features, unsigned outlook, float starts, float weight)
{
    const struct ps_network_output output = score(features);

    ps_network_learn(&network, &output, outlook, starts, weight);
}

static void teach(uint64_t seed, unsigned lessons)
{
    for (unsigned i = 0; i < lessons; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        learn(&lesson.features, 1, lesson.hit[0] ? 1.0f : 0.0f, 1.0f);
        learn(&lesson.features, 3, lesson.hit[1] ? 1.0f : 0.0f, 1.0f);
    }
}

static double loss(uint64_t seed, unsigned outlook, unsigned relation)
{
    double sum = 0.0;

    for (unsigned i = 0; i < 2000; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        sum += loss_of((double)score(&lesson.features).log_odds[outlook], lesson.hit[relation]);
    }
    return sum / 2000.0;
}

static void every_network_begins_alike_and_expects_little(void)
{
    static struct ps_network other;
    const struct lesson lesson = draw_lesson(&(uint64_t){ 1 });

    ps_network_init(&network);
    ps_network_init(&other);
    CU_ASSERT_EQUAL(memcmp(&network, &other, sizeof(network)), 0);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        CU_ASSERT_TRUE(score(&lesson.features).log_odds[o] < 0.0f);
}

static void each_outlook_learns_its_own_relation(void)
{
    ps_network_init(&network);
    CU_ASSERT_TRUE(loss(2, 1, 0) > BASE_LOSS);
    teach(1, 20000);
    CU_ASSERT_TRUE(loss(2, 1, 0) < 0.5 * BASE_LOSS);
    CU_ASSERT_TRUE(loss(2, 3, 1) < 0.5 * BASE_LOSS);
    CU_ASSERT_TRUE(loss(2, 1, 1) > BASE_LOSS);
}

/* Negative control: hits by a coin. */
static void chance_teaches_nothing(void)
{
    uint64_t seed = 3;
    double sum = 0.0;

    ps_network_init(&network);
    for (unsigned i = 0; i < 20000; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        learn(&lesson.features, 1, lesson_random(&seed) < 0.5 ? 1.0f : 0.0f, 1.0f);
    }
    for (unsigned i = 0; i < 2000; i++) {
        const struct lesson lesson = draw_lesson(&seed);

        sum += loss_of((double)score(&lesson.features).log_odds[1], lesson_random(&seed) < 0.5);
    }
    CU_ASSERT_TRUE(sum / 2000.0 > 0.98 * BASE_LOSS);
    CU_ASSERT_TRUE(sum / 2000.0 < 1.1 * BASE_LOSS);
}

/* Whatever the features that say nothing are. */
static double mean_log_starts(uint64_t seed, float rate)
{
    double sum = 0.0;

    for (unsigned i = 0; i < 100; i++) {
        struct lesson lesson = draw_lesson(&seed);

        for (unsigned k = 0; k <= PS_FEATURE_HAWKES; k++)
            lesson.features.value[k] = rate;
        sum += (double)score(&lesson.features).log_starts[2];
    }
    return sum / 100.0;
}

static void counts_are_learned_too(void)
{
    uint64_t seed = 5;

    ps_network_init(&network);
    for (unsigned i = 0; i < 20000; i++) {
        const struct lesson lesson = draw_lesson(&seed);
        const bool busy = lesson.features.value[PS_FEATURE_HAWKES] > 6.0f;

        learn(&lesson.features, 2, busy ? 9.0f : 1.0f, 1.0f);
    }
    CU_ASSERT_DOUBLE_EQUAL(mean_log_starts(seed, 10.0f), log(9.0), 0.4);
    CU_ASSERT_DOUBLE_EQUAL(mean_log_starts(seed, 2.0f), 0.0, 0.4);
}

/* What one crowd may do is bounded: a count of millions moves it no farther than some tens. */
static void one_crowd_does_not_take_over(void)
{
    const struct lesson lesson = draw_lesson(&(uint64_t){ 8 });
    static struct ps_network learned;
    float moved[2];

    ps_network_init(&network);
    teach(1, 5000);
    learned = network;
    for (unsigned huge = 0; huge < 2; huge++) {
        network = learned;
        learn(&lesson.features, 1, huge ? 1e9f : 50.0f, 1.0f);
        moved[huge] = score(&lesson.features).log_starts[1];
    }
    CU_ASSERT_DOUBLE_EQUAL(moved[0], moved[1], 0.1);
}

static void fading_leaves_answers_and_quickens_learning(void)
{
    const struct lesson lesson = draw_lesson(&(uint64_t){ 8 });
    static struct ps_network slow;
    float before, kept, faded;

    ps_network_init(&network);
    teach(1, 20000);
    before = score(&lesson.features).log_odds[1];
    slow = network;
    for (unsigned i = 0; i < 50; i++)
        ps_network_fade(&network);
    CU_ASSERT_EQUAL(score(&lesson.features).log_odds[1], before);
    learn(&lesson.features, 1, before < 0.0f ? 1.0f : 0.0f, 1.0f);
    faded = score(&lesson.features).log_odds[1];
    network = slow;
    learn(&lesson.features, 1, before < 0.0f ? 1.0f : 0.0f, 1.0f);
    kept = score(&lesson.features).log_odds[1];
    CU_ASSERT_TRUE(fabsf(faded - before) > 1.2f * fabsf(kept - before));
}

static void fading_for_years_without_a_lesson_breaks_nothing(void)
{
    const struct lesson lesson = draw_lesson(&(uint64_t){ 8 });

    ps_network_init(&network);
    for (unsigned hour = 0; hour < 2 * 8766; hour++)
        ps_network_fade(&network);
    teach(1, 100);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        CU_ASSERT_TRUE(isfinite(score(&lesson.features).log_odds[o]));
}

static void the_largest_features_and_weights_leave_it_finite(void)
{
    struct ps_features features = { { 0 } };
    struct ps_network_output output;
    uint64_t seed = 6;

    ps_network_init(&network);
    for (unsigned i = 0; i < 5000; i++) {
        for (unsigned f = 0; f < PS_FEATURE_COUNT; f++)
            features.value[f] = lesson_random(&seed) < 0.5 ? -128.0f : 128.0f;
        learn(&features, i % PS_OUTLOOKS, i % 5 == 0 ? 30000.0f : 0.0f, 8.0f);
    }
    output = score(&features);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        CU_ASSERT_TRUE(isfinite(output.log_odds[o]) && isfinite(output.log_starts[o]));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(every_network_begins_alike_and_expects_little),
        PS_TEST(each_outlook_learns_its_own_relation),
        PS_TEST(chance_teaches_nothing),
        PS_TEST(counts_are_learned_too),
        PS_TEST(one_crowd_does_not_take_over),
        PS_TEST(fading_leaves_answers_and_quickens_learning),
        PS_TEST(fading_for_years_without_a_lesson_breaks_nothing),
        PS_TEST(the_largest_features_and_weights_leave_it_finite),
    };

    return ps_test_run("host/predict/network", tests, PS_ARRAY_LEN(tests));
}

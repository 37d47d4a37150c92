/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/predict/test_tenants.c - what one tenant's viewers do is not another's affair.
 *
 * Tenant B is a small audience of constant tastes; its media are below FLOOD. Tenant A asks for
 * media that nobody asks for again, many of them, and loudly. The control is the same world without
 * tenants: there B must be seen to suffer, or the test could not fail.
 */
#include "host/predict/predict.h"

#include <errno.h>
#include <string.h>

#include "host/predict/predict_priv.h"
#include "tests/unit/host/predict/audience.h"

#define FLOOD    1000000u /* media keys from here on are A's */
#define TENANT_A 0u
#define TENANT_B 1u
#define B_MEDIA  (AUDIENCE_RESOURCES / 2)

static const struct ps_predict_tenant_config equal[] = { { .key = 11, .weight = 1 },
                                                         { .key = 22, .weight = 1 } };

static void owner_by_key(void *arg, uint64_t media_key, struct ps_media_facts *ret_facts)
{
    (void)arg;
    ret_facts->tenant = media_key >= FLOOD ? TENANT_A : TENANT_B;
}

static struct ps_predict *new_shared(uint32_t media_max, bool apart)
{
    const struct ps_predict_config cfg = { .resources_max = media_max,
                                           .media_max = media_max,
                                           .tenant_count = apart ? 2 : 0,
                                           .tenants = equal,
                                           .facts = apart ? owner_by_key : NULL };
    struct ps_predict *predict = NULL;

    PS_REQUIRE(ps_predict_create(&predict, &cfg) == 0);
    return predict;
}

/* B's viewers as always; A's ask for @p rate new media a second, each @p starts times. */
static uint64_t live(struct ps_predict *predict, uint64_t from_ns, unsigned minutes, unsigned rate,
                     uint32_t starts)
{
    uint64_t audience = 7 + from_ns, next = FLOOD + from_ns / 1000000;

    for (uint64_t now_ns = from_ns; now_ns < from_ns + minutes * MINUTE_NS;
         now_ns += PS_NS_PER_SEC) {
        audience_second(predict, &audience, false, now_ns);
        for (unsigned i = 0; i < rate; i++)
            want(predict, next++, 1 + i % 2, starts, now_ns);
    }
    return from_ns + minutes * MINUTE_NS;
}

/* B's resources in the order in which they are told. */
static uint32_t order_of_b(struct ps_predict *predict, uint64_t now_ns,
                           struct ps_resource ret[AUDIENCE_RESOURCES], double *ret_expected)
{
    static struct answers answers;
    uint32_t count = 0;

    rank(predict, now_ns, &answers);
    for (uint32_t i = 0; i < answers.list.count && count < AUDIENCE_RESOURCES; i++)
        if (answers.items[i].resource.media_key < FLOOD) {
            ret_expected[count] = answers.items[i].expected[PS_HORIZON_15MIN];
            ret[count++] = answers.items[i].resource;
        }
    return count;
}

struct outcome {
    uint32_t told, calm_told;       /* of B's resources */
    uint32_t tracked, calm_tracked; /* of B's media */
    double off;                     /* of what is expected of B's, that which A changed */
    double error, calm_error;       /* of B's calibration at 5 minutes */
};

static uint32_t tracked_of_b(const struct ps_predict *predict)
{
    uint32_t count = 0;

    for (uint64_t key = 1; key <= B_MEDIA; key++)
        count += ps_items_find_media(&predict->items, key) != PS_ITEM_NONE;
    return count;
}

static double said_wrongly(const struct ps_predict *predict)
{
    struct ps_predict_tenant_status status;

    ps_predict_tenant_status(predict, predict->tenant_count - 1, &status);
    return fabs(status.mean_said[0] - status.mean_happened[0]);
}

static double expected_of(const struct ps_resource *resource, const struct ps_resource *list,
                          const double *expected, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(&list[i], resource, sizeof(*resource)) == 0)
            return expected[i];
    return 0.0;
}

static void compare(struct ps_predict *calm, struct ps_predict *flooded, uint64_t now_ns,
                    struct outcome *ret)
{
    struct ps_resource before[AUDIENCE_RESOURCES], after[AUDIENCE_RESOURCES];
    double expected_before[AUDIENCE_RESOURCES], expected_after[AUDIENCE_RESOURCES];
    double off = 0.0, sum = 0.0;

    *ret = (struct outcome){
        .calm_told = order_of_b(calm, now_ns, before, expected_before),
        .told = order_of_b(flooded, now_ns, after, expected_after),
        .calm_tracked = tracked_of_b(calm),
        .tracked = tracked_of_b(flooded),
        .calm_error = said_wrongly(calm),
        .error = said_wrongly(flooded),
    };
    for (uint32_t i = 0; i < ret->calm_told; i++) {
        off += fabs(expected_of(&before[i], after, expected_after, ret->told) - expected_before[i]);
        sum += expected_before[i];
    }
    ret->off = off / sum;
}

/* Two equal worlds; then in one of them A begins. */
static struct outcome flood(bool apart, unsigned rate, uint32_t starts)
{
    struct ps_predict *calm = new_shared(512, apart), *flooded = new_shared(512, apart);
    struct outcome outcome;

    live(calm, START_NS, 90, 1, 1);
    uint64_t now_ns = live(flooded, START_NS, 90, 1, 1);
    live(calm, now_ns, 30, 1, 1);
    now_ns = live(flooded, now_ns, 30, rate, starts);
    compare(calm, flooded, now_ns, &outcome);
    ps_predict_destroy(calm);
    ps_predict_destroy(flooded);
    return outcome;
}

static void check_left_alone(const struct outcome *apart)
{
    CU_ASSERT_EQUAL(apart->told, apart->calm_told);
    CU_ASSERT_EQUAL(apart->tracked, apart->calm_tracked);
    CU_ASSERT_TRUE(apart->off < 0.04);
    CU_ASSERT_TRUE(fabs(apart->error - apart->calm_error) < 0.005);
}

static void a_flood_of_new_media_leaves_another_tenant_as_it_was(void)
{
    const struct outcome apart = flood(true, 40, 1), together = flood(false, 40, 1);

    check_left_alone(&apart);
    CU_ASSERT_TRUE(together.tracked < apart.tracked); /* the control */
    CU_ASSERT_TRUE(together.off > 4.0 * apart.off);
}

static void loud_media_leave_another_tenant_its_part_of_the_list(void)
{
    const struct outcome apart = flood(true, 20, 50), together = flood(false, 20, 50);

    check_left_alone(&apart);
    CU_ASSERT_TRUE(together.told < together.calm_told / 2);
    CU_ASSERT_TRUE(together.off > 4.0 * apart.off);
}

/* ---- parts ---- */

static struct ps_predict_tenant_status status_of(const struct ps_predict *predict, uint32_t tenant)
{
    struct ps_predict_tenant_status status;

    ps_predict_tenant_status(predict, tenant, &status);
    return status;
}

static void want_many(struct ps_predict *predict, uint64_t from, uint32_t count, uint64_t now_ns)
{
    for (uint32_t i = 0; i < count; i++)
        want(predict, from + i, 1, 1, now_ns + i * 1000000);
}

static void what_a_tenant_leaves_free_is_lent_until_it_wants_it(void)
{
    struct ps_predict *predict = new_shared(1000, true);

    want_many(predict, FLOOD, 3000, START_NS);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_A).media, 1000);
    want_many(predict, 1, 400, START_NS + MINUTE_NS);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_B).media, 400);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_A).media, 600);
    want_many(predict, 2 * FLOOD, 20000, START_NS + 2 * MINUTE_NS);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_B).media, 400);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_A).media, 600);
    ps_predict_destroy(predict);
}

static void when_all_want_more_weights_decide(void)
{
    const struct ps_predict_tenant_config tenants[] = { { .key = 11, .weight = 1 },
                                                        { .key = 22, .weight = 3 } };
    const struct ps_predict_config cfg = { .resources_max = 20000,
                                           .media_max = 20000,
                                           .tenant_count = 2,
                                           .tenants = tenants,
                                           .facts = owner_by_key };
    struct ps_predict *predict;
    static struct answers answers;
    uint64_t now_ns = START_NS;

    PS_REQUIRE(ps_predict_create(&predict, &cfg) == 0);
    for (unsigned i = 0; i < 300; i++, now_ns += PS_NS_PER_SEC) {
        want_many(predict, FLOOD + i * 100, 100, now_ns);
        want_many(predict, 1 + i * 100, 100, now_ns);
    }
    CU_ASSERT_TRUE(abs((int)status_of(predict, TENANT_A).media - 5000) <= 100);
    CU_ASSERT_TRUE(abs((int)status_of(predict, TENANT_B).media - 15000) <= 100);
    rank(predict, now_ns, &answers);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_A).candidates, PS_CANDIDATES_MAX / 4);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_B).candidates, PS_CANDIDATES_MAX / 4 * 3);
    uint32_t of_a = 0;
    for (uint32_t i = 0; i < answers.list.count; i++)
        of_a += answers.items[i].resource.media_key >= FLOOD;
    CU_ASSERT_TRUE(of_a >= answers.list.count / 4);
    CU_ASSERT_TRUE(of_a <= answers.list.count);
    ps_predict_destroy(predict);
}

static void candidates_that_a_tenant_has_no_use_for_are_lent(void)
{
    struct ps_predict *predict = new_shared(40000, true);
    static struct answers answers;

    want_many(predict, FLOOD, 30000, START_NS);
    want_many(predict, 1, 100, START_NS + MINUTE_NS);
    rank(predict, START_NS + 2 * MINUTE_NS, &answers);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_B).candidates, 100);
    CU_ASSERT_TRUE(status_of(predict, TENANT_A).candidates >= PS_CANDIDATES_MAX - 200);
    ps_predict_destroy(predict);
}

/* A share so small that chance hardly ever finds a media of it. */
static void the_smallest_tenant_floods_itself(void)
{
    const struct ps_predict_tenant_config tenants[] = { { .key = 11, .weight = 1 },
                                                        { .key = 22, .weight = 1000 } };
    const struct ps_predict_config cfg = { .resources_max = 4000,
                                           .media_max = 4000,
                                           .tenant_count = 2,
                                           .tenants = tenants,
                                           .facts = owner_by_key };
    struct ps_predict *predict;

    PS_REQUIRE(ps_predict_create(&predict, &cfg) == 0);
    want_many(predict, 1, 3996, START_NS);
    want_many(predict, FLOOD, 20000, START_NS + MINUTE_NS);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_B).media, 3996);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_A).media, 4);
    ps_predict_destroy(predict);
}

static void tenants_without_sense_are_refused(void)
{
    const struct ps_predict_tenant_config none = { .key = 1, .weight = 0 };
    struct ps_predict_config cfg = {
        .resources_max = 16, .media_max = 16, .tenant_count = 1, .tenants = &none
    };
    struct ps_predict *predict = NULL;

    CU_ASSERT_EQUAL(ps_predict_create(&predict, &cfg), -EINVAL);
    cfg.tenant_count = PS_PREDICT_TENANTS_MAX + 1;
    CU_ASSERT_EQUAL(ps_predict_create(&predict, &cfg), -EINVAL);
    CU_ASSERT_PTR_NULL(predict);
}

/* ---- facts ---- */

static void what_is_tracked_again_has_its_facts_again(void)
{
    struct ps_predict *predict = new_shared(16, true);

    want(predict, 1, 1, 1, START_NS);
    CU_ASSERT_EQUAL(ps_predict_tenant_of(predict, ps_items_find_media(&predict->items, 1)),
                    &predict->tenants[TENANT_B]);
    want_many(predict, 2, 200, START_NS + MINUTE_NS); /* B floods itself */
    PS_REQUIRE(ps_items_find_media(&predict->items, 1) == PS_ITEM_NONE);
    want(predict, 1, 1, 1, START_NS + 2 * MINUTE_NS);
    CU_ASSERT_EQUAL(ps_predict_tenant_of(predict, ps_items_find_media(&predict->items, 1)),
                    &predict->tenants[TENANT_B]);
    ps_predict_destroy(predict);
}

/* ---- over a restart ---- */

static void load_into(struct ps_predict *from, struct ps_predict *to)
{
    void *data = NULL;
    size_t size_bytes = 0;

    PS_REQUIRE(ps_predict_save(from, &data, &size_bytes) == 0);
    CU_ASSERT_EQUAL(ps_predict_load(to, data, size_bytes), 0);
    free(data);
}

static void the_same_tenants_go_on_as_before(void)
{
    struct ps_predict *predict = new_shared(512, true), *again = new_shared(512, true);
    void *a = NULL, *b = NULL;
    size_t a_bytes = 0, b_bytes = 0;

    const uint64_t now_ns = live(predict, START_NS, 60, 10, 1);
    load_into(predict, again);
    live(predict, now_ns, 5, 10, 1);
    live(again, now_ns, 5, 10, 1);
    PS_REQUIRE(ps_predict_save(predict, &a, &a_bytes) == 0);
    PS_REQUIRE(ps_predict_save(again, &b, &b_bytes) == 0);
    CU_ASSERT_TRUE(a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0);
    free(a);
    free(b);
    ps_predict_destroy(predict);
    ps_predict_destroy(again);
}

static void owner_the_other_way(void *arg, uint64_t media_key, struct ps_media_facts *ret_facts)
{
    (void)arg;
    ret_facts->tenant = media_key >= FLOOD ? 2 : 0;
}

/* A third came, the order changed, and so did the weights. */
static void tenants_are_known_again_by_their_keys(void)
{
    const struct ps_predict_tenant_config tenants[] = { { .key = 22, .weight = 5 },
                                                        { .key = 33, .weight = 1 },
                                                        { .key = 11, .weight = 2 } };
    const struct ps_predict_config cfg = { .resources_max = 600,
                                           .media_max = 600,
                                           .tenant_count = 3,
                                           .tenants = tenants,
                                           .facts = owner_the_other_way };
    struct ps_predict *predict = new_shared(512, true), *again = NULL;

    PS_REQUIRE(ps_predict_create(&again, &cfg) == 0);
    const uint64_t now_ns = live(predict, START_NS, 120, 2, 1);
    load_into(predict, again);
    CU_ASSERT_EQUAL(status_of(again, 0).media, status_of(predict, TENANT_B).media);
    CU_ASSERT_EQUAL(status_of(again, 1).media, 0);
    CU_ASSERT_EQUAL(status_of(again, 2).media, status_of(predict, TENANT_A).media);
    CU_ASSERT_EQUAL(status_of(again, 0).labels[0], status_of(predict, TENANT_B).labels[0]);
    const struct ps_prediction was = estimate(predict, 1, 1, now_ns);
    const struct ps_prediction is = estimate(again, 1, 1, now_ns);
    CU_ASSERT_DOUBLE_EQUAL(is.confidence[0], was.confidence[0], 0.02);
    CU_ASSERT_DOUBLE_EQUAL(is.expected[1], was.expected[1], 0.05 * was.expected[1]);
    ps_predict_destroy(predict);
    ps_predict_destroy(again);
}

/* Nobody moved but the titles: the same limits, another owner. */
static void titles_that_changed_hands_are_counted_there(void)
{
    struct ps_predict *predict = new_shared(512, true), *again;
    const struct ps_predict_config cfg = {
        .resources_max = 512, .media_max = 512, .tenant_count = 2, .tenants = equal
    };
    PS_REQUIRE(ps_predict_create(&again, &cfg) == 0); /* nothing is known: all are as they were */
    live(predict, START_NS, 30, 2, 1);
    load_into(predict, again);
    CU_ASSERT_EQUAL(status_of(again, TENANT_B).media, status_of(predict, TENANT_B).media);
    const struct ps_predict_tenant_status a = status_of(predict, TENANT_A);
    const struct ps_predict_tenant_status b = status_of(predict, TENANT_B);
    for (uint64_t key = 1; key <= B_MEDIA; key++) {
        const uint32_t media = ps_items_find_media(&again->items, key);

        if (media != PS_ITEM_NONE)
            ps_items_move(&again->items, media, TENANT_A);
    }
    CU_ASSERT_EQUAL(status_of(again, TENANT_A).places, a.places + b.places);
    CU_ASSERT_EQUAL(status_of(again, TENANT_B).places, 0);
    load_into(again, predict); /* which asks */
    CU_ASSERT_EQUAL(status_of(predict, TENANT_A).places, a.places);
    CU_ASSERT_EQUAL(status_of(predict, TENANT_B).places, b.places);
    ps_predict_destroy(predict);
    ps_predict_destroy(again);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_flood_of_new_media_leaves_another_tenant_as_it_was),
        PS_TEST(loud_media_leave_another_tenant_its_part_of_the_list),
        PS_TEST(what_a_tenant_leaves_free_is_lent_until_it_wants_it),
        PS_TEST(when_all_want_more_weights_decide),
        PS_TEST(candidates_that_a_tenant_has_no_use_for_are_lent),
        PS_TEST(the_smallest_tenant_floods_itself),
        PS_TEST(tenants_without_sense_are_refused),
        PS_TEST(what_is_tracked_again_has_its_facts_again),
        PS_TEST(the_same_tenants_go_on_as_before),
        PS_TEST(tenants_are_known_again_by_their_keys),
        PS_TEST(titles_that_changed_hands_are_counted_there),
    };

    return ps_test_run("host/predict/tenants.c", tests, PS_ARRAY_LEN(tests));
}

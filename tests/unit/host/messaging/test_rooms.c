/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rooms.c - opened by those who may, and on demand. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static void on_demand_can_be_refused_but_own_answers_always_have_a_place(void)
{
    struct ps_messaging_config cfg = usual();
    const struct ps_grant ann = grant_of("ann", PS_MAY_ALL);
    const struct ps_collection_id id = resource_id(0), box = box_of("ann");

    cfg.on_demand = false;
    struct ps_messaging *m = messaging_of(&cfg, NULL);
    CU_ASSERT_EQUAL(send_to(m, &ann, &id, 1, "a", NOW), -ENOENT);
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &id, NOW), "ENOENT");
    CU_ASSERT_STRING_EQUAL(read_all(m, &ann, &box, NOW), "");
    CU_ASSERT_TRUE(m->status.refused_absent == 2 && m->set->status.collections == 1);
    CU_ASSERT_EQUAL(ps_messaging_open(m, &ann, &id, &cfg.resource, NOW), 0);
    CU_ASSERT_TRUE(send_to(m, &ann, &id, 1, "a", NOW) > 0);
    ps_messaging_destroy(m);
}

static void who_may_create_opens_resizes_and_closes(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_grant ann = grant_of("ann", PS_MAY_CREATE), bob = grant_of("bob", PS_MAY_PUT);
    const struct ps_collection_id id = resource_id(2);
    struct ps_collection_limits limits = usual().resource;

    CU_ASSERT_EQUAL(ps_messaging_open(m, &bob, &id, &limits, NOW), -EACCES);
    CU_ASSERT_EQUAL(ps_messaging_open(m, &ann, &id, &limits, NOW), 0);
    limits.messages_max = 16;
    CU_ASSERT_EQUAL(ps_messaging_open(m, &ann, &id, &limits, NOW), 0);
    CU_ASSERT_EQUAL(ps_collection_find(m->set, &id)->limits.messages_max, 16);
    limits.messages_max = 0;
    CU_ASSERT_EQUAL(ps_messaging_open(m, &ann, &id, &limits, NOW), -EINVAL);
    CU_ASSERT_EQUAL(ps_messaging_close(m, &bob, &id), -EACCES);
    CU_ASSERT_EQUAL(ps_messaging_close(m, &ann, &id), 0);
    CU_ASSERT_EQUAL(ps_messaging_close(m, &ann, &id), -ENOENT);
    ps_messaging_destroy(m);
}

static void a_budget_that_is_used_refuses_and_harms_nobody(void)
{
    struct ps_messaging *m = usual_messaging();
    char name[16];
    uint32_t opened = 0;

    for (;; opened++) {
        snprintf(name, sizeof(name), "peer%u", opened);
        const struct ps_grant grant = grant_of(name, 0);
        const struct ps_collection_id box = box_of(name);
        const char *got = read_all(m, &grant, &box, NOW);
        if (got[0] == '\0')
            continue;
        CU_ASSERT_STRING_EQUAL(got, "ENOSPC");
        break;
    }
    CU_ASSERT_TRUE(opened == 64 && m->set->status.collections == opened);
    CU_ASSERT_EQUAL(m->set->status.refused_budget, 1);
    ps_messaging_destroy(m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(on_demand_can_be_refused_but_own_answers_always_have_a_place),
        PS_TEST(who_may_create_opens_resizes_and_closes),
        PS_TEST(a_budget_that_is_used_refuses_and_harms_nobody),
    };

    return ps_test_run("rooms", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_messaging.c - built, found and taken down. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static void creation_survives_each_failed_allocation(void)
{
    const struct ps_messaging_config cfg = usual();
    struct noted_link noted = { 0 };
    const struct ps_messaging_link link = { .keep = note_event, .arg = &noted };
    struct ps_messaging *m = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_messaging_create(&m, &cfg, &link);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(m);
    }
    CU_ASSERT_EQUAL(failed_at, 7); /* itself, set, meetings twice, rates, tickets, victims */
    ps_messaging_destroy(m);
    ps_messaging_destroy(NULL);
}

static void settings_that_cannot_be_are_refused(void)
{
    struct ps_messaging_config bad[] = { usual(), usual(), usual(), usual(), usual(), usual() };
    struct ps_messaging *m = NULL;

    bad[0].resource.messages_max = 0;
    bad[1].peer.bytes_max = 1;
    bad[2].messages_per_peer = 0;
    bad[3].puts_per_s = 0;
    bad[4].idle_ns = 0;
    bad[5].budget_bytes = 1;
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(ps_messaging_create(&m, &bad[i], NULL), -EINVAL);
    CU_ASSERT_PTR_NULL(m);
}

static void a_region_without_a_collection_meets_in_region_0(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_resource resource = { MEDIA, PROFILE };
    const struct ps_collection_id third = resource_id(3);
    const struct ps_collection_limits limits = usual().resource;

    CU_ASSERT_EQUAL(ps_messaging_resource_id(m, &resource, 3).region, 0);
    CU_ASSERT_EQUAL(ps_messaging_open(m, NULL, &third, &limits, NOW), 0);
    CU_ASSERT_EQUAL(ps_messaging_resource_id(m, &resource, 3).region, 3);
    CU_ASSERT_EQUAL(ps_messaging_resource_id(m, &resource, 4).region, 0);
    CU_ASSERT_EQUAL(ps_messaging_resource_id(m, &resource, PS_GRANT_ANY_REGION).region, 0);
    ps_messaging_destroy(m);
}

static void the_status_holds_both(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_collection_id id = resource_id(0);
    struct ps_messaging_status status;

    CU_ASSERT_TRUE(send_to(m, NULL, &id, 0, "a", NOW) > 0);
    ps_messaging_status(m, &status);
    CU_ASSERT_TRUE(status.put == 1 && status.set.put == 1 && status.set.collections == 1);
    CU_ASSERT_EQUAL(status.set.collections_max, 64);
    CU_ASSERT_PTR_EQUAL(ps_messaging_collections(m), m->set);
    ps_messaging_destroy(m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(creation_survives_each_failed_allocation),
        PS_TEST(settings_that_cannot_be_are_refused),
        PS_TEST(a_region_without_a_collection_meets_in_region_0),
        PS_TEST(the_status_holds_both),
    };

    return ps_test_run("messaging", tests, PS_ARRAY_LEN(tests));
}

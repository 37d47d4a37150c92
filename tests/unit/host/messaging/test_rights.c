/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rights.c - what a grant does not say is refused. */
#include "tests/unit/host/messaging/messaging_fixture.h"

static int allow(struct ps_messaging *m, const struct ps_grant *grant,
                 const struct ps_collection_id *id, enum ps_action action)
{
    return ps_messaging_allow(m, grant, id, action, NOW);
}

static void an_action_that_is_not_granted_is_refused(void)
{
    static const enum ps_action actions[] = { PS_MAY_PUT, PS_MAY_FETCH, PS_MAY_CREATE };
    struct ps_messaging *m = usual_messaging();
    const struct ps_collection_id id = resource_id(0);

    for (size_t has = 0; has < PS_ARRAY_LEN(actions); has++) {
        const struct ps_grant grant = grant_of("ann", actions[has]);

        for (size_t asks = 0; asks < PS_ARRAY_LEN(actions); asks++)
            CU_ASSERT_EQUAL(allow(m, &grant, &id, actions[asks]), has == asks ? 0 : -EACCES);
    }
    CU_ASSERT_EQUAL(m->status.refused_rights, 6);
    CU_ASSERT_EQUAL(allow(m, NULL, &id, PS_MAY_CREATE), 0);
    ps_messaging_destroy(m);
}

static void a_grant_holds_for_its_resource_and_region(void)
{
    struct ps_messaging *m = usual_messaging();
    struct ps_grant grant = grant_of("ann", PS_MAY_ALL);
    struct ps_collection_id id = resource_id(3);

    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), 0);
    grant.region = 4;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), -EACCES);
    grant.region = 3;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), 0);
    id.region = 0; /* where regions without their own meet */
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), 0);
    grant.profile_key = PROFILE + 1;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), -EACCES);
    grant.profile_key = PROFILE;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), 0);
    grant.media_key = MEDIA + 1;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), -EACCES);
    id.kind = 3;
    grant.media_key = MEDIA;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), -EACCES);
    ps_messaging_destroy(m);
}

static bool is_of_tenant(void *arg, uint64_t media_key, uint32_t tenant)
{
    (void)arg;
    return media_key == MEDIA && tenant == 1;
}

static void any_media_means_those_of_the_tenant(void)
{
    struct ps_messaging_config cfg = usual();

    cfg.is_of_tenant = is_of_tenant;
    struct ps_messaging *m = messaging_of(&cfg, NULL);
    struct ps_grant grant = grant_of("ann", PS_MAY_ALL);
    struct ps_collection_id id = resource_id(0);

    grant.media_key = 0;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), -EACCES);
    grant.tenant = 1;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), 0);
    id.key++;
    CU_ASSERT_EQUAL(allow(m, &grant, &id, PS_MAY_PUT), -EACCES);
    ps_messaging_destroy(m);
}

static void nobody_reads_the_answers_of_another(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_grant ann = grant_of("ann", 0), bob = grant_of("bob", PS_MAY_ALL);
    const struct ps_collection_id box = box_of("ann");

    CU_ASSERT_EQUAL(allow(m, &ann, &box, PS_MAY_FETCH), 0);
    CU_ASSERT_EQUAL(allow(m, &bob, &box, PS_MAY_FETCH), -EACCES);
    CU_ASSERT_EQUAL(allow(m, &bob, &box, PS_MAY_CREATE), -EACCES);
    CU_ASSERT_EQUAL(allow(m, &ann, &box, PS_MAY_CREATE), -EACCES);
    ps_messaging_destroy(m);
}

static void only_those_met_write_to_a_peer_and_not_for_ever(void)
{
    struct ps_messaging *m = usual_messaging();
    const struct ps_grant ann = grant_of("ann", PS_MAY_PUT), bob = grant_of("bob", PS_MAY_PUT),
                          eve = grant_of("eve", PS_MAY_ALL), mute = grant_of("bob", PS_MAY_FETCH);
    const struct ps_collection_id anns = box_of("ann"), bobs = box_of("bob");

    ps_meetings_add(&m->meetings, ann.peer_key, bob.peer_key, NOW + 10);
    CU_ASSERT_EQUAL(allow(m, &ann, &bobs, PS_MAY_PUT), 0);
    CU_ASSERT_EQUAL(allow(m, &bob, &anns, PS_MAY_PUT), 0);
    CU_ASSERT_EQUAL(allow(m, &mute, &anns, PS_MAY_PUT), -EACCES);
    CU_ASSERT_EQUAL(allow(m, &eve, &anns, PS_MAY_PUT), -EACCES);
    CU_ASSERT_EQUAL(allow(m, &ann, &anns, PS_MAY_PUT), -EACCES);
    CU_ASSERT_EQUAL(ps_messaging_allow(m, &ann, &bobs, PS_MAY_PUT, NOW + 10), -EACCES);
    ps_messaging_destroy(m);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_action_that_is_not_granted_is_refused),
        PS_TEST(a_grant_holds_for_its_resource_and_region),
        PS_TEST(any_media_means_those_of_the_tenant),
        PS_TEST(nobody_reads_the_answers_of_another),
        PS_TEST(only_those_met_write_to_a_peer_and_not_for_ever),
    };

    return ps_test_run("rights", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_agent_keys.c - keys from one secret, and what is revoked. */
#include "host/feed/agent_keys.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_agent_keys keys;

static void begin(void)
{
    PS_REQUIRE(ps_agent_keys_init(&keys) == 0);
}

static void a_key_is_its_ids_and_the_secrets(void)
{
    uint8_t a[PS_DATAGRAM_KEY_BYTES], again[sizeof(a)], other[sizeof(a)], elsewhere[sizeof(a)];
    struct ps_agent_keys second;

    begin();
    PS_REQUIRE(ps_agent_keys_init(&second) == 0);
    ps_agent_keys_of(&keys, 1, a);
    ps_agent_keys_of(&keys, 1, again);
    ps_agent_keys_of(&keys, 2, other);
    ps_agent_keys_of(&second, 1, elsewhere);
    CU_ASSERT_EQUAL(memcmp(a, again, sizeof(a)), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(a, other, sizeof(a)), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(a, elsewhere, sizeof(a)), 0);
    CU_ASSERT_NOT_EQUAL(ps_agent_keys_draw(&keys), ps_agent_keys_draw(&keys));
    ps_agent_keys_fini(&second);
    ps_agent_keys_fini(&keys);
}

static void revoked_ids_are_known(void)
{
    static const uint64_t some[] = { 5, UINT64_MAX, 1, 9, 5 };

    begin();
    for (size_t i = 0; i < PS_ARRAY_LEN(some); i++)
        CU_ASSERT_EQUAL(ps_agent_keys_revoke(&keys, some[i]), 0);
    CU_ASSERT_EQUAL(keys.revoked_count, 4);
    for (size_t i = 0; i < PS_ARRAY_LEN(some); i++)
        CU_ASSERT_TRUE(ps_agent_keys_is_revoked(&keys, some[i]));
    CU_ASSERT_FALSE(ps_agent_keys_is_revoked(&keys, 2));
    CU_ASSERT_FALSE(ps_agent_keys_is_revoked(&keys, UINT64_MAX - 1));
    ps_agent_keys_fini(&keys);
}

static void revoking_has_a_limit(void)
{
    begin();
    for (uint64_t id = 1; id <= PS_AGENT_REVOKED_MAX; id++)
        PS_REQUIRE(ps_agent_keys_revoke(&keys, id) == 0);
    CU_ASSERT_EQUAL(ps_agent_keys_revoke(&keys, PS_AGENT_REVOKED_MAX), 0);
    CU_ASSERT_EQUAL(ps_agent_keys_revoke(&keys, PS_AGENT_REVOKED_MAX + 1), -ENOSPC);
    ps_agent_keys_fini(&keys);
}

static void what_was_saved_is_loaded(void)
{
    uint8_t before[PS_DATAGRAM_KEY_BYTES], after[sizeof(before)];
    void *data = NULL;
    size_t size_bytes = 0;

    begin();
    PS_REQUIRE(ps_agent_keys_revoke(&keys, 7) == 0 && ps_agent_keys_revoke(&keys, 3) == 0);
    ps_agent_keys_of(&keys, 1, before);
    PS_REQUIRE(ps_agent_keys_save(&keys, &data, &size_bytes) == 0);
    ps_agent_keys_fini(&keys);
    begin();
    for (size_t bit = 0; bit < size_bytes * 8; bit++) { /* whatever is damaged is refused */
        ((uint8_t *)data)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CU_ASSERT_EQUAL(ps_agent_keys_load(&keys, data, size_bytes), -EINVAL);
        ((uint8_t *)data)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < size_bytes; size++)
        CU_ASSERT_EQUAL(ps_agent_keys_load(&keys, data, size), -EINVAL);
    CU_ASSERT_EQUAL(keys.revoked_count, 0);
    PS_REQUIRE(ps_agent_keys_load(&keys, data, size_bytes) == 0);
    ps_agent_keys_of(&keys, 1, after);
    CU_ASSERT_EQUAL(memcmp(before, after, sizeof(after)), 0);
    CU_ASSERT_TRUE(keys.revoked_count == 2 && ps_agent_keys_is_revoked(&keys, 7));
    free(data);
    ps_agent_keys_fini(&keys);
}

static void each_failed_allocation_is_an_error(void)
{
    void *data = NULL;
    size_t size_bytes = 0;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_agent_keys_init(&keys), -ENOMEM);
    ps_agent_keys_fini(&keys);
    begin();
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_agent_keys_save(&keys, &data, &size_bytes), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(data);
    ps_agent_keys_fini(&keys);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_key_is_its_ids_and_the_secrets),
        PS_TEST(revoked_ids_are_known),
        PS_TEST(revoking_has_a_limit),
        PS_TEST(what_was_saved_is_loaded),
        PS_TEST(each_failed_allocation_is_an_error),
    };

    return ps_test_run("host/feed/agent_keys", tests, PS_ARRAY_LEN(tests));
}

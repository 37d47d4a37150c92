/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/nkeys/test_nkeys.c - keys survive being written, and nothing else is one. */
#include "host/nkeys/nkeys.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static void a_seed_is_read_as_it_was_written(void)
{
    static const enum ps_nkey_kind kinds[] = { PS_NKEY_OPERATOR, PS_NKEY_ACCOUNT, PS_NKEY_USER };

    for (unsigned i = 0; i < PS_ARRAY_LEN(kinds); i++) {
        char seed[PS_NKEY_SEED_TEXT], public_text[PS_NKEY_PUBLIC_TEXT], with_end[80];
        struct ps_nkey key, again;

        ps_nkey_draw(kinds[i], &key);
        ps_nkey_seed_text(&key, seed);
        ps_nkey_public_text(&key, public_text);
        CU_ASSERT_EQUAL(seed[0], 'S');
        CU_ASSERT_EQUAL(seed[1], (char)kinds[i]);
        CU_ASSERT_EQUAL(public_text[0], (char)kinds[i]);
        CU_ASSERT_EQUAL(strlen(public_text), PS_NKEY_PUBLIC_TEXT - 1);
        snprintf(with_end, sizeof(with_end), "%s\n", seed);
        CU_ASSERT_EQUAL(ps_nkey_parse(with_end, &again), 0);
        CU_ASSERT_EQUAL(again.kind, key.kind);
        CU_ASSERT_EQUAL(memcmp(again.seed, key.seed, PS_NKEY_BYTES), 0);
        CU_ASSERT_EQUAL(memcmp(again.public_key, key.public_key, PS_NKEY_BYTES), 0);
    }
}

static void what_is_no_seed_is_refused(void)
{
    char seed[PS_NKEY_SEED_TEXT + 8];
    struct ps_nkey key, other;

    ps_nkey_draw(PS_NKEY_USER, &key);
    CU_ASSERT_EQUAL(ps_nkey_parse("", &other), -EINVAL);
    ps_nkey_public_text(&key, seed);
    CU_ASSERT_EQUAL(ps_nkey_parse(seed, &other), -EINVAL);
    ps_nkey_seed_text(&key, seed);
    strcat(seed, " x");
    CU_ASSERT_EQUAL(ps_nkey_parse(seed, &other), -EINVAL);
    for (unsigned i = 0; i < PS_NKEY_SEED_TEXT - 1; i++) { /* a wrong letter anywhere */
        ps_nkey_seed_text(&key, seed);
        seed[i] = seed[i] == 'B' ? 'C' : 'B';
        CU_ASSERT_EQUAL(ps_nkey_parse(seed, &other), -EINVAL);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_seed_is_read_as_it_was_written),
        PS_TEST(what_is_no_seed_is_refused),
    };

    return ps_test_run("host/nkeys/nkeys", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/control/test_table.c - the table of methods is sound, and told as it is. */
#include "host/base/mem.h"
#include "host/control/table_priv.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static void names_are_unique(void)
{
    for (unsigned i = 0; i < PS_CONTROL_METHOD_COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(ps_control_methods[i].name, ps_control_methods[j].name);
    for (unsigned i = 0; i < PS_CONTROL_FIELD_COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            CU_ASSERT_FALSE(ps_control_fields[i].method == ps_control_fields[j].method &&
                            strcmp(ps_control_fields[i].path, ps_control_fields[j].path) == 0);
}

static void every_method_says_what_it_gives(void)
{
    for (unsigned m = 0; m < PS_CONTROL_METHOD_COUNT; m++) {
        unsigned fields = 0;
        for (unsigned i = 0; i < PS_CONTROL_FIELD_COUNT; i++)
            fields += ps_control_fields[i].method == m;
        CU_ASSERT_TRUE(fields > 0);
        CU_ASSERT_TRUE(strlen(ps_control_methods[m].help) > 0);
    }
}

static void units_are_the_documented_ones(void)
{
    static const char *const known[] = { "", "share", "bytes", "s", "ms", "us", "C", "W" };

    for (unsigned i = 0; i < PS_CONTROL_FIELD_COUNT; i++) {
        unsigned matches = 0;
        for (unsigned k = 0; k < PS_ARRAY_LEN(known); k++)
            matches += strcmp(ps_control_fields[i].unit, known[k]) == 0;
        CU_ASSERT_EQUAL(matches, 1);
    }
}

static void what_changes_things_is_not_for_readers(void)
{
    CU_ASSERT_EQUAL(ps_control_methods[PS_CONTROL_METHOD_status].role, PS_CONTROL_READ);
    CU_ASSERT_EQUAL(ps_control_methods[PS_CONTROL_METHOD_media_add].role, PS_CONTROL_OPERATE);
    CU_ASSERT_EQUAL(ps_control_methods[PS_CONTROL_METHOD_log_level].role, PS_CONTROL_ADMIN);
    CU_ASSERT_EQUAL(ps_control_methods[PS_CONTROL_METHOD_shutdown].role, PS_CONTROL_ADMIN);
}

static void listed_errors_have_a_code_of_their_own(void)
{
    for (unsigned i = 0; i < PS_CONTROL_ERROR_COUNT; i++)
        CU_ASSERT_STRING_NOT_EQUAL(ps_control_code_of(ps_control_errors[i].error), "failed");
    CU_ASSERT_STRING_EQUAL(ps_control_code_of(EXDEV), "failed");
}

static void the_description_holds_every_row(void)
{
    struct ps_msg_writer w;
    struct ps_msg *msg = NULL;
    unsigned fields = 0, params = 0, errors = 0;

    ps_msg_writer_init(&w, PS_MSG_BYTES_MAX);
    ps_control_describe("1.2", &w);
    PS_REQUIRE(w.error == 0);
    PS_REQUIRE(ps_msg_read(&msg, w.data, w.size_bytes) == 0);
    CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(ps_msg_root(msg), "version"), "1.2"));
    const struct ps_msg_value *methods = ps_msg_get(ps_msg_root(msg), "methods");
    PS_REQUIRE(methods != NULL && ps_msg_count(methods) == PS_CONTROL_METHOD_COUNT);
    for (unsigned m = 0; m < PS_CONTROL_METHOD_COUNT; m++) {
        const struct ps_msg_value *method = ps_msg_at(methods, m);
        CU_ASSERT_TRUE(ps_msg_is(ps_msg_get(method, "name"), ps_control_methods[m].name));
        fields += ps_msg_count(ps_msg_get(method, "fields"));
        params += ps_msg_count(ps_msg_get(method, "params"));
        errors += ps_msg_count(ps_msg_get(method, "errors"));
    }
    CU_ASSERT_EQUAL(fields, PS_CONTROL_FIELD_COUNT);
    CU_ASSERT_EQUAL(params, PS_CONTROL_PARAM_COUNT);
    CU_ASSERT_EQUAL(errors, PS_CONTROL_ERROR_COUNT);
    ps_msg_destroy(msg);
    ps_msg_writer_fini(&w);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(names_are_unique),
        PS_TEST(every_method_says_what_it_gives),
        PS_TEST(units_are_the_documented_ones),
        PS_TEST(what_changes_things_is_not_for_readers),
        PS_TEST(listed_errors_have_a_code_of_their_own),
        PS_TEST(the_description_holds_every_row),
    };

    return ps_test_run("host/control/table", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_hints.c - hints are read in order; an error in any column is one. */
#include "tools/replay/hints.h"

#include <errno.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

static int read_hints(struct replay_hints *hints, const char *content)
{
    char copy[2048];
    struct replay_text text = { 0 };
    int rc;

    snprintf(copy, sizeof(copy), "%s", content);
    text.file = strlen(copy) > 0 ? fmemopen(copy, strlen(copy), "r") : tmpfile();
    PS_REQUIRE(text.file != NULL);
    rc = replay_hints_read(hints, &text);
    replay_text_close(&text);
    return rc;
}

static void hints_come_in_the_order_in_which_they_were_said(void)
{
    struct replay_hints hints;

    PS_REQUIRE(read_hints(&hints, "emit_t,due_t,obj,device,user\n"
                                  "20,90,b,-1,-1\n10,95.5,a/720p,3,42\n20,80,c,,\n") == 0);
    CU_ASSERT_EQUAL(hints.count, 3);
    CU_ASSERT_EQUAL(hints.items[0].emit_ns, 10 * SEC);
    CU_ASSERT_EQUAL(hints.items[0].due_ns, 95 * SEC + SEC / 2);
    CU_ASSERT_EQUAL(hints.items[0].source_key, ps_hash64_name("42"));
    CU_ASSERT_EQUAL(hints.items[0].device, 3);
    CU_ASSERT_TRUE(hints.items[0].has_profile);
    CU_ASSERT_EQUAL(hints.items[1].resource.media_key, ps_hash64_name("b"));
    CU_ASSERT_EQUAL(hints.items[1].source_key, 0);
    CU_ASSERT_EQUAL(hints.items[1].device, 0);
    CU_ASSERT_FALSE(hints.items[1].has_profile);
    CU_ASSERT_EQUAL(hints.items[2].due_ns, 80 * SEC);
    replay_hints_fini(&hints);
}

static void an_error_in_any_column_makes_a_line_bad(void)
{
    static const char *const bad[] = {
        "x,2,a,1,u",   ",2,a,1,u",   "-1,2,a,1,u", "1e11,2,a,1,u", "1,x,a,1,u", "1,,a,1,u",
        "1,nan,a,1,u", "1,2,,1,u",   "1,2,a/,1,u", "1,2,/p,1,u",   "1,2,a,x,u", "1,2,a,-2,u",
        "1,2,a,256,u", "1,2,a,.5,u", "1,2,a,1",    "1,2,a,1,u,v",  "1;2;a;1;u",
    };
    char content[512];
    struct replay_hints hints;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++) {
        snprintf(content, sizeof(content), "emit_t,due_t,obj,device,user\n%s\n1,2,a,1,u\n", bad[i]);
        PS_REQUIRE(read_hints(&hints, content) == 0);
        CU_ASSERT_EQUAL(hints.count, 1);
        CU_ASSERT_EQUAL(hints.bad_lines, 1);
        CU_ASSERT_EQUAL(hints.first_bad_line, 2);
        replay_hints_fini(&hints);
    }
    snprintf(content, sizeof(content), "emit_t,due_t,obj,device,user\n1,2,a,1,%0129d\n", 0);
    PS_REQUIRE(read_hints(&hints, content) == 0);
    CU_ASSERT_EQUAL(hints.bad_lines, 1);
    replay_hints_fini(&hints);
}

static void a_header_names_what_is_needed_once(void)
{
    static const char *const bad[] = { "",
                                       "# c\n",
                                       "1,2,a,1,u\n",
                                       "emit_t,due_t\n1,2\n",
                                       "emit_t,due_t,obj,obj\n",
                                       "emit_t,due_t,obj,user,user\n" };
    struct replay_hints hints;

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(read_hints(&hints, bad[i]), -ENOMSG);
        replay_hints_fini(&hints);
    }
    CU_ASSERT_EQUAL(read_hints(&hints, "obj,due_t,emit_t\n"), 0);
    CU_ASSERT_EQUAL(hints.count, 0);
    replay_hints_fini(&hints);
    CU_ASSERT_EQUAL(read_hints(&hints, "emit_t,due_t,obj\n1,2,\"a\"\n"), -EBADMSG);
    CU_ASSERT_EQUAL(hints.line_count, 2);
    replay_hints_fini(&hints);
}

static void reading_survives_a_failed_allocation(void)
{
    struct replay_hints hints;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(read_hints(&hints, "emit_t,due_t,obj\n1,2,a\n"), -ENOMEM);
    ps_fail_alloc_never();
    replay_hints_fini(&hints);
    CU_ASSERT_EQUAL(replay_hints_open(&hints, "/nowhere/at/all", NULL), -ENOENT);
    replay_hints_fini(&hints);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(hints_come_in_the_order_in_which_they_were_said),
        PS_TEST(an_error_in_any_column_makes_a_line_bad),
        PS_TEST(a_header_names_what_is_needed_once),
        PS_TEST(reading_survives_a_failed_allocation),
    };

    return ps_test_run("tools/replay/hints", tests, PS_ARRAY_LEN(tests));
}

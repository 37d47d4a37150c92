/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/request/test_fields.c - columns by name; what a field may say. */
#include "host/request/fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static const char *const names[] = { "a", "b", "c" };

static int find(struct ps_columns *columns, const char *line)
{
    *columns = (struct ps_columns){ .names = names, .name_count = 3, .required = 2 };
    return ps_columns_find(columns, line);
}

static struct ps_field field(const char *text)
{
    return (struct ps_field){ text, strlen(text) };
}

static void required_columns_must_be_there_and_none_twice(void)
{
    struct ps_columns columns;

    CU_ASSERT_EQUAL(find(&columns, "b,a\n"), 0);
    CU_ASSERT_EQUAL(columns.at[2], UINT32_MAX);
    CU_ASSERT_EQUAL(find(&columns, "x,x,b,a,c\n"), 0);
    CU_ASSERT_EQUAL(columns.at[0], 3);
    CU_ASSERT_EQUAL(find(&columns, "a,c\n"), -EINVAL);
    CU_ASSERT_EQUAL(find(&columns, "a,b,c,c\n"), -EINVAL);
    CU_ASSERT_EQUAL(find(&columns, "a,b,a\n"), -EINVAL);
}

static void fields_come_in_the_order_of_names(void)
{
    struct ps_field fields[PS_FIELDS_NAMED_MAX];
    struct ps_columns columns;

    PS_REQUIRE(find(&columns, "b,x,a") == 0);
    CU_ASSERT_TRUE(ps_fields_split(&columns, " one ,two, three\r\n", fields));
    CU_ASSERT_EQUAL(fields[0].length, 5);
    CU_ASSERT_EQUAL(memcmp(fields[1].text, "one", 3), 0);
    CU_ASSERT_EQUAL(fields[2].length, 0);
    CU_ASSERT_FALSE(ps_fields_split(&columns, "one,two", fields));
    CU_ASSERT_FALSE(ps_fields_split(&columns, "one,two,three,four", fields));
}

static void users_have_names_unless_they_are_any(void)
{
    char longest[PS_FIELDS_NAME_MAX + 2];
    struct ps_field name;

    CU_ASSERT_TRUE(ps_field_user(field("0"), &name));
    CU_ASSERT_EQUAL(name.length, 1);
    CU_ASSERT_TRUE(ps_field_user(field("-1"), &name));
    CU_ASSERT_EQUAL(name.length, 0);
    CU_ASSERT_TRUE(ps_field_user(field(""), &name));
    CU_ASSERT_EQUAL(name.length, 0);
    memset(longest, 'u', sizeof(longest));
    CU_ASSERT_TRUE(ps_field_user((struct ps_field){ longest, PS_FIELDS_NAME_MAX }, &name));
    CU_ASSERT_FALSE(ps_field_user((struct ps_field){ longest, PS_FIELDS_NAME_MAX + 1 }, &name));
}

static void categories_are_numbers_or_names(void)
{
    uint32_t cat, other;

    CU_ASSERT_TRUE(ps_field_category(field("7"), &cat));
    CU_ASSERT_EQUAL(cat, 7);
    CU_ASSERT_TRUE(ps_field_category(field(""), &cat));
    CU_ASSERT_EQUAL(cat, 0);
    CU_ASSERT_TRUE(ps_field_category(field("news"), &cat));
    CU_ASSERT_TRUE(ps_field_category(field("sport"), &other));
    CU_ASSERT_NOT_EQUAL(cat, 0);
    CU_ASSERT_NOT_EQUAL(cat, other);
}

static void times_are_seconds_within_bounds(void)
{
    static const char *const bad[] = { "", "x", "-1", "nan", "inf", "1e11", "1 2" };
    uint64_t time_ns;

    CU_ASSERT_TRUE(ps_field_time(field("1700000000.25"), &time_ns));
    CU_ASSERT_EQUAL(time_ns, 1700000000250000000ull);
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_FALSE(ps_field_time(field(bad[i]), &time_ns));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(required_columns_must_be_there_and_none_twice),
        PS_TEST(fields_come_in_the_order_of_names),
        PS_TEST(users_have_names_unless_they_are_any),
        PS_TEST(categories_are_numbers_or_names),
        PS_TEST(times_are_seconds_within_bounds),
    };

    return ps_test_run("host/request/fields", tests, PS_ARRAY_LEN(tests));
}

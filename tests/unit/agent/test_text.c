/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_text.c - texts of others, taken apart. */
#include "agent/text_priv.h"

#include <string.h>

#include "tests/support/ps_test.h"

#define TEXT(s) ((struct psa_text){ (s), sizeof(s) - 1 })

static bool equals(struct psa_text text, const char *wanted)
{
    return text.bytes == strlen(wanted) && memcmp(text.at, wanted, text.bytes) == 0;
}

static void lines_end_as_they_may(void)
{
    static const char *const wanted[] = { "one", "two", "", "three\rx", "last" };
    struct psa_text rest = TEXT("one\ntwo\r\n\nthree\rx\nlast"), line;
    unsigned count = 0;

    for (; psa_text_line(&rest, &line); count++)
        CU_ASSERT_TRUE(count < 5 && equals(line, wanted[count]));
    CU_ASSERT_EQUAL(count, 5);
    rest = TEXT("");
    CU_ASSERT_FALSE(psa_text_line(&rest, &line));
}

static void words_have_blanks_between(void)
{
    struct psa_text rest = TEXT(" \tone  two\t\r"), word;

    CU_ASSERT_TRUE(psa_text_word(&rest, &word) && equals(word, "one"));
    CU_ASSERT_TRUE(psa_text_word(&rest, &word) && equals(word, "two"));
    CU_ASSERT_FALSE(psa_text_word(&rest, &word));
    rest = TEXT("FREQ=daily");
    CU_ASSERT_TRUE(psa_text_skip(&rest, "freq=") && psa_text_is(rest, "DAILY"));
    CU_ASSERT_FALSE(psa_text_is(rest, "DAIL"));
    CU_ASSERT_FALSE(psa_text_is(rest, "DAILYS"));
}

static void numbers_are_numbers(void)
{
    static const struct {
        const char *text;
        double value; /* below 0: none */
    } cases[] = {
        { "0", 0 },      { "12.5", 12.5 }, { ".5", 0.5 }, { "3.", 3 },
        { "", -1 },      { ".", -1 },      { "-1", -1 },  { "1e3", -1 },
        { "1.2.3", -1 }, { "nan", -1 },    { " 1", -1 },  { "99999999999999999999", -1 }
    };
    double value;
    uint64_t number = 7;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct psa_text text = { cases[i].text, strlen(cases[i].text) };

        CU_ASSERT_EQUAL(psa_text_f64(text, &value), cases[i].value >= 0);
        if (cases[i].value >= 0)
            CU_ASSERT_DOUBLE_EQUAL(value, cases[i].value, 1e-9);
    }
    CU_ASSERT_TRUE(psa_text_u64(TEXT("1700000000"), &number) && number == 1700000000);
    CU_ASSERT_FALSE(psa_text_u64(TEXT("18446744073709551616"), &number));
    CU_ASSERT_FALSE(psa_text_u64(TEXT("1.5"), &number));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(lines_end_as_they_may),
        PS_TEST(words_have_blanks_between),
        PS_TEST(numbers_are_numbers),
    };

    return ps_test_run("agent/text", tests, sizeof(tests) / sizeof(tests[0]));
}

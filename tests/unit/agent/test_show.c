/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_show.c - what is known is shown, and the record is kept. */
#include <errno.h>

#include "agent/agent_priv.h"
#include "tests/unit/agent/agent_texts.h"

#define NOW_MS UINT64_C(1700000000000)

static struct prestage_agent *agent;
static char shown[8192];

static void line(void *arg, const char *text)
{
    (void)arg;
    strncat(shown, text, sizeof(shown) - strlen(shown) - 2);
    strcat(shown, "\n");
}

static void begin(void)
{
    const struct prestage_agent_config cfg = { .dry_run = 1 };

    PS_REQUIRE(prestage_agent_create(&agent, &cfg) == 0);
}

static void what_is_foreseen_is_shown(void)
{
    begin();
    prestage_agent_queue(agent, "clip 600\n/private/path\n", 24, NOW_MS);
    prestage_agent_show(agent, NOW_MS, line, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(shown, "queued 1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(shown, "need clip "));
    CU_ASSERT_PTR_NOT_NULL(strstr(shown, "by=queue waits"));
    CU_ASSERT_PTR_NULL(strstr(shown, "private"));
    prestage_agent_destroy(agent);
}

static void kinds_have_names(void)
{
    CU_ASSERT_STRING_EQUAL(prestage_agent_kind_name(PRESTAGE_AGENT_TOLD), "told");
    CU_ASSERT_STRING_EQUAL(prestage_agent_kind_name(PRESTAGE_AGENT_SEQUEL), "sequel");
    CU_ASSERT_STRING_EQUAL(prestage_agent_kind_name((enum prestage_agent_kind)99), "unknown");
}

static void the_record_outlives_the_agent(void)
{
    char text[512];
    int bytes;

    begin();
    agent->needs.records[PRESTAGE_AGENT_EPG] = (struct psa_record){ 3.5, 7.25 };
    bytes = prestage_agent_save(agent, text, sizeof(text));
    PS_REQUIRE(bytes > 0 && (size_t)bytes == strlen(text));
    CU_ASSERT_EQUAL(prestage_agent_save(agent, text, (size_t)bytes), -ENOSPC);
    bytes = prestage_agent_save(agent, text, sizeof(text));
    prestage_agent_destroy(agent);
    begin();
    CU_ASSERT_EQUAL(prestage_agent_load(agent, text, (size_t)bytes), 0);
    CU_ASSERT_DOUBLE_EQUAL(agent->needs.records[PRESTAGE_AGENT_EPG].came, 3.5, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(agent->needs.records[PRESTAGE_AGENT_EPG].claimed, 7.25, 1e-3);
    prestage_agent_destroy(agent);
}

static void other_texts_change_nothing(void)
{
    static const char *const bad[] = {
        "epg 1000 2000\nx 1 2\n", "epg 1", "epg 1 2 3", "epg a 2", "epg 60000 1", "\n"
    };

    begin();
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CU_ASSERT_EQUAL(prestage_agent_load(agent, bad[i], strlen(bad[i])), -EINVAL);
    CU_ASSERT_EQUAL(agent->needs.records[PRESTAGE_AGENT_EPG].claimed, 0);
    CU_ASSERT_EQUAL(prestage_agent_load(agent, "", 0), 0);
    prestage_agent_destroy(agent);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_foreseen_is_shown),
        PS_TEST(kinds_have_names),
        PS_TEST(the_record_outlives_the_agent),
        PS_TEST(other_texts_change_nothing),
    };

    return ps_test_run("agent/show", tests, COUNT_OF(tests));
}

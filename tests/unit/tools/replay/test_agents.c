/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_agents.c - what agents say, and that liars lie. */
#include "tools/replay/agents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC      1000000000ull
#define VIEWERS  60u
#define REQUESTS 3000u

static struct replay_trace trace;
static const struct replay_agents half_lie = { .share = 50.0, .liars = 50.0, .seed = 7 };

/* Viewers ask by turns, each for titles of its own: 60 viewers, 20 titles each. */
static void make_trace(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    PS_REQUIRE(file != NULL);
    fputs("t,obj,user,device,geo\n", file);
    for (uint32_t i = 0; i < REQUESTS; i++)
        fprintf(file, "%u,m%u,v%u,%u,2\n", 100000 + 20 * i, i % VIEWERS * 20 + i / VIEWERS % 20,
                i % VIEWERS, 1 + i % 3);
    fclose(file);
    file = fmemopen(text, size, "r");
    PS_REQUIRE(file != NULL);
    PS_REQUIRE(replay_trace_read(&trace, file, REPLAY_CSV, NULL) == 0);
    fclose(file);
    free(text);
}

/* The viewer asks for it within the time that was said, and some. */
static bool comes(const struct replay_hint *hint, bool *ret_ever)
{
    const uint64_t until_ns = hint->until_ns != 0 ? hint->until_ns : hint->due_ns;
    bool found = false;

    *ret_ever = false;
    for (uint32_t i = 0; i < trace.request_count; i++) {
        const struct replay_request *r = &trace.requests[i];

        if (r->peer_key != hint->source_key || r->resource.media_key != hint->resource.media_key)
            continue;
        *ret_ever = true;
        found |= r->time_ns + 61 * SEC >= hint->due_ns && r->time_ns <= until_ns + 61 * SEC;
    }
    return found;
}

static void the_honest_tell_mostly_what_comes_and_liars_never(void)
{
    struct replay_hints honest, liars;
    uint32_t kept = 0;
    bool ever;

    make_trace();
    PS_REQUIRE(replay_agents_speak(&honest, &trace, &half_lie, REPLAY_VOICES_HONEST) == 0);
    PS_REQUIRE(replay_agents_speak(&liars, &trace, &half_lie, REPLAY_VOICES_LIARS) == 0);
    PS_REQUIRE(honest.count > 300 && liars.count > 300);
    for (uint32_t i = 0; i < honest.count; i++) {
        const struct replay_hint *hint = &honest.items[i];

        kept += comes(hint, &ever);
        CU_ASSERT_TRUE(hint->due_ns >= hint->emit_ns - 60 * SEC);
        CU_ASSERT_TRUE(hint->due_ns <= hint->emit_ns + (900 + 60) * SEC);
        CU_ASSERT_TRUE(hint->until_ns == 0 || hint->until_ns > hint->due_ns);
        CU_ASSERT_EQUAL(hint->region, 2);
        CU_ASSERT_TRUE(i == 0 || hint[-1].emit_ns <= hint->emit_ns);
    }
    CU_ASSERT_DOUBLE_EQUAL((double)kept / honest.count, 0.7 / 0.8, 0.05);
    for (uint32_t i = 0; i < liars.count; i++) {
        CU_ASSERT_FALSE(comes(&liars.items[i], &ever));
        CU_ASSERT_FALSE(ever);
    }
    replay_hints_fini(&honest);
    replay_hints_fini(&liars);
    replay_trace_fini(&trace);
}

/* So that runs differ by the liars' words alone. */
static void what_one_says_does_not_depend_on_who_else_speaks(void)
{
    struct replay_hints honest, all, liars;
    uint32_t at = 0;

    make_trace();
    PS_REQUIRE(replay_agents_speak(&honest, &trace, &half_lie, REPLAY_VOICES_HONEST) == 0);
    PS_REQUIRE(replay_agents_speak(&liars, &trace, &half_lie, REPLAY_VOICES_LIARS) == 0);
    PS_REQUIRE(replay_agents_speak(&all, &trace, &half_lie, REPLAY_VOICES_ALL) == 0);
    CU_ASSERT_EQUAL(all.count, honest.count + liars.count);
    for (uint32_t i = 0; i < all.count && at < honest.count; i++)
        at += all.items[i].emit_ns == honest.items[at].emit_ns &&
              all.items[i].due_ns == honest.items[at].due_ns &&
              all.items[i].source_key == honest.items[at].source_key;
    CU_ASSERT_EQUAL(at, honest.count);
    replay_hints_fini(&honest);
    replay_hints_fini(&all);
    replay_hints_fini(&liars);
    replay_trace_fini(&trace);
}

static void shares_are_of_viewers_and_of_agents(void)
{
    uint32_t agents, liars;

    make_trace();
    replay_agents_count(&trace, &half_lie, &agents, &liars);
    CU_ASSERT_TRUE(agents > VIEWERS / 4 && agents < VIEWERS * 3 / 4);
    CU_ASSERT_TRUE(liars > 0 && liars < agents);
    replay_agents_count(&trace, &(struct replay_agents){ .share = 100.0, .seed = 7 }, &agents,
                        &liars);
    CU_ASSERT_EQUAL(agents, VIEWERS);
    CU_ASSERT_EQUAL(liars, 0);
    replay_agents_count(&trace, &(struct replay_agents){ .share = 0.0, .seed = 7 }, &agents,
                        &liars);
    CU_ASSERT_EQUAL(agents, 0);
    replay_trace_fini(&trace);
}

static void speaking_survives_each_failed_allocation(void)
{
    struct replay_hints hints;
    unsigned failed_at = 0;

    make_trace();
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = replay_agents_speak(&hints, &trace, &half_lie, REPLAY_VOICES_ALL);
        ps_fail_alloc_never();
        replay_hints_fini(&hints);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_TRUE(failed_at >= 3);
    replay_trace_fini(&trace);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_honest_tell_mostly_what_comes_and_liars_never),
        PS_TEST(what_one_says_does_not_depend_on_who_else_speaks),
        PS_TEST(shares_are_of_viewers_and_of_agents),
        PS_TEST(speaking_survives_each_failed_allocation),
    };

    return ps_test_run("tools/replay/agents", tests, PS_ARRAY_LEN(tests));
}

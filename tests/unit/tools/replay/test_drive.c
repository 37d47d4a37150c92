/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/replay/test_drive.c - what a predictor is told, and when; it is stood in for. */
#include "tools/replay/drive.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define SEC 1000000000ull

static char told[4096];
static struct ps_predict_config made;
static struct ps_demand_sample last_sample;
static struct ps_forward_look last_look;
static struct ps_media_facts last_facts;
static int look_rc;

static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
    const size_t length = strlen(told);
    va_list args;

    va_start(args, format);
    vsnprintf(told + length, sizeof(told) - length, format, args);
    va_end(args);
}

int ps_predict_create(struct ps_predict **ret_predict, const struct ps_predict_config *cfg)
{
    *ret_predict = NULL;
    made = *cfg;
    told[0] = '\0';
    look_rc = 0;
    return 0;
}

void ps_predict_destroy(struct ps_predict *predict)
{
    (void)predict;
}

void ps_predict_learn(struct ps_predict *predict, const struct ps_demand *demand, uint64_t now_ns)
{
    (void)predict;
    if (demand->count > 0)
        last_sample = demand->samples[0];
    tell("learn%u@%llu ", demand->count, (unsigned long long)(now_ns / SEC));
}

void ps_predict_describe(struct ps_predict *predict, uint64_t media_key,
                         const struct ps_media_facts *facts)
{
    (void)predict;
    last_facts = *facts;
    tell("%s ", media_key == last_sample.resource.media_key ? "describe" : "describe-other");
}

int ps_predict_look(struct ps_predict *predict, const struct ps_forward_look *look, uint64_t now_ns)
{
    (void)predict;
    last_look = *look;
    tell("look@%llu ", (unsigned long long)(now_ns / SEC));
    return look_rc;
}

static void read_trace(struct replay_trace *trace, const char *content)
{
    char copy[1024];
    FILE *file;

    snprintf(copy, sizeof(copy), "%s", content);
    file = fmemopen(copy, strlen(copy), "r");
    PS_REQUIRE(file != NULL);
    PS_REQUIRE(replay_trace_read(trace, file, REPLAY_CSV, NULL) == 0);
    fclose(file);
}

static void a_sample_carries_all_that_the_trace_says(void)
{
    struct replay_trace trace;
    struct replay_drive drive;

    read_trace(&trace, "t,obj,user,size,device,geo,ctime,cat\n500,m/p,9,1,2,3,400,4\n");
    PS_REQUIRE(replay_drive_init(&drive, &trace, NULL, &(struct ps_predict_config){ 0 }) == 0);
    CU_ASSERT_EQUAL(made.resources_max, 1);
    CU_ASSERT_EQUAL(made.media_max, 1);
    replay_drive_until(&drive, 600 * SEC);
    CU_ASSERT_STRING_EQUAL(told, "learn1@500 describe learn0@600 ");
    CU_ASSERT_EQUAL(last_sample.resource.media_key, ps_hash64_name("m"));
    CU_ASSERT_EQUAL(last_sample.resource.profile_key, ps_hash64_name("p"));
    CU_ASSERT_EQUAL(last_sample.peer.device, 2);
    CU_ASSERT_EQUAL(last_sample.peer.region, 3);
    CU_ASSERT_EQUAL(last_sample.peer_key, ps_hash64_name("9"));
    CU_ASSERT_EQUAL(last_sample.starts, 1);
    CU_ASSERT_EQUAL(last_facts.born_ns, 400 * SEC);
    CU_ASSERT_EQUAL(last_facts.category, 4);
    replay_drive_fini(&drive);
    replay_trace_fini(&trace);
}

static void what_is_not_known_of_a_media_is_not_told(void)
{
    struct replay_trace trace;
    struct replay_drive drive;

    /* Born at 0 is unknown, and so is what is born after it was wanted. */
    read_trace(&trace, "t,obj,ctime,cat\n5,m,0,\n6,n,7,\n");
    PS_REQUIRE(replay_drive_init(&drive, &trace, NULL, &(struct ps_predict_config){ 0 }) == 0);
    replay_drive_until(&drive, 9 * SEC);
    CU_ASSERT_STRING_EQUAL(told, "learn1@5 learn1@6 learn0@9 ");
    CU_ASSERT_EQUAL(last_sample.peer_key, 0);
    replay_drive_fini(&drive);
    replay_trace_fini(&trace);
}

static void hints_come_in_time_order_with_requests_and_none_early(void)
{
    struct replay_hint items[] = { { .emit_ns = 1 * SEC, .due_ns = 99 * SEC },
                                   { .emit_ns = 5 * SEC, .due_ns = 99 * SEC },
                                   { .emit_ns = 6 * SEC, .due_ns = 99 * SEC },
                                   { .emit_ns = 8 * SEC, .due_ns = 99 * SEC } };
    const struct replay_hints hints = { .items = items, .count = 4 };
    struct replay_trace trace;
    struct replay_drive drive;

    read_trace(&trace, "t,obj\n5,a\n7,b\n20,c\n");
    PS_REQUIRE(replay_drive_init(&drive, &trace, &hints, &(struct ps_predict_config){ 0 }) == 0);
    CU_ASSERT_EQUAL(made.resources_max, 7);
    replay_drive_request(&drive);
    CU_ASSERT_STRING_EQUAL(told, "look@1 look@5 learn1@5 ");
    look_rc = -ERANGE;
    replay_drive_until(&drive, 7 * SEC);
    CU_ASSERT_STRING_EQUAL(told, "look@1 look@5 learn1@5 look@6 learn1@7 learn0@7 ");
    replay_drive_until(&drive, 10 * SEC);
    CU_ASSERT_EQUAL(drive.next_request, 2);
    CU_ASSERT_EQUAL(drive.next_hint, 4);
    CU_ASSERT_EQUAL(drive.looks_taken, 2);
    CU_ASSERT_EQUAL(drive.looks_refused, 2);
    replay_drive_fini(&drive);
    replay_trace_fini(&trace);
}

static void a_hint_without_a_profile_is_for_whichever_where_there_are_profiles(void)
{
    struct replay_hint item = {
        .emit_ns = 1, .source_key = 5, .device = 2, .resource = { 7, ps_hash64_name("") }
    };
    const struct replay_hints hints = { .items = &item, .count = 1 };

    for (int profiles = 0; profiles < 2; profiles++) {
        struct replay_trace trace;
        struct replay_drive drive;

        read_trace(&trace, profiles ? "t,obj\n5,a/p\n" : "t,obj\n5,a\n");
        PS_REQUIRE(replay_drive_init(&drive, &trace, &hints, &(struct ps_predict_config){ 9, 8 }) ==
                   0);
        CU_ASSERT_EQUAL(made.resources_max, 9);
        CU_ASSERT_EQUAL(made.media_max, 8);
        replay_drive_until(&drive, 5 * SEC);
        CU_ASSERT_EQUAL(last_look.resource.media_key, 7);
        CU_ASSERT_EQUAL(last_look.resource.profile_key, profiles ? 0 : ps_hash64_name(""));
        CU_ASSERT_EQUAL(last_look.source_key, 5);
        CU_ASSERT_EQUAL(last_look.peer.device, 2);
        CU_ASSERT_EQUAL(last_look.probability, 1.0f);
        replay_drive_fini(&drive);
        replay_trace_fini(&trace);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_sample_carries_all_that_the_trace_says),
        PS_TEST(what_is_not_known_of_a_media_is_not_told),
        PS_TEST(hints_come_in_time_order_with_requests_and_none_early),
        PS_TEST(a_hint_without_a_profile_is_for_whichever_where_there_are_profiles),
    };

    return ps_test_run("tools/replay/drive", tests, PS_ARRAY_LEN(tests));
}

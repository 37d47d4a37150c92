/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_web.c - who may ask below /c/, and what comes of it. */
#include "tests/unit/host/messaging/web_fixture.h"

static char body[4096];

static void a_put_says_the_message_and_answers_its_id(void)
{
    set_up();
    CU_ASSERT_EQUAL(
        ask("POST", "/c/r/film/hd", "{\"body\":\"hello\",\"sequence\":3}", body, sizeof(body)),
        201);
    CU_ASSERT_STRING_EQUAL(body, "{\"id\":\"1001\"}");
    CU_ASSERT_EQUAL(box.messages[0].body_bytes, 5);
    CU_ASSERT_EQUAL(memcmp(box.messages[0].body, "hello", 5), 0);
    CU_ASSERT_EQUAL(box.messages[0].sequence, 3);
    CU_ASSERT_STRING_EQUAL(box.peer, "alice");
    CU_ASSERT_EQUAL(box.id.key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(box.id.profile_key, ps_hash64_name("hd"));
    CU_ASSERT_EQUAL(box.id.region, 9);
    box.put_rc = -EALREADY;
    CU_ASSERT_EQUAL(ask("POST", "/c/p/bob", "{\"body\":\"\"}", body, sizeof(body)), 200);
    CU_ASSERT_STRING_EQUAL(body, "{\"id\":\"77\",\"duplicate\":true}");
    CU_ASSERT_EQUAL(box.id.key, ps_hash64_name("bob"));
    CU_ASSERT_EQUAL(box.id.kind, PS_COLLECTION_PEER);
    tear_down();
}

static void other_bodies_are_the_message_itself(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(ask_bytes("POST", "/c/p/bob?sequence=9",
                              ALICE "Content-Type: application/sdp\r\n", "v=0\0x", 5, &answer),
                    201);
    free(answer.body);
    CU_ASSERT_EQUAL(box.messages[0].body_bytes, 5);
    CU_ASSERT_EQUAL(memcmp(box.messages[0].body, "v=0\0x", 5), 0);
    CU_ASSERT_EQUAL(box.messages[0].sequence, 9);
    CU_ASSERT_EQUAL(ask_bytes("POST", "/c/p/bob", ALICE, "", 0, &answer), 201); /* no body at all */
    free(answer.body);
    CU_ASSERT_EQUAL(ask_bytes("POST", "/c/p/bob?sequence=x", ALICE, "a", 1, &answer), 400);
    free(answer.body);
    tear_down();
}

static void a_region_is_asked_for_or_the_tokens_or_the_addresss(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(ask("POST", "/c/r/film/hd?region=3", "{\"body\":\"\"}", NULL, 0), 201);
    CU_ASSERT_EQUAL(box.id.region, 3);
    CU_ASSERT_EQUAL(
        ask_bytes("GET", "/c/r/film/hd", "Authorization: bearer  bob\r\n", "", 0, &answer), 200);
    free(answer.body);
    CU_ASSERT_EQUAL(box.id.region, 4);
    CU_ASSERT_EQUAL(ask("POST", "/c/r/film/hd?region=65536", "{\"body\":\"\"}", NULL, 0), 400);
    tear_down();
}

static void only_a_good_token_in_one_place_is_let_in(void)
{
    static const struct {
        const char *path, *headers;
        int status;
    } cases[] = {
        { "/c/p/alice", "", 401 },
        { "/c/p/alice", "Authorization: Bearer mallory\r\n", 401 },
        { "/c/p/alice", "Authorization: Basic alice\r\n", 401 },
        { "/c/p/alice", "Authorization: Bearer\r\n", 401 },
        { "/c/p/alice?access_token=mallory", "", 401 },
        { "/c/p/alice?access_token=alice", "Authorization: Bearer alice\r\n", 401 },
        { "/c/p/alice?access_token=alice", "", 200 },
        { "/c/p/alice?access_token=%61lice", "", 200 },
        { "/c/nothing/like/this", "", 401 }, /* before anything is said about what there is */
    };
    struct raw_answer answer;

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        CU_ASSERT_EQUAL(ask_bytes("GET", cases[i].path, cases[i].headers, "", 0, &answer),
                        cases[i].status);
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "WWW-Authenticate"),
                               cases[i].status == 401 ? "Bearer error=\"invalid_token\"" : "");
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Cache-Control"), "private, no-store");
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "*");
        if (cases[i].status == 401)
            CU_ASSERT_STRING_EQUAL(answer.body, "{\"error\":\"token\"}");
        free(answer.body);
    }
    CU_ASSERT_EQUAL(web_status().refused_tokens, 7);
    tear_down();
}

static void each_refusal_has_its_status_and_word(void)
{
    static const struct {
        int rc, status;
        const char *body, *retry_after;
    } cases[] = {
        { -EACCES, 403, "{\"error\":\"forbidden\"}", "" },
        { -ENOENT, 404, "{\"error\":\"absent\"}", "" },
        { -EMSGSIZE, 413, "{\"error\":\"too_large\"}", "" },
        { -EBUSY, 429, "{\"error\":\"rate\",\"retry_ms\":1500}", "2" },
        { -ENOSPC, 507, "{\"error\":\"full\",\"retry_ms\":1500}", "2" },
        { -ERANGE, 409, "{\"error\":\"order\",\"expected\":8}", "" },
        { -EAGAIN, 503, "{\"error\":\"busy\",\"retry_ms\":1000}", "1" },
    };
    struct raw_answer answer;

    set_up();
    box.why = (struct ps_messaging_why){ .expected = 8, .retry_ms = 1500 };
    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        box.put_rc = cases[i].rc;
        CU_ASSERT_EQUAL(ask_bytes("POST", "/c/p/bob", ALICE, "x", 1, &answer), cases[i].status);
        CU_ASSERT_STRING_EQUAL(answer.body, cases[i].body);
        CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Retry-After"), cases[i].retry_after);
        free(answer.body);
    }
    box.fetch_rc = -EBUSY;
    CU_ASSERT_EQUAL(ask_bytes("GET", "/c/p/alice?wait=9", ALICE, "", 0, &answer), 429);
    free(answer.body);
    CU_ASSERT_EQUAL(web_status().errors, 8);
    tear_down();
}

static void a_message_is_taken_once(void)
{
    struct raw_answer answer;

    set_up();
    box_add("x", 1, 0);
    CU_ASSERT_EQUAL(ask_bytes("DELETE", "/c/r/film/hd/1001", ALICE, "", 0, &answer), 204);
    CU_ASSERT_STRING_EQUAL(answer.body, "");
    free(answer.body);
    CU_ASSERT_EQUAL(ask_bytes("DELETE", "/c/r/film/hd/1001", ALICE, "", 0, &answer), 404);
    CU_ASSERT_STRING_EQUAL(answer.body, "{\"error\":\"gone\"}");
    free(answer.body);
    CU_ASSERT_EQUAL(ask_bytes("GET", "/c/r/film/hd/1001", ALICE, "", 0, &answer), 404);
    free(answer.body);
    CU_ASSERT_EQUAL(ask("POST", "/c/r/film/hd/1001", "{\"body\":\"\"}", NULL, 0), 404);
    CU_ASSERT_EQUAL(ask("POST", "/c/r/film", "{\"body\":\"\"}", NULL, 0), 404);
    tear_down();
}

static void collections_are_opened_with_limits_and_closed(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(ask("PUT", "/c/r/film/hd", "{\"messages\":100,\"age_s\":30}", NULL, 0), 204);
    CU_ASSERT_EQUAL(box.limits.messages_max, 100);
    CU_ASSERT_EQUAL(box.limits.message_bytes_max, 8192);
    CU_ASSERT_EQUAL(box.limits.age_ns, 30 * SECOND);
    CU_ASSERT_EQUAL(ask("PUT", "/c/r/film/hd", "{\"bytes\":5000}", NULL, 0), 204);
    CU_ASSERT_EQUAL(box.limits.messages_max, 100); /* what is not said stays */
    CU_ASSERT_EQUAL(box.limits.bytes_max, 5000);
    CU_ASSERT_EQUAL(ask("PUT", "/c/r/film/hd", "{\"bytes\":-1}", NULL, 0), 400);
    CU_ASSERT_EQUAL(ask("PUT", "/c/r/film/hd", "[]", NULL, 0), 400);
    box.open_rc = -EBUSY;
    CU_ASSERT_EQUAL(ask("PUT", "/c/r/film/hd", "{\"messages\":1}", body, sizeof(body)), 409);
    CU_ASSERT_STRING_EQUAL(body, "{\"error\":\"in_use\"}");
    box.open_rc = 0;
    CU_ASSERT_EQUAL(ask_bytes("DELETE", "/c/r/film/hd", ALICE, "", 0, &answer), 204);
    free(answer.body);
    CU_ASSERT_EQUAL(box.closed, 1);
    tear_down();
}

static void browsers_are_told_what_other_origins_may_do(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(ask_bytes("OPTIONS", "/c/p/bob",
                              "Origin: https://a.example\r\n"
                              "Access-Control-Request-Method: DELETE\r\n"
                              "Access-Control-Request-Headers: authorization\r\n",
                              "", 0, &answer),
                    204);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Origin"), "*");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Methods"),
                           "GET, POST, PUT, DELETE");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Allow-Headers"),
                           "Authorization, Content-Type, Last-Event-ID");
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Access-Control-Max-Age"), "7200");
    free(answer.body);
    tear_down();
}

static void msgpack_is_spoken_by_whom_it_is_spoken_to(void)
{
    struct raw_answer answer;

    set_up();
    CU_ASSERT_EQUAL(ask_bytes("POST", "/c/p/bob",
                              ALICE "Content-Type: application/msgpack; v=5\r\n"
                                    "Accept: */*\r\n",
                              "\x81\xa4"
                              "body\xc4\x02\xff\x00",
                              10, &answer),
                    201);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Type"), "application/msgpack");
    CU_ASSERT_EQUAL(memcmp(box.messages[0].body, "\xff\x00", 2), 0);
    free(answer.body);
    CU_ASSERT_EQUAL(
        ask_bytes("GET", "/c/p/alice", ALICE "Accept: application/x-msgpack\r\n", "", 0, &answer),
        200);
    CU_ASSERT_STRING_EQUAL(raw_header(&answer, "Content-Type"), "application/msgpack");
    CU_ASSERT_PTR_NOT_NULL(memmem(answer.body, answer.body_bytes, "\xc4\x02\xff\x00", 4));
    free(answer.body);
    tear_down();
}

static void what_cannot_be_understood_is_malformed(void)
{
    static const char *const bodies[] = { "",
                                          "{",
                                          "[]",
                                          "{}",
                                          "{\"body\":1}",
                                          "{\"body\":\"a\",\"body64\":\"\"}",
                                          "{\"body64\":\"a\"}",
                                          "{\"body\":\"a\",\"body\":\"b\"}",
                                          "{\"body\":\"a\",\"sequence\":-1}",
                                          "{\"body\":\"a\",\"sequence\":\"1\"}",
                                          "{\"body\":\"\xff\"}" };
    struct raw_answer answer;

    set_up();
    for (size_t i = 0; i < PS_ARRAY_LEN(bodies); i++)
        CU_ASSERT_EQUAL(ask("POST", "/c/p/bob", bodies[i], NULL, 0), 400);
    CU_ASSERT_EQUAL(ask_bytes("POST", "/c/p/bob", ALICE "Content-Type: application/msgpack\r\n",
                              "\xdd\x04\0\0\0", 5, &answer),
                    400);
    free(answer.body);
    CU_ASSERT_EQUAL(box.count, 0);
    tear_down();
}

static void create_survives_each_failed_allocation(void)
{
    struct ps_messaging_web *second = NULL;
    unsigned failed_at = 0;
    int rc;

    set_up();
    struct ps_messaging_web_config cfg = web_config();
    do {
        ps_fail_alloc_after(failed_at);
        rc = ps_messaging_web_create(&second, (struct ps_messaging *)&box, &cfg);
        ps_fail_alloc_never();
        CU_ASSERT_TRUE(rc == 0 || rc == -ENOMEM);
    } while (rc != 0 && failed_at++ < 10);
    CU_ASSERT_EQUAL(failed_at, 2); /* itself and its slots */
    ps_messaging_web_destroy(second);
    cfg.waiting_max = 0;
    CU_ASSERT_EQUAL(ps_messaging_web_create(&second, (struct ps_messaging *)&box, &cfg), -EINVAL);
    ps_messaging_web_destroy(NULL);
    tear_down();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(a_put_says_the_message_and_answers_its_id),
        PS_TEST(other_bodies_are_the_message_itself),
        PS_TEST(a_region_is_asked_for_or_the_tokens_or_the_addresss),
        PS_TEST(only_a_good_token_in_one_place_is_let_in),
        PS_TEST(each_refusal_has_its_status_and_word),
        PS_TEST(a_message_is_taken_once),
        PS_TEST(collections_are_opened_with_limits_and_closed),
        PS_TEST(browsers_are_told_what_other_origins_may_do),
        PS_TEST(msgpack_is_spoken_by_whom_it_is_spoken_to),
        PS_TEST(what_cannot_be_understood_is_malformed),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("host/messaging/web.c", tests, PS_ARRAY_LEN(tests));
}

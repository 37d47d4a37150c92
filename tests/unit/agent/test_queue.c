/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_queue.c - queues are read, and each title has its turn. */
#include "agent/queue_priv.h"

#include <stdio.h>

#include "tests/unit/agent/agent_texts.h"

#define NOW INT64_C(1700000000)

static struct psa_queue queue;
static struct psa_names names;
static struct psa_guess guesses[PSA_GUESSES_MAX];

static void begin(void)
{
    memset(&names, 0, sizeof(names));
    memset(&queue, 0, sizeof(queue));
    queue.read_s = NOW;
}

static void lines_are_ids_and_seconds(void)
{
    begin();
    CU_ASSERT_EQUAL(
        psa_queue_read(&queue, &names, TEXT("# next\none 600\n\ntwo\r\nno/id\nthree x\n")), 2);
    PS_REQUIRE(queue.count == 2);
    CU_ASSERT_STRING_EQUAL(queue.list[0].id.text, "one");
    CU_ASSERT_EQUAL(queue.list[0].length_s, 600);
    CU_ASSERT_EQUAL(queue.list[1].length_s, 0);
}

static const char m3u[] =
    "#EXTM3U\r\n#EXTINF:600,First\r\n#PRESTAGE-MEDIA:one\r\n/home/me/1.mp4\r\n"
    "#EXTINF:300 tvg-id=\"x\",Second title\r\nfile:///2.mp4\r\n"
    "#EXTINF:-1,Stranger\r\n/home/me/private.mp4\r\n"
    "/home/me/4.mp4\r\n";

static void an_m3u_has_ids_by_tag_path_or_title(void)
{
    begin();
    psa_names_read(&names, TEXT("one\ntwo Second title\nfour /home/me/4.mp4\n"));
    CU_ASSERT_EQUAL(psa_queue_read(&queue, &names, text_of(m3u)), 1);
    PS_REQUIRE(queue.count == 4);
    CU_ASSERT_STRING_EQUAL(queue.list[0].id.text, "one");
    CU_ASSERT_EQUAL(queue.list[0].length_s, 600);
    CU_ASSERT_STRING_EQUAL(queue.list[1].id.text, "two");
    CU_ASSERT_EQUAL(queue.list[1].length_s, 300);
    CU_ASSERT_FALSE(queue.list[2].has_id);
    CU_ASSERT_STRING_EQUAL(queue.list[3].id.text, "four");
}

static void paths_are_never_ids(void)
{
    begin();
    CU_ASSERT_EQUAL(psa_queue_read(&queue, &names, TEXT("#EXTM3U\nholiday.mp4\n")), 1);
    CU_ASSERT_TRUE(queue.count == 1 && !queue.list[0].has_id);
    CU_ASSERT_EQUAL(psa_queue_guess(&queue, NULL, NOW, guesses), 0);
}

static void a_new_queue_may_be_begun_soon(void)
{
    begin();
    psa_queue_read(&queue, &names, TEXT("one 600\ntwo 600\n"));
    PS_REQUIRE(psa_queue_guess(&queue, NULL, NOW + 60, guesses) == 2);
    CU_ASSERT_STRING_EQUAL(guesses[0].id.text, "one");
    CU_ASSERT_EQUAL(guesses[0].from_s, NOW);
    CU_ASSERT_TRUE(guesses[1].from_s == NOW + 600 &&
                   guesses[1].probability < guesses[0].probability);
    CU_ASSERT_EQUAL(psa_queue_guess(&queue, NULL, NOW + 86400, guesses), 0);
}

static void what_plays_says_when_the_next_comes(void)
{
    struct psa_play play = { .at_s = NOW, .id = id_of("two") };

    begin();
    psa_queue_read(&queue, &names, TEXT("one 600\ntwo 1200\nthree 60\nfour\nfive\nsix\nseven\n"));
    PS_REQUIRE(psa_queue_guess(&queue, &play, NOW + 10, guesses) == PSA_QUEUE_AHEAD);
    CU_ASSERT_STRING_EQUAL(guesses[0].id.text, "three");
    CU_ASSERT_EQUAL(guesses[0].from_s, NOW + 1200);
    CU_ASSERT_EQUAL(guesses[1].from_s, NOW + 1260);
    CU_ASSERT_TRUE(guesses[1].to_s > guesses[0].to_s);
    play.id = id_of("seven");
    CU_ASSERT_EQUAL(psa_queue_guess(&queue, &play, NOW + 10, guesses), 0);
    play.id = id_of("elsewhere"); /* then the queue has not been begun */
    PS_REQUIRE(psa_queue_guess(&queue, &play, NOW + 10, guesses) > 0);
    CU_ASSERT_STRING_EQUAL(guesses[0].id.text, "one");
}

static void a_queue_is_bounded(void)
{
    static char text[PSA_QUEUE_MAX * 8 + 64];
    size_t used = 0;

    begin();
    for (unsigned i = 0; i <= PSA_QUEUE_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "m%u\n", i);
    CU_ASSERT_EQUAL(psa_queue_read(&queue, &names, (struct psa_text){ text, used }), 1);
    CU_ASSERT_EQUAL(queue.count, PSA_QUEUE_MAX);
}

static void take_damaged(struct psa_text damaged)
{
    psa_queue_read(&queue, &names, damaged);
    CU_ASSERT_TRUE(queue.count <= PSA_QUEUE_MAX);
    CU_ASSERT_TRUE(psa_queue_guess(&queue, NULL, NOW, guesses) <= PSA_GUESSES_MAX);
}

static void damaged_queues_do_no_harm(void)
{
    begin();
    with_damaged(m3u, take_damaged);
    with_damaged("one 600\ntwo\nthree 7\n", take_damaged);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(lines_are_ids_and_seconds),
        PS_TEST(an_m3u_has_ids_by_tag_path_or_title),
        PS_TEST(paths_are_never_ids),
        PS_TEST(a_new_queue_may_be_begun_soon),
        PS_TEST(what_plays_says_when_the_next_comes),
        PS_TEST(a_queue_is_bounded),
        PS_TEST(damaged_queues_do_no_harm),
    };

    return ps_test_run("agent/queue", tests, COUNT_OF(tests));
}

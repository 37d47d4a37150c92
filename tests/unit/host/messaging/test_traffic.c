/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/messaging/test_traffic.c - messages in, out and taken; beside an obvious form of
 * a collection, which a random walk may not tell from ours.
 */
#include <stdio.h>

#include "tests/unit/host/messaging/collection_fixture.h"

#define MIB (UINT64_C(1) << 20)

static void messages_come_out_in_order_from_any_cursor(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_message messages[4];
    uint64_t cursor;

    put(set, c, 1, 0, "a", NOW);
    put(set, c, 2, 0, "bb", NOW + 1);
    put(set, c, 1, 0, "", NOW + 2);
    CU_ASSERT_EQUAL(ps_collection_fetch(set, c, 0, messages, 2, SIZE_MAX, NOW + 2, &cursor), 2);
    CU_ASSERT_TRUE(messages[1].sender == 2 && messages[1].put_ns == NOW + 1);
    CU_ASSERT_TRUE(messages[1].body_bytes == 2 && memcmp(messages[1].body, "bb", 2) == 0);
    CU_ASSERT_TRUE(messages[1].peer_bytes == 3 && memcmp(messages[1].peer, "ann", 3) == 0);
    CU_ASSERT_EQUAL(cursor, messages[1].position);
    CU_ASSERT_EQUAL(ps_collection_fetch(set, c, cursor, messages, 2, SIZE_MAX, NOW + 2, &cursor),
                    1);
    CU_ASSERT_EQUAL(messages[0].body_bytes, 0);
    CU_ASSERT_EQUAL(ps_collection_fetch(set, c, cursor, messages, 2, SIZE_MAX, NOW + 2, &cursor),
                    0);
    CU_ASSERT_EQUAL(cursor, 3);
    CU_ASSERT_EQUAL(ps_collection_fetch(set, c, UINT64_MAX, messages, 2, 1, NOW + 2, &cursor), 0);
    CU_ASSERT_EQUAL(cursor, UINT64_MAX);
    ps_collections_destroy(set);
}

static void a_fetch_stops_before_too_many_bytes_but_gives_one(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_message messages[4];
    uint64_t cursor;

    for (int i = 0; i < 4; i++)
        put(set, c, 1, 0, "0123456", NOW); /* ten with the name */
    CU_ASSERT_EQUAL(ps_collection_fetch(set, c, 0, messages, 4, 1, NOW, &cursor), 1);
    CU_ASSERT_EQUAL(ps_collection_fetch(set, c, 0, messages, 4, 29, NOW, &cursor), 2);
    CU_ASSERT_EQUAL(ps_collection_fetch(set, c, 0, messages, 4, 30, NOW, &cursor), 3);
    ps_collections_destroy(set);
}

static void the_first_to_acknowledge_has_it(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_message message;
    const uint64_t id = (uint64_t)put(set, c, 1, 1, "a", NOW);

    CU_ASSERT_EQUAL(ps_collection_look_up(set, c, id, NOW, &message), 0);
    CU_ASSERT_EQUAL(message.id, id);
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, id, NOW), 0);
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, id, NOW), -ENOENT);
    CU_ASSERT_EQUAL(ps_collection_look_up(set, c, id, NOW, &message), -ENOENT);
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, id + 1, NOW), -ENOENT);
    ps_collections_destroy(set);
}

static void nobody_gets_what_is_too_old(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);
    struct ps_message message;
    const uint64_t a = (uint64_t)put(set, c, 1, 1, "a", NOW);
    const uint64_t last = NOW + 60 * SEC - 1;

    put(set, c, 1, 2, "b", NOW + SEC);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, last), "ab");
    CU_ASSERT_EQUAL(ps_collection_look_up(set, c, a, last, &message), 0);
    CU_ASSERT_EQUAL(ps_collection_look_up(set, c, a, last + 1, &message), -ENOENT);
    CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, a, last + 1), -ENOENT);
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, last + 1), "b");
    CU_ASSERT_EQUAL(set->status.expired, 1);
    ps_collections_destroy(set);
}

static void age_makes_room(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);

    for (int i = 0; i < 4; i++)
        put(set, c, 1, 0, "a", NOW);
    CU_ASSERT_EQUAL(put(set, c, 1, 0, "b", NOW + 59 * SEC), -ENOSPC);
    CU_ASSERT_TRUE(put(set, c, 1, 0, "b", NOW + 60 * SEC) > 0);
    ps_collections_destroy(set);
}

static void bytes_are_bounded_like_messages(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection_limits many = small;
    char text[201] = "";

    many.messages_max = 100;
    memset(text, 'x', 200);
    struct ps_collection *c = open_of(set, 1, &many);
    for (int i = 0; i < 5; i++) /* 203 each */
        CU_ASSERT_TRUE(put(set, c, 1, 0, text, NOW) > 0);
    CU_ASSERT_EQUAL(put(set, c, 1, 0, text, NOW), -ENOSPC);
    CU_ASSERT_TRUE(put(set, c, 1, 0, "abcdef", NOW) > 0);
    CU_ASSERT_EQUAL(put(set, c, 1, 0, "", NOW), -ENOSPC);
    CU_ASSERT_EQUAL(c->bytes, 1024);
    ps_collections_destroy(set);
}

/* One that nobody takes must not keep the places of all those behind it. */
static void one_left_lying_takes_no_more_than_its_own_room(void)
{
    struct ps_collections *set = set_of(MIB, 4);
    struct ps_collection *c = open_of(set, 1, &small);

    put(set, c, 1, 0, "o", NOW);
    for (int i = 0; i < 1000; i++) {
        const int64_t a = put(set, c, 1, 0, "abcdefgh", NOW), b = put(set, c, 1, 0, "b", NOW);

        PS_REQUIRE(a > 0 && b > 0);
        CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "oab");
        CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, (uint64_t)a, NOW), 0);
        CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, (uint64_t)b, NOW), 0);
    }
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "o");
    ps_collections_destroy(set);
}

static void a_fetch_walks_over_few_holes(void)
{
    struct ps_collections *set = set_of(64 * MIB, 4);
    struct ps_collection_limits large = small;

    large.messages_max = 10000;
    large.bytes_max = 100000;
    struct ps_collection *c = open_of(set, 1, &large);
    for (uint64_t i = 0; i < 10000; i++)
        put(set, c, 1, 0, "a", NOW);
    for (uint64_t id = 2; id < 10000; id++) {
        CU_ASSERT_EQUAL(ps_collection_acknowledge(set, c, id, NOW), 0);
        CU_ASSERT_TRUE(c->tail - c->head <= 2 * c->live + PS_COLLECTION_HOLES_MIN);
    }
    CU_ASSERT_STRING_EQUAL(seen(set, c, 0, NOW), "aa");
    CU_ASSERT_STRING_EQUAL(seen(set, c, 5000, NOW), "a");
    ps_collections_destroy(set);
}

static void tending_ends_a_bounded_part(void)
{
    struct ps_collections *set = set_of(64 * MIB, 2000);
    struct ps_collection_limits large = small;

    large.messages_max = 6000;
    large.bytes_max = 100000;
    struct ps_collection *c = open_of(set, 0, &large);
    for (int i = 0; i < 6000; i++)
        put(set, c, 1, 0, "a", NOW);
    for (uint64_t key = 1; key < 1500; key++)
        put(set, open_of(set, key, &small), 1, 0, "a", NOW);
    CU_ASSERT_EQUAL(set->status.messages, 7499);
    ps_collections_tend(set, NOW + 59 * SEC);
    CU_ASSERT_EQUAL(set->status.expired, 0);
    uint64_t before = 0;
    for (int i = 0; i < 5 && set->status.messages > 0; i++) {
        ps_collections_tend(set, NOW + 60 * SEC);
        CU_ASSERT_TRUE(set->status.expired - before <= PS_COLLECTION_END_MAX);
        CU_ASSERT_TRUE(set->status.expired > before);
        before = set->status.expired;
    }
    CU_ASSERT_TRUE(set->status.messages == 0 && set->status.bytes == 0 && set->busy_count == 0);
    ps_collections_tend(set, NOW + 60 * SEC);
    ps_collections_destroy(set);
}

/* ---- the obvious form ---- */

#define HELD_MAX   40u
#define SENDERS    6u
#define MODEL_SETS 3u

struct plain_message {
    uint64_t id, position, sender, put_ns;
    char text[80];
};
struct plain_sender {
    uint64_t key, sequence, used;
};
struct plain {
    struct ps_collection *c; /* NULL: closed */
    struct ps_collection_limits limits;
    struct plain_message held[HELD_MAX];
    uint32_t count;
    struct plain_sender senders[HELD_MAX];
    uint32_t sender_count;
    uint64_t position;
};

static struct plain plains[MODEL_SETS];
static uint64_t model_ids, model_clock;
static bool model_forgets_order; /* the control: a reference that takes any number */

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % below);
}

static uint64_t plain_bytes(const struct plain *p)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < p->count; i++)
        bytes += 3 + strlen(p->held[i].text);
    return bytes;
}

static void plain_remove(struct plain *p, uint32_t at)
{
    memmove(&p->held[at], &p->held[at + 1], (--p->count - at) * sizeof(p->held[0]));
}

static void plain_expire(struct plain *p, uint64_t now_ns)
{
    while (p->count > 0 && p->held[0].put_ns + p->limits.age_ns <= now_ns)
        plain_remove(p, 0);
}

static struct plain_sender *plain_sender(struct plain *p, uint64_t key)
{
    for (uint32_t i = 0; i < p->sender_count; i++)
        if (p->senders[i].key == key)
            return &p->senders[i];
    return NULL;
}

static void plain_forget(struct plain *p, uint32_t keep)
{
    while (p->sender_count > keep) {
        uint32_t oldest = 0;
        for (uint32_t i = 1; i < p->sender_count; i++)
            if (p->senders[i].used < p->senders[oldest].used)
                oldest = i;
        p->senders[oldest] = p->senders[--p->sender_count];
    }
}

static int64_t plain_put(struct plain *p, uint64_t sender, uint64_t sequence, const char *text,
                         uint64_t now_ns)
{
    struct plain_sender *known = plain_sender(p, sender);

    if (strlen(text) > p->limits.message_bytes_max)
        return -EMSGSIZE;
    plain_expire(p, now_ns);
    if (sequence != 0 && known != NULL && sequence <= known->sequence)
        return -EALREADY;
    if (sequence != 0 && known != NULL && sequence != known->sequence + 1 && !model_forgets_order)
        return -ERANGE;
    if (p->count == p->limits.messages_max ||
        plain_bytes(p) + 3 + strlen(text) > p->limits.bytes_max)
        return -ENOSPC;
    if (sequence != 0 && known == NULL) {
        plain_forget(p, p->limits.messages_max - 1);
        known = &p->senders[p->sender_count++];
        known->key = sender;
    }
    if (sequence != 0) {
        known->sequence = sequence;
        known->used = ++model_clock;
    }
    struct plain_message *m = &p->held[p->count++];
    *m = (struct plain_message){
        .id = ++model_ids, .position = ++p->position, .sender = sender, .put_ns = now_ns
    };
    snprintf(m->text, sizeof(m->text), "%s", text);
    return (int64_t)m->id;
}

static bool same_fetch(struct ps_collections *set, struct plain *p, uint64_t after, uint32_t max,
                       uint64_t now_ns)
{
    struct ps_message got[HELD_MAX];
    uint64_t cursor = 0;
    uint32_t i = 0, n = 0;

    plain_expire(p, now_ns);
    const uint32_t count =
        ps_collection_fetch(set, p->c, after, got, max, SIZE_MAX, now_ns, &cursor);
    for (; i < p->count && n < max; i++) {
        const struct plain_message *m = &p->held[i];
        if (m->position <= after)
            continue;
        if (n >= count || got[n].id != m->id || got[n].position != m->position ||
            got[n].sender != m->sender || got[n].put_ns != m->put_ns ||
            got[n].body_bytes != strlen(m->text) ||
            memcmp(got[n].body, m->text, strlen(m->text)) != 0)
            return false;
        n++;
    }
    return n == count && cursor == (n == 0 ? after : got[n - 1].position);
}

static struct ps_collection_limits random_limits(uint64_t *seed)
{
    return (struct ps_collection_limits){ .messages_max = 1 + draw(seed, HELD_MAX),
                                          .bytes_max = 64 + PS_PEER_NAME_MAX + draw(seed, 900),
                                          .message_bytes_max = 64,
                                          .age_ns = (1 + draw(seed, 40)) * SEC };
}

static bool same_lifetime(struct ps_collections *set, struct plain *p, uint64_t *seed,
                          uint64_t now_ns)
{
    const struct ps_collection_limits limits = random_limits(seed);

    if (p->c == NULL || draw(seed, 8) == 0) {
        const struct ps_collection_id id = id_of((uint64_t)(p - plains));
        if (p->c != NULL)
            ps_collection_close(set, p->c);
        *p = (struct plain){ .limits = limits, .position = model_ids };
        return ps_collection_open(set, &id, &limits, PS_COLLECTION_AHEAD, now_ns, &p->c) == 0;
    }
    const bool fits = p->count <= limits.messages_max && plain_bytes(p) <= limits.bytes_max;
    if (ps_collection_resize(set, p->c, &limits) != (fits ? 0 : -EBUSY))
        return false;
    if (fits) {
        p->limits = limits;
        plain_forget(p, limits.messages_max);
    }
    return true;
}

static bool same_put(struct ps_collections *set, struct plain *p, uint64_t *seed, uint64_t now_ns)
{
    const uint64_t sender = 1 + draw(seed, SENDERS);
    const struct plain_sender *known = plain_sender(p, sender);
    const uint64_t last = known == NULL ? draw(seed, 3) : known->sequence;
    const uint64_t sequence = draw(seed, 6) == 0 ? 0 : last + draw(seed, 4);
    char text[80];
    const uint32_t length = draw(seed, 70);

    for (uint32_t i = 0; i < length; i++)
        text[i] = (char)('a' + draw(seed, 26));
    text[length] = '\0';
    return put(set, p->c, sender, sequence, text, now_ns) ==
           plain_put(p, sender, sequence, text, now_ns);
}

static bool same_acknowledge(struct ps_collections *set, struct plain *p, uint64_t *seed,
                             uint64_t now_ns)
{
    plain_expire(p, now_ns);
    if (p->count == 0 || draw(seed, 10) == 0)
        return ps_collection_acknowledge(set, p->c, model_ids + 1, now_ns) == -ENOENT;
    const uint32_t at = draw(seed, p->count);
    const uint64_t id = p->held[at].id;
    plain_remove(p, at);
    return ps_collection_acknowledge(set, p->c, id, now_ns) == 0;
}

static bool books_are_right(const struct ps_collections *set, size_t all)
{
    uint64_t messages = 0, bytes = 0, taken = 0;

    for (uint32_t i = 0; i < MODEL_SETS; i++) {
        if (plains[i].c == NULL)
            continue;
        messages += plains[i].c->live;
        bytes += plains[i].c->bytes;
        taken += plains[i].c->layout.total;
    }
    return set->status.messages == messages && set->status.bytes == bytes &&
           set->status.taken_bytes == taken &&
           taken + set->arena.free_grains * PS_ARENA_GRAIN == all * PS_ARENA_GRAIN;
}

/* @return the step at which they differ; @p steps: never. */
static uint32_t walk(uint64_t seed, uint32_t steps)
{
    struct ps_collections *set = set_of(MIB, MODEL_SETS);
    const size_t all = set->arena.free_grains;
    uint64_t now_ns = NOW;
    uint32_t step;

    memset(plains, 0, sizeof(plains));
    model_ids = model_clock = 0;
    for (step = 0; step < steps; step++) {
        struct plain *p = &plains[draw(&seed, MODEL_SETS)];
        const uint32_t what = draw(&seed, 100);
        bool same;

        now_ns += draw(&seed, 3) == 0 ? draw(&seed, 1000) * (SEC / 500) : 0;
        if (p->c == NULL || what == 0)
            same = same_lifetime(set, p, &seed, now_ns);
        else if (what < 50)
            same = same_put(set, p, &seed, now_ns);
        else if (what < 75)
            same = same_acknowledge(set, p, &seed, now_ns);
        else
            same = same_fetch(set, p, p->position > 60 ? p->position + 2 - draw(&seed, 60) : 0,
                              1 + draw(&seed, HELD_MAX), now_ns);
        if (what == 99) {
            ps_collections_tend(set, now_ns);
            for (uint32_t i = 0; i < MODEL_SETS; i++)
                plain_expire(&plains[i], now_ns);
        }
        if (!same || !books_are_right(set, all))
            break;
    }
    ps_collections_destroy(set);
    return step;
}

static void a_random_walk_cannot_tell_it_from_the_obvious_form(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++)
        CU_ASSERT_EQUAL(walk(seed, 5000), 5000);
}

static void the_walk_finds_a_reference_that_forgets_order(void)
{
    model_forgets_order = true;
    CU_ASSERT_TRUE(walk(1, 5000) < 5000);
    model_forgets_order = false;
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(messages_come_out_in_order_from_any_cursor),
        PS_TEST(a_fetch_stops_before_too_many_bytes_but_gives_one),
        PS_TEST(the_first_to_acknowledge_has_it),
        PS_TEST(nobody_gets_what_is_too_old),
        PS_TEST(age_makes_room),
        PS_TEST(bytes_are_bounded_like_messages),
        PS_TEST(one_left_lying_takes_no_more_than_its_own_room),
        PS_TEST(a_fetch_walks_over_few_holes),
        PS_TEST(tending_ends_a_bounded_part),
        PS_TEST(a_random_walk_cannot_tell_it_from_the_obvious_form),
        PS_TEST(the_walk_finds_a_reference_that_forgets_order),
    };

    return ps_test_run("traffic", tests, PS_ARRAY_LEN(tests));
}

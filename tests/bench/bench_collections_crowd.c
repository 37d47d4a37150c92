/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_collections_crowd.c - a crowd comes at once: what is gained by collections that
 * were opened and sized before it came.
 *
 * PEERS peers that are connected put a request for one of RESOURCES resources, all at once, and
 * wait for the answer in their own collections. Each resource has one holder, which waits for
 * requests, claims them and answers, up to 64 in 5 ms: it is a peer too. The time of a peer is from
 * its put to its first message. A peer whose request is refused tries again when it is told to.
 * Ahead: the collections are opened first, sized four messages for each peer that will come. On
 * demand: who comes first opens them, as large as those that were not predicted are, and the
 * holders come with the crowd. One thread is all the peers; the server is crowd_server.c, where
 * peers need no tokens of their own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/bench/bench_collections.h"
#include "tools/peer_client.h"

#define PEERS        10000u
#define RESOURCES    10u
#define PER_PEER     4u /* messages */
#define BODY_BYTES   1024u
#define TIMEOUT_MS   20000u
#define WAIT_MS      30000u
#define ROOM_BYTES   4096u
#define HOLDER_BATCH 64u
#define THINK_NS     5000000ull /* of a holder, for a batch */
#define RETRY_MS     20u        /* when the server does not say */
#define EVENTS_MAX   256

struct guest {
    struct ps_peer peer;
    char name[16];
    uint64_t came_ns, first_ns; /* first_ns 0: nothing came yet */
    uint64_t retry_ns;          /* 0: nothing to try again */
    uint32_t fetch;             /* number of that request */
    uint32_t resource;
};

struct holder {
    struct ps_peer peer;
    uint32_t fetch;
    uint64_t free_ns; /* when it looks for more; 0: it waits for more already */
    char media[16];
};

static char where[32];
static struct guest *guests;
static struct holder holders[RESOURCES];
static int epoll_fd;
static uint32_t served, retries;

static void must(int rc, const char *what)
{
    if (rc != 0) {
        fprintf(stderr, "crowd: %s\n", strerror(-rc));
        die(what);
    }
}

static void watch(struct ps_peer *peer, void *who)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = who };

    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer->fd, &event) != 0)
        die("epoll");
}

static struct ps_peer_place place_of(const char *media)
{
    return (struct ps_peer_place){ .media = media, .profile = "hd" };
}

/* ---- holders ---- */

static void enter_holders(void)
{
    for (uint32_t i = 0; i < RESOURCES; i++) {
        struct holder *holder = &holders[i];
        struct ps_peer_answer answer;
        char name[16];

        *holder = (struct holder){ .fetch = 0 };
        snprintf(name, sizeof(name), "holder-%u", i);
        snprintf(holder->media, sizeof(holder->media), "crowd-%u", i);
        must(ps_peer_connect(&holder->peer, where, TIMEOUT_MS, PS_PEER_ROOM_BYTES), "holder");
        ps_peer_hello(&holder->peer, name);
        must(ps_peer_ask(&holder->peer, &answer), "hello");
        watch(&holder->peer, holder);
    }
}

/* @return microseconds each. */
static double open_ahead(void)
{
    const uint32_t messages = PER_PEER * PEERS / RESOURCES;
    const uint64_t start_ns = ps_clock_mono_ns();
    struct ps_peer_answer answer;

    for (uint32_t i = 0; i < RESOURCES; i++) {
        const struct ps_peer_place place = place_of(holders[i].media);
        ps_peer_open(&holders[i].peer, &place, messages, messages * 1024, 8192, 120);
        must(ps_peer_ask(&holders[i].peer, &answer), "open");
    }
    return (double)(ps_clock_mono_ns() - start_ns) / 1e3 / RESOURCES;
}

static void fetch_more(struct holder *holder)
{
    const struct ps_peer_place place = place_of(holder->media);

    holder->fetch = ps_peer_fetch(&holder->peer, &place, HOLDER_BATCH, WAIT_MS);
    holder->free_ns = 0;
    must(ps_peer_flush(&holder->peer), "holder");
}

/* Claim the requests and answer each. */
static void answer_requests(struct holder *holder, struct ps_peer_answer *answer)
{
    static const uint8_t body[BODY_BYTES];
    struct ps_peer_message messages[HOLDER_BATCH];
    const struct ps_peer_place place = place_of(holder->media);
    uint64_t ids[HOLDER_BATCH], cursor;
    char names[HOLDER_BATCH][16];

    const uint32_t count = ps_peer_messages(answer, messages, HOLDER_BATCH, &cursor);
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = messages[i].id;
        snprintf(names[i], sizeof(names[i]), "%.*s", (int)messages[i].from.size_bytes,
                 messages[i].from.data);
    }
    if (count > 0)
        ps_peer_ack(&holder->peer, &place, ids, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct ps_peer_place to = { .peer = names[i] };
        ps_peer_put(&holder->peer, &to, 0, body, sizeof(body));
    }
    must(ps_peer_flush(&holder->peer), "holder");
    holder->free_ns = ps_clock_mono_ns() + THINK_NS;
}

static void serve_holder(struct holder *holder)
{
    struct ps_peer_answer answer;
    int rc;

    while ((rc = ps_peer_take_now(&holder->peer, &answer)) == 0) {
        if (answer.refused)
            die("a holder was refused");
        if (answer.number == holder->fetch)
            answer_requests(holder, &answer);
    }
    if (rc != -EAGAIN)
        must(rc, "holder");
}

/* ---- guests ---- */

static void put_request(struct guest *guest)
{
    static const uint8_t body[BODY_BYTES];
    const struct ps_peer_place place = place_of(holders[guest->resource].media);

    ps_peer_put(&guest->peer, &place, 1, body, sizeof(body));
}

static void enter_guest(uint32_t number)
{
    struct guest *guest = &guests[number];
    struct ps_peer_answer answer;

    *guest = (struct guest){ .resource = number % RESOURCES };
    snprintf(guest->name, sizeof(guest->name), "guest-%u", number);
    must(ps_peer_connect(&guest->peer, where, TIMEOUT_MS, ROOM_BYTES), "guest");
    ps_peer_hello(&guest->peer, guest->name);
    must(ps_peer_ask(&guest->peer, &answer), "hello");
    watch(&guest->peer, guest);
}

static void begin_guest(struct guest *guest)
{
    const struct ps_peer_place own = { 0 };

    guest->came_ns = ps_clock_mono_ns();
    put_request(guest);
    guest->fetch = ps_peer_fetch(&guest->peer, &own, 1, WAIT_MS);
    must(ps_peer_flush(&guest->peer), "guest");
}

/* [code, message, {retry_ms}]: nothing but a full collection may refuse it. */
static void note_refusal(struct guest *guest, struct ps_peer_answer *answer, uint64_t now_ns)
{
    struct ps_msg_cursor *c = &answer->what;
    uint64_t retry_ms = RETRY_MS;
    const uint32_t parts = ps_msg_take_array(c);
    const struct ps_msg_text code = ps_msg_take_str(c);

    if (!ps_msg_text_is(code, "full"))
        die("a guest was refused");
    ps_msg_skip(c);
    if (parts == 3 && ps_msg_take_map(c) == 1 && ps_msg_text_is(ps_msg_take_str(c), "retry_ms"))
        retry_ms = ps_msg_take_u64(c);
    guest->retry_ns = now_ns + retry_ms * PS_NS_PER_MSEC;
    retries++;
}

static void serve_guest(struct guest *guest)
{
    struct ps_peer_message message;
    struct ps_peer_answer answer;
    uint64_t cursor;
    int rc;

    while ((rc = ps_peer_take_now(&guest->peer, &answer)) == 0) {
        const uint64_t now_ns = ps_clock_mono_ns();
        if (answer.refused) {
            note_refusal(guest, &answer, now_ns);
        } else if (answer.number == guest->fetch) {
            if (ps_peer_messages(&answer, &message, 1, &cursor) != 1)
                die("a guest waited in vain");
            guest->first_ns = now_ns;
            served++;
        }
    }
    if (rc != -EAGAIN)
        must(rc, "guest");
}

static void do_what_is_due(void)
{
    const uint64_t now_ns = ps_clock_mono_ns();

    for (uint32_t i = 0; i < RESOURCES; i++)
        if (holders[i].free_ns != 0 && holders[i].free_ns <= now_ns)
            fetch_more(&holders[i]);
    for (uint32_t i = 0; i < PEERS; i++) {
        struct guest *guest = &guests[i];
        if (guest->retry_ns == 0 || guest->retry_ns > now_ns)
            continue;
        guest->retry_ns = 0;
        put_request(guest);
        must(ps_peer_flush(&guest->peer), "guest");
    }
}

/* ---- the crowd ---- */

static bool is_holder(const void *who)
{
    const struct holder *holder = who;

    return holder >= holders && holder < holders + RESOURCES;
}

static void serve_events(int wait_ms)
{
    struct epoll_event events[EVENTS_MAX];
    const int count = epoll_wait(epoll_fd, events, EVENTS_MAX, wait_ms);

    for (int i = 0; i < count; i++) {
        if (is_holder(events[i].data.ptr))
            serve_holder(events[i].data.ptr);
        else
            serve_guest(events[i].data.ptr);
    }
}

static int by_time(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void begin_holding(void)
{
    for (uint32_t i = 0; i < RESOURCES; i++)
        fetch_more(&holders[i]);
}

static void let_them_come(bool ahead)
{
    const uint64_t end_ns = ps_clock_mono_ns() + TIMEOUT_MS * PS_NS_PER_MSEC;

    for (uint32_t i = 0; i < PEERS; i++) {
        begin_guest(&guests[i]);
        if (i == RESOURCES && !ahead)
            begin_holding();
        if (i % 16 == 0)
            serve_events(0);
    }
    while (served < PEERS) {
        serve_events(1);
        do_what_is_due();
        if (ps_clock_mono_ns() > end_ns) {
            fprintf(stderr, "served=%u retries=%u\n", served, retries);

            die("not everybody was answered");
        }
    }
}

static struct crowd_times times_of(double open_us)
{
    static uint64_t times_ns[PEERS];

    for (uint32_t i = 0; i < PEERS; i++)
        times_ns[i] = guests[i].first_ns - guests[i].came_ns;
    qsort(times_ns, PEERS, sizeof(*times_ns), by_time);
    return (struct crowd_times){ .p50_ms = (double)times_ns[PEERS / 2] / 1e6,
                                 .p99_ms = (double)times_ns[PEERS * 99 / 100] / 1e6,
                                 .open_us = open_us,
                                 .retries = retries };
}

static void allow_descriptors(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < PEERS + 200)
        die("too few descriptors: raise `ulimit -n`");
}

struct crowd_times crowd(const char *folder, bool ahead)
{
    const uint16_t port = free_port();
    char *argv[] = { getenv("PS_BENCH_SERVER"), where, NULL };

    allow_descriptors();
    snprintf(where, sizeof(where), "127.0.0.1:%u", port);
    const pid_t pid = spawn(argv, folder, "crowd");
    wait_for_port(port);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    guests = ps_zalloc(PEERS, sizeof(*guests));
    if (guests == NULL || epoll_fd < 0)
        die("memory");
    served = retries = 0;
    enter_holders();
    for (uint32_t i = 0; i < PEERS; i++)
        enter_guest(i);
    const double open_us = ahead ? open_ahead() : 0;
    if (ahead)
        begin_holding();
    let_them_come(ahead);
    const struct crowd_times times = times_of(open_us);
    for (uint32_t i = 0; i < PEERS; i++)
        ps_peer_close(&guests[i].peer);
    for (uint32_t i = 0; i < RESOURCES; i++)
        ps_peer_close(&holders[i].peer);
    free(guests);
    close(epoll_fd);
    end(pid);
    return times;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/deliver/test_flash_crowd.c - a thousand viewers ask at once for what nobody
 * has.
 *
 * One of them has the segment made, as many as may wait get it when it is there, the rest is sent
 * away at once; then a second crowd is timed out. Nothing is left waiting or pinned.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/deliver/deliver.h"
#include "tests/support/ps_test.h"
#include "tests/unit/host/deliver/fakes.h"

#define CROWD       1000
#define WAITING_MAX 800
#define TURNS_MAX   100000
#define RANGE       "Range: bytes=1000-1999\r\n"

static struct ps_http *http;
static struct ps_deliver *deliver;
static struct ps_tier tier;
static struct ps_catalogue catalogue;
static struct ps_profile low;
static struct ps_segment_key wanted;
static unsigned wants;
static uint64_t real_now_ns;

static uint64_t now_ns(void *arg)
{
    (void)arg;
    return 1;
}

static uint64_t real_ns(void)
{
    return real_now_ns;
}

static int want_segment(void *arg, const struct ps_segment_key *key, uint64_t time_ns)
{
    (void)arg;
    (void)time_ns;
    wanted = *key;
    wants++;
    return 0;
}

static int want_media(void *arg, struct ps_media *media, uint64_t time_ns)
{
    (void)arg;
    (void)media;
    (void)time_ns;
    return -EIO;
}

static void set_up(void)
{
    const struct ps_http_config server = { .address = "127.0.0.1", .connections_max = CROWD };

    fake_tier_init(&tier);
    fake_catalogue_init(&catalogue);
    catalogue.media[0].state = PS_MEDIA_READY;
    low = (struct ps_profile){ .name = "low", .key = ps_hash64_name("low"), .version = 1 };
    wants = 0;
    PS_REQUIRE(ps_http_create(&http, &server) == 0);
    const struct ps_deliver_config cfg = { .http = http,
                                           .catalogue = &catalogue,
                                           .tier = &tier,
                                           .profiles = &low,
                                           .profile_count = 1,
                                           .waiting_max = WAITING_MAX,
                                           .wait_ns_max = 1000,
                                           .now_ns = now_ns,
                                           .real_ns = real_ns,
                                           .want_segment = want_segment,
                                           .want_media = want_media };
    PS_REQUIRE(ps_deliver_create(&deliver, &cfg) == 0);
}

static void tear_down(void)
{
    ps_deliver_destroy(deliver);
    ps_http_destroy(http);
    CU_ASSERT_EQUAL(tier.pins, 0);
    fake_tier_fini(&tier);
}

static int ask(const char *path)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(ps_http_port(http)),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char text[256];
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int bytes =
        snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: t\r\n" RANGE "\r\n", path);

    PS_REQUIRE(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
    PS_REQUIRE(send(fd, text, (size_t)bytes, MSG_NOSIGNAL) == bytes);
    return fd;
}

static struct ps_deliver_status status(void)
{
    struct ps_deliver_status now;

    ps_deliver_status(deliver, &now);
    return now;
}

/* Left in the socket until it is whole. @return the HTTP status, 0 when it is not there yet. */
static int answer(int fd, char bytes[4096])
{
    int code = 0;
    size_t body_bytes = 0;
    const ssize_t got = recv(fd, bytes, 4095, MSG_DONTWAIT | MSG_PEEK);

    if (got <= 0)
        return 0;
    bytes[got] = '\0';
    const char *length = strstr(bytes, "Content-Length: ");
    const char *body = memmem(bytes, (size_t)got, "\r\n\r\n", 4);
    if (body == NULL || length == NULL || sscanf(bytes, "HTTP/1.1 %d", &code) != 1 ||
        sscanf(length, "Content-Length: %zu", &body_bytes) != 1)
        return 0;
    return (size_t)got >= (size_t)(body + 4 - bytes) + body_bytes ? code : 0;
}

static bool has_range_of_slot(const char bytes[4096], uint32_t slot)
{
    const char *body = strstr(bytes, "\r\n\r\n");

    for (uint64_t i = 0; body != NULL && i < 1000; i++)
        if (body[4 + i] != fake_byte(slot, 1000 + i))
            return false;
    return body != NULL;
}

static void gather_crowd(int fds[CROWD], const char *path)
{
    const uint64_t before = status().requests;

    for (int i = 0; i < CROWD; i++) {
        fds[i] = ask(path);
        ps_http_run(http);
    }
    for (int i = 0; i < TURNS_MAX && status().requests < before + CROWD; i++)
        ps_http_run(http);
    CU_ASSERT_EQUAL(status().requests, before + CROWD);
    CU_ASSERT_EQUAL(status().waiting, WAITING_MAX);
}

/* Turn until everybody has been answered and has left; counts the answers by kind. */
static void dismiss_crowd(int fds[CROWD], int good_code, uint32_t slot)
{
    char bytes[4096];
    int good = 0, sent_away = 0;

    for (int turn = 0; turn < TURNS_MAX && good + sent_away < CROWD; turn++) {
        ps_http_run(http);
        for (int i = 0; i < CROWD; i++) {
            const int code = fds[i] < 0 ? 0 : answer(fds[i], bytes);

            if (code == 0)
                continue;
            good += code == good_code && (code != 206 || has_range_of_slot(bytes, slot));
            sent_away += code == 503 && strstr(bytes, "Retry-After: 1\r\n") != NULL;
            close(fds[i]);
            fds[i] = -1;
        }
    }
    CU_ASSERT_EQUAL(good, WAITING_MAX);
    CU_ASSERT_EQUAL(sent_away, CROWD - WAITING_MAX);
    for (int i = 0; i < TURNS_MAX && tier.pins > 0; i++)
        ps_http_run(http);
    CU_ASSERT_EQUAL(status().waiting, 0);
    CU_ASSERT_EQUAL(tier.pins, 0);
}

static void one_makes_it_and_all_who_may_wait_get_it(void)
{
    static int fds[CROWD];

    set_up();
    gather_crowd(fds, "/m/film/low/0.m4s");
    CU_ASSERT_EQUAL(wants, 1);
    const uint32_t slot = fake_tier_add(&tier, &wanted, 0, false);
    ps_deliver_resolve(deliver, &wanted, 0, 1);
    dismiss_crowd(fds, 206, slot);
    CU_ASSERT_EQUAL(status().misses, 1);
    CU_ASSERT_EQUAL(status().waits_making, CROWD - 1);
    CU_ASSERT_EQUAL(status().bytes,
                    WAITING_MAX * 1000 + (CROWD - WAITING_MAX) * strlen("503 not possible now\n"));
    tear_down();
}

static void a_crowd_that_waits_in_vain_is_told_so(void)
{
    static int fds[CROWD];

    set_up();
    gather_crowd(fds, "/m/film/low/1.m4s");
    real_now_ns += 1000;
    ps_deliver_tick(deliver, 1);
    dismiss_crowd(fds, 504, 0);
    CU_ASSERT_EQUAL(status().timed_out, WAITING_MAX);
    tear_down();
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(one_makes_it_and_all_who_may_wait_get_it),
        PS_TEST(a_crowd_that_waits_in_vain_is_told_so),
    };
    struct rlimit files;

    /* Both ends of every connection are this process's. */
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max < 2 * CROWD + 64) {
        printf("needs %d open files\n", 2 * CROWD + 64);
        return PS_TEST_SKIP;
    }
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        return PS_TEST_SKIP;
    return ps_test_run("flash crowd", tests, PS_ARRAY_LEN(tests));
}

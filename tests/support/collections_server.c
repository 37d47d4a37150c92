/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/support/collections_server.c - collections by HTTP and nothing else: the server, the
 * collections and the tokens joined as the daemon joins them, for tests and benchmarks.
 *
 * Usage: collections-server ADDRESS:PORT [PUTS_PER_S]. Prints `ready port=N`; ends with SIGTERM.
 * GET /token?peer=NAME&act=put,fetch[&media=M] issues a token to whoever asks: never outside tests.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "host/base/clock.h"
#include "host/http/http.h"
#include "host/messaging/messaging.h"
#include "host/messaging/web.h"
#include "host/token/token.h"

#define CONNECTIONS_MAX 16384u
#define TURN_MS         10 /* how late waits may end */
#define TOKEN_LIFE_NS   (3600 * PS_NS_PER_SEC)

static struct ps_clock wall_clock;
static struct ps_tokens *tokens;
static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static uint64_t now_ns(void *arg)
{
    (void)arg;
    return ps_clock_now_ns(&wall_clock);
}

static int check_token(void *arg, const char *text, size_t length, const struct sockaddr *from,
                       struct ps_grant *ret_grant)
{
    (void)arg;
    return ps_tokens_check(tokens, text, length, from, now_ns(NULL), ret_grant, NULL);
}

static uint32_t actions_of(const char *list)
{
    uint32_t actions = 0;

    while (list != NULL && *list != '\0') {
        char name[16];

        snprintf(name, sizeof(name), "%.*s", (int)strcspn(list, ","), list);
        actions |= ps_token_action(name);
        list += strcspn(list, ",");
        list += *list == ',';
    }
    return actions;
}

static void on_token(void *arg, struct ps_http_request *request)
{
    const struct ps_token_issue issue = { .peer = ps_http_argument(request, "peer"),
                                          .actions = actions_of(ps_http_argument(request, "act")),
                                          .media = ps_http_argument(request, "media"),
                                          .region = PS_GRANT_ANY_REGION,
                                          .life_ns = TOKEN_LIFE_NS };
    char *text = NULL;

    (void)arg;
    if (issue.peer == NULL || ps_tokens_issue(tokens, &issue, now_ns(NULL), &text) != 0) {
        ps_http_reply_error(request, 400, "peer or act", 0);
        return;
    }
    ps_http_reply_copy(request, 200, "text/plain", text, strlen(text));
    free(text);
}

static int create_messaging(struct ps_messaging **ret_messaging, double rate)
{
    const struct ps_collection_limits limits = { .messages_max = 256,
                                                 .bytes_max = 256 * 1024,
                                                 .message_bytes_max = 16384,
                                                 .age_ns = 120 * PS_NS_PER_SEC };
    struct ps_collection_limits peer = limits;

    peer.messages_max = 16;
    peer.bytes_max = 32 * 1024; /* ten thousand of them have to fit */
    const struct ps_messaging_config cfg = { .budget_bytes = 1ull << 30,
                                             .collections_max = 16384,
                                             .resource = limits,
                                             .peer = peer,
                                             .messages_per_peer = 4,
                                             .messages_ahead_max = 16384,
                                             .threshold = 0.3,
                                             .puts_per_s = rate,
                                             .fetches_per_s = rate,
                                             .meet_ns = 120 * PS_NS_PER_SEC,
                                             .idle_ns = 600 * PS_NS_PER_SEC,
                                             .on_demand = true };

    return ps_messaging_create(ret_messaging, &cfg, NULL);
}

static void turn(struct ps_http *http, struct ps_messaging *messaging, struct ps_messaging_web *web,
                 int epoll_fd)
{
    struct epoll_event event;
    const int http_ms = ps_http_timeout_ms(http);

    (void)epoll_wait(epoll_fd, &event, 1, http_ms >= 0 && http_ms < TURN_MS ? http_ms : TURN_MS);
    ps_http_run(http);
    ps_messaging_prepare(messaging, NULL, 0, now_ns(NULL));
    ps_messaging_web_tick(web);
}

static int serve(struct ps_http *http, struct ps_messaging *messaging, struct ps_messaging_web *web)
{
    struct epoll_event event = { .events = EPOLLIN };
    const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

    if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ps_http_fd(http), &event) != 0)
        return -errno;
    printf("ready port=%u\n", ps_http_port(http));
    fflush(stdout);
    while (!stopping)
        turn(http, messaging, web, epoll_fd);
    return 0;
}

static int run(const char *listen, double rate)
{
    char address[PS_HTTP_ADDRESS_BYTES_MAX], why[256];
    struct ps_http_config cfg = { .address = address,
                                  .connections_max = CONNECTIONS_MAX,
                                  .idle_timeout_s = 60 };
    const struct ps_tokens_config token_cfg = { .audience = "test", .wall_ns = now_ns(NULL) };
    struct ps_http *http = NULL;
    struct ps_messaging *messaging = NULL;
    struct ps_messaging_web *web = NULL;
    int rc = ps_http_split_address(listen, address, &cfg.port);

    if (rc == 0)
        rc = ps_http_create(&http, &cfg);
    if (rc == 0)
        rc = ps_http_route(http, "/token", on_token, NULL);
    if (rc == 0)
        rc = ps_tokens_create(&tokens, &token_cfg, why, sizeof(why));
    if (rc == 0)
        rc = create_messaging(&messaging, rate);
    const struct ps_messaging_web_config web_cfg = { .http = http,
                                                     .gate = { .check = check_token },
                                                     .waiting_max = CONNECTIONS_MAX,
                                                     .now_ns = now_ns,
                                                     .wall_ns = now_ns,
                                                     .real_ns = ps_clock_mono_ns };
    if (rc == 0)
        rc = ps_messaging_web_create(&web, messaging, &web_cfg);
    if (rc == 0)
        rc = serve(http, messaging, web);
    ps_messaging_web_destroy(web);
    ps_messaging_destroy(messaging);
    ps_tokens_destroy(tokens);
    ps_http_destroy(http);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: collections-server ADDRESS:PORT [PUTS_PER_S]\n");
        return 2;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    ps_clock_init(&wall_clock, 1);
    const int rc = run(argv[1], argc == 3 ? atof(argv[2]) : 50);
    if (rc != 0)
        fprintf(stderr, "collections-server: %s\n", strerror(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

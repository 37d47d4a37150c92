/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/support/collections_load.c - many peers that use collections by HTTP, each by its own
 * connection, as pages would: put a request, look what others want, claim one, wait for answers.
 *
 * Usage: collections-load PORT PEERS WAIT_S. Prints `steady requests_per_s=N` once all peers are
 * at it, and a line of figures when it is told to end (SIGTERM). The server issues tokens, see
 * collections_server.c. Peers wait WAIT_S/2 to WAIT_S*3/2 for answers that never come.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "host/base/histogram.h"

#define RESOURCES  200u
#define BODY_BYTES 1000u /* an offer of a data channel has about so many */
#define EVENTS     256
#define IN_BYTES   4096u
#define TOKEN_MAX  1024u
#define JOIN_BATCH 50u /* connections begun at a time */

enum step { TOKEN, PUT, LOOK, CLAIM, WAIT };

struct peer {
    int fd;
    uint32_t number;
    enum step step;
    uint32_t used;
    uint64_t sent_ns;
    char claimed[24]; /* id of the message that was seen */
    char token[TOKEN_MAX];
    char in[IN_BYTES];
};

static struct peer *peers;
static uint32_t peer_count, joined;
static unsigned wait_s;
static int epoll_fd;
static uint16_t port;
static uint64_t requests, refused, lost;
static struct ps_histogram put_us, all_us; /* all but waits */
static volatile sig_atomic_t stopping;
static char body[BODY_BYTES + 1];

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void send_text(struct peer *peer, const char *text, int bytes)
{
    peer->used = 0;
    peer->sent_ns = ps_clock_mono_ns();
    requests++;
    /* A connection has one short request at a time, which its buffer takes whole. */
    if (send(peer->fd, text, (size_t)bytes, MSG_NOSIGNAL) != bytes)
        lost++;
}

static void ask(struct peer *peer)
{
    char text[TOKEN_MAX + BODY_BYTES + 512], line[160];
    const char *method = "GET", *content = "";
    const unsigned n = peer->number, r = n % RESOURCES;

    switch (peer->step) {
    case TOKEN:
        snprintf(line, sizeof(line), "/token?peer=load-%u&act=put,fetch&media=load-%u", n, r);
        break;
    case PUT:
        snprintf(line, sizeof(line), "/c/r/load-%u/hd", r);
        method = "POST";
        content = body;
        break;
    case LOOK:
        snprintf(line, sizeof(line), "/c/r/load-%u/hd?max=1", r);
        break;
    case CLAIM:
        snprintf(line, sizeof(line), "/c/r/load-%u/hd/%s", r, peer->claimed);
        method = "DELETE";
        break;
    case WAIT:
        snprintf(line, sizeof(line), "/c/p/load-%u?wait=%u", n,
                 wait_s / 2 + (n * 7919 + (unsigned)requests) % (wait_s + 1));
        break;
    }
    const int bytes = snprintf(text, sizeof(text),
                               "%s %s HTTP/1.1\r\nHost: edge\r\nAuthorization: Bearer %s\r\n"
                               "Content-Length: %zu\r\n\r\n%s",
                               method, line, peer->token, strlen(content), content);
    send_text(peer, text, bytes);
}

static bool connect_peer(struct peer *peer)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };
    const int on = 1;

    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->fd < 0 || connect(peer->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return false;
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer->fd, &event) == 0;
}

/* What comes after an answer. */
static void go_on(struct peer *peer, int status, const char *content)
{
    static const char id[] = "\"id\":\"";
    const char *at = strstr(content, id);

    refused += status >= 400 && status != 404; /* 404: another was faster */
    switch (peer->step) {
    case TOKEN:
        snprintf(peer->token, sizeof(peer->token), "%s", content);
        joined++;
        peer->step = WAIT; /* so that not all put at once */
        break;
    case PUT:
        peer->step = LOOK;
        break;
    case LOOK:
        peer->step = at == NULL ? WAIT : CLAIM;
        if (at != NULL)
            snprintf(peer->claimed, sizeof(peer->claimed), "%.*s", (int)strcspn(at + 6, "\""),
                     at + 6);
        break;
    case CLAIM:
        peer->step = WAIT;
        break;
    case WAIT:
        peer->step = PUT;
        break;
    }
    ask(peer);
}

static void note_time(const struct peer *peer)
{
    const uint64_t us = (ps_clock_mono_ns() - peer->sent_ns) / 1000;

    if (peer->step == PUT)
        ps_histogram_add(&put_us, us);
    if (peer->step != WAIT && peer->step != TOKEN)
        ps_histogram_add(&all_us, us);
}

static void take_answer(struct peer *peer)
{
    int status = 0;

    peer->in[peer->used] = '\0';
    const char *end = strstr(peer->in, "\r\n\r\n");
    if (end == NULL || sscanf(peer->in, "HTTP/1.1 %d", &status) != 1)
        return;
    const char *length = strcasestr(peer->in, "\r\nContent-Length: ");
    const size_t bytes = length == NULL || length > end ? 0 : strtoul(length + 18, NULL, 10);
    if ((size_t)(peer->in + peer->used - end) < bytes + 4)
        return;
    note_time(peer);
    go_on(peer, status, end + 4);
}

static void receive(struct peer *peer)
{
    const ssize_t got =
        recv(peer->fd, peer->in + peer->used, IN_BYTES - 1 - peer->used, MSG_DONTWAIT);

    if (got <= 0) {
        lost++;
        close(peer->fd);
        return;
    }
    peer->used += (uint32_t)got;
    take_answer(peer);
}

static void turn(void)
{
    struct epoll_event events[EVENTS];
    const int count = epoll_wait(epoll_fd, events, EVENTS, 100);

    for (int i = 0; i < count; i++)
        receive(events[i].data.ptr);
}

static int join_all(void)
{
    for (uint32_t i = 0; i < peer_count && !stopping; i++) {
        peers[i].number = i;
        if (!connect_peer(&peers[i]))
            return -errno;
        ask(&peers[i]);
        if (i % JOIN_BATCH == JOIN_BATCH - 1)
            turn();
    }
    while (joined < peer_count && !stopping)
        turn();
    return 0;
}

static void run(void)
{
    uint64_t start_ns = ps_clock_mono_ns(), before = requests;
    const uint64_t steady_ns = start_ns + wait_s * 2 * PS_NS_PER_SEC;

    while (!stopping && ps_clock_mono_ns() < steady_ns)
        turn();
    printf("steady peers=%u requests_per_s=%.0f\n", peer_count,
           (double)(requests - before) / ((double)wait_s * 2));
    fflush(stdout);
    memset(&put_us, 0, sizeof(put_us));
    memset(&all_us, 0, sizeof(all_us));
    start_ns = ps_clock_mono_ns();
    before = requests;
    while (!stopping)
        turn();
    const double seconds = (double)(ps_clock_mono_ns() - start_ns) / 1e9;
    printf("load peers=%u seconds=%.1f requests_per_s=%.0f refused=%" PRIu64 " lost=%" PRIu64
           " put_us_p50=%.0f put_us_p99=%.0f all_us_p50=%.0f all_us_p99=%.0f\n",
           peer_count, seconds, (double)(requests - before) / seconds, refused, lost,
           ps_histogram_quantile(&put_us, 0.5), ps_histogram_quantile(&put_us, 0.99),
           ps_histogram_quantile(&all_us, 0.5), ps_histogram_quantile(&all_us, 0.99));
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: collections-load PORT PEERS WAIT_S\n");
        return 2;
    }
    const struct sigaction action = { .sa_handler = on_signal };
    struct rlimit files;
    sigaction(SIGTERM, &action, NULL);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    port = (uint16_t)atoi(argv[1]);
    peer_count = (uint32_t)atoi(argv[2]);
    wait_s = (unsigned)atoi(argv[3]);
    memset(body, 'o', BODY_BYTES);
    peers = calloc(peer_count, sizeof(*peers));
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    const int rc = peers == NULL || epoll_fd < 0 ? -ENOMEM : join_all();
    if (rc == 0)
        run();
    else
        fprintf(stderr, "collections-load: %s\n", strerror(-rc));
    free(peers);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

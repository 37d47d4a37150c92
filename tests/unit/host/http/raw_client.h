/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/http/raw_client.h - an HTTP client that sends exactly the bytes it is given.
 *
 * Client and server share one thread: waiting for an answer turns the server. Answers are told
 * apart by Content-Length alone, so that pipelined ones can be read one by one.
 */
#ifndef PS_TESTS_RAW_CLIENT_H
#define PS_TESTS_RAW_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/http/http.h"
#include "tests/support/ps_test.h"

#define RAW_BYTES_MAX (4u << 20)
#define RAW_TURNS_MAX 3000 /* of 10 ms at most: a hang fails instead of hanging the suite */

struct raw_client {
    int fd;
    char *bytes;
    size_t used;
    bool closed; /* by the server */
};

struct raw_answer {
    int status;
    char headers[2048];
    char *body; /* to be freed */
    size_t body_bytes;
};

static inline void raw_turn(struct ps_http *http)
{
    struct pollfd poll_fd = { .fd = ps_http_fd(http), .events = POLLIN };
    const int timeout_ms = ps_http_timeout_ms(http);

    (void)poll(&poll_fd, 1, timeout_ms >= 0 && timeout_ms < 10 ? timeout_ms : 10);
    ps_http_run(http);
}

/* Until the server has nothing to do at once. */
static inline void raw_settle(struct ps_http *http)
{
    struct pollfd poll_fd = { .fd = ps_http_fd(http), .events = POLLIN };

    for (int i = 0; i < RAW_TURNS_MAX; i++) {
        ps_http_run(http);
        if (ps_http_timeout_ms(http) != 0 && poll(&poll_fd, 1, 2) == 0)
            return;
    }
}

static inline void raw_open(struct raw_client *client, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    const int on = 1;

    *client = (struct raw_client){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    client->bytes = malloc(RAW_BYTES_MAX);
    PS_REQUIRE(client->fd >= 0 && client->bytes != NULL);
    PS_REQUIRE(connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    /* Pieces are sent as they are given. */
    CU_ASSERT_EQUAL(setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
}

static inline void raw_close(struct raw_client *client)
{
    close(client->fd);
    free(client->bytes);
    client->fd = -1;
    client->bytes = NULL;
}

static inline void raw_send_bytes(struct raw_client *client, const void *bytes, size_t count)
{
    CU_ASSERT_EQUAL(send(client->fd, bytes, count, MSG_NOSIGNAL), (ssize_t)count);
}

static inline void raw_send(struct raw_client *client, const char *text)
{
    raw_send_bytes(client, text, strlen(text));
}

static inline void raw_ask(struct raw_client *client, const char *method, const char *path,
                           const char *more_headers)
{
    char text[1024];

    snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: t\r\n%s\r\n", method, path, more_headers);
    raw_send(client, text);
}

static inline void raw_receive(struct raw_client *client)
{
    while (!client->closed && client->used < RAW_BYTES_MAX) {
        const ssize_t got = recv(client->fd, client->bytes + client->used,
                                 RAW_BYTES_MAX - client->used, MSG_DONTWAIT);

        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (got <= 0)
            client->closed = true;
        else
            client->used += (size_t)got;
    }
}

/* The value of a header in @p headers, copied; empty when there is none. */
static inline const char *raw_header(const struct raw_answer *answer, const char *name)
{
    static char value[256];
    const size_t name_bytes = strlen(name);

    for (const char *line = strstr(answer->headers, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, name_bytes) == 0 && line[2 + name_bytes] == ':') {
            const char *start = line + 3 + name_bytes + strspn(line + 3 + name_bytes, " ");

            snprintf(value, sizeof(value), "%.*s", (int)strcspn(start, "\r"), start);
            return value;
        }
    return "";
}

/* Take one whole answer from what has come. */
static inline bool raw_take(struct raw_client *client, bool has_body, struct raw_answer *ret_answer)
{
    char *end = memmem(client->bytes, client->used, "\r\n\r\n", 4);

    if (end == NULL)
        return false;
    const size_t head_bytes = (size_t)(end - client->bytes) + 4;
    snprintf(ret_answer->headers, sizeof(ret_answer->headers), "%.*s", (int)head_bytes,
             client->bytes);
    PS_REQUIRE(sscanf(ret_answer->headers, "HTTP/1.%*d %d", &ret_answer->status) == 1);
    ret_answer->body_bytes =
        has_body ? strtoul(raw_header(ret_answer, "Content-Length"), NULL, 10) : 0;
    const size_t whole = head_bytes + ret_answer->body_bytes;
    if (client->used < whole)
        return false;
    ret_answer->body = calloc(1, ret_answer->body_bytes + 1);
    PS_REQUIRE(ret_answer->body != NULL);
    memcpy(ret_answer->body, client->bytes + head_bytes, ret_answer->body_bytes);
    client->used -= whole;
    memmove(client->bytes, client->bytes + whole, client->used);
    return true;
}

/* Turn the server until the client has an answer. @return false: closed without one. */
static inline bool raw_answer(struct ps_http *http, struct raw_client *client, bool has_body,
                              struct raw_answer *ret_answer)
{
    memset(ret_answer, 0, sizeof(*ret_answer));
    for (int i = 0; i < RAW_TURNS_MAX; i++) {
        raw_receive(client);
        if (raw_take(client, has_body, ret_answer))
            return true;
        if (client->closed)
            return false;
        raw_turn(http);
    }
    CU_FAIL("no answer");
    return false;
}

/* One GET on a connection of its own; answers its status. */
static inline int raw_get(struct ps_http *http, const char *path, struct raw_answer *ret_answer)
{
    struct raw_client client;

    raw_open(&client, ps_http_port(http));
    raw_ask(&client, "GET", path, "");
    const bool answered = raw_answer(http, &client, true, ret_answer);
    raw_close(&client);
    return answered ? ret_answer->status : -1;
}

/* As raw_get() when only the status matters. */
static inline int raw_get_status(struct ps_http *http, const char *path)
{
    struct raw_answer answer;
    const int status = raw_get(http, path, &answer);

    free(answer.body);
    return status;
}

#endif

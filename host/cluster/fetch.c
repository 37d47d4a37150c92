/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/cluster/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "host/base/mem.h"

#define CONNECT_MS  1000L
#define EVENTS_MAX  16
#define BEARER_MAX  2560u
#define HTTP_OK     200
#define HTTP_DENIED 401 /* and 403 */

struct fetch {
    struct ps_fetches *of;
    struct fetch *next, **link;
    struct ps_segment_key key;
    CURL *easy;
    struct curl_slist *headers;
    uint8_t *data;
    uint32_t size_bytes, crc32c;
    uint32_t got;
    bool too_long;
};

struct ps_fetches {
    struct ps_fetches_config cfg;
    char *ca;
    CURLM *multi;
    int epoll_fd, timer_fd;
    struct fetch *head;
    uint32_t count;
};

/* ---- what libcurl asks for ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *of_socket)
{
    struct ps_fetches *f = user;
    struct epoll_event event = { .data.fd = fd };

    (void)easy, (void)of_socket;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    if (what != CURL_POLL_OUT)
        event.events |= EPOLLIN;
    if (what != CURL_POLL_IN)
        event.events |= EPOLLOUT;
    if (epoll_ctl(f->epoll_fd, EPOLL_CTL_MOD, fd, &event) != 0)
        epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *user)
{
    const struct ps_fetches *f = user;
    struct itimerspec spec = { .it_value = { .tv_sec = timeout_ms / 1000,
                                             .tv_nsec = timeout_ms % 1000 * 1000000 } };

    (void)multi;
    if (timeout_ms < 0)
        spec.it_value = (struct timespec){ .tv_sec = 0 };
    else if (timeout_ms == 0)
        spec.it_value.tv_nsec = 1; /* at once; 0 would stop it */
    timerfd_settime(f->timer_fd, 0, &spec, NULL);
    return 0;
}

static size_t on_body(char *data, size_t one, size_t bytes, void *user)
{
    struct fetch *fetch = user;

    (void)one;
    if (bytes > fetch->size_bytes - fetch->got) {
        fetch->too_long = true;
        return 0; /* ends it */
    }
    memcpy(fetch->data + fetch->got, data, bytes);
    fetch->got += (uint32_t)bytes;
    return bytes;
}

/* ---- one fetch ---- */

static void end(struct fetch *fetch)
{
    struct ps_fetches *f = fetch->of;

    *fetch->link = fetch->next;
    if (fetch->next != NULL)
        fetch->next->link = fetch->link;
    f->count--;
    if (fetch->easy != NULL) {
        curl_multi_remove_handle(f->multi, fetch->easy);
        curl_easy_cleanup(fetch->easy);
    }
    curl_slist_free_all(fetch->headers);
    free(fetch->data);
    free(fetch);
}

static int set_up(struct fetch *fetch, const struct ps_fetch_request *request)
{
    const struct ps_fetches *f = fetch->of;
    CURL *easy = fetch->easy;
    char bearer[BEARER_MAX];
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_URL, request->url);

    if (request->bearer != NULL) {
        snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", request->bearer);
        fetch->headers = curl_slist_append(NULL, bearer);
        if (fetch->headers == NULL)
            return -ENOMEM;
        rc |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    }
    if (f->ca != NULL)
        rc |= curl_easy_setopt(easy, CURLOPT_CAINFO, f->ca);
    rc |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    rc |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    rc |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    rc |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    rc |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    rc |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    rc |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    rc |= curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    return rc == CURLE_OK ? 0 : -ENOMEM;
}

int ps_fetch_begin(struct ps_fetches *f, const struct ps_fetch_request *request)
{
    struct fetch *fetch;

    if (request->size_bytes == 0 || request->size_bytes > PS_FETCH_BYTES_MAX)
        return -E2BIG;
    if (f->count == PS_FETCHES_MAX)
        return -EAGAIN;
    fetch = ps_zalloc(1, sizeof(*fetch));
    if (fetch == NULL)
        return -ENOMEM;
    fetch->of = f;
    fetch->key = request->key;
    fetch->size_bytes = request->size_bytes;
    fetch->crc32c = request->crc32c;
    fetch->next = f->head;
    fetch->link = &f->head;
    if (f->head != NULL)
        f->head->link = &fetch->next;
    f->head = fetch;
    f->count++;
    fetch->data = ps_zalloc(1, request->size_bytes);
    fetch->easy = curl_easy_init();
    if (fetch->data == NULL || fetch->easy == NULL || set_up(fetch, request) != 0 ||
        curl_multi_add_handle(f->multi, fetch->easy) != CURLM_OK) {
        end(fetch);
        return -ENOMEM;
    }
    return 0;
}

static int status_of(const struct fetch *fetch, CURLcode result)
{
    long code = 0;

    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &code);
    if (fetch->too_long)
        return code == HTTP_OK ? -EBADMSG : -ENOENT;
    if (result == CURLE_OPERATION_TIMEDOUT)
        return -ETIMEDOUT;
    if (result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST)
        return -EHOSTUNREACH;
    if (result != CURLE_OK)
        return -EIO;
    if (code != HTTP_OK)
        return code == HTTP_DENIED || code == HTTP_DENIED + 2 ? -EACCES : -ENOENT;
    return fetch->got == fetch->size_bytes &&
                   ps_crc32c(0, fetch->data, fetch->size_bytes) == fetch->crc32c
               ? 0
               : -EBADMSG;
}

static void tell_ended(struct ps_fetches *f)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(f->multi, &left)) != NULL) {
        struct fetch *fetch = NULL;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &fetch);
        const int status = status_of(fetch, msg->data.result);
        const struct ps_segment_key key = fetch->key;
        uint8_t *data = fetch->data;
        const uint32_t size_bytes = fetch->size_bytes;

        fetch->data = NULL;
        end(fetch); /* first: who is told may begin the next one */
        f->cfg.done(f->cfg.arg, &key, status, status == 0 ? data : NULL,
                    status == 0 ? size_bytes : 0);
        free(data);
    }
}

/* ---- all of them ---- */

void ps_fetches_poll(struct ps_fetches *f)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t expirations;
    int running = 0;

    if (f->count == 0)
        return;
    const int count = epoll_wait(f->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        const uint32_t seen = events[i].events;
        const int what = (seen & EPOLLIN ? CURL_CSELECT_IN : 0) |
                         (seen & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                         (seen & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

        if (events[i].data.fd != f->timer_fd)
            curl_multi_socket_action(f->multi, events[i].data.fd, what, &running);
        else if (read(f->timer_fd, &expirations, sizeof(expirations)) == sizeof(expirations))
            curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    tell_ended(f);
}

static int begin(struct ps_fetches *f)
{
    struct epoll_event event = { .events = EPOLLIN };

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return -ENOMEM;
    f->multi = curl_multi_init();
    f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    f->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    event.data.fd = f->timer_fd;
    if (f->multi == NULL || f->epoll_fd < 0 || f->timer_fd < 0 ||
        epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, f->timer_fd, &event) != 0)
        return -ENOMEM;
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
    curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)PS_FETCHES_MAX);
    return 0;
}

int ps_fetches_create(struct ps_fetches **ret_fetches, const struct ps_fetches_config *cfg)
{
    struct ps_fetches *f = ps_zalloc(1, sizeof(*f));
    int rc = f == NULL ? -ENOMEM : 0;

    if (rc != 0)
        return rc;
    f->cfg = *cfg;
    f->epoll_fd = f->timer_fd = -1;
    if (cfg->ca != NULL && (f->ca = ps_strdup(cfg->ca)) == NULL)
        rc = -ENOMEM;
    if (rc == 0)
        rc = begin(f);
    if (rc != 0) {
        ps_fetches_destroy(f);
        return rc;
    }
    *ret_fetches = f;
    return 0;
}

void ps_fetches_destroy(struct ps_fetches *f)
{
    if (f == NULL)
        return;
    while (f->head != NULL)
        end(f->head);
    if (f->multi != NULL)
        curl_multi_cleanup(f->multi);
    if (f->timer_fd >= 0)
        close(f->timer_fd);
    if (f->epoll_fd >= 0)
        close(f->epoll_fd);
    free(f->ca);
    free(f);
}

uint32_t ps_fetches_count(const struct ps_fetches *f)
{
    return f->count;
}

int ps_fetches_fd(const struct ps_fetches *f)
{
    return f->epoll_fd;
}

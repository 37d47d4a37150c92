/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/cluster_lend.c - finished segments for other edges: GET /s/KEY, for bearers of a
 * token with the action `node`.
 *
 * What is on the device only is read first, and the request waits. Nothing is made for a neighbour:
 * what is not there is 404, and the neighbour makes it. Uses here are not viewers' uses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/base/mem.h"
#include "host/daemon/cluster.h"
#include "host/daemon/daemon_priv.h"

#define LOANS_MAX 256u
#define BEARER    "Bearer "

/* One request of another edge, from its arrival to its end. */
struct loan {
    struct ps_daemon *daemon; /* NULL: free */
    struct ps_http_request *request;
    struct ps_segment_key key;
    struct ps_tier_ref ref;
    bool pinned, waiting;
};

struct ps_loans {
    struct loan loans[LOANS_MAX];
};

static bool is_allowed(struct ps_daemon *d, struct ps_http_request *request)
{
    const char *header = ps_http_header(request, "Authorization");
    const struct ps_token_want want = { .action = PS_MAY_NODE,
                                        .region = PS_GRANT_ANY_REGION,
                                        .tenant = PS_GRANT_ANY_TENANT };
    struct ps_grant grant;

    if (d->tokens == NULL || header == NULL || strncasecmp(header, BEARER, strlen(BEARER)) != 0)
        return false;
    header += strlen(BEARER);
    return ps_daemon_check_token(d, header, strlen(header), ps_http_peer(request), &grant) == 0 &&
           ps_tokens_allow(d->tokens, &grant, &want, ps_daemon_wall_ns(), NULL) == 0;
}

static void on_end(void *user, bool sent_whole)
{
    struct loan *loan = user;
    struct ps_daemon *d = loan->daemon;

    if (loan->pinned)
        ps_tier_release(d->tier, &loan->ref);
    if (loan->pinned && sent_whole && d->neighbours != NULL) {
        d->neighbours->status.lent++;
        d->neighbours->status.lent_bytes += loan->ref.size_bytes;
    }
    loan->daemon = NULL;
}

/* Now, when it has been read, or not at all. */
static void answer(struct loan *loan)
{
    const int rc = ps_tier_lend(loan->daemon->tier, &loan->key, &loan->ref);

    if (rc == -EINPROGRESS) {
        if (!loan->waiting)
            ps_http_suspend(loan->request);
        loan->waiting = true;
        return;
    }
    loan->waiting = false;
    if (rc != 0) {
        ps_http_reply_error(loan->request, 404, "not here", 0);
        return;
    }
    loan->pinned = true;
    ps_http_reply_bytes(loan->request, "video/iso.segment", loan->ref.data, loan->ref.size_bytes,
                        "private, no-store");
}

static struct loan *take(struct ps_daemon *d, struct ps_http_request *request)
{
    struct loan *loans = d->neighbours->loans->loans;

    for (uint32_t i = 0; i < LOANS_MAX; i++)
        if (loans[i].daemon == NULL) {
            loans[i] = (struct loan){ .daemon = d, .request = request };
            ps_http_set_user(request, &loans[i], on_end);
            return &loans[i];
        }
    return NULL;
}

static void on_request(void *arg, struct ps_http_request *request)
{
    struct ps_daemon *d = arg;
    struct ps_segment_key key;
    struct loan *loan;

    if (!is_allowed(d, request)) {
        d->neighbours->status.lent_refused++;
        ps_http_reply_error(request, 401, "refused", 0);
    } else if (ps_cluster_key_parse(ps_http_path(request) + strlen(PS_CLUSTER_SEGMENTS), &key) !=
               0) {
        ps_http_reply_error(request, 400, "not a segment's key", 0);
    } else if ((loan = take(d, request)) == NULL) {
        ps_http_reply_error(request, 503, "as many are served as can be", 1);
    } else {
        loan->key = key;
        answer(loan);
    }
}

void ps_cluster_lend_loaded(struct ps_daemon *d, const struct ps_segment_key *key, int status)
{
    struct loan *loans = d->neighbours == NULL ? NULL : d->neighbours->loans->loans;

    for (uint32_t i = 0; loans != NULL && i < LOANS_MAX; i++) {
        if (loans[i].daemon == NULL || !loans[i].waiting ||
            memcmp(&loans[i].key, key, sizeof(*key)) != 0)
            continue;
        if (status == 0) {
            answer(&loans[i]);
            continue;
        }
        loans[i].waiting = false;
        ps_http_reply_error(loans[i].request, 404, "cannot be read", 0);
    }
}

int ps_cluster_lend_create(struct ps_daemon *d, struct ps_http *http)
{
    d->neighbours->loans = ps_zalloc(1, sizeof(*d->neighbours->loans));
    if (d->neighbours->loans == NULL)
        return -ENOMEM;
    return ps_http_route(http, PS_CLUSTER_SEGMENTS, on_request, d);
}

/* What is being sent goes on without its pin: the server outlives us only to be taken down. */
void ps_cluster_lend_destroy(struct ps_daemon *d)
{
    struct ps_loans *all = d->neighbours->loans;

    if (d->http != NULL)
        ps_http_unroute(d->http, PS_CLUSTER_SEGMENTS);
    for (uint32_t i = 0; all != NULL && i < LOANS_MAX; i++) {
        struct loan *loan = &all->loans[i];

        if (loan->daemon == NULL)
            continue;
        ps_http_set_user(loan->request, NULL, NULL);
        if (loan->waiting)
            ps_http_reply_error(loan->request, 503, "shutting down", 1);
        if (loan->pinned)
            ps_tier_release(d->tier, &loan->ref);
    }
    free(all);
    d->neighbours->loans = NULL;
}

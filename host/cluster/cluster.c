/* SPDX-License-Identifier: BSD-3-Clause */
/* host/cluster/cluster.c - the cluster as a whole: its life, what comes in, and what is due. */
#include "host/cluster/cluster.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/cluster/cluster_priv.h"

#define CLAIM_MS_DEFAULT 150u
#define LEASE_MS_DEFAULT 20000u
#define PER_SUBJECT      65536u
#define STREAM_BYTES     (64ull << 20) /* the server sets it aside at once */
#define AGE_NS           (600 * PS_NS)
#define MESSAGES_AT_ONCE 4096u /* of one poll; the rest comes with the next */
#define CLAIM_MS_MAX     10000u
#define LEASE_MS_MIN     200u

/* ---- what is sent and said ---- */

int ps_cluster_send(struct ps_cluster *c, const char *subject, const void *data, size_t size_bytes)
{
    natsMsg *msg = NULL;

    if (natsMsg_Create(&msg, subject, NULL, data, (int)size_bytes) != NATS_OK)
        return -ENOMEM;
    return ps_link_send(c->link, msg);
}

void ps_cluster_say_error(struct ps_cluster *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(c->status.error, sizeof(c->status.error), format, args);
    va_end(args);
    c->status.errors++;
}

void ps_cluster_wake_at(struct ps_cluster *c, uint64_t at_ns)
{
    const struct itimerspec spec = { .it_value = { .tv_sec = (time_t)(at_ns / PS_NS),
                                                   .tv_nsec = (long)(at_ns % PS_NS) + 0 } };

    timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

/* ---- what comes in ---- */

static void on_note(struct ps_cluster *c, const struct ps_link_note *note)
{
    if (note->kind == PS_LINK_ERROR) {
        ps_cluster_say_error(c, "%s", note->text);
        return;
    }
    c->status.denied++;
    ps_cluster_say_error(c, "%s %s is not permitted",
                         note->kind == PS_LINK_DENIED_PUBLISH ? "publishing" : "subscribing to",
                         note->text);
    if (note->kind == PS_LINK_DENIED_PUBLISH)
        ps_calls_deny(c, note->text);
}

/* @return what follows @p prefix in @p text, or NULL. */
static const char *behind(const char *text, const char *prefix)
{
    const size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static void on_message(struct ps_cluster *c, natsMsg *msg)
{
    const char *subject = natsMsg_GetSubject(msg);
    const char *mine = behind(subject, c->inbox);

    if (mine != NULL && strncmp(mine, ".r.", 3) == 0)
        ps_calls_answer(c, mine + 3, msg);
    else if (mine != NULL && strncmp(mine, ".f.", 3) == 0)
        ps_follow_word(c, mine + 3, msg);
    else if (behind(subject, "ps.node.") != NULL)
        ps_nodes_message(c, msg);
    else if (behind(subject, "ps.demand.") != NULL)
        ps_demand_message(c, msg);
    else if (behind(subject, "ps.ask.") != NULL)
        ps_ask_message(c, msg);
    else if (behind(subject, "ps.peer.") != NULL)
        ps_peers_message(c, msg);
    else
        ps_follow_message(c, msg);
}

static void restart_follows(struct ps_cluster *c)
{
    ps_follow_restart(&c->own);
    ps_follow_restart(&c->segments);
    for (uint32_t i = 0; i < c->node_count; i++)
        ps_follow_restart(&c->nodes[i].follow);
}

static void on_connection(struct ps_cluster *c, const struct ps_link_status *link)
{
    const bool lost = c->status.connected && (!link->up || link->ups != c->ups_seen);

    c->status.connected = link->up;
    c->status.dropped = link->dropped;
    c->status.reconnects = link->ups > 1 ? link->ups - 1 : 0;
    if (lost) {
        c->status.hub_reachable = false;
        ps_calls_fail_all(c, -ENOTCONN);
        ps_streams_disconnected(c);
        restart_follows(c);
    }
    if (link->ups == c->ups_seen)
        return;
    c->ups_seen = link->ups;
    c->beat_ns = c->probe_ns = 0;
    ps_cluster_tend(c, ps_cluster_now(c));
}

void ps_cluster_poll(struct ps_cluster *c)
{
    struct ps_link_status link;
    struct ps_link_note note;
    uint64_t expirations;
    natsMsg *msg;

    if (read(c->timer_fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
        return;
    ps_link_look(c->link, &link);
    while (ps_link_take_note(c->link, &note))
        on_note(c, &note);
    on_connection(c, &link);
    for (uint32_t i = 0; i < MESSAGES_AT_ONCE && (msg = ps_link_take(c->link)) != NULL; i++) {
        on_message(c, msg);
        natsMsg_Destroy(msg);
    }
    if (msg != NULL)
        ps_cluster_wake_at(c, 1); /* at once */
    ps_calls_tend(c, ps_cluster_now(c));
}

void ps_cluster_tend(struct ps_cluster *c, uint64_t mono_ns)
{
    ps_calls_tend(c, mono_ns);
    if (!c->status.connected)
        return;
    ps_streams_tend(c, mono_ns);
    ps_nodes_tend(c, mono_ns);
    ps_nodes_beat(c, mono_ns);
    ps_leases_tend(c, mono_ns);
    ps_demand_flush(c, mono_ns);
    ps_follow_tend(c, &c->own, mono_ns);
    ps_follow_tend(c, &c->segments, mono_ns);
    for (uint32_t i = 0; i < c->node_count; i++)
        ps_follow_tend(c, &c->nodes[i].follow, mono_ns);
}

int ps_cluster_fd(const struct ps_cluster *c)
{
    return c->epoll_fd;
}

void ps_cluster_status(const struct ps_cluster *c, struct ps_cluster_status *ret_status)
{
    const uint64_t now_ns = ps_cluster_now(c);

    *ret_status = c->status;
    ret_status->known = c->leases.count;
    ret_status->restoring = !c->restored || c->own.active;
    ret_status->nodes = 1;
    for (uint32_t i = 0; i < c->node_count; i++)
        ret_status->nodes += now_ns - c->nodes[i].seen_ns < 60 * PS_NS;
}

/* ---- its life ---- */

static bool is_name(const char *text, size_t max)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const size_t length = text == NULL ? 0 : strlen(text);

    return length > 0 && length <= max && strspn(text, good) == length;
}

static bool is_valid(const struct ps_cluster_config *cfg)
{
    return cfg->url != NULL && cfg->url[0] != '\0' &&
           is_name(cfg->node, PS_CLUSTER_NODE_NAME_MAX) &&
           (cfg->domain == NULL || is_name(cfg->domain, PS_CLUSTER_DOMAIN_MAX)) &&
           (cfg->hub_domain == NULL || is_name(cfg->hub_domain, PS_CLUSTER_DOMAIN_MAX)) &&
           (cfg->advertise == NULL || strlen(cfg->advertise) < PS_CLUSTER_URL_MAX) &&
           (cfg->cert == NULL) == (cfg->key == NULL) && cfg->claim_ms <= CLAIM_MS_MAX &&
           (cfg->lease_ms == 0 || cfg->lease_ms >= LEASE_MS_MIN) && cfg->demand != NULL &&
           cfg->claimed != NULL && cfg->changed != NULL && cfg->event != NULL &&
           cfg->kept != NULL && cfg->asked != NULL && cfg->answered != NULL &&
           cfg->numbered != NULL && cfg->mono_ns != NULL;
}

static void set_defaults(struct ps_cluster_config *cfg)
{
    cfg->claim_ms = cfg->claim_ms == 0 ? CLAIM_MS_DEFAULT : cfg->claim_ms;
    cfg->lease_ms = cfg->lease_ms == 0 ? LEASE_MS_DEFAULT : cfg->lease_ms;
    cfg->messages_per_subject =
        cfg->messages_per_subject == 0 ? PER_SUBJECT : cfg->messages_per_subject;
    cfg->stream_bytes = cfg->stream_bytes == 0 ? STREAM_BYTES : cfg->stream_bytes;
    cfg->age_ns = cfg->age_ns == 0 ? AGE_NS : cfg->age_ns;
}

static void name_api(char ret_api[PS_API_MAX], const char *domain)
{
    snprintf(ret_api, PS_API_MAX, domain == NULL ? "$JS.API." : "$JS.%s.API.", domain);
}

static void name_all(struct ps_cluster *c, const struct ps_cluster_config *cfg)
{
    const char *hub = cfg->hub_domain;

    c->cfg = *cfg;
    set_defaults(&c->cfg);
    snprintf(c->name, sizeof(c->name), "%s", cfg->node);
    snprintf(c->url, sizeof(c->url), "%s", cfg->advertise == NULL ? "" : cfg->advertise);
    snprintf(c->domain, sizeof(c->domain), "%s", cfg->domain == NULL ? "" : cfg->domain);
    name_api(c->api, cfg->domain);
    name_api(c->hub_api, hub);
    snprintf(c->kv_prefix, sizeof(c->kv_prefix), "%s", hub == NULL ? "" : c->hub_api);
    if (getrandom(&c->instance, sizeof(c->instance), 0) != sizeof(c->instance))
        c->instance = ps_cluster_now(c);
    snprintf(c->inbox, sizeof(c->inbox), "_INBOX.ps%016" PRIx64, c->instance);
    c->status.node = cfg->number != 0 ? cfg->number : ps_cluster_number(cfg->node);
}

static int open_link(struct ps_cluster *c, const struct ps_cluster_config *cfg)
{
    char inbox[PS_SUBJECT_MAX], ask[PS_SUBJECT_MAX], peers[PS_SUBJECT_MAX];
    const struct ps_link_config link = {
        .url = cfg->url,
        .credentials = cfg->credentials,
        .ca = cfg->ca,
        .cert = cfg->cert,
        .key = cfg->key,
        .name = cfg->node,
        .subjects = { inbox, "ps.node.*", "ps.demand.*", ask, peers },
        .subject_count = cfg->peer == NULL ? 4 : 5,
    };

    snprintf(inbox, sizeof(inbox), "%s.>", c->inbox);
    snprintf(ask, sizeof(ask), "ps.ask.%s", cfg->node);
    snprintf(peers, sizeof(peers), "ps.peer.%s.*", cfg->node);
    return ps_link_create(&c->link, &link);
}

static int watch(const struct ps_cluster *c, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return fd < 0 || epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 ? -ENOMEM : 0;
}

static int begin(struct ps_cluster *c, const struct ps_cluster_config *cfg)
{
    int rc;

    c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    c->nodes = ps_zalloc(PS_CLUSTER_NODES_MAX, sizeof(*c->nodes));
    c->node_at = ps_zalloc(UINT16_MAX + 1, sizeof(*c->node_at));
    c->sums = ps_zalloc(PS_DEMAND_SUMS, sizeof(*c->sums));
    c->catch_ups = ps_zalloc(PS_CATCH_UPS_MAX, sizeof(*c->catch_ups));
    rc = c->epoll_fd < 0 || c->nodes == NULL || c->node_at == NULL || c->sums == NULL ||
                 c->catch_ups == NULL
             ? -ENOMEM
             : 0;
    if (rc == 0)
        rc = ps_calls_init(&c->calls);
    if (rc == 0)
        rc = ps_leases_init(&c->leases);
    ps_streams_prepare(c);
    if (rc == 0)
        rc = open_link(c, cfg);
    if (rc == 0)
        rc = watch(c, ps_link_fd(c->link));
    return rc == 0 ? watch(c, c->timer_fd) : rc;
}

int ps_cluster_create(struct ps_cluster **ret_cluster, const struct ps_cluster_config *cfg)
{
    struct ps_cluster *c;

    if (!is_valid(cfg))
        return -EINVAL;
    c = ps_zalloc(1, sizeof(*c));
    if (c == NULL)
        return -ENOMEM;
    c->epoll_fd = c->timer_fd = -1;
    name_all(c, cfg);
    const int rc = begin(c, cfg);
    if (rc != 0) {
        ps_cluster_destroy(c);
        return rc;
    }
    *ret_cluster = c;
    return 0;
}

void ps_cluster_destroy(struct ps_cluster *c)
{
    if (c == NULL)
        return;
    ps_link_destroy(c->link);
    ps_leases_fini(&c->leases);
    ps_calls_fini(&c->calls);
    free(c->catch_ups);
    free(c->sums);
    free(c->node_at);
    free(c->nodes);
    if (c->timer_fd >= 0)
        close(c->timer_fd);
    if (c->epoll_fd >= 0)
        close(c->epoll_fd);
    free(c);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/agents.c - see agents.h. */
#include "host/feed/agents.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/feed/agents_priv.h"
#include "host/feed/feed_priv.h"

#define BATCH         32u
#define ROOM_BYTES    (PPD_BYTES_MAX + 1) /* one too long is seen to be */
#define CONTROL_BYTES CMSG_SPACE(sizeof(uint32_t))
#define RECEIVE_BYTES (1 << 20) /* in the kernel, between two polls */

_Static_assert(PS_AGENTS_POLL_MAX % BATCH == 0, "whole batches");

struct ps_agents {
    struct ps_agents_config cfg;
    struct ps_agents_seen seen;
    struct ps_agents_status status;
    int fd;
    struct mmsghdr messages[BATCH];
    struct iovec rooms[BATCH];
    struct sockaddr_storage from[BATCH];
    _Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL_BYTES];
    uint8_t bytes[BATCH][ROOM_BYTES];
};

/* ---- one datagram ---- */

static enum ps_agents_outcome judge(struct ps_agents *agents, const void *bytes, size_t size_bytes,
                                    const struct sockaddr *from, uint64_t now_ms)
{
    const uint64_t skew_ms = PPD_SKEW_S * UINT64_C(1000);
    uint8_t key[PS_DATAGRAM_KEY_BYTES];
    struct ps_datagram datagram;

    if (ps_datagram_open(&datagram, bytes, size_bytes) != 0)
        return PS_AGENTS_FORM;
    const struct ppd_auth *auth = &datagram.auth;
    ps_agent_keys_of(agents->cfg.keys, auth->key_id, key);
    if (auth->key_id == 0 || !ps_datagram_is_by(&datagram, bytes, size_bytes, key))
        return PS_AGENTS_FORGED;
    if (ps_agent_keys_is_revoked(agents->cfg.keys, auth->key_id))
        return PS_AGENTS_REVOKED;
    if (auth->time_ms > now_ms ? auth->time_ms - now_ms > skew_ms
                               : now_ms - auth->time_ms > skew_ms)
        return PS_AGENTS_TIME;
    const enum ps_agents_outcome outcome = ps_agents_seen_note(&agents->seen, auth, now_ms);
    if (outcome != PS_AGENTS_TAKEN)
        return outcome;
    if (ps_datagram_read(&datagram, bytes, size_bytes) != 0)
        return PS_AGENTS_BODY;
    return agents->cfg.said(agents->cfg.arg, &datagram, from);
}

enum ps_agents_outcome ps_agents_take(struct ps_agents *agents, const void *bytes,
                                      size_t size_bytes, const struct sockaddr *from,
                                      uint64_t now_ms)
{
    const enum ps_agents_outcome outcome = judge(agents, bytes, size_bytes, from, now_ms);

    ps_assert(outcome < PS_AGENTS_OUTCOME_COUNT);
    agents->status.count[outcome]++;
    return outcome;
}

/* ---- as they come ---- */

/* The kernel says how many it had to drop since the socket was made. */
static void note_dropped(struct ps_agents *agents, struct msghdr *message)
{
    uint32_t dropped;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&dropped, CMSG_DATA(c), sizeof(dropped));
            agents->status.dropped = dropped;
        }
}

static int receive(struct ps_agents *agents)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        agents->rooms[i] = (struct iovec){ agents->bytes[i], ROOM_BYTES };
        agents->messages[i].msg_hdr = (struct msghdr){ .msg_name = &agents->from[i],
                                                       .msg_namelen = sizeof(agents->from[i]),
                                                       .msg_iov = &agents->rooms[i],
                                                       .msg_iovlen = 1,
                                                       .msg_control = agents->control[i],
                                                       .msg_controllen = CONTROL_BYTES };
    }
    return recvmmsg(agents->fd, agents->messages, BATCH, MSG_DONTWAIT, NULL);
}

void ps_agents_poll(struct ps_agents *agents, uint64_t now_ms)
{
    int count = BATCH;

    for (uint32_t taken = 0; taken < PS_AGENTS_POLL_MAX && count == BATCH; taken += BATCH) {
        count = receive(agents);
        for (int i = 0; i < count; i++) {
            ps_agents_take(agents, agents->bytes[i], agents->messages[i].msg_len,
                           (const struct sockaddr *)&agents->from[i], now_ms);
            note_dropped(agents, &agents->messages[i].msg_hdr);
        }
    }
}

/* ---- life ---- */

static int open_socket(struct ps_agents *agents, const char *listen)
{
    const int on = 1, bytes = RECEIVE_BYTES;
    struct addrinfo *info;
    int rc = ps_feed_resolve(listen, SOCK_DGRAM, &info);

    if (rc != 0)
        return rc;
    agents->fd = socket(info->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (agents->fd < 0 || bind(agents->fd, info->ai_addr, info->ai_addrlen) != 0)
        rc = -errno;
    freeaddrinfo(info);
    if (rc != 0)
        return rc;
    setsockopt(agents->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
    setsockopt(agents->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    return 0;
}

int ps_agents_create(struct ps_agents **ret_agents, const struct ps_agents_config *cfg,
                     uint64_t now_ms)
{
    struct ps_agents *agents;
    int rc;

    ps_assert(cfg->said != NULL && cfg->keys != NULL);
    if (cfg->heard_max == 0 || cfg->heard_max > PS_AGENTS_HEARD_MAX || !(cfg->rate_per_s > 0.0))
        return -EINVAL;
    agents = ps_zalloc(1, sizeof(*agents));
    if (agents == NULL)
        return -ENOMEM;
    agents->cfg = *cfg;
    agents->fd = -1;
    rc = ps_agents_seen_init(&agents->seen, cfg->heard_max, cfg->rate_per_s, now_ms);
    if (rc == 0 && cfg->listen != NULL)
        rc = open_socket(agents, cfg->listen);
    if (rc == 0)
        *ret_agents = agents;
    else
        ps_agents_destroy(agents);
    return rc;
}

void ps_agents_destroy(struct ps_agents *agents)
{
    if (agents == NULL)
        return;
    if (agents->fd >= 0)
        close(agents->fd);
    ps_agents_seen_fini(&agents->seen);
    free(agents);
}

int ps_agents_fd(const struct ps_agents *agents)
{
    return agents->fd;
}

uint16_t ps_agents_port(const struct ps_agents *agents)
{
    struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
    socklen_t bytes = sizeof(address);

    if (getsockname(agents->fd, (struct sockaddr *)&address, &bytes) != 0)
        return 0;
    /* The port is at the same place in both families. */
    return ntohs(((const struct sockaddr_in *)&address)->sin_port);
}

void ps_agents_status(const struct ps_agents *agents, struct ps_agents_status *ret_status)
{
    *ret_status = agents->status;
    ret_status->heard = agents->seen.count;
    ret_status->forgotten = agents->seen.forgotten;
}

const char *ps_agents_outcome_name(enum ps_agents_outcome outcome)
{
    static const char *const name[PS_AGENTS_OUTCOME_COUNT] = {
        [PS_AGENTS_TAKEN] = "taken",     [PS_AGENTS_FORM] = "form",
        [PS_AGENTS_FORGED] = "forged",   [PS_AGENTS_REVOKED] = "key_revoked",
        [PS_AGENTS_TIME] = "time",       [PS_AGENTS_SEQUENCE] = "sequence",
        [PS_AGENTS_RATE] = "rate",       [PS_AGENTS_BODY] = "body",
        [PS_AGENTS_UNKNOWN] = "unknown", [PS_AGENTS_OPTED_OUT] = "opted_out",
        [PS_AGENTS_LATE] = "late",       [PS_AGENTS_EARLY] = "early",
        [PS_AGENTS_FULL] = "full",
    };

    ps_assert(outcome < PS_AGENTS_OUTCOME_COUNT);
    return name[outcome];
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/agent.c - see prestage-agent.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/agent_priv.h"

#define RATE_PER_S   1.0
#define RATE_MAX     1000.0
#define JITTER_S_MAX 3600u
#define LEAST        0.1
#define THINK_MS     60000u  /* what comes nearer is seen at the latest then */
#define RETRY_MS     10000u  /* what the network refused */
#define DOUBTFUL_MS  300000u /* what is not likely enough is looked at again */

/* ---- life ---- */

/* ADDRESS:PORT or [ADDRESS]:PORT: looking up a name could block. */
static bool read_address(const char *text, struct sockaddr_storage *ret_address,
                         socklen_t *ret_bytes)
{
    const char *colon = strrchr(text, ':');
    struct psa_text host = { text, colon == NULL ? 0 : (size_t)(colon - text) };
    char name[INET6_ADDRSTRLEN];
    uint64_t port = 0;

    if (colon == NULL || !psa_text_u64((struct psa_text){ colon + 1, strlen(colon + 1) }, &port) ||
        port == 0 || port > UINT16_MAX)
        return false;
    const bool is_v6 = host.bytes >= 2 && text[0] == '[' && colon[-1] == ']';
    if (is_v6)
        host = (struct psa_text){ text + 1, host.bytes - 2 };
    if (host.bytes >= sizeof(name))
        return false;
    memcpy(name, host.at, host.bytes);
    name[host.bytes] = '\0';
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret_address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_address;
    memset(ret_address, 0, sizeof(*ret_address));
    ret_address->ss_family = is_v6 ? AF_INET6 : AF_INET;
    *ret_bytes = is_v6 ? sizeof(*v6) : sizeof(*v4);
    if (is_v6)
        v6->sin6_port = htons((uint16_t)port);
    else
        v4->sin_port = htons((uint16_t)port);
    return inet_pton(ret_address->ss_family, name,
                     is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr) == 1;
}

static int connect_to(const char *edge, int *ret_fd)
{
    struct sockaddr_storage address;
    socklen_t bytes;
    int rc = 0;

    if (!read_address(edge, &address, &bytes))
        return -EINVAL;
    const int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&address, bytes) != 0) {
        rc = -errno;
        close(fd);
    }
    if (rc == 0)
        *ret_fd = fd;
    return rc;
}

static bool is_valid(const struct prestage_agent_config *cfg)
{
    return (cfg->dry_run || (cfg->edge != NULL && cfg->key != NULL)) && cfg->rate_per_s > 0.0 &&
           cfg->rate_per_s <= RATE_MAX && cfg->least > 0.0 && cfg->least <= 1.0 &&
           cfg->jitter_s <= JITTER_S_MAX && cfg->region <= UINT16_MAX &&
           (unsigned)cfg->device <= PRESTAGE_AGENT_COMPUTER;
}

static int set_up(struct prestage_agent *agent)
{
    const struct prestage_agent_config *cfg = &agent->cfg;
    int rc = 0;

    if (cfg->dry_run || !cfg->consent)
        return 0;
    rc = psa_key_read(&agent->key, cfg->key);
    return rc == 0 ? connect_to(cfg->edge, &agent->fd) : rc;
}

PUBLIC int prestage_agent_create(struct prestage_agent **ret_agent,
                                 const struct prestage_agent_config *config)
{
    struct prestage_agent_config cfg = *config;
    struct prestage_agent *agent;

    cfg.rate_per_s = cfg.rate_per_s == 0.0 ? RATE_PER_S : cfg.rate_per_s;
    cfg.least = cfg.least == 0.0 ? LEAST : cfg.least;
    if (!is_valid(&cfg) || sodium_init() < 0)
        return -EINVAL;
    agent = calloc(1, sizeof(*agent));
    if (agent == NULL)
        return -ENOMEM;
    agent->cfg = cfg;
    agent->fd = -1;
    const int rc = set_up(agent);
    agent->cfg.edge = agent->cfg.key = NULL; /* the caller's */
    if (rc == 0)
        *ret_agent = agent;
    else
        prestage_agent_destroy(agent);
    return rc;
}

PUBLIC void prestage_agent_destroy(struct prestage_agent *agent)
{
    if (agent == NULL)
        return;
    if (agent->fd >= 0)
        close(agent->fd);
    sodium_memzero(agent, sizeof(*agent)); /* what was watched is nobody else's, either */
    free(agent);
}

/* ---- saying ---- */

static int transmit(struct prestage_agent *agent, const struct prestage_agent_look *look,
                    uint64_t now_ms)
{
    struct psa_datagram datagram;
    /* By the clock, so that numbers ascend over restarts without being kept. */
    const uint64_t by_clock = now_ms * 1000;

    if (agent->cfg.dry_run)
        return 0;
    agent->sequence = by_clock > agent->sequence ? by_clock : agent->sequence + 1;
    const struct psa_stamp stamp = { .time_ms = now_ms,
                                     .sequence = agent->sequence,
                                     .device = (uint8_t)agent->cfg.device,
                                     .region = (uint16_t)agent->cfg.region };
    psa_datagram_make(&datagram, look, &stamp, &agent->key);
    /* An error may be what became of an earlier one; asked again, it is of this one. */
    if (send(agent->fd, datagram.bytes, datagram.count, MSG_NOSIGNAL) < 0 &&
        send(agent->fd, datagram.bytes, datagram.count, MSG_NOSIGNAL) < 0)
        return -errno;
    return 0;
}

static void say(struct prestage_agent *agent, struct psa_need *need, uint64_t now_ms)
{
    const double claimed = need->guess.probability * psa_needs_trust(&agent->needs, need->kind);
    struct prestage_agent_look look = { .from_s = need->guess.from_s,
                                        .to_s = need->guess.to_s,
                                        .probability = claimed < 1.0 ? claimed : 1.0,
                                        .kind = need->kind };

    if (!psa_names_allow(&agent->names, &need->guess.id)) { /* any more */
        need->state = PSA_FREE;
        return;
    }
    if (look.probability < agent->cfg.least) {
        need->at_ms = now_ms + DOUBTFUL_MS;
        return;
    }
    memcpy(look.media, need->guess.id.text, sizeof(look.media));
    agent->quiet_ms = now_ms + (uint64_t)(1000.0 / agent->cfg.rate_per_s);
    if (transmit(agent, &look, now_ms) != 0) {
        agent->send_errors++;
        need->at_ms = now_ms + RETRY_MS;
        return;
    }
    psa_needs_say(need);
    agent->said++;
    if (agent->cfg.said != NULL)
        agent->cfg.said(agent->cfg.arg, &look);
}

/* @return When the next one can be said. */
static uint64_t say_what_is_due(struct prestage_agent *agent, uint64_t now_ms)
{
    struct psa_need *need = psa_needs_next(&agent->needs);

    for (uint32_t i = 0; i < PSA_NEEDS_MAX && need != NULL; i++) {
        const uint64_t at_ms = need->at_ms > agent->quiet_ms ? need->at_ms : agent->quiet_ms;

        if (at_ms > now_ms)
            return at_ms;
        say(agent, need, now_ms);
        need = psa_needs_next(&agent->needs);
    }
    return UINT64_MAX;
}

PUBLIC int prestage_agent_work(struct prestage_agent *agent, uint64_t now_ms)
{
    const bool may_say = agent->cfg.dry_run || agent->cfg.consent;
    uint64_t next_ms;

    psa_needs_settle(&agent->needs, (int64_t)(now_ms / 1000), agent->is_told_of_plays);
    /* Also when the clock was set back. */
    if (agent->thought_ms == 0 || now_ms < agent->thought_ms ||
        now_ms - agent->thought_ms >= THINK_MS) {
        psa_foresee(agent, now_ms);
        agent->thought_ms = now_ms;
        if (agent->quiet_ms > now_ms + THINK_MS)
            agent->quiet_ms = now_ms;
    }
    next_ms = may_say ? say_what_is_due(agent, now_ms) : UINT64_MAX;
    if (next_ms > agent->thought_ms + THINK_MS)
        next_ms = agent->thought_ms + THINK_MS;
    return next_ms > now_ms ? (int)(next_ms - now_ms) : 1;
}

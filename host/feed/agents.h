/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/feed/agents.h - what peers' own agents say they will need, as datagrams on a UDP port.
 *
 * Why so strict: anybody can send to a port. A datagram is looked at no further than its fixed
 * fields before its code shows that an agent of ours made it; then it has to be of now
 * (PPD_SKEW_S), newer than all that agent said before, and within its rate. Only then is it parsed.
 * Every datagram is counted once, by what became of it.
 *
 * Work is bounded: PS_AGENTS_POLL_MAX datagrams a poll, the rest waits in the kernel, or is dropped
 * there and counted. Memory is taken at creation, but for what unpacking a genuine body takes.
 *
 * Threads: the loop thread only.
 */
#ifndef PS_HOST_FEED_AGENTS_H
#define PS_HOST_FEED_AGENTS_H

#include <sys/socket.h>

#include "host/feed/agent_keys.h"
#include "host/feed/datagram.h"

#define PS_AGENTS_HEARD_MAX 65536u /* agents known at once, see agents_priv.h */
#define PS_AGENTS_POLL_MAX  256u   /* datagrams */

enum ps_agents_outcome {
    PS_AGENTS_TAKEN,
    PS_AGENTS_FORM,      /* not a peer-demand datagram, or too long */
    PS_AGENTS_FORGED,    /* its code is not by the key it names */
    PS_AGENTS_REVOKED,   /* genuine, of a revoked key */
    PS_AGENTS_TIME,      /* genuine, not of now: kept back, or a clock is wrong */
    PS_AGENTS_SEQUENCE,  /* genuine, said before */
    PS_AGENTS_RATE,      /* genuine, one too many */
    PS_AGENTS_BODY,      /* genuine, but says nothing that we understand */
    PS_AGENTS_UNKNOWN,   /* of a title or profile that is not there */
    PS_AGENTS_OPTED_OUT, /* of a peer of whom nothing is kept */
    PS_AGENTS_LATE,      /* past its time */
    PS_AGENTS_EARLY,     /* too far ahead */
    PS_AGENTS_FULL,      /* too many looks wait for their time */
    PS_AGENTS_OUTCOME_COUNT
};

struct ps_agents;

struct ps_agents_config {
    const char *listen; /* numeric ADDRESS:PORT or [ADDRESS]:PORT; port 0 takes any; NULL: no
                         * socket, see ps_agents_take() */
    uint32_t heard_max; /* 1..PS_AGENTS_HEARD_MAX */
    double rate_per_s;  /* of one agent */
    const struct ps_agent_keys *keys; /* outlives the agents */
    /* Something genuine was said, from @p from. @return What became of it; not to call back. */
    enum ps_agents_outcome (*said)(void *arg, const struct ps_datagram *datagram,
                                   const struct sockaddr *from);
    void *arg;
};

struct ps_agents_status {
    uint64_t count[PS_AGENTS_OUTCOME_COUNT];
    uint64_t dropped;   /* by the kernel: more came than were taken in time */
    uint64_t forgotten; /* agents, for want of room */
    uint32_t heard;     /* agents known now */
};

/** @param now_ms  The wall clock. @return 0, -EINVAL, -ENOMEM or what bind() says. */
int ps_agents_create(struct ps_agents **ret_agents, const struct ps_agents_config *cfg,
                     uint64_t now_ms);
/** NULL is allowed. */
void ps_agents_destroy(struct ps_agents *agents);
int ps_agents_fd(const struct ps_agents *agents);
uint16_t ps_agents_port(const struct ps_agents *agents);

/** Take what came. @param now_ms  The wall clock, which agents share with us. */
void ps_agents_poll(struct ps_agents *agents, uint64_t now_ms);
/** One datagram, as if it had come. @return What became of it; it is counted. */
enum ps_agents_outcome ps_agents_take(struct ps_agents *agents, const void *bytes,
                                      size_t size_bytes, const struct sockaddr *from,
                                      uint64_t now_ms);

void ps_agents_status(const struct ps_agents *agents, struct ps_agents_status *ret_status);
/** A word for logs and counters. */
const char *ps_agents_outcome_name(enum ps_agents_outcome outcome);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/cluster/calls_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/cluster/cluster_priv.h"

#define NO_RESPONDERS "503"

int ps_calls_init(struct ps_calls *calls)
{
    calls->calls = ps_zalloc(PS_CALLS_MAX, sizeof(*calls->calls));
    calls->free = ps_zalloc(PS_CALLS_MAX, sizeof(*calls->free));
    if (calls->calls == NULL || calls->free == NULL)
        return -ENOMEM;
    for (uint32_t i = PS_CALLS_MAX; i-- > 0;)
        calls->free[calls->free_count++] = i;
    calls->next_deadline_ns = UINT64_MAX;
    return 0;
}

void ps_calls_fini(struct ps_calls *calls)
{
    free(calls->calls);
    free(calls->free);
}

static natsMsg *message_of(const struct ps_request *request, const char *reply)
{
    natsMsg *msg = NULL;
    natsStatus s =
        natsMsg_Create(&msg, request->subject, reply, request->data, (int)request->size_bytes);

    for (uint32_t i = 0; i < PS_CALL_HEADERS && s == NATS_OK; i++)
        if (request->header[i] != NULL)
            s = natsMsgHeader_Set(msg, request->header[i], request->value[i]);
    if (s == NATS_OK)
        return msg;
    natsMsg_Destroy(msg);
    return NULL;
}

int ps_call(struct ps_cluster *c, const struct ps_request *request)
{
    struct ps_calls *calls = &c->calls;
    const uint64_t timeout_ns = request->timeout_ns == 0 ? PS_CALL_TIMEOUT : request->timeout_ns;
    char reply[PS_SUBJECT_MAX];

    if (calls->free_count == 0)
        return -EAGAIN;
    const uint32_t slot = calls->free[calls->free_count - 1];
    struct ps_call *call = &calls->calls[slot];
    const uint32_t generation = call->generation + 1;
    snprintf(reply, sizeof(reply), "%s.r.%" PRIx32 "-%" PRIx32, c->inbox, slot, generation);
    natsMsg *msg = message_of(request, reply);
    if (msg == NULL)
        return -ENOMEM;
    const int rc = ps_link_send(c->link, msg);
    if (rc != 0)
        return rc;
    calls->free_count--;
    *call = request->call;
    call->generation = generation;
    call->used = true;
    call->subject_hash = ps_hash64_name(request->subject);
    call->deadline_ns = ps_cluster_now(c) + timeout_ns;
    if (call->deadline_ns < calls->next_deadline_ns) {
        calls->next_deadline_ns = call->deadline_ns;
        ps_cluster_wake_at(c, call->deadline_ns);
    }
    return 0;
}

/* The slot is free before the one who called hears of it, and may call again. */
static void end(struct ps_cluster *c, uint32_t slot, int status, natsMsg *answer)
{
    const struct ps_call call = c->calls.calls[slot];

    c->calls.calls[slot].used = false;
    c->calls.free[c->calls.free_count++] = slot;
    call.done(c, &call, status, answer);
}

void ps_calls_answer(struct ps_cluster *c, const char *token, natsMsg *answer)
{
    const char *status = NULL;
    char *rest = NULL;
    const unsigned long slot = strtoul(token, &rest, 16);
    const unsigned long generation = *rest == '-' ? strtoul(rest + 1, NULL, 16) : 0;

    if (slot >= PS_CALLS_MAX || !c->calls.calls[slot].used ||
        c->calls.calls[slot].generation != generation)
        return; /* too late */
    if (natsMsgHeader_Get(answer, "Status", &status) == NATS_OK && status != NULL &&
        strcmp(status, NO_RESPONDERS) == 0)
        end(c, (uint32_t)slot, -EHOSTUNREACH, NULL);
    else
        end(c, (uint32_t)slot, 0, answer);
}

/* A call that is begun by one that ends is not met here: its deadline is later. */
static uint32_t end_those(struct ps_cluster *c, uint64_t subject_hash, uint64_t until_ns,
                          int status)
{
    uint64_t next_ns = UINT64_MAX;
    uint32_t count = 0;

    c->calls.next_deadline_ns = UINT64_MAX; /* lowered by calls that begin meanwhile */
    for (uint32_t i = 0; i < PS_CALLS_MAX; i++) {
        const struct ps_call *call = &c->calls.calls[i];

        if (!call->used)
            continue;
        if (call->deadline_ns <= until_ns ||
            (subject_hash != 0 && call->subject_hash == subject_hash)) {
            end(c, i, status, NULL);
            count++;
        } else if (call->deadline_ns < next_ns) {
            next_ns = call->deadline_ns;
        }
    }
    if (next_ns < c->calls.next_deadline_ns)
        c->calls.next_deadline_ns = next_ns;
    if (c->calls.next_deadline_ns != UINT64_MAX)
        ps_cluster_wake_at(c, c->calls.next_deadline_ns);
    return count;
}

uint32_t ps_calls_deny(struct ps_cluster *c, const char *subject)
{
    return end_those(c, ps_hash64_name(subject), 0, -EACCES);
}

void ps_calls_fail_all(struct ps_cluster *c, int status)
{
    end_those(c, 0, UINT64_MAX, status);
}

void ps_calls_tend(struct ps_cluster *c, uint64_t now_ns)
{
    if (now_ns >= c->calls.next_deadline_ns)
        end_those(c, 0, now_ns, -ETIMEDOUT);
}

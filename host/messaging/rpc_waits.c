/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_waits.c - fetch, and those that wait until there is something to fetch. */
#include <errno.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/messaging/rpc_priv.h"

#define MAX_DEFAULT 64u

static void end_wait(struct ps_rpc_wait *wait, int status)
{
    wait->status = status;
    ps_rpc_client_ready(wait->client);
}

static void woken(void *arg, int status)
{
    end_wait(arg, status);
}

static void time_is_over(void *arg)
{
    struct ps_rpc_wait *wait = arg;

    ps_collection_stop_waiting(&wait->waiter);
    if (wait->status == -EINPROGRESS)
        end_wait(wait, -ETIMEDOUT);
}

static void give_wait(struct ps_rpc_wait *wait)
{
    ps_collection_stop_waiting(&wait->waiter);
    ps_wheel_stop(&wait->client->rpc->wheel, &wait->timer);
    wait->client = NULL;
}

void ps_rpc_waits_leave(struct ps_rpc_client *client)
{
    for (uint32_t i = 0; i < PS_RPC_WAITS_MAX; i++)
        if (client->waits[i].client != NULL)
            give_wait(&client->waits[i]);
}

static struct ps_rpc_wait *take_wait(struct ps_rpc_client *client)
{
    for (uint32_t i = 0; i < PS_RPC_WAITS_MAX; i++) {
        struct ps_rpc_wait *wait = &client->waits[i];

        if (wait->client != NULL)
            continue;
        *wait = (struct ps_rpc_wait){
            .waiter = { .wake = woken, .arg = wait },
            .timer = { .over = time_is_over, .arg = wait },
            .client = client,
            .status = -EINPROGRESS,
        };
        return wait;
    }
    return NULL;
}

static int look(struct ps_rpc_client *client, const struct ps_collection_id *from, uint64_t after,
                uint32_t max, uint32_t *ret_count, uint64_t *ret_cursor,
                struct ps_messaging_why *ret_why)
{
    struct ps_messaging_rpc *rpc = client->rpc;

    const int rc =
        ps_messaging_fetch(rpc->messaging, &client->grant, from, after, rpc->messages, max,
                           PS_RPC_FETCH_BYTES, rpc->now_ns, ret_count, ret_cursor, ret_why);
    if (rc == 0) {
        client->last = *from;
        client->last_cursor = *ret_cursor;
    }
    return rc;
}

/* Who has several fetches under way cannot know where the one before will end. */
static uint64_t begins_after(const struct ps_rpc_client *client,
                             const struct ps_rpc_request *request,
                             const struct ps_collection_id *from)
{
    if (request->numbers[PS_RPC_NEXT] == 0)
        return request->numbers[PS_RPC_AFTER];
    return memcmp(&client->last, from, sizeof(*from)) == 0 ? client->last_cursor : 0;
}

static void answer(struct ps_messaging_rpc *rpc, uint64_t msgid, uint32_t count, uint64_t cursor)
{
    ps_rpc_answer_begin(rpc, msgid);
    ps_rpc_put_messages(&rpc->pen, rpc->messages, count, cursor, rpc->now_ns);
}

/* @return 0: it waits; -EALREADY: something came; or why it cannot. */
static int begin_wait(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                      const struct ps_collection_id *from, uint64_t after, uint32_t max)
{
    uint64_t wait_ms = request->numbers[PS_RPC_WAIT_MS];
    struct ps_rpc_wait *wait = take_wait(client);

    if (wait == NULL)
        return -EBUSY;
    const int rc =
        ps_messaging_wait(client->rpc->messaging, &client->grant, from, after, &wait->waiter);
    if (rc != 0) {
        wait->client = NULL;
        return rc;
    }
    if (wait_ms > PS_RPC_WAIT_MS_MAX)
        wait_ms = PS_RPC_WAIT_MS_MAX;
    wait->from = *from;
    wait->msgid = request->msgid;
    wait->after = after;
    wait->max = max;
    ps_wheel_start(&client->rpc->wheel, &wait->timer, wait_ms / PS_RPC_TICK_MS + 1);
    return 0;
}

int ps_rpc_fetch(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                 struct ps_messaging_why *ret_why)
{
    const uint64_t asked = request->numbers[PS_RPC_MAX];
    const uint32_t max = asked == 0                 ? MAX_DEFAULT
                         : asked < PS_RPC_BATCH_MAX ? (uint32_t)asked
                                                    : PS_RPC_BATCH_MAX;
    struct ps_collection_id from;
    uint64_t cursor = 0;
    uint32_t count = 0;

    int rc = ps_rpc_target(client, request, &from);
    if (rc == 0)
        rc = look(client, &from, begins_after(client, request, &from), max, &count, &cursor,
                  ret_why);
    if (rc != 0)
        return rc;
    if (count == 0 && request->numbers[PS_RPC_WAIT_MS] > 0 && !request->silent) {
        rc = begin_wait(client, request, &from, cursor, max);
        if (rc != -EALREADY)
            return rc;
    }
    answer(client->rpc, request->msgid, count, cursor);
    return 0;
}

/* Somebody else may have taken what woke it: then it waits on. @return Whether it is over. */
static bool answer_wait(struct ps_rpc_wait *wait)
{
    struct ps_rpc_client *client = wait->client;
    struct ps_messaging_rpc *rpc = client->rpc;
    struct ps_messaging_why why = { 0 };
    uint64_t cursor = wait->after;
    uint32_t count = 0;
    int rc = wait->status == -ETIMEDOUT ? 0 : wait->status;

    if (!ps_rpc_grant_holds(client))
        rc = -EKEYEXPIRED;

    if (rc == 0 && wait->status == 0)
        rc = look(client, &wait->from, wait->after, wait->max, &count, &cursor, &why);
    if (rc == 0 && wait->status == 0 && count == 0 && wait->timer.link != NULL) {
        wait->status = -EINPROGRESS;
        rc = ps_messaging_wait(rpc->messaging, &client->grant, &wait->from, cursor, &wait->waiter);
        if (rc == 0)
            return false;
        rc = rc == -EALREADY ? 0 : rc;
    }
    if (rc != 0)
        ps_rpc_answer_error(rpc, wait->msgid, rc, &why);
    else
        answer(rpc, wait->msgid, count, cursor);
    return true;
}

void ps_rpc_waits_answer(struct ps_rpc_client *client)
{
    for (uint32_t i = 0; i < PS_RPC_WAITS_MAX; i++) {
        struct ps_rpc_wait *wait = &client->waits[i];

        if (wait->client == NULL || wait->status == -EINPROGRESS)
            continue;
        if (!ps_rpc_client_has_room(client))
            return;
        if (answer_wait(wait))
            give_wait(wait);
    }
}

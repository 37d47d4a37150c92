/* SPDX-License-Identifier: BSD-3-Clause */
/* host/cluster/ask.c - one node asks another and waits, a second at most. */
#include <errno.h>
#include <stdio.h>

#include "host/base/bytes.h"
#include "host/cluster/cluster_priv.h"

#define HEAD_BYTES       3u
#define ANSWER_BYTES_MAX 4096u

static void on_answer(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    if (status != 0)
        c->status.asks_failed++;
    c->cfg.answered(c->cfg.arg, call->number, status, status == 0 ? natsMsg_GetData(answer) : NULL,
                    status == 0 ? (uint32_t)natsMsg_GetDataLength(answer) : 0);
}

int ps_cluster_ask(struct ps_cluster *c, uint16_t node, const void *data, uint32_t size_bytes,
                   uint64_t ticket)
{
    static uint8_t bytes[HEAD_BYTES + PS_CLUSTER_BYTES_MAX]; /* the loop's thread only */
    const struct ps_node *to = ps_nodes_find(c, node);
    struct ps_bytes b = ps_bytes_of(bytes, sizeof(bytes));
    char subject[PS_SUBJECT_MAX];

    if (size_bytes > PS_CLUSTER_BYTES_MAX)
        return -EMSGSIZE;
    if (to == NULL || !ps_nodes_is_there(to, ps_cluster_now(c)))
        return -EHOSTUNREACH;
    ps_bytes_put(&b, PS_BYTES_VERSION, 1);
    ps_bytes_put(&b, c->status.node, 2);
    memcpy(b.at, data, size_bytes);
    snprintf(subject, sizeof(subject), "ps.ask.%s", to->name);
    const struct ps_request request = { .subject = subject,
                                        .data = bytes,
                                        .size_bytes = HEAD_BYTES + size_bytes,
                                        .call = { .done = on_answer, .number = ticket } };
    const int rc = ps_call(c, &request);
    c->status.asks += rc == 0;
    return rc == -ENOTCONN ? -EHOSTUNREACH : rc == -ENOMEM ? -EAGAIN : rc;
}

void ps_ask_message(struct ps_cluster *c, natsMsg *msg)
{
    struct ps_reader b = ps_reader_of(natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
    const uint64_t version = ps_reader_get(&b, 1);
    const uint16_t node = (uint16_t)ps_reader_get(&b, 2);
    uint8_t answer[ANSWER_BYTES_MAX];

    if (!b.ok || version != PS_BYTES_VERSION || natsMsg_GetReply(msg) == NULL)
        return;
    const uint32_t bytes =
        c->cfg.asked(c->cfg.arg, node, b.at, (uint32_t)(b.end - b.at), answer, sizeof(answer));
    ps_cluster_send(c, natsMsg_GetReply(msg), answer, bytes);
}

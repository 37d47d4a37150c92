/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/cluster/nodes.c - the edges: their numbers, registered once in the hub's bucket ps_nodes,
 * and their heartbeats, which say where they are.
 *
 * A number is found from the name: the first that nobody else holds, beginning with the name's
 * hash. An edge comes to the same one again after a restart, with the registry or without.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/base/bytes.h"
#include "host/base/hash.h"
#include "host/cluster/cluster_priv.h"
#include "host/cluster/json_priv.h"

#define BEAT_NS    (2 * PS_NS)
#define SILENT_NS  (10 * PS_NS) /* not heard of for so long: not there */
#define TRIES_MAX  256u         /* numbers taken by others, one after the other */
#define BEAT_BYTES 512u
#define BUCKET     "$KV.ps_nodes.n"

/* The @p nth number to try; small ones first, see PS_CLUSTER_SMALL. */
static uint16_t number_to_try(const char *name, uint32_t nth)
{
    const uint64_t hash = ps_hash64_name(name);

    if (nth < PS_CLUSTER_SMALL)
        return (uint16_t)((hash + nth) % PS_CLUSTER_SMALL + 1);
    return (uint16_t)((hash / PS_CLUSTER_SMALL + nth) % (UINT16_MAX - PS_CLUSTER_SMALL) +
                      PS_CLUSTER_SMALL + 1);
}

uint16_t ps_cluster_number(const char *name)
{
    return number_to_try(name, 0);
}

struct ps_node *ps_nodes_find(const struct ps_cluster *c, uint16_t number)
{
    const uint16_t at = c->node_at[number];

    return at == 0 ? NULL : &c->nodes[at - 1];
}

bool ps_nodes_is_there(const struct ps_node *node, uint64_t now_ns)
{
    return now_ns - node->seen_ns < SILENT_NS;
}

/* ---- heartbeats ---- */

void ps_nodes_beat(struct ps_cluster *c, uint64_t now_ns)
{
    char subject[PS_SUBJECT_MAX];
    uint8_t data[BEAT_BYTES];
    struct ps_bytes b = ps_bytes_of(data, sizeof(data));

    if (now_ns < c->beat_ns)
        return;
    c->beat_ns = now_ns + BEAT_NS;
    ps_bytes_put(&b, PS_BYTES_VERSION, 1);
    ps_bytes_put(&b, c->status.node, 2);
    ps_bytes_put(&b, c->instance, 8);
    ps_bytes_put(&b, c->streams[PS_STREAM_OWN].there ? c->own_incarnation : 0, 8);
    ps_bytes_put_text(&b, c->name);
    ps_bytes_put_text(&b, c->domain);
    ps_bytes_put_text(&b, c->url);
    snprintf(subject, sizeof(subject), "ps.node.%s", c->name);
    ps_cluster_send(c, subject, data, (size_t)(b.at - data));
}

static struct ps_node *enter(struct ps_cluster *c, uint16_t number)
{
    struct ps_node *node = ps_nodes_find(c, number);

    if (node != NULL || c->node_count == PS_CLUSTER_NODES_MAX)
        return node;
    node = &c->nodes[c->node_count++];
    node->number = number;
    c->node_at[number] = (uint16_t)c->node_count;
    return node;
}

/* Two with one number see each other's beats until the registry has parted them. */
static bool is_usable(struct ps_cluster *c, uint16_t number, const char *name, uint64_t now_ns)
{
    const struct ps_node *node = ps_nodes_find(c, number);

    if (strcmp(name, c->name) == 0) {
        ps_cluster_say_error(c, "another edge calls itself %s", name);
        return false;
    }
    if (number == 0 || number == c->status.node)
        return false;
    return node == NULL || strcmp(node->name, name) == 0 || !ps_nodes_is_there(node, now_ns);
}

void ps_nodes_message(struct ps_cluster *c, natsMsg *msg)
{
    struct ps_reader b = ps_reader_of(natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
    const uint64_t now_ns = ps_cluster_now(c);
    struct ps_node said = { .number = 0 };
    const uint64_t version = ps_reader_get(&b, 1);

    said.number = (uint16_t)ps_reader_get(&b, 2);
    ps_reader_get(&b, 8);
    const uint64_t incarnation = ps_reader_get(&b, 8);
    ps_reader_get_text(&b, said.name, sizeof(said.name));
    ps_reader_get_text(&b, said.domain, sizeof(said.domain));
    ps_reader_get_text(&b, said.url, sizeof(said.url));
    if (!b.ok || version != PS_BYTES_VERSION || !is_usable(c, said.number, said.name, now_ns))
        return;
    struct ps_node *node = enter(c, said.number);
    if (node == NULL) {
        ps_cluster_say_error(c, "more than %u edges", PS_CLUSTER_NODES_MAX);
        return;
    }
    memcpy(node->name, said.name, sizeof(node->name));
    memcpy(node->domain, said.domain, sizeof(node->domain));
    memcpy(node->url, said.url, sizeof(node->url));
    node->seen_ns = now_ns;
    if (incarnation != 0)
        ps_streams_follow(c, node, incarnation);
}

/* ---- our number ---- */

static void take_number(struct ps_cluster *c)
{
    c->numbering = false;
    c->status.registered = true;
    c->cfg.numbered(c->cfg.arg, c->status.node);
}

static void on_holder(struct ps_cluster *c, const struct ps_call *call, int status, natsMsg *answer)
{
    const size_t bytes = status == 0 ? (size_t)natsMsg_GetDataLength(answer) : 0;

    (void)call;
    c->numbering = false; /* asked again in the next turn, about this number or the next */
    if (status != 0 || bytes == 0)
        return;
    if (bytes == strlen(c->name) && memcmp(natsMsg_GetData(answer), c->name, bytes) == 0) {
        take_number(c);
        return;
    }
    if (c->number_tries == TRIES_MAX) {
        ps_cluster_say_error(c, "no number is free for %s", c->name);
        c->number_tries = 0;
    }
    c->status.node = number_to_try(c->name, c->number_tries++);
}

static void on_created(struct ps_cluster *c, const struct ps_call *call, int status,
                       natsMsg *answer)
{
    char subject[PS_SUBJECT_MAX], json[PS_SUBJECT_MAX];

    (void)call;
    c->numbering = false;
    if (status != 0)
        return;
    const uint32_t error =
        ps_json_error(natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer));
    if (error == 0) {
        take_number(c);
        return;
    }
    if (error != PS_JS_WRONG_SEQUENCE) {
        ps_cluster_say_error(c, "registering: JetStream error %" PRIu32, error);
        return;
    }
    snprintf(subject, sizeof(subject), "%sDIRECT.GET.KV_ps_nodes", c->hub_api);
    snprintf(json, sizeof(json), "{\"last_by_subj\":\"" BUCKET "%u\"}", c->status.node);
    const struct ps_request request = {
        .subject = subject, .data = json, .size_bytes = strlen(json), .call = { .done = on_holder }
    };
    c->numbering = ps_call(c, &request) == 0;
}

void ps_nodes_tend(struct ps_cluster *c, uint64_t now_ns)
{
    char subject[PS_SUBJECT_MAX];
    const struct ps_request request = { .subject = subject,
                                        .header = { "Nats-Expected-Last-Subject-Sequence" },
                                        .value = { "0" },
                                        .data = c->name,
                                        .size_bytes = strlen(c->name),
                                        .call = { .done = on_created } };

    (void)now_ns;
    if (c->status.registered || c->numbering || !c->streams[PS_STREAM_NODES].there)
        return;
    snprintf(subject, sizeof(subject), "%s" BUCKET "%u", c->kv_prefix, c->status.node);
    c->numbering = ps_call(c, &request) == 0;
}

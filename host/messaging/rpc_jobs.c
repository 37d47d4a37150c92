/* SPDX-License-Identifier: BSD-3-Clause */
/* host/messaging/rpc_jobs.c - put, put_many and ack: done at once, or when other nodes have it. */
#include <errno.h>

#include "host/messaging/rpc_priv.h"

/* From the free ones, or one that was never used: so memory is touched only when it is needed. */
static struct ps_rpc_job *take_job(struct ps_rpc_client *client,
                                   const struct ps_rpc_request *request, enum ps_rpc_job_kind kind)
{
    struct ps_messaging_rpc *rpc = client->rpc;
    struct ps_rpc_job *job = LIST_FIRST(&rpc->jobs_free);

    if (job != NULL)
        LIST_REMOVE(job, entry);
    else if (rpc->jobs_begun < PS_RPC_JOBS_MAX)
        job = &rpc->jobs[rpc->jobs_begun++];
    else
        return NULL;
    LIST_INSERT_HEAD(&client->jobs, job, entry);
    job->rpc = rpc;
    job->client = client;
    job->kind = kind;
    job->silent = request->silent;
    job->msgid = request->msgid;
    job->count = 0;
    job->waiting = 1;
    job->refusal = 0;
    job->why = (struct ps_messaging_why){ 0 };
    return job;
}

static void give_job(struct ps_rpc_job *job)
{
    LIST_REMOVE(job, entry);
    LIST_INSERT_HEAD(&job->rpc->jobs_free, job, entry);
}

static void part_done(void *arg, int status, uint64_t id)
{
    struct ps_rpc_part *part = arg;
    struct ps_rpc_job *job = part->job;

    part->status = status;
    if (job->kind != PS_RPC_ACK)
        part->id = id;
    if (--job->waiting > 0)
        return;
    if (job->client == NULL) {
        LIST_INSERT_HEAD(&job->rpc->jobs_free, job, entry);
        return;
    }
    LIST_REMOVE(job, entry);
    LIST_INSERT_HEAD(&job->client->jobs_done, job, entry);
    ps_rpc_client_ready(job->client);
}

void ps_rpc_jobs_leave(struct ps_rpc_client *client)
{
    struct ps_rpc_job *job;

    while ((job = LIST_FIRST(&client->jobs)) != NULL) {
        LIST_REMOVE(job, entry);
        job->client = NULL;
    }
    while ((job = LIST_FIRST(&client->jobs_done)) != NULL)
        give_job(job);
}

/* ---- answers ---- */

static bool is_put(int status)
{
    return status == 0 || status == -EALREADY;
}

static void answer_put(struct ps_messaging_rpc *rpc, const struct ps_rpc_job *job)
{
    const struct ps_rpc_part *part = &job->parts[0];

    if (!is_put(part->status)) {
        ps_rpc_answer_error(rpc, job->msgid, part->status, &job->why);
        return;
    }
    ps_rpc_answer_begin(rpc, job->msgid);
    ps_rpc_put_id(&rpc->pen, part->id, part->status == -EALREADY);
}

/* {ids} or {ids, refused}: an id, or nil, of each that was tried, and why not all were. */
static void answer_put_many(struct ps_messaging_rpc *rpc, const struct ps_rpc_job *job)
{
    struct ps_msg_pen *pen = &rpc->pen;
    int refusal = job->refusal;

    ps_rpc_answer_begin(rpc, job->msgid);
    for (uint32_t i = 0; i < job->count && refusal == 0; i++)
        refusal = is_put(job->parts[i].status) ? 0 : job->parts[i].status;
    ps_msg_pen_map(pen, 1u + (refusal != 0));
    ps_msg_pen_name(pen, "ids");
    ps_msg_pen_array(pen, job->count);
    for (uint32_t i = 0; i < job->count; i++) {
        if (is_put(job->parts[i].status))
            ps_msg_pen_u64(pen, job->parts[i].id);
        else
            ps_msg_pen_nil(pen);
    }
    if (refusal == 0)
        return;
    ps_msg_pen_name(pen, "refused");
    ps_rpc_put_error(pen, refusal, &job->why);
}

/* {claimed}: true or false for each id, nil where its node could not be asked. */
static void answer_ack(struct ps_messaging_rpc *rpc, const struct ps_rpc_job *job)
{
    struct ps_msg_pen *pen = &rpc->pen;

    ps_rpc_answer_begin(rpc, job->msgid);
    ps_msg_pen_map(pen, 1);
    ps_msg_pen_name(pen, "claimed");
    ps_msg_pen_array(pen, job->count);
    for (uint32_t i = 0; i < job->count; i++) {
        const int status = job->parts[i].status;
        if (status == 0 || status == -ENOENT)
            ps_msg_pen_bool(pen, status == 0);
        else
            ps_msg_pen_nil(pen);
    }
}

static void answer(const struct ps_rpc_job *job)
{
    if (job->silent)
        return;
    if (job->kind == PS_RPC_PUT)
        answer_put(job->rpc, job);
    else if (job->kind == PS_RPC_PUT_MANY)
        answer_put_many(job->rpc, job);
    else
        answer_ack(job->rpc, job);
}

void ps_rpc_jobs_answer(struct ps_rpc_client *client)
{
    struct ps_rpc_job *job;

    while ((job = LIST_FIRST(&client->jobs_done)) != NULL && ps_rpc_client_has_room(client)) {
        answer(job);
        give_job(job);
    }
}

/* All is tried: answer, unless some of it is under way. @return 0, or why it was refused whole. */
static int end_request(struct ps_rpc_job *job, struct ps_messaging_why *ret_why)
{
    const int refusal = job->count == 0 ? job->refusal : 0;

    if (--job->waiting > 0)
        return 0;
    *ret_why = job->why;
    if (refusal == 0)
        answer(job);
    give_job(job);
    return refusal;
}

/* ---- requests ---- */

/* Try one more; false: it was refused. */
static bool put_next(struct ps_rpc_job *job, const struct ps_collection_id *to, uint64_t sequence,
                     struct ps_msg_text body)
{
    struct ps_rpc_client *client = job->client;
    struct ps_messaging_rpc *rpc = client->rpc;
    struct ps_rpc_part *part = &job->parts[job->count];
    const struct ps_messaging_done done = { .done = part_done, .arg = part };

    part->job = job;
    part->status = -EINPROGRESS;
    job->waiting++;
    const int rc = ps_messaging_put(rpc->messaging, &client->grant, to, sequence, body.data,
                                    body.size_bytes, &done, rpc->now_ns, &part->id, &job->why);
    if (rc != -EINPROGRESS) {
        job->waiting--;
        part->status = rc;
    }
    job->refusal = is_put(rc) || rc == -EINPROGRESS ? 0 : rc;
    job->count += job->refusal == 0;
    return job->refusal == 0;
}

int ps_rpc_put(struct ps_rpc_client *client, const struct ps_rpc_request *request,
               struct ps_messaging_why *ret_why)
{
    struct ps_collection_id to;
    const int rc = ps_rpc_target(client, request, &to);

    if (rc != 0)
        return rc;
    struct ps_rpc_job *job = take_job(client, request, PS_RPC_PUT);
    if (job == NULL)
        return -EAGAIN;
    put_next(job, &to, request->numbers[PS_RPC_SEQUENCE], request->texts[PS_RPC_BODY]);
    return end_request(job, ret_why);
}

int ps_rpc_put_many(struct ps_rpc_client *client, const struct ps_rpc_request *request,
                    struct ps_messaging_why *ret_why)
{
    struct ps_msg_cursor bodies = request->list;
    uint64_t sequence = request->numbers[PS_RPC_SEQUENCE];
    struct ps_collection_id to;
    const int rc = ps_rpc_target(client, request, &to);

    if (rc != 0)
        return rc;
    if (request->list_count > PS_RPC_BATCH_MAX)
        return -EMSGSIZE;
    struct ps_rpc_job *job = take_job(client, request, PS_RPC_PUT_MANY);
    if (job == NULL)
        return -EAGAIN;
    for (uint32_t i = 0; i < request->list_count; i++) {
        const struct ps_msg_text body = ps_msg_take_bytes(&bodies);
        if (bodies.error != 0)
            job->refusal = -EINVAL;
        if (job->refusal != 0 || !put_next(job, &to, sequence, body))
            break;
        sequence += sequence != 0;
    }
    return end_request(job, ret_why);
}

static void ack_next(struct ps_rpc_job *job, const struct ps_collection_id *from, uint64_t id)
{
    struct ps_rpc_client *client = job->client;
    struct ps_messaging_rpc *rpc = client->rpc;
    struct ps_rpc_part *part = &job->parts[job->count++];
    const struct ps_messaging_done done = { .done = part_done, .arg = part };

    part->job = job;
    part->status = -EINPROGRESS;
    job->waiting++;
    const int rc =
        ps_messaging_acknowledge(rpc->messaging, &client->grant, from, id, &done, rpc->now_ns);
    if (rc == -EINPROGRESS)
        return;
    job->waiting--;
    part->status = rc;
}

int ps_rpc_ack(struct ps_rpc_client *client, const struct ps_rpc_request *request,
               struct ps_messaging_why *ret_why)
{
    struct ps_msg_cursor ids = request->list;
    struct ps_collection_id from;
    int rc = ps_rpc_target(client, request, &from);

    for (uint32_t i = 0; i < request->list_count && ids.error == 0; i++)
        ps_msg_take_u64(&ids);
    if (rc != 0 || ids.error != 0)
        return -EINVAL;
    if (request->list_count > PS_RPC_BATCH_MAX)
        return -EMSGSIZE;
    struct ps_rpc_job *job = take_job(client, request, PS_RPC_ACK);
    if (job == NULL)
        return -EAGAIN;
    ids = request->list;
    for (uint32_t i = 0; i < request->list_count; i++)
        ack_next(job, &from, ps_msg_take_u64(&ids));
    if (job->count > 0 && job->parts[0].status == -EACCES) { /* the same for all */
        job->count = 0;
        job->refusal = -EACCES;
    }
    return end_request(job, ret_why);
}

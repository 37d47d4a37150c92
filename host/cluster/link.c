/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/cluster/link_priv.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define CONNECT_MS     2000
#define RECONNECT_MS   250
#define JITTER_MS      100
#define PING_MS        3000 /* twice without an answer: the server is gone */
#define WRITE_MS       5000
#define BUFFERED_BYTES (1 << 20) /* while reconnecting */
#define BATCH          64u

struct ps_link {
    char *texts[6]; /* url credentials ca cert key name */
    char *subjects[PS_LINK_SUBJECTS_MAX];
    uint32_t subject_count;
    int fd;
    pthread_t thread;
    bool thread_is_there;

    pthread_mutex_t lock; /* guards all below; held for copying pointers only */
    pthread_cond_t wake;
    natsMsg *out[PS_LINK_OUT_MAX];
    uint32_t out_at, out_count;
    natsMsg *in[PS_LINK_IN_MAX];
    uint32_t in_at, in_count;
    struct ps_link_note notes[PS_LINK_NOTES_MAX];
    uint32_t note_at, note_count;
    struct ps_link_status status;
    bool closing;
    bool closed;     /* libnats has given this connection up */
    uint32_t in_use; /* callbacks that libnats may still make: one per subscription, one for all */
};

enum { URL, CREDENTIALS, CA, CERT, KEY, NAME };

static void tell_loop(const struct ps_link *link)
{
    const uint64_t one = 1;
    const ssize_t written = write(link->fd, &one, sizeof(one));

    (void)written; /* full means told already */
}

/* ---- called by libnats ---- */

static void note(struct ps_link *link, enum ps_link_note_kind kind, const char *text)
{
    pthread_mutex_lock(&link->lock);
    if (link->note_count == PS_LINK_NOTES_MAX) {
        link->status.dropped++;
    } else {
        struct ps_link_note *at =
            &link->notes[(link->note_at + link->note_count++) % PS_LINK_NOTES_MAX];

        at->kind = kind;
        snprintf(at->text, sizeof(at->text), "%s", text);
    }
    pthread_mutex_unlock(&link->lock);
    tell_loop(link);
}

static void on_message(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *arg)
{
    struct ps_link *link = arg;

    (void)nc, (void)sub;
    pthread_mutex_lock(&link->lock);
    if (link->in_count == PS_LINK_IN_MAX || link->closing) {
        link->status.dropped++;
    } else {
        link->in[(link->in_at + link->in_count++) % PS_LINK_IN_MAX] = msg;
        msg = NULL;
    }
    pthread_mutex_unlock(&link->lock);
    natsMsg_Destroy(msg);
    tell_loop(link);
}

static void set_up(struct ps_link *link, bool up)
{
    pthread_mutex_lock(&link->lock);
    link->status.ups += up && !link->status.up;
    link->status.up = up;
    pthread_mutex_unlock(&link->lock);
    tell_loop(link);
}

static void on_up(natsConnection *nc, void *arg)
{
    (void)nc;
    set_up(arg, true);
}

/* Why there is no connection, if the connection knows. Only from libnats' thread of callbacks: the
 * text is the connection's own. */
static void note_why(struct ps_link *link, natsConnection *nc)
{
    const char *text = NULL;

    natsConnection_GetLastError(nc, &text);
    if (text != NULL && text[0] != '\0')
        note(link, PS_LINK_ERROR, text);
}

static void on_down(natsConnection *nc, void *arg)
{
    note_why(arg, nc);
    set_up(arg, false);
}

static void let_go(struct ps_link *link)
{
    pthread_mutex_lock(&link->lock);
    link->in_use--;
    pthread_cond_broadcast(&link->wake);
    pthread_mutex_unlock(&link->lock);
}

static void on_subscription_over(void *arg)
{
    let_go(arg);
}

static void on_closed(natsConnection *nc, void *arg)
{
    struct ps_link *link = arg;

    note_why(link, nc);
    set_up(link, false);
    pthread_mutex_lock(&link->lock);
    link->closed = true;
    pthread_mutex_unlock(&link->lock);
    let_go(link);
}

/* The server says which subject it refused in quotes, and only here. */
static void on_error(natsConnection *nc, natsSubscription *sub, natsStatus status, void *arg)
{
    natsStatus last = NATS_OK;
    const char *text = nats_GetLastError(&last);
    const char *quote = text == NULL ? NULL : strchr(text, '"');
    char subject[PS_LINK_TEXT_MAX];

    (void)nc, (void)sub;
    if (status == NATS_NOT_PERMITTED && quote != NULL) {
        snprintf(subject, sizeof(subject), "%.*s", (int)strcspn(quote + 1, "\""), quote + 1);
        note(arg,
             strstr(text, "Subscription") != NULL ? PS_LINK_DENIED_SUBSCRIBE
                                                  : PS_LINK_DENIED_PUBLISH,
             subject);
        return;
    }
    note(arg, PS_LINK_ERROR, text != NULL && text[0] != '\0' ? text : natsStatus_GetText(status));
}

/* ---- the link's own thread ---- */

static natsStatus set_options(struct ps_link *link, natsOptions *o)
{
    natsStatus s = natsOptions_SetURL(o, link->texts[URL]);

    if (s == NATS_OK && link->texts[CREDENTIALS] != NULL)
        s = natsOptions_SetUserCredentialsFromFiles(o, link->texts[CREDENTIALS], NULL);
    if (s == NATS_OK && link->texts[CA] != NULL) {
        s = natsOptions_SetSecure(o, true);
        if (s == NATS_OK)
            s = natsOptions_LoadCATrustedCertificates(o, link->texts[CA]);
    }
    if (s == NATS_OK && link->texts[CERT] != NULL)
        s = natsOptions_LoadCertificatesChain(o, link->texts[CERT], link->texts[KEY]);
    if (s == NATS_OK)
        s = natsOptions_SetName(o, link->texts[NAME]);
    return s;
}

static natsStatus set_behaviour(struct ps_link *link, natsOptions *o)
{
    const natsStatus set[] = {
        natsOptions_SetTimeout(o, CONNECT_MS),
        natsOptions_SetMaxReconnect(o, -1),
        natsOptions_SetReconnectWait(o, RECONNECT_MS),
        natsOptions_SetReconnectJitter(o, JITTER_MS, JITTER_MS),
        natsOptions_SetReconnectBufSize(o, BUFFERED_BYTES),
        natsOptions_SetPingInterval(o, PING_MS),
        natsOptions_SetMaxPingsOut(o, 2),
        natsOptions_SetWriteDeadline(o, WRITE_MS),
        natsOptions_SetNoEcho(o, true),
        natsOptions_UseGlobalMessageDelivery(o, true),
        natsOptions_SetErrorHandler(o, on_error, link),
        natsOptions_SetDisconnectedCB(o, on_down, link),
        natsOptions_SetReconnectedCB(o, on_up, link),
        natsOptions_SetClosedCB(o, on_closed, link),
        natsOptions_SetRetryOnFailedConnect(o, true, on_up, link),
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(set); i++)
        if (set[i] != NATS_OK)
            return set[i];
    return NATS_OK;
}

static void hold(struct ps_link *link)
{
    pthread_mutex_lock(&link->lock);
    link->in_use++;
    pthread_mutex_unlock(&link->lock);
}

static natsStatus subscribe(struct ps_link *link, natsConnection *nc, natsSubscription **subs)
{
    natsStatus s = NATS_OK;

    for (uint32_t i = 0; i < link->subject_count && s == NATS_OK; i++) {
        s = natsConnection_Subscribe(&subs[i], nc, link->subjects[i], on_message, link);
        if (s != NATS_OK)
            break;
        natsSubscription_SetPendingLimits(subs[i], (int)PS_LINK_IN_MAX * 8, 64 << 20);
        hold(link);
        s = natsSubscription_SetOnCompleteCB(subs[i], on_subscription_over, link);
    }
    return s;
}

/* @return the connection, made or in the making; NULL: it cannot even be tried. */
static natsConnection *connect_to_server(struct ps_link *link, natsSubscription **subs)
{
    natsConnection *nc = NULL;
    natsOptions *o = NULL;
    natsStatus s = natsOptions_Create(&o);

    if (s == NATS_OK)
        s = set_options(link, o);
    if (s == NATS_OK)
        s = set_behaviour(link, o);
    link->closed = false; /* nobody calls back before the next line */
    if (s == NATS_OK) {
        hold(link);
        s = natsConnection_Connect(&nc, o);
        if (nc == NULL)
            let_go(link);
    }
    natsOptions_Destroy(o);
    if (s != NATS_OK && s != NATS_NOT_YET_CONNECTED) {
        natsStatus last = NATS_OK;
        const char *text = nats_GetLastError(&last);

        note(link, PS_LINK_ERROR, text != NULL && text[0] != '\0' ? text : natsStatus_GetText(s));
    }
    if (nc != NULL)
        subscribe(link, nc, subs);
    if (s == NATS_OK)
        set_up(link, true);
    return nc;
}

static void disconnect(struct ps_link *link, natsConnection *nc, natsSubscription **subs)
{
    for (uint32_t i = 0; i < link->subject_count; i++) {
        natsSubscription_Destroy(subs[i]);
        subs[i] = NULL;
    }
    natsConnection_Destroy(nc);
    pthread_mutex_lock(&link->lock);
    while (link->in_use > 0)
        pthread_cond_wait(&link->wake, &link->lock);
    pthread_mutex_unlock(&link->lock);
}

/* @return how many messages are to be sent; 0: the connection is over. */
static uint32_t wait_for_work(struct ps_link *link, natsMsg *ret_batch[BATCH])
{
    uint32_t count = 0;

    pthread_mutex_lock(&link->lock);
    while (link->out_count == 0 && !link->closing && !link->closed)
        pthread_cond_wait(&link->wake, &link->lock);
    while (!link->closing && !link->closed && link->out_count > 0 && count < BATCH) {
        ret_batch[count++] = link->out[link->out_at];
        link->out_at = (link->out_at + 1) % PS_LINK_OUT_MAX;
        link->out_count--;
    }
    pthread_mutex_unlock(&link->lock);
    return count;
}

static void send_until_closed(struct ps_link *link, natsConnection *nc)
{
    natsMsg *batch[BATCH];
    uint32_t count;

    while ((count = wait_for_work(link, batch)) > 0)
        for (uint32_t i = 0; i < count; i++) {
            const natsStatus s = natsConnection_PublishMsg(nc, batch[i]);

            if (s != NATS_OK)
                note(link, PS_LINK_ERROR, natsStatus_GetText(s));
            natsMsg_Destroy(batch[i]);
        }
}

/* @return false: the link is being destroyed. */
static bool pause_before_retry(struct ps_link *link)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&link->lock);
    while (!link->closing && pthread_cond_timedwait(&link->wake, &link->lock, &until) == 0)
        ;
    const bool closing = link->closing;
    pthread_mutex_unlock(&link->lock);
    return !closing;
}

static void *run(void *arg)
{
    natsSubscription *subs[PS_LINK_SUBJECTS_MAX] = { NULL };
    struct ps_link *link = arg;

    do {
        natsConnection *nc = connect_to_server(link, subs);

        if (nc != NULL) {
            send_until_closed(link, nc);
            disconnect(link, nc, subs);
        }
    } while (pause_before_retry(link));
    nats_ReleaseThreadMemory();
    return NULL;
}

/* ---- the loop's side ---- */

static int copy_text(char **ret_text, const char *text)
{
    *ret_text = text == NULL ? NULL : ps_strdup(text);
    return text != NULL && *ret_text == NULL ? -ENOMEM : 0;
}

static int copy_texts(struct ps_link *link, const struct ps_link_config *cfg)
{
    const char *const texts[] = { cfg->url,  cfg->credentials, cfg->ca,
                                  cfg->cert, cfg->key,         cfg->name };
    int rc = 0;

    for (size_t i = 0; i < PS_ARRAY_LEN(texts) && rc == 0; i++)
        rc = copy_text(&link->texts[i], texts[i]);
    for (uint32_t i = 0; i < cfg->subject_count && rc == 0; i++)
        rc = copy_text(&link->subjects[i], cfg->subjects[i]);
    link->subject_count = cfg->subject_count;
    return rc;
}

int ps_link_create(struct ps_link **ret_link, const struct ps_link_config *cfg)
{
    struct ps_link *link = ps_zalloc(1, sizeof(*link));
    int rc = link == NULL ? -ENOMEM : 0;

    if (rc != 0)
        return rc;
    ps_assert(cfg->subject_count <= PS_LINK_SUBJECTS_MAX);
    pthread_mutex_init(&link->lock, NULL);
    pthread_cond_init(&link->wake, NULL);
    link->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    rc = link->fd < 0 ? -errno : copy_texts(link, cfg);
    if (rc == 0 && pthread_create(&link->thread, NULL, run, link) != 0)
        rc = -EAGAIN;
    if (rc != 0) {
        ps_link_destroy(link);
        return -ENOMEM;
    }
    link->thread_is_there = true;
    *ret_link = link;
    return 0;
}

void ps_link_destroy(struct ps_link *link)
{
    if (link == NULL)
        return;
    pthread_mutex_lock(&link->lock);
    link->closing = true;
    pthread_cond_broadcast(&link->wake);
    pthread_mutex_unlock(&link->lock);
    if (link->thread_is_there)
        pthread_join(link->thread, NULL);
    for (; link->out_count > 0; link->out_count--, link->out_at++)
        natsMsg_Destroy(link->out[link->out_at % PS_LINK_OUT_MAX]);
    for (; link->in_count > 0; link->in_count--, link->in_at++)
        natsMsg_Destroy(link->in[link->in_at % PS_LINK_IN_MAX]);
    if (link->fd >= 0)
        close(link->fd);
    for (size_t i = 0; i < PS_ARRAY_LEN(link->texts); i++)
        free(link->texts[i]);
    for (size_t i = 0; i < PS_ARRAY_LEN(link->subjects); i++)
        free(link->subjects[i]);
    pthread_cond_destroy(&link->wake);
    pthread_mutex_destroy(&link->lock);
    free(link);
}

int ps_link_fd(const struct ps_link *link)
{
    return link->fd;
}

void ps_link_look(struct ps_link *link, struct ps_link_status *ret_status)
{
    uint64_t count;
    const ssize_t got = read(link->fd, &count, sizeof(count));

    (void)got;
    pthread_mutex_lock(&link->lock);
    *ret_status = link->status;
    pthread_mutex_unlock(&link->lock);
}

natsMsg *ps_link_take(struct ps_link *link)
{
    natsMsg *msg = NULL;

    pthread_mutex_lock(&link->lock);
    if (link->in_count > 0) {
        msg = link->in[link->in_at];
        link->in_at = (link->in_at + 1) % PS_LINK_IN_MAX;
        link->in_count--;
    }
    pthread_mutex_unlock(&link->lock);
    return msg;
}

bool ps_link_take_note(struct ps_link *link, struct ps_link_note *ret_note)
{
    bool found = false;

    pthread_mutex_lock(&link->lock);
    if (link->note_count > 0) {
        *ret_note = link->notes[link->note_at];
        link->note_at = (link->note_at + 1) % PS_LINK_NOTES_MAX;
        link->note_count--;
        found = true;
    }
    pthread_mutex_unlock(&link->lock);
    return found;
}

int ps_link_send(struct ps_link *link, natsMsg *msg)
{
    int rc = 0;

    pthread_mutex_lock(&link->lock);
    if (!link->status.up)
        rc = -ENOTCONN;
    else if (link->out_count == PS_LINK_OUT_MAX)
        rc = -EAGAIN;
    else
        link->out[(link->out_at + link->out_count++) % PS_LINK_OUT_MAX] = msg;
    if (rc == 0 && link->out_count == 1)
        pthread_cond_broadcast(&link->wake);
    pthread_mutex_unlock(&link->lock);
    if (rc != 0)
        natsMsg_Destroy(msg);
    return rc;
}

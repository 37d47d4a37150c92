/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/ctl/hold.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tools/ctl/rpc.h"
#include "tools/ctl/table.h"

#define RETRY_S 1.0

struct lease {
    uint64_t id;
    double left_s; /* when we were last told */
};

static volatile sig_atomic_t interrupted;
static sigset_t while_waiting; /* signals come only there, so that none is missed */

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void catch_signals(void)
{
    const struct sigaction quit = { .sa_handler = on_signal };
    sigset_t quits;

    sigaction(SIGINT, &quit, NULL);
    sigaction(SIGTERM, &quit, NULL);
    sigemptyset(&quits);
    sigaddset(&quits, SIGINT);
    sigaddset(&quits, SIGTERM);
    sigprocmask(SIG_BLOCK, &quits, &while_waiting);
}

/* @return whether @p fd has something to say, be it its end. */
static bool wait_for(int fd, double seconds)
{
    struct pollfd daemon = { .fd = fd, .events = POLLIN };
    const struct timespec timeout = { .tv_sec = (time_t)seconds,
                                      .tv_nsec = (long)((seconds - floor(seconds)) * 1e9) };

    return ppoll(&daemon, 1, &timeout, &while_waiting) > 0;
}

static void read_lease(const struct ps_msg_value *result, struct lease *ret_lease)
{
    ret_lease->id = ps_msg_u64_or(result, "id", 0);
    ret_lease->left_s = 0;
    ps_msg_as_f64(ps_msg_get(result, "expires_in_s"), &ret_lease->left_s);
}

/* One call whose result is a lease. @return 0, -ESTALE (refused, said) or of ctl_call(). */
static int ask(int fd, const char *method, const struct ps_msg_writer *params,
               struct lease *ret_lease)
{
    struct ctl_answer answer = { 0 };
    int rc = ctl_call(fd, method, params, &answer);

    if (rc == 0 && answer.error != NULL) {
        fprintf(stderr, "prestagectl: %s: ", method);
        ctl_put_text(stderr, ps_msg_count(answer.error) == 2 ? ps_msg_at(answer.error, 1) : NULL);
        fputc('\n', stderr);
        rc = -ESTALE;
    }
    if (rc == 0)
        read_lease(answer.result, ret_lease);
    ctl_answer_fini(&answer);
    return rc;
}

static int ask_about(const struct ctl_hold *hold, const char *method, struct lease *lease)
{
    struct ps_msg_writer params;

    ps_msg_writer_init(&params, PS_MSG_BYTES_MAX);
    ps_msg_open_map(&params);
    ps_msg_pair_u64(&params, "id", lease->id);
    if (hold->ttl_s != 0)
        ps_msg_pair_u64(&params, "ttl_s", hold->ttl_s);
    ps_msg_close(&params);
    const int rc = params.error != 0 ? params.error : ask(*hold->fd, method, &params, lease);
    ps_msg_writer_fini(&params);
    return rc;
}

static int give_back(const struct ctl_hold *hold, uint64_t id)
{
    struct ctl_hold without_ttl = *hold;

    without_ttl.ttl_s = 0; /* pool.relinquish has no such parameter */
    return ask_about(&without_ttl, "pool.relinquish", &(struct lease){ .id = id });
}

/* Ask again until the daemon is back. @return as ask(). */
static int come_back(const struct ctl_hold *hold, struct lease *lease)
{
    const time_t until = time(NULL) + CTL_HOLD_PATIENCE_S;
    int rc = -ECONNRESET;

    fputs("prestagectl: the daemon is gone; waiting for it\n", stderr);
    while (interrupted == 0 && rc != 0 && rc != -ESTALE && time(NULL) < until) {
        if (*hold->fd >= 0)
            close(*hold->fd);
        *hold->fd = ctl_connect(hold->socket);
        rc = *hold->fd < 0 ? *hold->fd : ask(*hold->fd, "pool.reserve", hold->params, lease);
        if (rc != 0 && rc != -ESTALE)
            wait_for(-1, RETRY_S);
    }
    if (rc == 0)
        fprintf(stderr, "prestagectl: it is back; lease %" PRIu64 "\n", lease->id);
    return rc;
}

int ctl_hold(const struct ctl_hold *hold, const struct ps_msg_value *granted)
{
    struct lease lease;
    int rc = 0;

    catch_signals();
    read_lease(granted, &lease);
    while (rc == 0 && interrupted == 0) {
        const bool gone = wait_for(*hold->fd, lease.left_s / 2);
        if (interrupted != 0)
            break;
        rc = gone ? -ECONNRESET : ask_about(hold, "pool.renew", &lease);
        if (rc != 0 && rc != -ESTALE)
            rc = come_back(hold, &lease);
    }
    return interrupted != 0 && *hold->fd >= 0 ? give_back(hold, lease.id) : rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/loop.c - the whole idea, once around: see demand, guess, make, keep, offer.
 *
 * Each step is one module and never blocks; what it cannot finish it finishes next turn. Viewers do
 * not wait for the turn: between turns every event is served at once, and idle CUs get work at
 * once.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/base/log.h"
#include "host/daemon/cards.h"
#include "host/daemon/cluster.h"
#include "host/daemon/curves.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/nats_peers.h"

#define EVENTS_MAX       16
#define OUTCOME_RETRY_MS 10
#define SLEEP_MS_MAX     60000

void ps_daemon_turn(struct ps_daemon *d, uint64_t now_ns)
{
    const struct ps_steer_reading reading = ps_cards_reading(d, now_ns);
    double share[PS_TIER_CLASS_COUNT];

    ps_feed_drain(d->feed, &d->demand);                   /* what was asked for            */
    ps_daemon_share_demand(d, now_ns);                    /* here, and elsewhere           */
    ps_predict_learn(d->predict, &d->demand, now_ns);     /* what that teaches us          */
    ps_daemon_tend_curves(d, now_ns);                     /* how much, and for whom        */
    ps_ledger_pass_time(d->ledger, now_ns);               /* and what became of our bets   */
    ps_predict_rank(d->predict, now_ns, &d->predictions); /* what will be asked for next   */
    ps_cards_watch(d, now_ns);                            /* a card lost may come back     */
    ps_pipeline_dispatch(d->pipeline, now_ns);            /* keep what is made, viewers first */
    ps_steer_adapt(&d->steer, &reading, now_ns);          /* buffer, load and heat steer us */
    d->resting = ps_shadow_rest(d->shadow, now_ns);       /* unless betting does harm      */
    ps_speculate(d, now_ns);                              /* idle CUs make the future      */
    ps_buffer_shares(&reading.buffer, share);
    ps_tier_set_quota(d->tier, share);   /* space follows confidence      */
    ps_tier_settle(d->tier, now_ns);     /* to NVMe, evict                */
    ps_daemon_tend_cluster(d, now_ns);   /* others know of it             */
    ps_deliver_tick(d->deliver, now_ns); /* nobody waits for ever         */
    ps_daemon_tend_messaging(d, now_ns); /* mailboxes before the crowd    */
    ps_daemon_tend_leases(d);            /* nothing is reserved for ever  */
    ps_daemon_tend_peers(d, now_ns);     /* nobody is known for ever      */
    ps_daemon_keep_model(d, now_ns);     /* what we learnt outlives us    */
}

static void timed_turn(struct ps_daemon *d)
{
    const uint64_t start_ns = ps_clock_mono_ns();

    ps_daemon_turn(d, ps_clock_now_ns(&d->clock));
    ps_histogram_add(&d->turn_us, (ps_clock_mono_ns() - start_ns) / 1000);
    d->turn_count++;
    d->turned_mono_ns = ps_clock_mono_ns();
}

/*
 * Delivery learns how segments ended only here, when none of its own calls is on the stack. What is
 * added meanwhile (a viewer asked again and was refused at once) waits for the next round.
 */
static void tell_outcomes(struct ps_daemon *d, uint64_t now_ns)
{
    const uint32_t count = d->outcome_count;

    for (uint32_t i = 0; i < count; i++)
        ps_deliver_resolve(d->deliver, &d->outcomes[i].key, d->outcomes[i].status, now_ns);
    d->outcome_count -= count;
    memmove(d->outcomes, d->outcomes + count, d->outcome_count * sizeof(*d->outcomes));
}

/* When a CU may be given to somebody by the passing of time alone; -1: never. */
static int dispatch_ms(const struct ps_daemon *d)
{
    if (d->alloc == NULL)
        return -1;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    const uint64_t next_ns = ps_alloc_next_ns(d->alloc, now_ns);

    if (next_ns == UINT64_MAX)
        return -1;
    const uint64_t wait_ns = next_ns > now_ns ? ps_clock_real_ns(&d->clock, next_ns - now_ns) : 0;
    return wait_ns > SLEEP_MS_MAX * PS_NS_PER_MSEC ? SLEEP_MS_MAX
                                                   : (int)(wait_ns / PS_NS_PER_MSEC) + 1;
}

static int sooner(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

/* How long the loop may sleep, in ms; -1 until something happens. */
static int sleep_ms(const struct ps_daemon *d)
{
    const int outcome_ms = d->outcome_count == 0 ? -1 : OUTCOME_RETRY_MS;

    const int metrics_ms = d->metrics_http == NULL ? -1 : ps_http_timeout_ms(d->metrics_http);

    return sooner(sooner(ps_http_timeout_ms(d->http), metrics_ms),
                  sooner(outcome_ms, dispatch_ms(d)));
}

static void serve(struct ps_daemon *d)
{
    uint64_t now_ns = ps_clock_now_ns(&d->clock);

    ps_feed_poll(d->feed, now_ns);
    ps_daemon_poll_agents(d);
    ps_daemon_poll_cluster(d);
    ps_daemon_poll_messaging(d);
    ps_http_run(d->http);
    ps_pipeline_poll(d->pipeline, now_ns);
    ps_tier_poll(d->tier, now_ns);
    ps_pipeline_dispatch(d->pipeline, now_ns);
    tell_outcomes(d, now_ns);
    ps_control_poll(d->control, ps_clock_mono_ns());
    if (d->metrics_http != NULL)
        ps_http_run(d->metrics_http);
}

static int watch(int epoll_fd, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    if (fd < 0)
        return 0;
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int watch_all(struct ps_daemon *d, int epoll_fd, int signal_fd, int timer_fd)
{
    const int fds[] = {
        signal_fd,
        timer_fd,
        ps_feed_fd(d->feed),
        d->agents == NULL ? -1 : ps_agents_fd(d->agents),
        d->cluster == NULL ? -1 : ps_cluster_fd(d->cluster),
        d->cluster == NULL ? -1 : ps_fetches_fd(d->neighbours->fetches),
        d->cluster == NULL ? -1 : ps_nats_peers_fd(d->nats_peers),
        ps_http_fd(d->http),
        d->messaging.keep == NULL ? -1 : ps_keep_fd(d->messaging.keep),
        d->messaging.rpc == NULL ? -1 : ps_messaging_rpc_fd(d->messaging.rpc),
        ps_pipeline_fd(d->pipeline),
        ps_tier_fd(d->tier),
        d->accel == NULL ? -1 : ps_accel_fd(d->accel),
        ps_control_fd(d->control),
        d->metrics_http == NULL ? -1 : ps_http_fd(d->metrics_http),
    };

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        const int rc = watch(epoll_fd, fds[i]);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int start_timer(const struct ps_daemon *d)
{
    const uint64_t turn_ns = ps_clock_real_ns(&d->clock, d->config->turn_ns);
    const struct timespec period = { .tv_sec = (time_t)(turn_ns / PS_NS_PER_SEC),
                                     .tv_nsec = (long)(turn_ns % PS_NS_PER_SEC) };
    const struct itimerspec spec = { .it_interval = period, .it_value = period };
    const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (fd >= 0)
        timerfd_settime(fd, 0, &spec, NULL);
    return fd;
}

static void loop(struct ps_daemon *d, int epoll_fd, int signal_fd, int timer_fd)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t expirations;

    while (!d->stopping) {
        const int count = epoll_wait(epoll_fd, events, EVENTS_MAX, sleep_ms(d));

        for (int i = 0; i < count; i++)
            d->stopping |= events[i].data.fd == signal_fd;
        serve(d);
        if (read(timer_fd, &expirations, sizeof(expirations)) == sizeof(expirations)) {
            timed_turn(d);
            tell_outcomes(d, ps_clock_now_ns(&d->clock));
        }
    }
}

int ps_daemon_run(struct ps_daemon *d, int signal_fd)
{
    const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    const int timer_fd = start_timer(d);
    int rc = epoll_fd < 0 || timer_fd < 0 ? -errno : 0;

    if (rc == 0)
        rc = watch_all(d, epoll_fd, signal_fd, timer_fd);
    if (rc == 0)
        loop(d, epoll_fd, signal_fd, timer_fd);
    if (timer_fd >= 0)
        close(timer_fd);
    if (epoll_fd >= 0)
        close(epoll_fd);
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/worker.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "dpdk/interrupt.h"
#include "dpdk/mem.h"
#include "dpdk/power.h"

#define SEND_TRIES_MAX 4u
#define END_POLLS      16u /* empty in a row: a file has no pauses, so that is its end */

struct nic_worker {
    struct nic_worker_config cfg;
    struct nic_power power;
    struct nic_interrupt *interrupt;
    uint64_t epoch;
    uint32_t empty_polls;
    atomic_bool stop; /* written by the control thread, read by the worker; nothing hangs on it */
};

int nic_worker_create(struct nic_worker **ret_worker, const struct nic_worker_config *cfg)
{
    struct nic_worker *worker = nic_zalloc(1, sizeof(*worker));

    if (worker == NULL)
        return -ENOMEM;
    worker->cfg = *cfg;
    worker->power.us_max = cfg->sleep_us_max;
    if (nic_interrupt_create(&worker->interrupt, cfg->ports, cfg->port_count, (uint16_t)cfg->idx) !=
        0) {
        free(worker);
        return -ENOMEM;
    }
    *ret_worker = worker;
    return 0;
}

void nic_worker_destroy(struct nic_worker *worker)
{
    if (worker == NULL)
        return;
    nic_interrupt_destroy(worker->interrupt);
    free(worker);
}

void nic_worker_stop(struct nic_worker *worker)
{
    atomic_store_explicit(&worker->stop, true, memory_order_relaxed);
}

static uint32_t mark_of(const struct rte_mbuf *frame)
{
    return (frame->ol_flags & RTE_MBUF_F_RX_FDIR_ID) != 0 ? frame->hash.fdir.hi : 0;
}

static void classify_and_count(struct nic_worker *w, struct rte_mbuf **frames, uint16_t count)
{
    struct nic_frame seen[NIC_BURST];

    for (uint16_t i = 0; i < count; i++)
        seen[i] = (struct nic_frame){ .at = rte_pktmbuf_mtod(frames[i], const uint8_t *),
                                      .bytes = rte_pktmbuf_data_len(frames[i]),
                                      .mark = mark_of(frames[i]) };
    nic_observer_burst(w->cfg.observer, seen, count, w->epoch);
}

/* A port that stays full costs frames, never a standstill. */
static void send_or_drop(struct nic_worker *w, uint16_t port, struct rte_mbuf **frames,
                         uint16_t count)
{
    uint16_t sent = 0;

    for (uint32_t tries = 0; sent < count && tries < SEND_TRIES_MAX; tries++)
        sent = (uint16_t)(sent + rte_eth_tx_burst(port, (uint16_t)w->cfg.idx, frames + sent,
                                                  (uint16_t)(count - sent)));
    if (sent == count)
        return;
    nic_observer_dropped(w->cfg.observer, (uint64_t)(count - sent), w->epoch);
    rte_pktmbuf_free_bulk(frames + sent, (unsigned)(count - sent));
}

static uint32_t serve_ports(struct nic_worker *w)
{
    const bool is_inline = w->cfg.port_count == 2;
    struct rte_mbuf *frames[NIC_BURST];
    uint32_t got = 0;

    for (uint32_t p = 0; p < w->cfg.port_count; p++) {
        const uint16_t count =
            rte_eth_rx_burst(w->cfg.ports[p], (uint16_t)w->cfg.idx, frames, NIC_BURST);

        classify_and_count(w, frames, count);
        if (is_inline)
            send_or_drop(w, w->cfg.ports[1 - p], frames, count);
        else
            rte_pktmbuf_free_bulk(frames, count);
        got += count;
    }
    return got;
}

static void pass_epoch(struct nic_worker *w)
{
    const uint64_t epoch = nic_epoch_pass(w->cfg.epoch, w->cfg.idx);

    if (epoch == w->epoch)
        return;
    w->epoch = epoch;
    nic_observer_tick(w->cfg.observer, epoch);
}

static void rest(struct nic_worker *w, uint32_t got)
{
    const uint32_t us = nic_power_next(&w->power, got);

    if (us == 0)
        return;
    nic_epoch_leave(w->cfg.epoch, w->cfg.idx);
    if (w->cfg.interrupts)
        nic_interrupt_wait(w->interrupt);
    else
        nanosleep(&(struct timespec){ .tv_nsec = us * 1000l }, NULL);
    nic_epoch_join(w->cfg.epoch, w->cfg.idx);
}

static bool goes_on(struct nic_worker *w, uint32_t got)
{
    if (atomic_load_explicit(&w->stop, memory_order_relaxed))
        return false;
    w->empty_polls = got == 0 ? w->empty_polls + 1 : 0;
    return !w->cfg.ends || w->empty_polls < END_POLLS;
}

int nic_worker_run(void *worker)
{
    struct nic_worker *w = worker;
    const uint64_t one = 1;
    uint32_t got;

    if (w->cfg.interrupts)
        w->cfg.interrupts = nic_interrupt_join(w->interrupt) == 0;
    nic_epoch_join(w->cfg.epoch, w->cfg.idx);
    do {
        pass_epoch(w);
        got = serve_ports(w);
        rest(w, got);
    } while (goes_on(w, got));
    pass_epoch(w);
    nic_observer_end(w->cfg.observer, w->epoch);
    nic_epoch_leave(w->cfg.epoch, w->cfg.idx);
    if (w->cfg.end_fd >= 0 && write(w->cfg.end_fd, &one, sizeof(one)) != sizeof(one))
        return -EIO;
    return 0;
}

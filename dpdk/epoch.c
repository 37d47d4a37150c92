/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/epoch.h"

#include <errno.h>
#include <rte_rcu_qsbr.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "dpdk/mem.h"

#define TURN_POLL_NS 20000l

struct nic_epoch {
    /* Written by the control thread (release), read by workers (acquire): a worker may read the
     * next number before it meets the token that was asked for with it, and then writes to the side
     * that was drained before. */
    _Atomic uint64_t current;
    struct rte_rcu_qsbr *quiescence;
};

int nic_epoch_create(struct nic_epoch **ret_epoch, uint32_t worker_count)
{
    struct nic_epoch *epoch = nic_zalloc(1, sizeof(*epoch));

    if (epoch == NULL)
        goto fail;
    epoch->quiescence = nic_zalloc(1, rte_rcu_qsbr_get_memsize(worker_count));
    if (epoch->quiescence == NULL || rte_rcu_qsbr_init(epoch->quiescence, worker_count) != 0)
        goto fail;
    for (uint32_t i = 0; i < worker_count; i++)
        rte_rcu_qsbr_thread_register(epoch->quiescence, i);
    atomic_store(&epoch->current, 1);
    *ret_epoch = epoch;
    return 0;

fail:
    nic_epoch_destroy(epoch);
    return -ENOMEM;
}

void nic_epoch_destroy(struct nic_epoch *epoch)
{
    if (epoch == NULL)
        return;
    free(epoch->quiescence);
    free(epoch);
}

void nic_epoch_join(struct nic_epoch *epoch, uint32_t worker_idx)
{
    rte_rcu_qsbr_thread_online(epoch->quiescence, worker_idx);
}

void nic_epoch_leave(struct nic_epoch *epoch, uint32_t worker_idx)
{
    rte_rcu_qsbr_thread_offline(epoch->quiescence, worker_idx);
}

uint64_t nic_epoch_pass(struct nic_epoch *epoch, uint32_t worker_idx)
{
    rte_rcu_qsbr_quiescent(epoch->quiescence, worker_idx);
    return atomic_load_explicit(&epoch->current, memory_order_acquire);
}

void nic_epoch_wait(struct nic_epoch *epoch)
{
    const uint64_t token = rte_rcu_qsbr_start(epoch->quiescence);

    /* Workers may share our core: sleeping lets them get there, spinning would keep them off. */
    while (rte_rcu_qsbr_check(epoch->quiescence, token, false) == 0)
        nanosleep(&(struct timespec){ .tv_nsec = TURN_POLL_NS }, NULL);
}

uint64_t nic_epoch_turn(struct nic_epoch *epoch)
{
    const uint64_t closed = atomic_load_explicit(&epoch->current, memory_order_relaxed);

    atomic_store_explicit(&epoch->current, closed + 1, memory_order_release);
    nic_epoch_wait(epoch);
    return closed;
}

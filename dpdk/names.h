/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/names.h - the names behind the keys: from the workers, through a queue, to whoever reads.
 *
 * A worker puts each name once into its bounded queue when it first counts the key; the control
 * thread keeps the names it has seen and says which are not sent yet. Both are bounded: anyone can
 * ask for invented titles, so a full set forgets its oldest name, and a forgotten name that is
 * asked for again is simply new.
 *
 * Threads: nic_name_queue_put() from one worker, _take() and everything else from the control
 * thread. nic_names_find() may come from another when nic_names_add() is kept off by a lock.
 */
#ifndef PS_DPDK_NAMES_H
#define PS_DPDK_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"

#define NIC_NAME_QUEUE_NAMES 16384u /* a power of two; a cold start brings many at once */
#define NIC_NAMES_MAX        (1u << 20)

struct nic_name {
    uint64_t key;  /* xxh3-64 of the text */
    uint16_t kind; /* enum psd_name_kind */
    uint16_t bytes;
    uint32_t reserved;
    char text[PSD_NAME_BYTES_MAX]; /* not NUL-terminated */
};
_Static_assert(sizeof(struct nic_name) == 144, "a queue element is a multiple of 4 bytes");

/** The key of a name. */
uint64_t nic_name_key(const char *text, uint32_t bytes);

/** @p bytes 1..PSD_NAME_BYTES_MAX. */
struct nic_name nic_name_make(enum psd_name_kind kind, const char *text, uint32_t bytes);

struct nic_name_queue;

/** @return 0 or -ENOMEM. */
int nic_name_queue_create(struct nic_name_queue **ret_queue);
void nic_name_queue_destroy(struct nic_name_queue *queue);

/** @return 0 or -ENOSPC. */
int nic_name_queue_put(struct nic_name_queue *queue, const struct nic_name *name);

/** @return 0 or -ENOENT: the queue is empty. */
int nic_name_queue_take(struct nic_name_queue *queue, struct nic_name *ret_name);

struct nic_names;

/** @param capacity  A power of two, 16..NIC_NAMES_MAX. @return 0, -EINVAL or -ENOMEM. */
int nic_names_create(struct nic_names **ret_names, uint32_t capacity);
void nic_names_destroy(struct nic_names *names);

/**
 * Keep a name; when it is new it is also due to be sent.
 * @return 0, or -EEXIST: another name has this key, and the new one is refused.
 */
int nic_names_add(struct nic_names *names, const struct nic_name *name);

/** NULL when not known (any more). Good until the next nic_names_add(). */
const struct nic_name *nic_names_find(const struct nic_names *names, uint64_t key,
                                      enum psd_name_kind kind);

/** The next name that is due, which then no longer is; NULL when there is none. */
const struct nic_name *nic_names_next_due(struct nic_names *names);

/** A new reader: every name is due again. */
void nic_names_all_due(struct nic_names *names);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/support/fake_nic.h - two NICs behind rte_flow's functions, with the faults real ones have.
 *
 * They read the very items and actions that a driver would get, keep a table of limited size, match
 * the bytes of frames against it, count, mark. What they refuse, when they are late and what they
 * forget is set by the test. A handle that is used after it went is a misuse, and counted.
 */
#ifndef PS_TESTS_SUPPORT_FAKE_NIC_H
#define PS_TESTS_SUPPORT_FAKE_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/offload_flow.h"

#define FAKE_NIC_PORTS     2u
#define FAKE_NIC_RULES_MAX 512u

enum {
    FAKE_PASSTHRU = 1,
    FAKE_QUEUE = 2,
    FAKE_RSS = 4,
    FAKE_NO_FATE = 8,
};

struct fake_nic {
    /* What it can. */
    bool has_count, has_mark, has_raw, has_priority;
    bool whole_masks_only;    /* as exact-match tables do */
    uint32_t raw_first;       /* bytes of payload it does not see: -ENOTSUP for them */
    bool raw_is_frame;        /* RAW is a whole frame in hex digits, and nothing else */
    uint32_t fates;           /* FAKE_..., those it takes */
    uint32_t table_max;       /* then -ENOSPC */
    bool counts_all_matching; /* else the first by priority, then by age */
    /* What goes wrong. */
    uint32_t busy_every; /* each nth create: -EAGAIN */
    int create_error;    /* each create */
    int query_error;     /* each query */
    int rss_error;
    bool clears_on_read;
    bool ignores_hits; /* answers without hits_set */
    bool is_late;      /* queries tell what stood at the last fake_nic_interval() */
    bool loses_marks;
    /* What happened. */
    uint32_t rules, creates, queries, misuses;
    uint32_t spread_otherwise; /* rules with RSS that is not the port's own */
};

extern const struct nic_offload_ops fake_nic_ops;

/** All NICs as new: able to do everything, empty. */
void fake_nic_reset(void);

struct fake_nic *fake_nic_at(uint16_t port_id);

/** A frame comes in. @return The mark it leaves with; 0: none. */
uint32_t fake_nic_receive(uint16_t port_id, const uint8_t *frame, uint32_t frame_bytes);

/* What a test sends: to 10.0.0.1 or fd00::1. */
struct fake_frame {
    bool is_v6;
    bool is_udp; /* else TCP */
    uint16_t port;
    const void *payload;
    uint32_t payload_bytes;
};

#define FAKE_FRAME_BYTES_MAX 256u

/** @return The bytes written to @p ret_frame, which has room for FAKE_FRAME_BYTES_MAX. */
uint32_t fake_frame_write(const struct fake_frame *what, uint8_t *ret_frame);

/** Late counters catch up. */
void fake_nic_interval(uint16_t port_id);

/** Stopped and started: its rules are gone, and what they counted with them. */
void fake_nic_restart(uint16_t port_id);

/** All counters jump to @p packets, as after 32 bits or a firmware's reset. */
void fake_nic_set_counters(uint16_t port_id, uint64_t packets);

#endif

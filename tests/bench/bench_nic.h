/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_nic.h - what the parts of the nic benchmark share.
 *
 * Each part has its rounds, which the main one interleaves. Threads: a traffic belongs to one.
 */
#ifndef PS_TESTS_BENCH_BENCH_NIC_H
#define PS_TESTS_BENCH_BENCH_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include "dpdk/observer.h"

#define ROUNDS      11u
#define OPS         96000u /* of one measurement; whole bursts */
#define MILLION     1000000u
#define HEADERS     54u
#define FRAME_ROOM  256u
#define FRAME_BYTES (HEADERS + 47u) /* of a request's frame */

/* Requests for media by number; two never have one sequence number, as a retransmission would. */
struct traffic {
    uint64_t random_state;
    uint32_t seq;
};

_Noreturn void die(const char *what);

uint64_t thread_cpu_ns(void);

uint32_t draw(struct traffic *traffic, uint32_t below);

/** A request's frame, @p bytes FRAME_ROOM. */
void init_frame(uint8_t *frame);
void set_seq(uint8_t *frame, struct traffic *traffic);
void set_media(uint8_t *frame, uint32_t number);

/** One observer with the media 0..keys-1 known, in a table of so many @p entries. */
struct nic_observer *create_observer(uint32_t keys, uint32_t entries, uint64_t *ret_epoch);

/** Close the epoch; dies unless it has @p sent requests, all keyed and but for one in a thousand
 * counted exactly. */
void drain(struct nic_observer *observer, uint64_t *epoch, uint64_t sent);

double median(double *values); /* ROUNDS */

/** Print a figure with its bar. @return 1 when it is missed. */
int judge(const char *name, double value, double bar, bool at_least);

/* bench_nic_port.c: frames from a capture in memory. */
void open_ports(void);
void run_ports(uint32_t round);
int report_ports(void);

/* bench_nic_table.c: our table of counts beside others. */
void create_tables(void);
void run_tables(uint32_t round);
int report_tables(void);

/* bench_nic_lcores.c: two threads, each with an observer, beside one. */
uint32_t first_cpu(void); /* that this process may use */
void create_lcores(void);
void run_lcores(uint32_t round);
int report_lcores(void);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/feed/scripted_nic.h - a prestage-nic on a real unix socket, honest or not: what
 * the tests of host/feed share.
 *
 * One feed at a time, made by feed_set_up(); frames are put one behind the other into the caller's
 * buffer, each function saying how long its frame is.
 */
#ifndef PS_TESTS_UNIT_HOST_FEED_SCRIPTED_NIC_H
#define PS_TESTS_UNIT_HOST_FEED_SCRIPTED_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpdk/abi/demand_stream.h"
#include "host/base/mem.h"
#include "host/feed/feed.h"
#include "tests/support/ps_test.h"

#define OWN_SERVER ((UINT64_C(0x7f000001) << 16) | 8080)

extern struct ps_feed *feed;
extern char path[64]; /* of its socket */
extern struct ps_demand demand;
extern struct ps_demand_sample samples[PS_DEMAND_SAMPLES_MAX];

bool feed_only_media_one(void *arg, const struct ps_resource *resource);
struct ps_feed_config feed_config(enum ps_demand_source own_server);
void feed_set_up_with(const struct ps_feed_config *cfg);
void feed_set_up(enum ps_demand_source own_server);
struct ps_feed_status feed_status(void);
int nic_dial(void);
bool nic_is_closed(int fd);
/** Send all, turning the feed whenever the socket is full; what a closed stream leaves is dropped.
 */
void nic_send_all(int fd, const void *bytes, size_t count, uint64_t now_ns);
size_t nic_frame(uint8_t *at, uint16_t type, const void *body, size_t body_bytes);
size_t nic_hello(uint8_t *at, uint64_t boot_id, uint64_t server_v4);
/** A part of an epoch: records of media first, first + 1, ... */
size_t nic_epoch_part(uint8_t *at, uint64_t number, uint32_t part, uint32_t record_count,
                      uint64_t first);
size_t nic_list(uint8_t *at, uint16_t type, uint64_t number, uint32_t part, const void *items,
                uint32_t count, size_t item_bytes);
/** What ends an epoch. */
size_t nic_counters(uint8_t *at, uint64_t number, uint64_t media_requests);
/** A whole epoch of one part. */
size_t nic_epoch(uint8_t *at, uint64_t number, uint32_t record_count, uint64_t first);
/** The epochs that were acknowledged, up to now: how many, and the last. */
uint32_t nic_read_acks(int fd, uint64_t *ret_last);
size_t nic_name(uint8_t *at, uint64_t key, const char *text);
/** One whole conversation that has to end in a closed stream; hello first unless said otherwise. */
void nic_expect_refused(const uint8_t *bytes, size_t used, bool with_hello);

/** Run tests with a socket's folder of their own. @return As ps_test_run(). */
int feed_test_run(const char *suite, const struct ps_test *tests, size_t count);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/capture.h - whether a file is a capture that can be read to the point.
 *
 * Why: DPDK's pcap port opens captures of any link type and reads all of them as Ethernet.
 * Threads: any; no state.
 */
#ifndef PS_DPDK_CAPTURE_H
#define PS_DPDK_CAPTURE_H

#include "dpdk/log.h"

/**
 * Accept a pcap or pcapng file whose (first) interface is Ethernet.
 * @return 0, -EINVAL, or the errno of opening it; @p ret_problem says which.
 */
int nic_capture_check(const char *path, struct nic_problem *ret_problem);

#endif

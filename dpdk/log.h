/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/log.h - one line per event on stderr: time, level, event, then key=value with units.
 *
 * Threads: any, but only the control thread has events. Never per frame: count instead.
 */
#ifndef PS_DPDK_LOG_H
#define PS_DPDK_LOG_H

enum nic_log_level { NIC_LOG_ERROR, NIC_LOG_WARN, NIC_LOG_INFO };

__attribute__((format(printf, 3, 4))) void nic_log(enum nic_log_level level, const char *event,
                                                   const char *fmt, ...);

#define NIC_PROBLEM_BYTES_MAX 512u

/* What went wrong, where, and what to do: one sentence for the user. */
struct nic_problem {
    char text[NIC_PROBLEM_BYTES_MAX];
};

/** Fill in @p problem. @return @p error, so that callers can return what they report. */
__attribute__((format(printf, 3, 4))) int nic_problem_set(struct nic_problem *problem, int error,
                                                          const char *fmt, ...);

#endif

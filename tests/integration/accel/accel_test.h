/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/integration/accel/accel_test.h - opens the test card and runs one thing on it. */
#ifndef PS_TESTS_INTEGRATION_ACCEL_ACCEL_TEST_H
#define PS_TESTS_INTEGRATION_ACCEL_ACCEL_TEST_H

#include "host/accel/accel.h"
#include "tests/integration/accel/test_card.h"

#include <stdbool.h>
#include <sys/types.h>

/** The test card with a time-out of @p timeout_ms; NULL when it cannot be opened (and why, on
 * stderr). */
struct ps_accel *open_test_card(uint32_t timeout_ms);

/** The index of the compute unit @p name; fails the process when there is none. */
uint32_t cu_named(const struct ps_accel *accel, const char *name);

/** Wait for one completion. */
struct ps_accel_done await(struct ps_accel *accel);

/** Start trouble of kind @p how on @p cu with @p buf's first byte in and out. */
int start_trouble(struct ps_accel *accel, uint32_t cu, struct ps_accel_buf *buf, enum trouble how);

/** start_trouble() and await(). @return the completion's status. */
int run_trouble(struct ps_accel *accel, uint32_t cu, struct ps_accel_buf *buf, enum trouble how);

/** The process that serves compute unit @p name for this process, or 0. */
pid_t worker_of(const char *name);

/** Wait until the kernel in process @p pid is in TROUBLE_HANG. */
void await_hang(pid_t pid);

/** How many child processes and open file descriptors this process has. */
unsigned count_children(void);
unsigned count_fds(void);

/** Wait until there are as many again: XRT may close a device a moment after its last handle.
 * Never returns true by luck: what leaks stays. @return false after ten seconds. */
bool counts_return_to(unsigned children, unsigned fds);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/accel/driver_priv.h - makes sure that XRT will find its driver, before the first XRT call.
 *
 * Why: without a driver XRT ends the process with an uncaught C++ exception, and the emulation
 * driver holds C++ objects of one exact libxrt: under any other it would corrupt memory. XRT looks
 * for its driver once per process, so the choice is made once.
 */
#ifndef PS_HOST_ACCEL_DRIVER_PRIV_H
#define PS_HOST_ACCEL_DRIVER_PRIV_H

#include <stdint.h>

/**
 * Check the driver and set the environment for it.
 *
 * @param emulation_dir   As in struct ps_accel_config.
 * @param run_timeout_ms  Becomes the emulated card's limit for a hung kernel.
 * @param ret_why         On failure a sentence; valid until the next call.
 * @return 0, -ENOENT (no driver there), -EPROTO (the driver is for another libxrt) or -EINVAL
 *         (this process already uses another driver).
 */
int accel_driver_prepare(const char *emulation_dir, uint32_t run_timeout_ms, const char **ret_why);

#endif

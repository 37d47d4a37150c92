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

#include "host/accel/accel.h"

/**
 * Check the driver and set the environment for it: where it is, a hung kernel's limit, whose time,
 * and how many emulated cards there are, unless the environment says that already.
 *
 * @param ret_why  On failure a sentence; valid until the next call.
 * @return 0, -ENOENT (no driver there), -EPROTO (the driver is for another libxrt), -EINVAL
 *         (this process already uses another driver, or a real card is to have emulated time) or
 *         -ENOMEM.
 */
int accel_driver_prepare(const struct ps_accel_config *cfg, const char **ret_why);

/** Whose time the emulation driver keeps, as it reads the environment. */
enum ps_accel_timing accel_driver_timing(void);

#endif

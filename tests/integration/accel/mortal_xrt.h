/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/accel/mortal_xrt.h - the genuine XRT, whose devices a test can take away.
 *
 * Why: a lost card shows as failing transfers and opens. The test's functions of XRT's names come
 * before the library's, fail for a device that is away, and else call the library's.
 */
#ifndef PS_TESTS_INTEGRATION_ACCEL_MORTAL_XRT_H
#define PS_TESTS_INTEGRATION_ACCEL_MORTAL_XRT_H

#include <stdbool.h>
#include <stdint.h>

/** The device cannot be opened, and what was open of it stays dead. */
void mortal_take_away(uint32_t device_idx);
/** It can be opened again. */
void mortal_bring_back(uint32_t device_idx);
/** From now on nobody is told that a run ended: each run seems to hang for good. */
void mortal_hide_ends(bool hide);
/** How many of the device's buffers XRT has. */
unsigned mortal_buffers(uint32_t device_idx);

#endif

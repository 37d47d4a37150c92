/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/accel/xclbin_priv.h - which compute units and how much memory an xclbin has.
 *
 * Why: XRT's C API cannot list them, and reads behind the end of a truncated file. So the file's
 * bounds are checked here before XRT sees it, and the names are taken on the way.
 */
#ifndef PS_HOST_ACCEL_XCLBIN_PRIV_H
#define PS_HOST_ACCEL_XCLBIN_PRIV_H

#include "host/accel/accel.h"

#define ACCEL_SECTIONS_MAX 64u
#define ACCEL_CARD_MAX     63u

struct accel_xclbin {
    char card[ACCEL_CARD_MAX + 1]; /* the platform it was made for */
    uint64_t memory_bytes;         /* of its largest memory in use; 0: none is said */
    uint32_t cu_count;
    char cus[PS_ACCEL_CUS_MAX][PS_ACCEL_NAME_MAX + 1]; /* "kernel:instance" */
};

/** @return 0, -ENOENT (cannot be read) or -ENOEXEC (is not a whole xclbin with compute units). */
int accel_xclbin_read(struct accel_xclbin *ret_xclbin, const char *path);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/pipeline/fake_accel.h - stands in for host/accel: runs the kernels in this
 * process when reaped, so that a test decides what fails, and when.
 */
#ifndef PS_TESTS_FAKE_ACCEL_H
#define PS_TESTS_FAKE_ACCEL_H

#include "host/accel/accel.h"

/** A card with one CU for each of the @p cu_count kernels. */
struct ps_accel *fake_accel_create(const uint32_t *kernels, uint32_t cu_count);

/** The run after the next @p after ones ends with @p status, and @p count - 1 more after it. */
void fake_accel_fail(struct ps_accel *accel, uint32_t after, uint32_t count, int status);

/* Damage to a buffer of a run, done once. */
struct fake_damage {
    uint32_t kernel; /* PSK_KERNEL_*: of which runs */
    uint32_t arg;    /* which argument's buffer */
    uint32_t byte;   /* whose highest bit is flipped */
    uint32_t after;  /* runs of that kernel that are left alone first */
    bool before_run; /* what the kernel is about to read; else what it has written */
    bool forge;      /* and have the first frame's crc32c fit it: arg is the bits buffer */
};
void fake_accel_damage(struct ps_accel *accel, const struct fake_damage *damage);

/** Refuse to begin the run after the next @p after ones, and @p count - 1 more, with @p status. */
void fake_accel_refuse(struct ps_accel *accel, uint32_t after, uint32_t count, int status);

/** Device memory: buffers beyond this many bytes are refused with -ENOSPC. */
void fake_accel_limit(struct ps_accel *accel, uint64_t bytes);

/** Buffers taken and not given back. */
uint32_t fake_accel_buffers(const struct ps_accel *accel);

#endif

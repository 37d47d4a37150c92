/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/request/device.h - what kind of device asks, as its User-Agent says.
 *
 * A guess by a small table, for classes of viewers and not for single ones; the text is not kept.
 * Threads: any; no state.
 */
#ifndef PS_HOST_REQUEST_DEVICE_H
#define PS_HOST_REQUEST_DEVICE_H

#include <stddef.h>

/* struct ps_peer_class's device. */
enum ps_device {
    PS_DEVICE_UNKNOWN,
    PS_DEVICE_PHONE,
    PS_DEVICE_TABLET,
    PS_DEVICE_TELEVISION, /* boxes, sticks and game consoles, too */
    PS_DEVICE_COMPUTER,
};

/** @param agent  Need not end with a NUL. */
enum ps_device ps_device_of_agent(const char *agent, size_t bytes);

/** `phone`, `tablet`, `television`, `computer`; NULL for other numbers. */
const char *ps_device_name(unsigned device);

#endif

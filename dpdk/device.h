/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/device.h - the one grammar for devices, and what DPDK calls them.
 *
 *     eth0                            an interface, through a packet socket
 *     af_xdp:eth0                     an interface, its frames taken before the kernel sees them
 *     0000:3b:00.0                    a NIC by its PCI address; DPDK has it alone
 *     tap:NAME                        a new interface of the kernel's, whose other end is ours
 *     memif:SOCKET[,id=N,role=R]      shared memory with another process; R is client or server
 *     vdev:NAME[,key=value...]        another virtual device of DPDK's, for the lab
 *
 * In a list, what follows a comma and has a '=' belongs to the device before it. No character that
 * EAL would read as the start of something else is let in. Threads: any; pure.
 */
#ifndef PS_DPDK_DEVICE_H
#define PS_DPDK_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NIC_DEVICE_BYTES_MAX 256u

enum nic_device_kind {
    NIC_DEVICE_INTERFACE,
    NIC_DEVICE_AF_XDP,
    NIC_DEVICE_PCI,
    NIC_DEVICE_TAP,
    NIC_DEVICE_MEMIF,
    NIC_DEVICE_VDEV,
};

struct nic_device {
    enum nic_device_kind kind;
    char text[NIC_DEVICE_BYTES_MAX]; /* as it was written */
    char name[NIC_DEVICE_BYTES_MAX]; /* interface, PCI address, socket or virtual device */
    char args[NIC_DEVICE_BYTES_MAX]; /* ",key=value..." for EAL, or "" */
};

/** Bytes of the first device in @p list, up to the comma that ends it. */
size_t nic_device_span(const char *list);

/**
 * Parse the device in the @p bytes at @p text.
 * @return 0, or -EINVAL and in @p ret_wanted what should stand there, static.
 */
int nic_device_parse(const char *text, size_t bytes, struct nic_device *ret_device,
                     const char **ret_wanted);

/** Whether both name the same thing, however written. */
bool nic_device_is_same(const struct nic_device *a, const struct nic_device *b);

/** Whether it needs an interface that the kernel has already. */
bool nic_device_is_interface(const struct nic_device *device);

/** What DPDK calls the port. @p idx makes it unique. */
void nic_device_port_name(const struct nic_device *device, uint32_t idx, char *ret_name,
                          size_t size_bytes);

/**
 * The argument that makes EAL attach the device, with @p queues queues each way and, where the
 * driver asks, room for frames of @p frame_bytes. @return its length, as snprintf().
 */
int nic_device_eal_argument(const struct nic_device *device, uint32_t idx, uint32_t queues,
                            uint32_t frame_bytes, char *ret_text, size_t size_bytes);

/** The package of Debian's that has the driver. */
const char *nic_device_package(const struct nic_device *device);

#endif

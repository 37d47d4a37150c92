/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a driver must define for the link but the emulated card does not offer: clocks that change,
 * peer-to-peer windows, resets. The last five are C++ functions that Debian's device object refers
 * to; they are named by their symbols.
 */
#include <errno.h>
#include <stdint.h>
#include <xclhal2.h>

/* Declared only in libxrt's C++ headers. */
int xclP2pEnable(xclDeviceHandle handle, bool enable, bool force);

int xclReClock2(xclDeviceHandle handle, unsigned short region, const unsigned short *target_mhz)
{
    (void)handle;
    (void)region;
    (void)target_mhz;
    return -ENOSYS;
}

int xclP2pEnable(xclDeviceHandle handle, bool enable, bool force)
{
    (void)handle;
    (void)enable;
    (void)force;
    return -ENOSYS;
}

int cma_enable(void *handle, bool enable, uint64_t size) __asm__("_Z12xclCmaEnablePvbm");
int cma_enable(void *handle, bool enable, uint64_t size)
{
    (void)handle;
    (void)enable;
    (void)size;
    return -ENOSYS;
}

int internal_reset(void *handle, int kind) __asm__("_Z22xclInternalResetDevicePv12xclResetKind");
int internal_reset(void *handle, int kind)
{
    (void)handle;
    (void)kind;
    return -ENOSYS;
}

int update_scheduler_stat(void *handle) __asm__("_Z22xclUpdateSchedulerStatPv");
int update_scheduler_stat(void *handle)
{
    (void)handle;
    return 0;
}

/* The device object asks the shim it knows for its own kind of handle; ours is the device. */
void *shim_of_handle(void *handle) __asm__("_ZN12xclcpuemhal29CpuemShim11handleCheckEPv");
void *shim_of_handle(void *handle)
{
    return handle;
}

int shim_query(void *shim, int key) __asm__(
    "_ZN12xclcpuemhal29CpuemShim11deviceQueryEN8xrt_core5query8key_typeE");
int shim_query(void *shim, int key)
{
    (void)shim;
    (void)key;
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a driver must define for the link but the emulated card does not offer: sharing buffers
 * between processes, raw register access, clocks, peer-to-peer. The last six are C++ functions that
 * Debian's device object refers to; they are named by their symbols.
 */
#include <errno.h>
#include <stdint.h>
#include <xclhal2.h>

/* These three are declared only in libxrt's C++ headers. */
int xclRegRead(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t *ret_value);
int xclRegWrite(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t value);
int xclP2pEnable(xclDeviceHandle handle, bool enable, bool force);

xclBufferExportHandle xclExportBO(xclDeviceHandle handle, xclBufferHandle bo_handle)
{
    (void)handle;
    (void)bo_handle;
    return XRT_NULL_BO_EXPORT;
}

xclBufferHandle xclImportBO(xclDeviceHandle handle, xclBufferExportHandle fd, unsigned flags)
{
    (void)handle;
    (void)fd;
    (void)flags;
    return XRT_NULL_BO;
}

int xclRegRead(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t *ret_value)
{
    (void)handle;
    (void)ip_index;
    (void)offset;
    (void)ret_value;
    return -ENOSYS;
}

int xclRegWrite(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t value)
{
    (void)handle;
    (void)ip_index;
    (void)offset;
    (void)value;
    return -ENOSYS;
}

size_t xclRead(xclDeviceHandle handle, enum xclAddressSpace space, uint64_t offset, void *buf,
               size_t size)
{
    (void)handle;
    (void)space;
    (void)offset;
    (void)buf;
    (void)size;
    return (size_t)-ENOSYS;
}

size_t xclWrite(xclDeviceHandle handle, enum xclAddressSpace space, uint64_t offset,
                const void *buf, size_t size)
{
    (void)handle;
    (void)space;
    (void)offset;
    (void)buf;
    (void)size;
    return (size_t)-ENOSYS;
}

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

int close_export(int fd) __asm__("_Z20xclCloseExportHandlei");
int close_export(int fd)
{
    (void)fd;
    return 0;
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

/* SPDX-License-Identifier: BSD-3-Clause */
/* What the card says of itself: name, memory, temperature, power, use. */
#include "kernels/emu/device.h"

#include <errno.h>
#include <stdio.h>
#include <xclhal2.h>

#define INFO_MAGIC 0x586c0c6cu /* as libxrt's header says */
#define PCIE_LANES 16u
#define RAIL_VOLTS 12.0 /* all of the power is told on the slot's 12 V rail */

static uint64_t free_bytes(const struct emu_device *device)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < device->ddr.hole_count; i++)
        sum += device->ddr.holes[i].size_bytes;
    return sum;
}

static void fill_health(struct emu_device *device, struct xclDeviceInfo2 *info)
{
    const double celsius = emu_heat_celsius(&device->heat, emu_now_ns());

    info->mOnChipTemp = (unsigned short)celsius;
    info->m12VPex = (unsigned short)(RAIL_VOLTS * 1000);
    info->mPexCurr = (unsigned long long)(device->heat.watts / RAIL_VOLTS * 1000);
    info->mCurrent = (float)(device->heat.watts / RAIL_VOLTS);
}

int xclGetDeviceInfo2(xclDeviceHandle handle, struct xclDeviceInfo2 *info)
{
    struct emu_device *device = handle;

    if (emu_device_is_lost(device))
        return -ENODEV;
    pthread_mutex_lock(&device->lock);
    *info = (struct xclDeviceInfo2){ .mMagic = INFO_MAGIC,
                                     .mHALMajorVersion = 1,
                                     .mDDRSize = device->memory.size_bytes,
                                     .mDDRFreeSize = free_bytes(device),
                                     .mDataAlignment = EMU_DDR_GRANULE,
                                     .mDDRBankCount = 1,
                                     .mPCIeLinkWidth = PCIE_LANES,
                                     .mPciSlot = device->idx };
    if (device->card.has_model) {
        info->mDDRBankCount = (unsigned short)device->card.model.bank_count;
        info->mOCLFrequency[0] = (unsigned short)device->card.model.clock_mhz;
        info->mNumClocks = 1;
        fill_health(device, info);
    }
    snprintf(info->mName, sizeof(info->mName), "%s", device->card.name);
    pthread_mutex_unlock(&device->lock);
    return 0;
}

int xclGetUsageInfo(xclDeviceHandle handle, struct xclDeviceUsage *info)
{
    struct emu_device *device = handle;

    if (emu_device_is_lost(device))
        return -ENODEV;
    pthread_mutex_lock(&device->lock);
    *info =
        (struct xclDeviceUsage){ .dma_channel_cnt = 1,
                                 .h2c = { device->copied_bytes[EMU_LINK_TO_CARD] },
                                 .c2h = { device->copied_bytes[EMU_LINK_FROM_CARD] },
                                 .ddrMemUsed = { device->memory.size_bytes - free_bytes(device) },
                                 .ddrBOAllocated = { device->bo_live_count },
                                 .memSize = { device->memory.size_bytes } };
    pthread_mutex_unlock(&device->lock);
    return 0;
}

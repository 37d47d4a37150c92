/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The register windows of the compute units, read and written by the host itself. A kernel that is
 * started by its control register runs on what the window holds, without a command.
 */
#include "kernels/emu/device.h"

#include <errno.h>
#include <xclhal2.h>

/* These two are declared only in libxrt's C++ headers. */
int xclRegRead(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t *ret_value);
int xclRegWrite(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t value);

/* The control register at offset 0, as high-level synthesis makes it. */
#define CONTROL_START 0x1u
#define CONTROL_DONE  0x2u
#define CONTROL_IDLE  0x4u
#define CONTROL_READY 0x8u

static uint32_t read_control(struct emu_cu *cu)
{
    uint32_t value = cu->state == EMU_CU_BUSY ? CONTROL_START : CONTROL_IDLE;

    if (cu->is_done)
        value |= CONTROL_DONE | CONTROL_READY;
    cu->is_done = false;
    return value;
}

static int start_by_hand(struct emu_cu *cu)
{
    struct emu_command *command = &cu->by_hand;

    if (cu->state != EMU_CU_IDLE)
        return -EBUSY;
    command->registers_bytes = sizeof(command->registers);
    memcpy(command->registers, cu->registers, sizeof(command->registers));
    emu_cu_begin(cu, command);
    return 0;
}

/* The lock is held. */
static int access_register(struct emu_cu *cu, uint32_t offset, uint32_t *value, bool is_write)
{
    uint8_t *at = cu->registers + offset;

    if (offset % sizeof(*value) != 0 || offset > sizeof(cu->registers) - sizeof(*value))
        return -EINVAL;
    if (!is_write) {
        if (offset == 0)
            *value = read_control(cu);
        else
            memcpy(value, at, sizeof(*value));
        return 0;
    }
    if (offset == 0)
        return (*value & CONTROL_START) != 0 ? start_by_hand(cu) : 0;
    memcpy(at, value, sizeof(*value));
    return 0;
}

static int access_cu(struct emu_device *device, uint32_t cu_idx, uint32_t offset, uint32_t *value,
                     bool is_write)
{
    int rc = -EINVAL;

    if (emu_device_is_lost(device))
        return -ENODEV;
    pthread_mutex_lock(&device->lock);
    if (cu_idx < device->cu_count)
        rc = access_register(&device->cus[cu_idx], offset, value, is_write);
    pthread_mutex_unlock(&device->lock);
    return rc;
}

int xclRegRead(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t *ret_value)
{
    return access_cu(handle, ip_index, offset, ret_value, false);
}

int xclRegWrite(xclDeviceHandle handle, uint32_t ip_index, uint32_t offset, uint32_t value)
{
    return access_cu(handle, ip_index, offset, &value, true);
}

/* The compute unit whose window @p address is in; cu_count when it is in none. */
static uint32_t cu_at(const struct emu_device *device, uint64_t address)
{
    uint32_t i = 0;

    while (i < device->cu_count &&
           (address < device->card.cus[i].base_address ||
            address - device->card.cus[i].base_address >= PSK_REG_MAP_BYTES))
        i++;
    return i;
}

static size_t access_window(struct emu_device *device, uint64_t address, uint32_t *words,
                            size_t size, bool is_write)
{
    const uint32_t cu = cu_at(device, address);
    int rc = cu < device->cu_count && size % sizeof(*words) == 0 ? 0 : -EINVAL;

    for (size_t i = 0; i < size / sizeof(*words) && rc == 0; i++)
        rc = access_cu(device, cu,
                       (uint32_t)(address - device->card.cus[cu].base_address + i * sizeof(*words)),
                       &words[i], is_write);
    return rc == 0 ? size : (size_t)rc;
}

size_t xclRead(xclDeviceHandle handle, enum xclAddressSpace space, uint64_t offset, void *buf,
               size_t size)
{
    if (space == XCL_ADDR_KERNEL_CTRL)
        return access_window(handle, offset, buf, size, false);
    if (space == XCL_ADDR_SPACE_DEVICE_RAM)
        return (size_t)xclUnmgdPread(handle, 0, buf, size, offset);
    return (size_t)-EINVAL;
}

size_t xclWrite(xclDeviceHandle handle, enum xclAddressSpace space, uint64_t offset,
                const void *buf, size_t size)
{
    uint32_t words[PSK_REG_MAP_BYTES / sizeof(uint32_t)];

    if (space == XCL_ADDR_SPACE_DEVICE_RAM)
        return (size_t)xclUnmgdPwrite(handle, 0, buf, size, offset);
    if (space != XCL_ADDR_KERNEL_CTRL || size > sizeof(words))
        return (size_t)-EINVAL;
    memcpy(words, buf, size);
    return access_window(handle, offset, words, size, true);
}

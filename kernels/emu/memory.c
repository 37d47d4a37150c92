/* SPDX-License-Identifier: BSD-3-Clause */
/* The buffers: xclAllocBO() to xclUnmgdPwrite(). */
#include "kernels/emu/device.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xclhal2.h>

int emu_memory_create(struct emu_device *device, uint64_t size_bytes)
{
    void *base;

    device->memory_fd = emu_high_fd(memfd_create("prestage-card-memory", MFD_CLOEXEC));
    if (device->memory_fd < 0)
        return -errno;
    if (ftruncate(device->memory_fd, (off_t)size_bytes) != 0)
        return -errno;
    base = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                device->memory_fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    madvise(base, size_bytes, MADV_DONTDUMP);
    device->memory = (struct emu_memory){ .base = base, .size_bytes = size_bytes };
    emu_ddr_init(&device->ddr, size_bytes);
    return 0;
}

void emu_memory_destroy(struct emu_device *device)
{
    if (device->memory.base != NULL)
        munmap(device->memory.base, device->memory.size_bytes);
    if (device->memory_fd >= 0)
        close(device->memory_fd);
    for (uint32_t i = 0; i < device->bo_count; i++)
        if (device->bos[i] != NULL)
            device->bos[i]->address = 0;
    device->memory = (struct emu_memory){ 0 };
    device->memory_fd = -1;
    emu_ddr_init(&device->ddr, 0);
}

static void free_bo(struct emu_bo *bo)
{
    if (bo == NULL)
        return;
    if (bo->command != NULL)
        free(bo->command->packet);
    free(bo->command);
    if (bo->import != NULL)
        emu_import_free(bo->import);
    free(bo);
}

/* A command's packet is read and written in place by libxrt, so it gets pages of its own. */
static struct emu_command *new_command(size_t size_bytes)
{
    struct emu_command *command = calloc(1, sizeof(*command));
    void *packet = NULL;

    if (command == NULL)
        return NULL;
    if (posix_memalign(&packet, EMU_DDR_GRANULE, size_bytes) != 0) {
        free(command);
        return NULL;
    }
    memset(packet, 0, size_bytes);
    command->packet = packet;
    return command;
}

static xclBufferHandle insert_bo(struct emu_device *device, struct emu_bo *bo)
{
    uint32_t i = 0;

    while (i < device->bo_count && device->bos[i] != NULL)
        i++;
    if (i == EMU_BOS_MAX)
        return XRT_NULL_BO;
    device->bos[i] = bo;
    device->bo_live_count++;
    if (i == device->bo_count)
        device->bo_count++;
    return i;
}

/* libxrt takes errno as the reason when an allocation gives no buffer. */
static xclBufferHandle no_bo(struct emu_bo *bo, int err)
{
    free_bo(bo);
    errno = err;
    return XRT_NULL_BO;
}

uint32_t emu_bo_insert(struct emu_device *device, const struct emu_bo *bo)
{
    struct emu_bo *copy = calloc(1, sizeof(*copy));
    xclBufferHandle handle;

    if (copy == NULL)
        return XRT_NULL_BO;
    *copy = *bo;
    pthread_mutex_lock(&device->lock);
    handle = insert_bo(device, copy);
    pthread_mutex_unlock(&device->lock);
    if (handle == XRT_NULL_BO)
        free(copy);
    return handle;
}

static bool has_room(struct emu_device *device)
{
    return !emu_faults_strike_card(EMU_FAULT_DDR_FULL, device->idx);
}

static xclBufferHandle new_bo(struct emu_device *device, size_t size_bytes, void *user,
                              unsigned flags)
{
    const bool is_command = (flags & XCL_BO_FLAGS_EXECBUF) != 0;
    struct emu_bo *bo = calloc(1, sizeof(*bo));
    xclBufferHandle handle = XRT_NULL_BO;

    if (bo == NULL)
        return XRT_NULL_BO;
    if (emu_device_is_lost(device))
        return no_bo(bo, ENODEV);
    if (!is_command && !has_room(device))
        return no_bo(bo, ENOMEM);
    *bo = (struct emu_bo){ .size_bytes = size_bytes, .flags = flags, .user = user };
    if (is_command)
        bo->command = new_command(size_bytes);
    pthread_mutex_lock(&device->lock);
    if (!is_command)
        bo->address = emu_ddr_take(&device->ddr, size_bytes);
    if (bo->command != NULL || bo->address != 0)
        handle = insert_bo(device, bo);
    if (handle == XRT_NULL_BO && bo->address != 0)
        emu_ddr_give(&device->ddr, bo->address, size_bytes);
    pthread_mutex_unlock(&device->lock);
    return handle != XRT_NULL_BO ? handle : no_bo(bo, ENOMEM);
}

xclBufferHandle xclAllocBO(xclDeviceHandle handle, size_t size, int unused, unsigned flags)
{
    (void)unused;
    return new_bo(handle, size, NULL, flags);
}

xclBufferHandle xclAllocUserPtrBO(xclDeviceHandle handle, void *userptr, size_t size,
                                  unsigned flags)
{
    return new_bo(handle, size, userptr, flags);
}

static struct emu_bo *find_bo(struct emu_device *device, xclBufferHandle handle)
{
    return handle < device->bo_count ? device->bos[handle] : NULL;
}

void xclFreeBO(xclDeviceHandle handle, xclBufferHandle bo_handle)
{
    struct emu_device *device = handle;
    struct emu_bo *bo;
    bool was_last;

    pthread_mutex_lock(&device->lock);
    bo = find_bo(device, bo_handle);
    if (bo != NULL && bo->command != NULL)
        emu_exec_cancel(device, bo->command);
    if (bo != NULL && bo->address != 0 && !bo->is_alias)
        emu_ddr_give(&device->ddr, bo->address, bo->size_bytes);
    if (bo != NULL) {
        device->bos[bo_handle] = NULL;
        device->bo_live_count--;
    }
    was_last = device->is_closed && device->bo_live_count == 0;
    pthread_mutex_unlock(&device->lock);
    free_bo(bo);
    if (was_last)
        emu_device_free(device);
}

uint8_t *emu_bo_bytes(struct emu_device *device, const struct emu_bo *bo, size_t size,
                      size_t offset)
{
    if (offset > bo->size_bytes || size > bo->size_bytes - offset)
        return NULL;
    if (bo->import != NULL)
        return emu_import_bytes(bo->import) + offset;
    return bo->address != 0 ? device->memory.base + bo->address + offset : NULL;
}

/* Copying the bytes then needs no lock; libxrt frees no buffer in use. */
struct emu_bo emu_bo_snapshot(struct emu_device *device, uint32_t handle)
{
    struct emu_bo copy = { 0 };
    const struct emu_bo *bo;

    pthread_mutex_lock(&device->lock);
    bo = find_bo(device, handle);
    if (bo != NULL)
        copy = *bo;
    pthread_mutex_unlock(&device->lock);
    return copy;
}

void *xclMapBO(xclDeviceHandle handle, xclBufferHandle bo_handle, bool write)
{
    const struct emu_bo bo = emu_bo_snapshot(handle, bo_handle);

    (void)write;
    if (bo.command != NULL)
        return bo.command->packet;
    return emu_bo_bytes(handle, &bo, bo.size_bytes, 0);
}

int xclUnmapBO(xclDeviceHandle handle, xclBufferHandle bo_handle, void *addr)
{
    (void)handle;
    (void)bo_handle;
    (void)addr;
    return 0;
}

static void copy_over_link(struct emu_device *device, enum emu_link link, void *to,
                           const void *from, size_t size)
{
    struct emu_copy copy;

    emu_copy_begin(device, &copy, link, size);
    if (device->timing.mode != EMU_TIMING_DRY)
        memcpy(to, from, size);
    emu_copy_end(device, &copy);
}

int xclSyncBO(xclDeviceHandle handle, xclBufferHandle bo_handle, enum xclBOSyncDirection dir,
              size_t size, size_t offset)
{
    const struct emu_bo bo = emu_bo_snapshot(handle, bo_handle);
    uint8_t *card = emu_bo_bytes(handle, &bo, size, offset);
    uint8_t *user = bo.user;

    if (emu_device_is_lost(handle))
        return -ENODEV;
    if (card == NULL)
        return -EINVAL;
    if (user == NULL)
        return 0;
    if (dir == XCL_BO_SYNC_BO_TO_DEVICE)
        copy_over_link(handle, EMU_LINK_TO_CARD, card, user + offset, size);
    else
        copy_over_link(handle, EMU_LINK_FROM_CARD, user + offset, card, size);
    return 0;
}

int xclCopyBO(xclDeviceHandle handle, xclBufferHandle dst_handle, xclBufferHandle src_handle,
              size_t size, size_t dst_offset, size_t src_offset)
{
    const struct emu_bo dst = emu_bo_snapshot(handle, dst_handle),
                        src = emu_bo_snapshot(handle, src_handle);
    uint8_t *to = emu_bo_bytes(handle, &dst, size, dst_offset);
    const uint8_t *from = emu_bo_bytes(handle, &src, size, src_offset);

    if (emu_device_is_lost(handle))
        return -ENODEV;
    if (to == NULL || from == NULL)
        return -EINVAL;
    memmove(to, from, size);
    return 0;
}

int xclGetBOProperties(xclDeviceHandle handle, xclBufferHandle bo_handle,
                       struct xclBOProperties *properties)
{
    const struct emu_bo bo = emu_bo_snapshot(handle, bo_handle);

    if (bo.size_bytes == 0)
        return -EINVAL;
    *properties = (struct xclBOProperties){
        .handle = bo_handle, .flags = bo.flags, .size = bo.size_bytes, .paddr = bo.address
    };
    return 0;
}

ssize_t xclUnmgdPread(xclDeviceHandle handle, unsigned flags, void *buf, size_t size,
                      uint64_t offset)
{
    struct emu_device *device = handle;

    (void)flags;
    if (emu_device_is_lost(handle))
        return -ENODEV;
    if (offset > device->memory.size_bytes || size > device->memory.size_bytes - offset)
        return -EINVAL;
    memcpy(buf, device->memory.base + offset, size);
    return 0;
}

ssize_t xclUnmgdPwrite(xclDeviceHandle handle, unsigned flags, const void *buf, size_t size,
                       uint64_t offset)
{
    struct emu_device *device = handle;

    (void)flags;
    if (emu_device_is_lost(handle))
        return -ENODEV;
    if (offset > device->memory.size_bytes || size > device->memory.size_bytes - offset)
        return -EINVAL;
    memcpy(device->memory.base + offset, buf, size);
    return 0;
}

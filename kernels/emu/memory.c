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

/* libxrt takes errno as the reason when this returns no buffer. */
static xclBufferHandle new_bo(struct emu_device *device, size_t size_bytes, void *user,
                              unsigned flags)
{
    struct emu_bo *bo = calloc(1, sizeof(*bo));
    xclBufferHandle handle = XRT_NULL_BO;

    if (bo == NULL)
        return XRT_NULL_BO;
    *bo = (struct emu_bo){ .size_bytes = size_bytes, .flags = flags, .user = user };
    if ((flags & XCL_BO_FLAGS_EXECBUF) != 0)
        bo->command = new_command(size_bytes);
    pthread_mutex_lock(&device->lock);
    if (bo->command == NULL)
        bo->address = emu_ddr_take(&device->ddr, size_bytes);
    if (bo->command != NULL || bo->address != 0)
        handle = insert_bo(device, bo);
    if (handle == XRT_NULL_BO && bo->address != 0)
        emu_ddr_give(&device->ddr, bo->address, size_bytes);
    pthread_mutex_unlock(&device->lock);
    if (handle == XRT_NULL_BO) {
        free_bo(bo);
        errno = ENOMEM;
    }
    return handle;
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
    if (bo != NULL && bo->address != 0)
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

/* The buffer's bytes on the card; NULL when the range is not inside it. */
static uint8_t *card_bytes(struct emu_device *device, const struct emu_bo *bo, size_t size,
                           size_t offset)
{
    if (bo == NULL || bo->address == 0 || offset > bo->size_bytes || size > bo->size_bytes - offset)
        return NULL;
    return device->memory.base + bo->address + offset;
}

/* A copy of the record, so that copying the bytes needs no lock; libxrt frees no buffer in use. */
static struct emu_bo snapshot(struct emu_device *device, xclBufferHandle handle)
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
    const struct emu_bo bo = snapshot(handle, bo_handle);

    (void)write;
    if (bo.command != NULL)
        return bo.command->packet;
    return card_bytes(handle, &bo, bo.size_bytes, 0);
}

int xclUnmapBO(xclDeviceHandle handle, xclBufferHandle bo_handle, void *addr)
{
    (void)handle;
    (void)bo_handle;
    (void)addr;
    return 0;
}

int xclSyncBO(xclDeviceHandle handle, xclBufferHandle bo_handle, enum xclBOSyncDirection dir,
              size_t size, size_t offset)
{
    const struct emu_bo bo = snapshot(handle, bo_handle);
    uint8_t *card = card_bytes(handle, &bo, size, offset);

    if (card == NULL)
        return -EINVAL;
    if (bo.user == NULL)
        return 0;
    if (dir == XCL_BO_SYNC_BO_TO_DEVICE)
        memcpy(card, (const uint8_t *)bo.user + offset, size);
    else
        memcpy((uint8_t *)bo.user + offset, card, size);
    return 0;
}

int xclCopyBO(xclDeviceHandle handle, xclBufferHandle dst_handle, xclBufferHandle src_handle,
              size_t size, size_t dst_offset, size_t src_offset)
{
    const struct emu_bo dst = snapshot(handle, dst_handle), src = snapshot(handle, src_handle);
    uint8_t *to = card_bytes(handle, &dst, size, dst_offset);
    const uint8_t *from = card_bytes(handle, &src, size, src_offset);

    if (to == NULL || from == NULL)
        return -EINVAL;
    memmove(to, from, size);
    return 0;
}

int xclGetBOProperties(xclDeviceHandle handle, xclBufferHandle bo_handle,
                       struct xclBOProperties *properties)
{
    const struct emu_bo bo = snapshot(handle, bo_handle);

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
    const struct emu_device *device = handle;

    (void)flags;
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
    if (offset > device->memory.size_bytes || size > device->memory.size_bytes - offset)
        return -EINVAL;
    memcpy(device->memory.base + offset, buf, size);
    return 0;
}

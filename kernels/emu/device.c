/* SPDX-License-Identifier: BSD-3-Clause */
/* The card as a whole: found, opened, loaded, described and closed. */
#include "kernels/emu/device.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xclhal2.h>

/* libxrt's header declares these two without a prototype. */
unsigned xclProbe(void);
unsigned xclVersion(void);

#define HANG_MS_DEFAULT 10000u
#define HANG_MS_MAX     3600000u

int emu_high_fd(int fd)
{
    int high;

    if (fd < 0)
        return fd;
    high = fcntl(fd, F_DUPFD_CLOEXEC, EMU_WORKER_FD_COUNT);
    close(fd);
    return high;
}

unsigned xclProbe(void)
{
    return EMU_DEVICES_MAX;
}

unsigned xclVersion(void)
{
    return 2; /* of the interface, as every libxrt 2.x driver says */
}

static const char in_this_library; /* for dladdr() */

/* PS_EMU_WORKER, else the prestage-cu that lies beside this library. */
static void find_worker(struct emu_device *device)
{
    const char *named = getenv("PS_EMU_WORKER");
    const size_t room = sizeof(device->worker_program);
    const char *slash;
    Dl_info info;

    if (named != NULL) {
        snprintf(device->worker_program, room, "%s", named);
        return;
    }
    if (dladdr(&in_this_library, &info) == 0)
        return;
    slash = strrchr(info.dli_fname, '/');
    snprintf(device->worker_program, room, "%.*sprestage-cu",
             slash != NULL ? (int)(slash - info.dli_fname) + 1 : 0, info.dli_fname);
}

static uint32_t read_hang_ms(void)
{
    const char *text = getenv("PS_EMU_HANG_MS");
    const unsigned long ms = text != NULL ? strtoul(text, NULL, 10) : HANG_MS_DEFAULT;

    return ms >= 1 && ms <= HANG_MS_MAX ? (uint32_t)ms : HANG_MS_DEFAULT;
}

static void init_locks(struct emu_device *device)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&device->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&device->changed, &attr);
    pthread_condattr_destroy(&attr);
}

xclDeviceHandle xclOpen(unsigned index, const char *unused1, enum xclVerbosityLevel unused2)
{
    struct emu_device *device = calloc(1, sizeof(*device));

    (void)unused1;
    (void)unused2;
    if (device == NULL)
        return NULL;
    device->idx = index;
    device->memory_fd = device->kernels_fd = -1;
    device->hang_ms = read_hang_ms();
    find_worker(device);
    init_locks(device);
    xrt_core_device_get(&device->core, device, index);
    return device;
}

static void unload(struct emu_device *device)
{
    emu_exec_stop(device);
    emu_memory_destroy(device);
    if (device->kernels_fd >= 0)
        close(device->kernels_fd);
    device->kernels_fd = -1;
}

void emu_device_free(struct emu_device *device)
{
    pthread_cond_destroy(&device->changed);
    pthread_mutex_destroy(&device->lock);
    free(device);
}

void xclClose(xclDeviceHandle handle)
{
    struct emu_device *device = handle;
    bool has_buffers;

    if (device == NULL)
        return;
    unload(device);
    xrt_core_count_put(device->core.count);
    pthread_mutex_lock(&device->lock);
    device->is_closed = true;
    has_buffers = device->bo_live_count > 0;
    pthread_mutex_unlock(&device->lock);
    if (!has_buffers)
        emu_device_free(device);
}

/* The shared object moves to a file of its own, because only files can be loaded. */
static int store_kernels(struct emu_device *device)
{
    const uint8_t *from = device->card.kernels;
    size_t left = device->card.kernels_bytes;

    device->kernels_fd = emu_high_fd(memfd_create("prestage-kernels", MFD_CLOEXEC));
    if (device->kernels_fd < 0)
        return -errno;
    while (left > 0) {
        const ssize_t n = write(device->kernels_fd, from, left);

        if (n < 0)
            return -errno;
        from += n;
        left -= (size_t)n;
    }
    return 0;
}

int xclLoadXclBin(xclDeviceHandle handle, const struct axlf *top)
{
    struct emu_device *device = handle;
    const char *why = "";
    int rc;

    unload(device);
    rc = emu_card_read(&device->card, top, &why);
    if (rc != 0) {
        fprintf(stderr, "[emulated card] the xclbin is refused: %s\n", why);
        return rc;
    }
    rc = emu_memory_create(device, device->card.memory_bytes);
    if (rc == 0)
        rc = store_kernels(device);
    if (rc == 0)
        rc = emu_exec_start(device);
    device->card.kernels = NULL; /* points into top, which is the caller's */
    if (rc != 0) {
        unload(device);
        return rc;
    }
    xrt_core_device_register(device->core.object, top);
    return 0;
}

int xclOpenContext(xclDeviceHandle handle, const xuid_t xclbin_id, unsigned ip_index, bool shared)
{
    (void)handle;
    (void)xclbin_id;
    (void)ip_index;
    (void)shared;
    return 0; /* libxrt keeps exclusive contexts apart within a process; a card here has one host */
}

int xclCloseContext(xclDeviceHandle handle, const xuid_t xclbin_id, unsigned ip_index)
{
    (void)handle;
    (void)xclbin_id;
    (void)ip_index;
    return 0;
}

int xclGetDeviceInfo2(xclDeviceHandle handle, struct xclDeviceInfo2 *info)
{
    const struct emu_device *device = handle;

    *info = (struct xclDeviceInfo2){ .mHALMajorVersion = 1,
                                     .mDDRSize = device->memory.size_bytes,
                                     .mDataAlignment = EMU_DDR_GRANULE,
                                     .mDDRBankCount = 1 };
    memcpy(info->mName, device->card.name, sizeof(device->card.name));
    return 0;
}

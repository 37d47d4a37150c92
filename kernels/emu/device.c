/* SPDX-License-Identifier: BSD-3-Clause */
/* The card as a whole: found, opened, loaded, described and closed. */
#include "kernels/emu/device.h"
#include "kernels/emu/counts.h"

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

uint32_t emu_device_count(void)
{
    const char *text = getenv("PS_EMU_DEVICES");
    const unsigned long count = text != NULL ? strtoul(text, NULL, 10) : 1;

    return count >= 1 && count <= EMU_DEVICES_MAX ? (uint32_t)count : 1;
}

unsigned xclProbe(void)
{
    return emu_device_count();
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

static const char *why_not_open(unsigned index)
{
    if (index >= emu_device_count())
        return "there is no such card: PS_EMU_DEVICES says how many";
    return emu_faults_card_is_lost(index) ? "the card is lost" : NULL;
}

xclDeviceHandle xclOpen(unsigned index, const char *unused1, enum xclVerbosityLevel unused2)
{
    const char *why = why_not_open(index);
    struct emu_device *device;

    (void)unused1;
    (void)unused2;
    if (why != NULL) {
        fprintf(stderr, "[emulated card] card %u: %s\n", index, why);
        return NULL;
    }
    device = calloc(1, sizeof(*device));
    if (device == NULL)
        return NULL;
    device->timing = emu_timing_read();
    device->idx = index;
    device->memory_fd = device->kernels_fd = -1;
    device->hang_ms = read_hang_ms();
    find_worker(device);
    init_locks(device);
    xrt_core_device_get(&device->core, device, index);
    return device;
}

bool emu_device_is_lost(struct emu_device *device)
{
    if (!device->is_lost && emu_faults_card_is_lost(device->idx)) {
        pthread_mutex_lock(&device->lock);
        device->is_lost = true;
        emu_exec_lose(device);
        pthread_mutex_unlock(&device->lock);
    }
    return device->is_lost;
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
    emu_counts_write();
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

    if (emu_device_is_lost(device))
        return -ENODEV;
    if (emu_faults_strike_card(EMU_FAULT_XCLBIN_REFUSED, device->idx)) {
        fprintf(stderr, "[emulated card] the xclbin is refused, because a fault says so\n");
        return -EINVAL;
    }
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

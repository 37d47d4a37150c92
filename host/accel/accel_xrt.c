/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/accel_priv.h"
#include "host/accel/driver_priv.h"
#include "host/base/assert.h"
#include "host/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS_MAX 600000u
#define DEVICES_MAX    16u

/* XRT's thread keeps a finished run, and so the device, for a moment after its callback. Nothing
 * tells when it lets go; without this pause it may be the one to close the device, a little after
 * destroy. */
static const struct timespec xrt_lets_go = { .tv_nsec = 2000000 };

static int open_device(struct ps_accel *accel, const struct ps_accel_config *cfg,
                       const char **ret_why)
{
    *ret_why = "XRT cannot open the card: see its own message above, and check the device index";
    accel->device = xrtDeviceOpen(cfg->device_idx);
    if (accel->device == NULL)
        return -ENODEV;
    *ret_why = "XRT refuses the xclbin: see its own message above; it must be made for this card";
    return xrtDeviceLoadXclbinFile(accel->device, cfg->xclbin) == 0 ? 0 : -ENOEXEC;
}

/* Buffers serve any CU, so every CU's first argument must lie in the same memory group. */
static int choose_memory(struct ps_accel *accel, const struct accel_cu *cu)
{
    const int group = xrtKernelArgGroupId(cu->kernel, 0);

    if (group < 0)
        return -ENOEXEC;
    if (cu == &accel->cus[0])
        accel->pool.group = (xrtMemoryGroup)group;
    return accel->pool.group == (xrtMemoryGroup)group ? 0 : -ENOEXEC;
}

static int start_cus(struct ps_accel *accel, const char **ret_why)
{
    xuid_t id;
    int rc;

    *ret_why = "XRT does not know a compute unit that the xclbin lists: pack the xclbin again";
    if (xrtDeviceGetXclbinUUID(accel->device, id) != 0)
        return -ENOEXEC;
    accel->pool.device = accel->device;
    for (uint32_t i = 0; i < accel->xclbin.cu_count; i++) {
        accel->cu_count++; /* even half-started, it is stopped by destroy */
        accel->cus[i].info.device_idx = accel->device_idx;
        rc = accel_cu_start(&accel->cus[i], accel, accel->xclbin.cus[i], id);
        if (rc != 0)
            return rc;
        if (choose_memory(accel, &accel->cus[i]) != 0) {
            *ret_why = "the xclbin spreads arguments over several memories, or a kernel's first "
                       "argument is no buffer";
            return -ENOEXEC;
        }
    }
    return 0;
}

static int check_config(const struct ps_accel_config *cfg, const char **ret_why)
{
    *ret_why = "no xclbin is named";
    if (cfg->xclbin == NULL || cfg->xclbin[0] == '\0')
        return -EINVAL;
    *ret_why = "the run time-out must be 1 to 600000 ms";
    if (cfg->run_timeout_ms < 1 || cfg->run_timeout_ms > TIMEOUT_MS_MAX)
        return -EINVAL;
    *ret_why = "the device index must be below 16";
    return cfg->device_idx < DEVICES_MAX ? 0 : -EINVAL;
}

static int read_xclbin(struct ps_accel *accel, const char *path, const char **ret_why)
{
    const int rc = accel_xclbin_read(&accel->xclbin, path);

    *ret_why = rc == -ENOENT ? "the xclbin cannot be read: check its path and permissions"
                             : "the file is no xclbin, is cut short, or has no compute units";
    snprintf(accel->name, sizeof(accel->name), "%s%s", accel->is_emulated ? "emulated " : "",
             accel->xclbin.card);
    return rc;
}

int ps_accel_create(struct ps_accel **ret_accel, const struct ps_accel_config *cfg,
                    const char **ret_why)
{
    struct ps_accel *accel = NULL;
    int rc = check_config(cfg, ret_why);

    if (rc != 0)
        return rc;
    *ret_why = "out of memory";
    accel = ps_zalloc(1, sizeof(*accel));
    if (accel == NULL)
        return -ENOMEM;
    accel->is_emulated = cfg->emulation_dir != NULL;
    accel->device_idx = cfg->device_idx;
    accel->wait_ms = cfg->run_timeout_ms + (accel->is_emulated ? ACCEL_EMULATED_GRACE_MS : 0);
    pthread_mutex_init(&accel->posts_lock, NULL);
    accel->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rc = accel->event_fd < 0 ? -ENOMEM : read_xclbin(accel, cfg->xclbin, ret_why);
    if (rc == 0)
        rc = accel_driver_prepare(cfg->emulation_dir, cfg->run_timeout_ms, ret_why);
    if (rc == 0)
        rc = open_device(accel, cfg, ret_why);
    if (rc == 0)
        rc = start_cus(accel, ret_why);
    if (rc != 0) {
        ps_accel_destroy(accel);
        return rc;
    }
    *ret_why = NULL;
    *ret_accel = accel;
    return 0;
}

void ps_accel_destroy(struct ps_accel *accel)
{
    struct ps_accel_done last;

    if (accel == NULL)
        return;
    for (uint32_t i = 0; i < accel->cu_count; i++)
        accel_cu_stop(&accel->cus[i]);
    nanosleep(&xrt_lets_go, NULL);
    while (ps_accel_reap(accel, &last, 1) > 0)
        ;
    accel_pool_destroy(&accel->pool);
    if (accel->device != NULL)
        xrtDeviceClose(accel->device);
    if (accel->event_fd >= 0)
        close(accel->event_fd);
    pthread_mutex_destroy(&accel->posts_lock);
    free(accel);
}

bool ps_accel_is_emulated(const struct ps_accel *accel)
{
    return accel->is_emulated;
}

const char *ps_accel_device_name(const struct ps_accel *accel)
{
    return accel->name;
}

uint32_t ps_accel_cu_count(const struct ps_accel *accel)
{
    return accel->cu_count;
}

void ps_accel_cu_info(const struct ps_accel *accel, uint32_t cu, struct ps_accel_cu_info *ret_info)
{
    ps_assert(cu < accel->cu_count);
    *ret_info = accel->cus[cu].info;
}

int ps_accel_buf_take(struct ps_accel *accel, size_t size_bytes, struct ps_accel_buf **ret_buf)
{
    ps_assert(size_bytes > 0);
    return accel_pool_take(&accel->pool, size_bytes, ret_buf);
}

void ps_accel_buf_give(struct ps_accel *accel, struct ps_accel_buf *buf)
{
    if (buf != NULL)
        accel_pool_give(&accel->pool, buf);
}

void *ps_accel_buf_map(struct ps_accel_buf *buf)
{
    return buf->map;
}

size_t ps_accel_buf_size(const struct ps_accel_buf *buf)
{
    return buf->size_bytes;
}

int ps_accel_submit(struct ps_accel *accel, const struct ps_accel_run *run)
{
    struct accel_cu *cu;

    if (run->cu >= accel->cu_count)
        return -EINVAL;
    cu = &accel->cus[run->cu];
    if (!accel_args_fit(cu, run))
        return -EINVAL;
    if (cu->info.state == PS_ACCEL_CU_LOST)
        return -ENODEV;
    if (cu->info.state == PS_ACCEL_CU_BUSY)
        return -EBUSY;
    cu->info.state = PS_ACCEL_CU_BUSY;
    accel_cu_give(cu, run);
    return 0;
}

int ps_accel_fd(const struct ps_accel *accel)
{
    return accel->event_fd;
}

void accel_post(struct ps_accel *accel, const struct accel_post *post)
{
    pthread_mutex_lock(&accel->posts_lock);
    ps_assert(accel->post_count < PS_ACCEL_CUS_MAX);
    accel->posts[(accel->post_first + accel->post_count++) % PS_ACCEL_CUS_MAX] = *post;
    eventfd_write(accel->event_fd, 1);
    pthread_mutex_unlock(&accel->posts_lock);
}

/* The event stays readable as long as the ring is not empty. */
static bool take_post(struct ps_accel *accel, struct accel_post *ret_post)
{
    eventfd_t count;
    bool has_one;

    pthread_mutex_lock(&accel->posts_lock);
    has_one = accel->post_count > 0;
    if (has_one) {
        *ret_post = accel->posts[accel->post_first];
        accel->post_first = (accel->post_first + 1) % PS_ACCEL_CUS_MAX;
        accel->post_count--;
        if (accel->post_count == 0)
            eventfd_read(accel->event_fd, &count);
    }
    pthread_mutex_unlock(&accel->posts_lock);
    return has_one;
}

static void settle(struct accel_cu *cu, const struct accel_post *post)
{
    struct ps_accel_cu_info *info = &cu->info;

    info->state = post->is_lost ? PS_ACCEL_CU_LOST : PS_ACCEL_CU_IDLE;
    info->runs++;
    info->busy_ns += post->done.busy_ns;
    if (post->done.status == -ETIMEDOUT)
        info->timeouts++;
    else if (post->done.status != 0)
        info->errors++;
}

uint32_t ps_accel_reap(struct ps_accel *accel, struct ps_accel_done *ret_done, uint32_t max)
{
    struct accel_post post;
    uint32_t count = 0;

    while (count < max && take_post(accel, &post)) {
        settle(&accel->cus[post.done.cu], &post);
        ret_done[count++] = post.done;
    }
    return count;
}

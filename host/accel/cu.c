/* SPDX-License-Identifier: BSD-3-Clause */
/* One compute unit: its thread copies in, starts, waits, copies out, and says so. */
#include "host/accel/accel_priv.h"
#include "host/base/assert.h"
#include "host/base/clock.h"
#include "kernels/abi/kernels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const kernel_names[PSK_KERNEL_COUNT] = {
    [PSK_KERNEL_SCALE] = "scale",
    [PSK_KERNEL_H264ENC] = "h264enc",
    [PSK_KERNEL_MARK] = "mark",
};

/* kernels/abi's table, flat: a kernel's name, then its arguments. */
static const struct {
    const char *kernel; /* NULL: an argument */
    bool is_buffer;
} abi_table[] = {
#define PSK_KERNEL(name) { #name, false },
#define PSK_BUFFER(name) { NULL, true },
#define PSK_SCALAR(name) { NULL, false },
#include "kernels/abi/arguments.def"
    { "", false },
};

static uint32_t kernel_of(const char *cu_name)
{
    const size_t n = strcspn(cu_name, ":");

    for (uint32_t k = 1; k < PSK_KERNEL_COUNT; k++)
        if (strlen(kernel_names[k]) == n && memcmp(kernel_names[k], cu_name, n) == 0)
            return k;
    return 0;
}

static bool kinds_fit(uint32_t kernel, const struct ps_accel_run *run)
{
    uint32_t at = 0, arg = 0;

    while (abi_table[at].kernel == NULL || strcmp(abi_table[at].kernel, kernel_names[kernel]) != 0)
        at++;
    for (at++; abi_table[at].kernel == NULL; at++, arg++)
        if (arg == run->arg_count || (run->args[arg].buf != NULL) != abi_table[at].is_buffer)
            return false;
    return arg == run->arg_count;
}

bool accel_args_fit(const struct accel_cu *cu, const struct ps_accel_run *run)
{
    if (run->arg_count > PS_ACCEL_ARGS_MAX)
        return false;
    for (uint32_t i = 0; i < run->arg_count; i++) {
        const struct ps_accel_arg *arg = &run->args[i];
        const size_t room = arg->buf != NULL ? arg->buf->size_bytes : 0;

        if (arg->in_bytes > room || arg->out_bytes > room)
            return false;
    }
    return cu->info.kernel == 0 || kinds_fit(cu->info.kernel, run);
}

static int copy_in(struct accel_cu *cu)
{
    for (uint32_t i = 0; i < cu->job.arg_count; i++) {
        const struct ps_accel_arg *arg = &cu->job.args[i];
        int err;

        if (arg->buf == NULL)
            err = xrtRunSetArg(cu->run, (int)i, arg->scalar);
        else
            err = xrtRunSetArg(cu->run, (int)i, arg->buf->bo);
        if (err == 0 && arg->in_bytes > 0)
            err = xrtBOSync(arg->buf->bo, XCL_BO_SYNC_BO_TO_DEVICE, arg->in_bytes, 0);
        if (err != 0)
            return -EIO;
    }
    return 0;
}

static int copy_out(struct accel_cu *cu)
{
    for (uint32_t i = 0; i < cu->job.arg_count; i++) {
        const struct ps_accel_arg *arg = &cu->job.args[i];

        if (arg->out_bytes > 0 &&
            xrtBOSync(arg->buf->bo, XCL_BO_SYNC_BO_FROM_DEVICE, arg->out_bytes, 0) != 0)
            return -EIO;
    }
    return 0;
}

/* From XRT's thread, once per started run, whatever its end. */
static void on_end(xrtRunHandle run, enum ert_cmd_state state, void *data)
{
    struct accel_cu *cu = data;

    (void)run;
    cu->end_state = state;
    sem_post(&cu->ended);
}

/* Waits for the callback and not for the state, because XRT still holds the run, and with it the
 * device, until the callback has been called. A run that never ends may write into its buffers at
 * any time, so its CU is lost; one that the driver stopped says so by its state. */
static int wait_for_run(struct accel_cu *cu, bool *ret_lost)
{
    const uint64_t end_ns = ps_clock_mono_ns() + cu->accel->wait_ms * PS_NS_PER_MSEC;
    const struct timespec end = { .tv_sec = (time_t)(end_ns / PS_NS_PER_SEC),
                                  .tv_nsec = (long)(end_ns % PS_NS_PER_SEC) };

    while (sem_clockwait(&cu->ended, CLOCK_MONOTONIC, &end) != 0) {
        if (errno != EINTR) {
            *ret_lost = true;
            return -ETIMEDOUT;
        }
    }
    if (cu->end_state == ERT_CMD_STATE_COMPLETED)
        return 0;
    return cu->end_state == ERT_CMD_STATE_TIMEOUT ? -ETIMEDOUT : -EIO;
}

/* XRT's thread waits for all runs with callbacks. Without one, the thread that waits for a hung CU
 * would hold back the other CUs' completions. */
static int open_run(struct accel_cu *cu)
{
    cu->run = xrtRunOpen(cu->kernel);
    if (cu->run == NULL)
        return -ENODEV;
    return xrtRunSetCallback(cu->run, ERT_CMD_STATE_COMPLETED, on_end, cu) == 0 ? 0 : -ENODEV;
}

static int execute(struct accel_cu *cu, bool *ret_lost)
{
    int status = copy_in(cu);

    if (status != 0)
        return status;
    if (xrtRunStart(cu->run) != 0) {
        *ret_lost = true;
        return -ENODEV;
    }
    status = wait_for_run(cu, ret_lost);
    return status != 0 ? status : copy_out(cu);
}

static void run_job(struct accel_cu *cu)
{
    const uint64_t start_ns = ps_clock_mono_ns();
    struct accel_post post = { .done = { .tag = cu->job.tag, .cu = cu->job.cu } };

    post.done.status = execute(cu, &post.is_lost);
    if (post.done.status != 0 && !post.is_lost) {
        xrtRunClose(cu->run); /* a failed run's handle does not start again */
        post.is_lost = open_run(cu) != 0;
    }
    post.done.busy_ns = ps_clock_mono_ns() - start_ns;
    accel_post(cu->accel, &post);
}

static void *cu_thread(void *arg)
{
    struct accel_cu *cu = arg;

    pthread_mutex_lock(&cu->lock);
    for (;;) {
        while (!cu->has_job && !cu->stopping)
            pthread_cond_wait(&cu->wake, &cu->lock);
        if (!cu->has_job)
            break;
        cu->has_job = false;
        pthread_mutex_unlock(&cu->lock);
        run_job(cu);
        pthread_mutex_lock(&cu->lock);
    }
    pthread_mutex_unlock(&cu->lock);
    return NULL;
}

void accel_cu_give(struct accel_cu *cu, const struct ps_accel_run *run)
{
    cu->job = *run;
    pthread_mutex_lock(&cu->lock);
    ps_assert(!cu->has_job);
    cu->has_job = true;
    pthread_cond_signal(&cu->wake);
    pthread_mutex_unlock(&cu->lock);
}

static int open_kernel(struct accel_cu *cu, const char *name, const xuid_t xclbin_id)
{
    char select[2 * PS_ACCEL_NAME_MAX];
    const int n = (int)strcspn(name, ":");

    snprintf(select, sizeof(select), "%.*s:{%s}", n, name, name + n + 1);
    cu->kernel = xrtPLKernelOpen(cu->accel->device, xclbin_id, select);
    return cu->kernel == NULL || open_run(cu) != 0 ? -ENOEXEC : 0;
}

int accel_cu_start(struct accel_cu *cu, struct ps_accel *accel, const char *name,
                   const xuid_t xclbin_id)
{
    int rc;

    cu->accel = accel;
    snprintf(cu->info.name, sizeof(cu->info.name), "%s", name);
    cu->info.kernel = kernel_of(name);
    pthread_mutex_init(&cu->lock, NULL);
    pthread_cond_init(&cu->wake, NULL);
    sem_init(&cu->ended, 0, 0);
    rc = open_kernel(cu, name, xclbin_id);
    if (rc != 0)
        return rc;
    if (pthread_create(&cu->thread, NULL, cu_thread, cu) != 0)
        return -ENOMEM;
    cu->has_thread = true;
    return 0;
}

void accel_cu_stop(struct accel_cu *cu)
{
    if (cu->has_thread) {
        pthread_mutex_lock(&cu->lock);
        cu->stopping = true;
        pthread_cond_signal(&cu->wake);
        pthread_mutex_unlock(&cu->lock);
        pthread_join(cu->thread, NULL);
    }
    if (cu->run != NULL && cu->info.state != PS_ACCEL_CU_LOST) /* a lost one may still be running */
        xrtRunClose(cu->run);
    if (cu->kernel != NULL)
        xrtKernelClose(cu->kernel);
    sem_destroy(&cu->ended);
    pthread_cond_destroy(&cu->wake);
    pthread_mutex_destroy(&cu->lock);
}

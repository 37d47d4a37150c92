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

#define LAST_WAIT_MS 100u /* for a run that was given up, when its card is closed */

static const char *const kernel_names[PSK_KERNEL_COUNT] = {
    [PSK_KERNEL_SCALE] = "scale",
    [PSK_KERNEL_H264ENC] = "h264enc",
    [PSK_KERNEL_MARK] = "mark",
};

/* kernels/abi's table, flat: a kernel's name, then its arguments. */
static const struct {
    const char *kernel; /* NULL: an argument */
    uint32_t direction; /* of a buffer; 0: a scalar */
} abi_table[] = {
#define PSK_KERNEL(name) { #name, 0 },
#define PSK_IN(name)     { NULL, ACCEL_IN },
#define PSK_OUT(name)    { NULL, ACCEL_OUT },
#define PSK_INOUT(name)  { NULL, ACCEL_INOUT },
#define PSK_SCALAR(name) { NULL, 0 },
#include "kernels/abi/arguments.def"
    { "", 0 },
};

static uint32_t kernel_of(const char *cu_name)
{
    const size_t n = strcspn(cu_name, ":");

    for (uint32_t k = 1; k < PSK_KERNEL_COUNT; k++)
        if (strlen(kernel_names[k]) == n && memcmp(kernel_names[k], cu_name, n) == 0)
            return k;
    return 0;
}

/* Where the arguments of @p kernel, which is one of the table's, begin. */
static uint32_t first_arg_of(uint32_t kernel)
{
    uint32_t at = 0;

    while (abi_table[at].kernel == NULL || strcmp(abi_table[at].kernel, kernel_names[kernel]) != 0)
        at++;
    return at + 1;
}

static bool kinds_fit(uint32_t kernel, const struct ps_accel_run *run)
{
    uint32_t at = first_arg_of(kernel), arg = 0;

    for (; abi_table[at].kernel == NULL; at++, arg++)
        if (arg == run->arg_count || (run->args[arg].buf != NULL) != (abi_table[at].direction != 0))
            return false;
    return arg == run->arg_count;
}

/* Of a kernel that the table does not have, all is possible. */
static enum accel_direction direction_of(const struct accel_cu *cu, uint32_t arg)
{
    const uint32_t known = cu->info.kernel == 0
                               ? (uint32_t)ACCEL_INOUT
                               : abi_table[first_arg_of(cu->info.kernel) + arg].direction;

    return (enum accel_direction)(known | (cu->job.args[arg].out_bytes > 0 ? ACCEL_OUT : 0u));
}

static bool is_written(const struct accel_cu *cu, uint32_t arg)
{
    return cu->job.args[arg].buf != NULL && (direction_of(cu, arg) & ACCEL_OUT) != 0;
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

/* When the card is full, buffers that nobody has give up their memory on it. */
static int bring(struct accel_cu *cu, uint32_t arg)
{
    struct accel_card *card = cu->card;
    int rc = accel_buf_bring(&cu->job.args[arg], card, direction_of(cu, arg));

    if (rc != -ENOSPC)
        return rc;
    accel_pool_leave(&card->accel->pool, card, false);
    return accel_buf_bring(&cu->job.args[arg], card, direction_of(cu, arg));
}

static int set_args(struct accel_cu *cu)
{
    for (uint32_t i = 0; i < cu->job.arg_count; i++) {
        const struct ps_accel_arg *arg = &cu->job.args[i];
        int err, rc = 0;

        if (arg->buf != NULL)
            rc = bring(cu, i);
        if (rc != 0)
            return rc;
        if (arg->buf == NULL)
            err = xrtRunSetArg(cu->run, (int)i, arg->scalar);
        else
            err = xrtRunSetArg(cu->run, (int)i, arg->buf->bos[cu->card->idx]);
        if (err != 0)
            return -EIO;
    }
    return 0;
}

static int take_back(struct accel_cu *cu)
{
    int rc = 0;

    for (uint32_t i = 0; i < cu->job.arg_count && rc == 0; i++)
        if (is_written(cu, i))
            rc = accel_buf_take_back(&cu->job.args[i], cu->card);
    return rc;
}

static void spoil(struct accel_cu *cu)
{
    for (uint32_t i = 0; i < cu->job.arg_count; i++)
        if (is_written(cu, i))
            accel_buf_spoil(cu->job.args[i].buf);
}

/* The kernel may write on: nobody else is to get that memory. */
static void abandon(struct accel_cu *cu)
{
    cu->never_ended = true;
    for (uint32_t i = 0; i < cu->job.arg_count; i++)
        if (is_written(cu, i))
            cu->abandoned[i] = accel_buf_abandon(cu->job.args[i].buf, cu->card);
}

/* From XRT's thread, once per started run, whatever its end. One that the CU has given up may come
 * when the card works again. */
static void on_end(xrtRunHandle run, enum ert_cmd_state state, void *data)
{
    struct accel_cu *cu = data;

    if (run != cu->run)
        return;
    cu->end_state = state;
    sem_post(&cu->ended);
}

/* @return whether the run's end was told. */
static bool await_end(struct accel_cu *cu, uint64_t limit_ms)
{
    const uint64_t end_ns = ps_clock_mono_ns() + limit_ms * PS_NS_PER_MSEC;
    const struct timespec end = { .tv_sec = (time_t)(end_ns / PS_NS_PER_SEC),
                                  .tv_nsec = (long)(end_ns % PS_NS_PER_SEC) };

    while (sem_clockwait(&cu->ended, CLOCK_MONOTONIC, &end) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

/* Waits for the callback and not for the state, because XRT still holds the run, and with it the
 * device, until the callback has been called. A run that never ends may write into its buffers at
 * any time, so its CU is lost; one that the driver stopped says so by its state. */
static int wait_for_run(struct accel_cu *cu, enum accel_loss *ret_loss)
{
    if (!await_end(cu, cu->card->accel->wait_ms)) {
        *ret_loss = ACCEL_LOST_CU;
        return -ETIMEDOUT;
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

static int execute(struct accel_cu *cu, enum accel_loss *ret_loss)
{
    int status;

    if (xrtRunStart(cu->run) != 0) {
        *ret_loss = ACCEL_LOST_CARD;
        return -ENODEV;
    }
    status = wait_for_run(cu, ret_loss);
    if (status == 0)
        status = take_back(cu);
    if (status == 0)
        return 0;
    spoil(cu);
    if (*ret_loss == ACCEL_LOST_CU) {
        abandon(cu);
        return status;
    }
    xrtRunClose(cu->run); /* a failed run's handle does not start again */
    if (open_run(cu) != 0)
        *ret_loss = ACCEL_LOST_CU;
    return status;
}

static void run_job(struct accel_cu *cu)
{
    struct accel_post post = { .done = { .tag = cu->job.tag, .cu = cu->job.cu } };
    int status = set_args(cu);

    if (status == 0)
        status = execute(cu, &post.loss);
    if ((status == -EIO || status == -ENOSPC) && !accel_card_answers(cu->card))
        post.loss = ACCEL_LOST_CARD;
    post.done.status = post.loss == ACCEL_LOST_CARD ? -ENODEV : status;
    post.done.busy_ns = ps_clock_mono_ns() - cu->started_ns;
    accel_post(cu->card->accel, &post);
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
    cu->started_ns = ps_clock_mono_ns();
    pthread_mutex_lock(&cu->lock);
    ps_assert(!cu->has_job);
    cu->has_job = true;
    pthread_cond_signal(&cu->wake);
    pthread_mutex_unlock(&cu->lock);
}

int accel_cu_open(struct accel_cu *cu, const xuid_t xclbin_id)
{
    const char *name = cu->info.name;
    char select[2 * PS_ACCEL_NAME_MAX];
    const int n = (int)strcspn(name, ":");

    snprintf(select, sizeof(select), "%.*s:{%s}", n, name, name + n + 1);
    cu->kernel = xrtPLKernelOpen(cu->card->device, xclbin_id, select);
    if (cu->kernel == NULL || open_run(cu) != 0)
        return -ENOEXEC;
    while (sem_trywait(&cu->ended) == 0) /* of a run before, told after it was given up */
        ;
    return 0;
}

/* A run that was given up may have ended since, or be about to. XRT keeps one that has not,
 * whatever we do, and closing it would wait or worse. */
static bool may_close_run(struct accel_cu *cu)
{
    return cu->run != NULL && (!cu->never_ended || await_end(cu, LAST_WAIT_MS));
}

void accel_cu_close(struct accel_cu *cu)
{
    for (uint32_t i = 0; i < PS_ACCEL_ARGS_MAX; i++) {
        if (cu->abandoned[i] != NULL)
            xrtBOFree(cu->abandoned[i]);
        cu->abandoned[i] = NULL;
    }
    if (may_close_run(cu))
        xrtRunClose(cu->run);
    cu->run = NULL;
    cu->never_ended = false;
    if (cu->kernel != NULL)
        xrtKernelClose(cu->kernel);
    cu->kernel = NULL;
}

int accel_cu_start(struct accel_cu *cu, struct accel_card *card, const char *name)
{
    cu->card = card;
    cu->info.state = PS_ACCEL_CU_LOST; /* until the card is open */
    cu->info.device_idx = card->cfg.device_idx;
    snprintf(cu->info.name, sizeof(cu->info.name), "%s", name);
    cu->info.kernel = kernel_of(name);
    accel_load_init(&cu->load, ps_clock_mono_ns());
    pthread_mutex_init(&cu->lock, NULL);
    pthread_cond_init(&cu->wake, NULL);
    sem_init(&cu->ended, 0, 0);
    if (pthread_create(&cu->thread, NULL, cu_thread, cu) != 0)
        return -ENOMEM;
    cu->has_thread = true;
    return 0;
}

void accel_cu_stop(struct accel_cu *cu)
{
    if (!cu->has_thread)
        return;
    pthread_mutex_lock(&cu->lock);
    cu->stopping = true;
    pthread_cond_signal(&cu->wake);
    pthread_mutex_unlock(&cu->lock);
    pthread_join(cu->thread, NULL);
    cu->has_thread = false;
}

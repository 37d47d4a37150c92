/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The commands: xclExecBuf() gives one to a free CU of its mask or queues it; one thread per CU
 * has its worker run it; xclExecWait() tells that something finished.
 */
#include "kernels/emu/device.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <xclhal2.h>

/* libxrt polls the state without a lock: release, so that it also sees what the kernel wrote. */
static void set_packet_state(struct ert_packet *packet, uint32_t state)
{
    uint32_t old = __atomic_load_n(&packet->header, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(&packet->header, &old, (old & ~0xfu) | state, false,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

static uint32_t packet_state(enum emu_worker_result result)
{
    switch (result) {
    case EMU_WORKER_DONE:
        return ERT_CMD_STATE_COMPLETED;
    case EMU_WORKER_HUNG:
        return ERT_CMD_STATE_TIMEOUT;
    case EMU_WORKER_CANCELLED:
        return ERT_CMD_STATE_ABORT;
    case EMU_WORKER_FAULT:
    case EMU_WORKER_DIED:
        break;
    }
    return ERT_CMD_STATE_ERROR;
}

static bool may_run(const struct emu_command *command, const struct emu_cu *cu)
{
    return (command->cu_mask[cu->idx / 32] >> (cu->idx % 32) & 1u) != 0;
}

static void give(struct emu_cu *cu, struct emu_command *command)
{
    command->state = EMU_COMMAND_RUNNING;
    command->cu = cu;
    cu->current = command;
    cu->state = EMU_CU_BUSY;
    pthread_cond_signal(&cu->wake);
}

static void enqueue(struct emu_device *device, struct emu_command *command)
{
    command->state = EMU_COMMAND_QUEUED;
    command->next = NULL;
    if (device->queue_first == NULL)
        device->queue_first = command;
    else
        device->queue_last->next = command;
    device->queue_last = command;
}

/* The queue without @p command, which must be in it. */
static void dequeue(struct emu_device *device, struct emu_command *command)
{
    struct emu_command *before = NULL;

    for (struct emu_command *c = device->queue_first; c != command; c = c->next)
        before = c;
    if (before == NULL)
        device->queue_first = command->next;
    else
        before->next = command->next;
    if (device->queue_last == command)
        device->queue_last = before;
}

static void submit(struct emu_device *device, struct emu_command *command)
{
    set_packet_state(command->packet, ERT_CMD_STATE_QUEUED);
    for (uint32_t i = 0; i < device->cu_count; i++) {
        if (device->cus[i].state == EMU_CU_IDLE && may_run(command, &device->cus[i])) {
            give(&device->cus[i], command);
            return;
        }
    }
    enqueue(device, command);
}

static void finish(struct emu_device *device, struct emu_command *command, uint32_t state)
{
    command->state = EMU_COMMAND_IDLE;
    set_packet_state(command->packet, state);
    device->finished_count++;
    pthread_cond_broadcast(&device->changed);
}

/* The CU has nothing to do: take the oldest command it may run, or be idle. */
static void seek_work(struct emu_cu *cu)
{
    cu->current = NULL;
    cu->state = EMU_CU_IDLE;
    for (struct emu_command *c = cu->device->queue_first; c != NULL; c = c->next) {
        if (may_run(c, cu)) {
            dequeue(cu->device, c);
            give(cu, c);
            return;
        }
    }
}

/* A worker that died idle is replaced before the run, which then never notices. */
static enum emu_worker_result run_on_worker(struct emu_cu *cu, const struct emu_command *command)
{
    struct emu_device *device = cu->device;
    enum emu_worker_result result;

    if (!emu_worker_alive(&cu->worker)) {
        result = emu_worker_start(&cu->worker, &device->setup, cu->name, cu->cancel_fd);
        if (result != EMU_WORKER_DONE)
            return result;
    }
    set_packet_state(command->packet, ERT_CMD_STATE_RUNNING);
    return emu_worker_run(&cu->worker, command->registers, command->registers_bytes,
                          device->hang_ms, cu->cancel_fd);
}

static void run_current(struct emu_cu *cu)
{
    struct emu_device *device = cu->device;
    struct emu_command *command = cu->current;
    enum emu_worker_result result;
    eventfd_t cancels;

    pthread_mutex_unlock(&device->lock);
    result = run_on_worker(cu, command);
    if (result == EMU_WORKER_DIED || result == EMU_WORKER_HUNG)
        fprintf(stderr, "[emulated card] %s: the kernel %s; its process is replaced\n", cu->name,
                result == EMU_WORKER_DIED ? "died" : "hung and was killed");
    pthread_mutex_lock(&device->lock);
    eventfd_read(cu->cancel_fd, &cancels); /* one that came too late must not hit the next run */
    seek_work(cu);
    finish(device, command, packet_state(result));
}

static void *cu_thread(void *arg)
{
    struct emu_cu *cu = arg;
    struct emu_device *device = cu->device;
    const enum emu_worker_result started =
        emu_worker_start(&cu->worker, &device->setup, cu->name, cu->cancel_fd);

    pthread_mutex_lock(&device->lock);
    cu->state = started == EMU_WORKER_DONE ? EMU_CU_IDLE : EMU_CU_FAILED;
    pthread_cond_broadcast(&device->changed);
    while (!device->stopping) {
        if (cu->current != NULL)
            run_current(cu);
        else
            pthread_cond_wait(&cu->wake, &device->lock);
    }
    pthread_mutex_unlock(&device->lock);
    emu_worker_stop(&cu->worker);
    return NULL;
}

static int start_cu(struct emu_device *device, uint32_t idx)
{
    struct emu_cu *cu = &device->cus[idx];

    *cu = (struct emu_cu){ .device = device,
                           .idx = idx,
                           .name = device->card.cus[idx].name,
                           .state = EMU_CU_STARTING,
                           .worker = { .pid_fd = -1, .socket_fd = -1 } };
    cu->cancel_fd = emu_high_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (cu->cancel_fd < 0)
        return -ENOMEM;
    pthread_cond_init(&cu->wake, NULL);
    if (pthread_create(&cu->thread, NULL, cu_thread, cu) != 0) {
        pthread_cond_destroy(&cu->wake);
        close(cu->cancel_fd);
        return -ENOMEM;
    }
    device->cu_count++;
    return 0;
}

static int await_ready(struct emu_device *device)
{
    int rc = 0;

    pthread_mutex_lock(&device->lock);
    for (uint32_t i = 0; i < device->cu_count; i++) {
        while (device->cus[i].state == EMU_CU_STARTING)
            pthread_cond_wait(&device->changed, &device->lock);
        if (device->cus[i].state == EMU_CU_FAILED)
            rc = -ENOEXEC;
    }
    pthread_mutex_unlock(&device->lock);
    return rc;
}

int emu_exec_start(struct emu_device *device)
{
    int rc = 0;

    device->setup = (struct emu_worker_setup){ .program = device->worker_program,
                                               .card_name = device->card.name,
                                               .memory_fd = device->memory_fd,
                                               .kernels_fd = device->kernels_fd };
    device->stopping = false;
    for (uint32_t i = 0; i < device->card.cu_count && rc == 0; i++)
        rc = start_cu(device, i);
    if (rc == 0)
        rc = await_ready(device);
    if (rc != 0)
        emu_exec_stop(device);
    return rc;
}

static void join_cu(struct emu_cu *cu)
{
    pthread_join(cu->thread, NULL);
    pthread_mutex_lock(&cu->device->lock);
    if (cu->current != NULL) /* given, but the thread stopped first */
        finish(cu->device, cu->current, ERT_CMD_STATE_ABORT);
    pthread_mutex_unlock(&cu->device->lock);
    pthread_cond_destroy(&cu->wake);
    close(cu->cancel_fd);
}

void emu_exec_stop(struct emu_device *device)
{
    pthread_mutex_lock(&device->lock);
    device->stopping = true;
    while (device->queue_first != NULL) {
        struct emu_command *command = device->queue_first;

        dequeue(device, command);
        finish(device, command, ERT_CMD_STATE_ABORT);
    }
    for (uint32_t i = 0; i < device->cu_count; i++) {
        eventfd_write(device->cus[i].cancel_fd, 1);
        pthread_cond_signal(&device->cus[i].wake);
    }
    pthread_mutex_unlock(&device->lock);
    for (uint32_t i = 0; i < device->cu_count; i++)
        join_cu(&device->cus[i]);
    device->cu_count = 0;
}

void emu_exec_cancel(struct emu_device *device, struct emu_command *command)
{
    if (command->state == EMU_COMMAND_QUEUED) {
        dequeue(device, command);
        finish(device, command, ERT_CMD_STATE_ABORT);
    }
    if (command->state == EMU_COMMAND_RUNNING)
        eventfd_write(command->cu->cancel_fd, 1);
    while (command->state == EMU_COMMAND_RUNNING)
        pthread_cond_wait(&device->changed, &device->lock);
}

/* Masks and registers out of the packet. The header's fields are taken apart by hand, because
 * others change its state bits meanwhile. */
static int read_packet(struct emu_command *command, uint32_t header)
{
    const struct ert_start_kernel_cmd *start = (const void *)command->packet;
    const uint32_t extra = header >> 10 & 3u, count = header >> 12 & 0x7ffu;
    const uint32_t words = count - 1 - extra;

    if (count < 1 + extra || words * 4u > sizeof(command->registers))
        return -EINVAL;
    memset(command->cu_mask, 0, sizeof(command->cu_mask));
    command->cu_mask[0] = start->cu_mask;
    memcpy(&command->cu_mask[1], start->data, extra * sizeof(uint32_t));
    command->registers_bytes = words * 4u;
    memcpy(command->registers, (const uint8_t *)start->data + extra * sizeof(uint32_t), words * 4u);
    return 0;
}

/* The lock is held. */
static int start_command(struct emu_device *device, struct emu_command *command)
{
    const uint32_t header = __atomic_load_n(&command->packet->header, __ATOMIC_ACQUIRE);

    emu_exec_cancel(device, command); /* its buffer was reused while it ran */
    if ((header >> 23 & 0x1fu) != ERT_START_CU) {
        finish(device, command, ERT_CMD_STATE_COMPLETED); /* set-up of a scheduler we do not have */
        return 0;
    }
    if (read_packet(command, header) != 0)
        return -EINVAL;
    submit(device, command);
    return 0;
}

int xclExecBuf(xclDeviceHandle handle, xclBufferHandle bo_handle)
{
    struct emu_device *device = handle;
    const struct emu_bo *bo;
    int rc = -EINVAL;

    pthread_mutex_lock(&device->lock);
    bo = bo_handle < device->bo_count ? device->bos[bo_handle] : NULL;
    if (bo != NULL && bo->command != NULL)
        rc = start_command(device, bo->command);
    pthread_mutex_unlock(&device->lock);
    return rc;
}

int xclExecWait(xclDeviceHandle handle, int timeout_ms)
{
    struct emu_device *device = handle;
    struct timespec end;
    int rc = 0, finished;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += timeout_ms % 1000 * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&device->lock);
    while (device->finished_count == 0 && rc == 0)
        rc = pthread_cond_timedwait(&device->changed, &device->lock, &end);
    finished = device->finished_count != 0;
    device->finished_count = 0;
    pthread_mutex_unlock(&device->lock);
    return finished;
}

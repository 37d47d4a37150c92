/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The commands: xclExecBuf() gives one to a free CU of its mask or queues it; xclExecWait() tells
 * that something finished.
 */
#include "kernels/emu/device.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>
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
            emu_cu_begin(&device->cus[i], command);
            return;
        }
    }
    enqueue(device, command);
}

void emu_exec_finish(struct emu_device *device, struct emu_command *command,
                     enum emu_worker_result result)
{
    command->state = EMU_COMMAND_IDLE;
    set_packet_state(command->packet, packet_state(result));
    device->finished_count++;
    pthread_cond_broadcast(&device->changed);
}

void emu_exec_set_running(struct emu_command *command)
{
    set_packet_state(command->packet, ERT_CMD_STATE_RUNNING);
}

void emu_exec_seek_work(struct emu_cu *cu)
{
    cu->current = NULL;
    cu->state = EMU_CU_IDLE;
    for (struct emu_command *c = cu->device->queue_first; c != NULL; c = c->next) {
        if (may_run(c, cu)) {
            dequeue(cu->device, c);
            emu_cu_begin(cu, c);
            return;
        }
    }
}

/* The cycle models are called in this process; in functional time none is needed. */
static int load_models(struct emu_device *device)
{
    const struct psk_card_model *model = &device->card.model;
    char path[32], symbol[sizeof(PSK_CYCLES_PREFIX) + PSK_MODEL_NAME_BYTES];

    memset(device->cycles, 0, sizeof(device->cycles));
    if (device->timing.mode == EMU_TIMING_FUNCTIONAL)
        return 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", device->kernels_fd);
    device->kernels = device->card.has_model ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (device->kernels == NULL) {
        fprintf(stderr, "[emulated card] PS_EMU_TIMING: %s\n",
                device->card.has_model ? dlerror() : "the xclbin has no card model: pack it again");
        return -ENOEXEC;
    }
    for (uint32_t i = 0; i < model->kernel_count; i++) {
        void *cycles;

        snprintf(symbol, sizeof(symbol), PSK_CYCLES_PREFIX "%s", model->kernels[i].name);
        cycles = dlsym(device->kernels, symbol);
        if (cycles == NULL) {
            fprintf(stderr, "[emulated card] PS_EMU_TIMING: the kernels lack %s\n", symbol);
            return -ENOEXEC;
        }
        memcpy(&device->cycles[i], &cycles, sizeof(cycles));
    }
    return 0;
}

int emu_exec_start(struct emu_device *device)
{
    int rc;

    device->setup = (struct emu_worker_setup){ .program = device->worker_program,
                                               .card_name = device->card.name,
                                               .memory_fd = device->memory_fd,
                                               .kernels_fd = device->kernels_fd };
    device->stopping = false;
    emu_heat_init(&device->heat, &device->card.model, emu_now_ns());
    rc = load_models(device);
    if (rc == 0)
        rc = emu_timer_start(device);
    for (uint32_t i = 0; i < device->card.cu_count && rc == 0; i++)
        rc = emu_cu_start(device, i);
    if (rc == 0)
        rc = emu_cu_await_ready(device);
    if (rc != 0)
        emu_exec_stop(device);
    return rc;
}

/* The lock is held. */
static void end_all(struct emu_device *device, enum emu_worker_result result)
{
    while (device->queue_first != NULL) {
        struct emu_command *command = device->queue_first;

        dequeue(device, command);
        emu_exec_finish(device, command, result);
    }
    for (uint32_t i = 0; i < device->cu_count; i++)
        emu_cu_cancel(&device->cus[i], result);
}

void emu_exec_lose(struct emu_device *device)
{
    end_all(device, EMU_WORKER_DIED);
}

void emu_exec_stop(struct emu_device *device)
{
    pthread_mutex_lock(&device->lock);
    device->stopping = true;
    end_all(device, EMU_WORKER_CANCELLED);
    for (uint32_t i = 0; i < device->cu_count; i++)
        if (device->cus[i].has_thread)
            pthread_cond_signal(&device->cus[i].wake);
    pthread_mutex_unlock(&device->lock);
    for (uint32_t i = 0; i < device->cu_count; i++)
        emu_cu_stop(&device->cus[i]);
    device->cu_count = 0;
    emu_timer_stop(device);
    if (device->kernels != NULL)
        dlclose(device->kernels);
    device->kernels = NULL;
}

void emu_exec_cancel(struct emu_device *device, struct emu_command *command)
{
    if (command->state == EMU_COMMAND_QUEUED) {
        dequeue(device, command);
        emu_exec_finish(device, command, EMU_WORKER_CANCELLED);
    }
    if (command->state == EMU_COMMAND_RUNNING)
        emu_cu_cancel(command->cu, EMU_WORKER_CANCELLED);
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

static uint32_t opcode_of(uint32_t header)
{
    return header >> 23 & 0x1fu;
}

/* Libxrt copies from buffer to buffer by a command, as if there were a kernel for it. The lock is
 * given up meanwhile; libxrt waits for the command before it uses the packet again. */
static void copy_by_command(struct emu_device *device, struct emu_command *command)
{
    struct ert_start_copybo_cmd *copy = (void *)command->packet;
    int rc;

    pthread_mutex_unlock(&device->lock);
    rc = xclCopyBO(device, copy->dst_bo_hdl, copy->src_bo_hdl, ert_copybo_size(copy),
                   ert_copybo_dst_offset(copy), ert_copybo_src_offset(copy));
    pthread_mutex_lock(&device->lock);
    emu_exec_finish(device, command, rc == 0 ? EMU_WORKER_DONE : EMU_WORKER_FAULT);
}

/* The lock is held. */
static int start_command(struct emu_device *device, struct emu_command *command)
{
    const uint32_t header = __atomic_load_n(&command->packet->header, __ATOMIC_ACQUIRE);

    emu_exec_cancel(device, command); /* its buffer was reused while it ran */
    if (opcode_of(header) == ERT_START_COPYBO) {
        copy_by_command(device, command);
        return 0;
    }
    if (opcode_of(header) != ERT_START_CU) {
        /* set-up of a scheduler we do not have */
        emu_exec_finish(device, command, EMU_WORKER_DONE);
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

    if (emu_device_is_lost(device))
        return -ENODEV;
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

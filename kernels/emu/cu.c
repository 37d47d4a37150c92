/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A compute unit's runs. A run has up to two parts: its worker really computes (not in dry), and
 * the model takes a card's time (not in functional, but for what a fault adds). When both are over
 * the run is. A fault drawn at the start of a run changes one of the parts.
 */
#include "kernels/emu/chance.h"
#include "kernels/emu/counts.h"
#include "kernels/emu/device.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define JITTER_DRAW 1000u /* apart from the faults' draws, which are numbered from 1 */
#define ERROR_NS    1000u /* functional: an injected error costs no time worth telling */
#define NS_PER_MSEC 1000000u

static bool is_struck_by(const struct emu_cu *cu, enum emu_fault_kind kind)
{
    return cu->is_struck && cu->fault.kind == kind;
}

static void complete(struct emu_cu *cu)
{
    struct emu_device *device = cu->device;
    struct emu_command *command = cu->current;
    const enum emu_worker_result result = cu->result;

    emu_count(EMU_COUNT_RUNS);
    cu->is_done = true;
    device->busy_count--;
    emu_heat_set(&device->heat, device->busy_count, emu_now_ns());
    emu_exec_seek_work(cu);
    emu_exec_finish(device, command, result);
}

static void complete_if_over(struct emu_cu *cu)
{
    if (!cu->is_working && !cu->is_modelled)
        complete(cu);
}

static void begin_model(struct emu_cu *cu, struct emu_run_cost cost)
{
    cu->is_modelled = true;
    emu_timer_add_run(cu, cost);
}

/* The modelled time of the run; in dry, a run that a fault hangs or that takes too long ends at the
 * limit. */
static struct emu_run_cost cost_of_run(struct emu_cu *cu)
{
    const struct emu_device *device = cu->device;
    const uint64_t limit_ns = (uint64_t)device->hang_ms * NS_PER_MSEC;
    const struct emu_chance chance = { .seed = device->timing.seed,
                                       .what = JITTER_DRAW,
                                       .card_idx = device->idx,
                                       .cu_idx = cu->idx,
                                       .nth = cu->run_count };
    struct emu_run_cost cost = emu_timing_cost(
        &device->timing, &device->card.model, device->card.model.cus[cu->idx].kernel_idx,
        cu->cycles, cu->registers, emu_chance_share(&chance));

    if (is_struck_by(cu, EMU_FAULT_SLOW))
        cost.alone_ns = (uint64_t)((double)cost.alone_ns * cu->fault.factor);
    if (cost.alone_ns < limit_ns && !is_struck_by(cu, EMU_FAULT_HANG))
        return cost;
    cu->result = EMU_WORKER_HUNG;
    return (struct emu_run_cost){ .alone_ns = limit_ns };
}

void emu_cu_begin(struct emu_cu *cu, struct emu_command *command)
{
    struct emu_device *device = cu->device;

    command->state = EMU_COMMAND_RUNNING;
    command->cu = cu;
    cu->current = command;
    cu->state = EMU_CU_BUSY;
    memcpy(cu->registers, command->registers, command->registers_bytes);
    memset(cu->registers + command->registers_bytes, 0,
           sizeof(cu->registers) - command->registers_bytes);
    cu->is_working = cu->is_modelled = cu->is_cancelled = cu->is_done = false;
    cu->result = EMU_WORKER_DONE;
    cu->run_count++;
    device->busy_count++;
    emu_heat_set(&device->heat, device->busy_count, emu_now_ns());
    cu->is_struck =
        emu_faults_strike_run(device->idx, cu->name, cu->idx, cu->run_count, &cu->fault);
    if (is_struck_by(cu, EMU_FAULT_ERROR))
        cu->result = EMU_WORKER_FAULT;
    if (cu->has_thread && cu->result == EMU_WORKER_DONE) {
        cu->is_working = true;
        pthread_cond_signal(&cu->wake);
    } else {
        emu_exec_set_running(command);
        if (is_struck_by(cu, EMU_FAULT_CRASH))
            cu->result = EMU_WORKER_DIED;
    }
    if (cu->cycles != NULL)
        begin_model(cu, cost_of_run(cu));
    else if (!cu->is_working)
        begin_model(cu, (struct emu_run_cost){ .alone_ns = ERROR_NS });
}

static void end_model(struct emu_cu *cu)
{
    if (cu->is_modelled)
        emu_timer_remove_run(cu);
    cu->is_modelled = false;
}

void emu_cu_cancel(struct emu_cu *cu, enum emu_worker_result result)
{
    if (cu->state != EMU_CU_BUSY || cu->is_cancelled)
        return;
    cu->is_cancelled = true;
    cu->result = result;
    end_model(cu);
    if (cu->is_working)
        eventfd_write(cu->cancel_fd, 1);
    else
        complete(cu);
}

void emu_cu_model_ended(struct emu_cu *cu)
{
    cu->is_modelled = false;
    if (cu->is_working && cu->result == EMU_WORKER_DONE)
        emu_count(EMU_COUNT_RUNS_LATE);
    complete_if_over(cu);
}

/* A worker that died idle is replaced before the run, which then never notices. */
static enum emu_worker_result run_on_worker(struct emu_cu *cu, struct emu_command *command)
{
    struct emu_device *device = cu->device;
    enum emu_worker_result result;

    if (!emu_worker_alive(&cu->worker)) {
        result = emu_worker_start(&cu->worker, &device->setup, cu->name, cu->cancel_fd);
        if (result != EMU_WORKER_DONE)
            return result;
    }
    if (is_struck_by(cu, EMU_FAULT_CRASH))
        emu_worker_signal(&cu->worker, SIGKILL);
    if (is_struck_by(cu, EMU_FAULT_HANG))
        emu_worker_signal(&cu->worker, SIGSTOP);
    emu_exec_set_running(command);
    return emu_worker_run(&cu->worker, command->registers, command->registers_bytes,
                          device->hang_ms, cu->cancel_fd);
}

/* What the worker computed, with a fault's bit flipped. The lock is not held. */
static enum emu_worker_result compute(struct emu_cu *cu, struct emu_command *command)
{
    struct emu_flip *flip = NULL;
    enum emu_worker_result result;

    if (is_struck_by(cu, EMU_FAULT_FLIP))
        flip = emu_flip_begin(cu, command->registers);
    result = run_on_worker(cu, command);
    emu_flip_end(cu, flip, result == EMU_WORKER_DONE);
    if (result == EMU_WORKER_DIED || result == EMU_WORKER_HUNG)
        fprintf(stderr, "[emulated card] %s: the kernel %s; its process is replaced\n", cu->name,
                result == EMU_WORKER_DIED ? "died" : "hung and was killed");
    return result;
}

static void work(struct emu_cu *cu)
{
    struct emu_device *device = cu->device;
    const uint64_t start_ns = emu_now_ns();
    enum emu_worker_result result;
    eventfd_t cancels;

    pthread_mutex_unlock(&device->lock);
    result = compute(cu, cu->current);
    pthread_mutex_lock(&device->lock);
    eventfd_read(cu->cancel_fd, &cancels); /* one that came too late must not hit the next run */
    cu->is_working = false;
    if (!cu->is_cancelled && result != EMU_WORKER_DONE) {
        cu->result = result;
        end_model(cu);
    }
    if (!cu->is_cancelled && cu->cycles == NULL && is_struck_by(cu, EMU_FAULT_SLOW))
        begin_model(
            cu, (struct emu_run_cost){ .alone_ns = (uint64_t)((double)(emu_now_ns() - start_ns) *
                                                              (cu->fault.factor - 1)) });
    complete_if_over(cu);
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
    while (!device->stopping || cu->is_working) {
        if (cu->is_working)
            work(cu);
        else
            pthread_cond_wait(&cu->wake, &device->lock);
    }
    pthread_mutex_unlock(&device->lock);
    emu_worker_stop(&cu->worker);
    return NULL;
}

static int start_thread(struct emu_cu *cu)
{
    cu->cancel_fd = emu_high_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (cu->cancel_fd < 0)
        return -ENOMEM;
    pthread_cond_init(&cu->wake, NULL);
    cu->has_thread = pthread_create(&cu->thread, NULL, cu_thread, cu) == 0;
    if (cu->has_thread)
        return 0;
    pthread_cond_destroy(&cu->wake);
    close(cu->cancel_fd);
    return -ENOMEM;
}

int emu_cu_start(struct emu_device *device, uint32_t idx)
{
    const bool is_dry = device->timing.mode == EMU_TIMING_DRY;
    struct emu_cu *cu = &device->cus[idx];
    int rc;

    *cu = (struct emu_cu){ .device = device,
                           .idx = idx,
                           .name = device->card.cus[idx].name,
                           .state = is_dry ? EMU_CU_IDLE : EMU_CU_STARTING,
                           .cycles = device->cycles[device->card.model.cus[idx].kernel_idx],
                           .worker = { .pid_fd = -1, .socket_fd = -1 } };
    cu->by_hand.packet = &cu->by_hand_packet;
    rc = is_dry ? 0 : start_thread(cu);
    if (rc == 0)
        device->cu_count++;
    return rc;
}

int emu_cu_await_ready(struct emu_device *device)
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

void emu_cu_stop(struct emu_cu *cu)
{
    if (!cu->has_thread)
        return;
    pthread_join(cu->thread, NULL);
    pthread_cond_destroy(&cu->wake);
    close(cu->cancel_fd);
    cu->has_thread = false;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The card's own time: runs share their memory bank, copies the link, and one thread sleeps until
 * the next of them ends. It also looks at the faults' file, when there is one.
 */
#include "kernels/emu/device.h"

#include <errno.h>
#include <time.h>

#define WATCH_NS 100000000u

uint64_t emu_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct emu_cu *cu_of_job(struct emu_lane_job *job)
{
    return (struct emu_cu *)(void *)((char *)job - offsetof(struct emu_cu, job));
}

/* @return when the next job of all lanes ends. */
static uint64_t serve_lanes(struct emu_device *device)
{
    struct emu_timer *timer = &device->timer;
    const uint64_t now_ns = emu_now_ns();
    uint64_t due_ns = UINT64_MAX;
    struct emu_lane_job *job;

    for (uint32_t i = 0; i < PSK_MODEL_BANKS_MAX; i++) {
        while ((job = emu_lane_take_ended(&timer->banks[i], now_ns)) != NULL)
            emu_cu_model_ended(cu_of_job(job));
        if (emu_lane_due_ns(&timer->banks[i]) < due_ns)
            due_ns = emu_lane_due_ns(&timer->banks[i]);
    }
    for (uint32_t i = 0; i < EMU_LINKS; i++) {
        while ((job = emu_lane_take_ended(&timer->links[i], now_ns)) != NULL) {
            struct emu_copy *copy = (void *)job;

            copy->has_ended = true;
            pthread_cond_signal(&copy->ended);
        }
        if (emu_lane_due_ns(&timer->links[i]) < due_ns)
            due_ns = emu_lane_due_ns(&timer->links[i]);
    }
    return due_ns;
}

static void sleep_until(struct emu_device *device, uint64_t due_ns)
{
    const struct timespec due = { .tv_sec = (time_t)(due_ns / 1000000000u),
                                  .tv_nsec = (long)(due_ns % 1000000000u) };

    if (due_ns == UINT64_MAX)
        pthread_cond_wait(&device->timer.wake, &device->lock);
    else
        pthread_cond_timedwait(&device->timer.wake, &device->lock, &due);
}

static void *timer_thread(void *arg)
{
    struct emu_device *device = arg;
    const bool is_watching = emu_faults_are_watched();
    uint64_t watch_ns = is_watching ? emu_now_ns() : UINT64_MAX;

    pthread_mutex_lock(&device->lock);
    while (!device->stopping) {
        uint64_t due_ns;

        if (emu_now_ns() >= watch_ns) {
            pthread_mutex_unlock(&device->lock);
            emu_device_is_lost(device);
            pthread_mutex_lock(&device->lock);
            watch_ns = emu_now_ns() + WATCH_NS;
        }
        due_ns = serve_lanes(device);
        if (!device->stopping)
            sleep_until(device, due_ns < watch_ns ? due_ns : watch_ns);
    }
    pthread_mutex_unlock(&device->lock);
    return NULL;
}

int emu_timer_start(struct emu_device *device)
{
    const struct psk_card_model *model = &device->card.model;
    struct emu_timer *timer = &device->timer;
    pthread_condattr_t attr;

    for (uint32_t i = 0; i < PSK_MODEL_BANKS_MAX; i++)
        emu_lane_init(&timer->banks[i], model->banks[i].gbps);
    for (uint32_t i = 0; i < EMU_LINKS; i++)
        emu_lane_init(&timer->links[i], model->pcie_gbps);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&timer->wake, &attr);
    pthread_condattr_destroy(&attr);
    timer->has_thread = pthread_create(&timer->thread, NULL, timer_thread, device) == 0;
    if (!timer->has_thread)
        pthread_cond_destroy(&timer->wake);
    return timer->has_thread ? 0 : -ENOMEM;
}

void emu_timer_stop(struct emu_device *device)
{
    struct emu_timer *timer = &device->timer;

    if (!timer->has_thread)
        return;
    pthread_mutex_lock(&device->lock);
    pthread_cond_signal(&timer->wake); /* it sees that the device is stopping */
    pthread_mutex_unlock(&device->lock);
    pthread_join(timer->thread, NULL);
    pthread_cond_destroy(&timer->wake);
    timer->has_thread = false;
}

static struct emu_lane *bank_of(struct emu_cu *cu)
{
    return &cu->device->timer.banks[cu->device->card.model.cus[cu->idx].bank_idx];
}

void emu_timer_add_run(struct emu_cu *cu, struct emu_run_cost cost)
{
    emu_lane_add(bank_of(cu), &cu->job, emu_now_ns(), cost.alone_ns, cost.bytes);
    pthread_cond_signal(&cu->device->timer.wake);
}

void emu_timer_remove_run(struct emu_cu *cu)
{
    emu_lane_remove(bank_of(cu), &cu->job, emu_now_ns());
    pthread_cond_signal(&cu->device->timer.wake);
}

void emu_copy_begin(struct emu_device *device, struct emu_copy *copy, enum emu_link link,
                    uint64_t size_bytes)
{
    const uint32_t gbps = device->card.model.pcie_gbps;
    double alone_ns;

    *copy = (struct emu_copy){ .lane = NULL };
    pthread_mutex_lock(&device->lock);
    device->copied_bytes[link] += size_bytes;
    if (device->timing.mode != EMU_TIMING_FUNCTIONAL && gbps != 0 && size_bytes > 0) {
        alone_ns = (double)size_bytes * 8 / gbps;
        copy->lane = &device->timer.links[link];
        pthread_cond_init(&copy->ended, NULL);
        emu_lane_add(copy->lane, &copy->job, emu_now_ns(), (uint64_t)alone_ns, size_bytes);
        pthread_cond_signal(&device->timer.wake);
    }
    pthread_mutex_unlock(&device->lock);
}

void emu_copy_end(struct emu_device *device, struct emu_copy *copy)
{
    if (copy->lane == NULL)
        return;
    pthread_mutex_lock(&device->lock);
    while (!copy->has_ended && !device->stopping)
        pthread_cond_wait(&copy->ended, &device->lock);
    emu_lane_remove(copy->lane, &copy->job, emu_now_ns());
    pthread_mutex_unlock(&device->lock);
    pthread_cond_destroy(&copy->ended);
}

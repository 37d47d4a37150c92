/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/bench/bench_nic_lcores.c - two workers count beside each other, and share nothing. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dpdk/mem.h"
#include "tests/bench/bench_nic.h"

#define WORKERS    2u
#define KEYS       100000u
#define OPS_EACH   (10 * OPS) /* so that starting a thread is nothing */
#define BUSY_SHARE 0.95       /* of a core: with less, the core was not ours alone */

struct worker {
    _Alignas(2 * NIC_CACHE_LINE_BYTES) pthread_t thread; /* neighbours would share a line */
    struct nic_observer *observer;
    uint64_t epoch;
    struct traffic traffic;
    uint32_t cpu;
    double share; /* of the core, that it got */
};

static struct worker workers[WORKERS];
static uint32_t cpu_count;
static double one_ns[ROUNDS], two_ns[ROUNDS], least_share[ROUNDS];

static uint64_t wall_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

uint32_t first_cpu(void)
{
    return workers[0].cpu;
}

void create_lcores(void)
{
    cpu_set_t allowed;

    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof(allowed), &allowed);
    for (uint32_t cpu = 0; cpu < CPU_SETSIZE && cpu_count < WORKERS; cpu++)
        if (CPU_ISSET(cpu, &allowed))
            workers[cpu_count++].cpu = cpu;
    for (uint32_t i = 0; i < cpu_count; i++) {
        workers[i].observer = create_observer(KEYS, 1u << 18, &workers[i].epoch);
        workers[i].traffic.random_state = i;
    }
}

static void *work(void *arg)
{
    static _Thread_local uint8_t bytes[NIC_BURST][FRAME_ROOM];
    struct worker *w = arg;
    struct nic_frame frames[NIC_BURST];
    cpu_set_t own;
    uint64_t start_ns, cpu_start_ns;

    CPU_ZERO(&own);
    CPU_SET(w->cpu, &own);
    if (pthread_setaffinity_np(pthread_self(), sizeof(own), &own) != 0)
        die("a worker cannot have its CPU");
    for (uint32_t i = 0; i < NIC_BURST; i++) {
        init_frame(bytes[i]);
        frames[i] = (struct nic_frame){ bytes[i], FRAME_BYTES, 0 };
    }
    start_ns = wall_ns();
    cpu_start_ns = thread_cpu_ns();
    for (uint32_t n = 0; n < OPS_EACH; n += NIC_BURST) {
        for (uint32_t i = 0; i < NIC_BURST; i++) {
            set_seq(bytes[i], &w->traffic);
            set_media(bytes[i], draw(&w->traffic, KEYS));
        }
        nic_observer_burst(w->observer, frames, NIC_BURST, w->epoch);
    }
    w->share = (double)(thread_cpu_ns() - cpu_start_ns) / (double)(wall_ns() - start_ns);
    return NULL;
}

/* @return Nanoseconds until the last of @p count workers is done. */
static double run_workers(uint32_t count, uint32_t round)
{
    const uint64_t start_ns = wall_ns();
    uint64_t end_ns;

    for (uint32_t i = 0; i < count; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            die("no thread");
    for (uint32_t i = 0; i < count; i++)
        pthread_join(workers[i].thread, NULL);
    end_ns = wall_ns();
    for (uint32_t i = 0; i < count; i++) {
        drain(workers[i].observer, &workers[i].epoch, OPS_EACH);
        if (workers[i].share < least_share[round])
            least_share[round] = workers[i].share;
    }
    return (double)(end_ns - start_ns);
}

void run_lcores(uint32_t round)
{
    least_share[round] = 1;
    if (cpu_count < WORKERS)
        return;
    one_ns[round] = run_workers(1, round);
    two_ns[round] = run_workers(WORKERS, round);
}

int report_lcores(void)
{
    double share;

    if (cpu_count < WORKERS) {
        printf("bench=nic two_lcores=not_measured why=one_cpu\n");
        return 0;
    }
    share = median(least_share);
    printf("bench=nic workers=%u core_share=%.2f\n", WORKERS, share);
    if (share < BUSY_SHARE) {
        printf("bench=nic two_lcores=%.2f judged=no why=cores_not_free\n",
               WORKERS * median(one_ns) / median(two_ns));
        return 0;
    }
    return judge("two_lcores", WORKERS * median(one_ns) / median(two_ns), 1.8, true);
}

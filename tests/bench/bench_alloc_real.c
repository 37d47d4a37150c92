/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_alloc_real.c - the load of the policy bar in real time, on emulated cards.
 *
 * Case: as bench_alloc.c, five times as fast (batches of 25 to 50 ms) and for half a minute, first
 * without and then with speculation. Every batch is a run through host/accel, XRT and the emulation
 * driver on one of 4 cards of 8 CUs with timing "dry": a run lasts as long as the card's cycle
 * model says and computes nothing, so that two cores can stand for 32 CUs. Beside it the same half
 * minute on virtual time; what differs is what the host adds.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/accel/accel.h"
#include "host/base/clock.h"
#include "tests/bench/bench_alloc.h"

#define FASTER       5u
#define REAL_S       30u
#define SEED         19u /* as the four hours: 60 % of load, p99 of about three batches alone */
#define CARDS        4u
#define CUS          32u
#define BUFFER_BYTES 4096u
#define TIMEOUT_MS   5000u
#define POLL_NS_MAX  100000000ull

struct machine {
    struct ps_accel *accel;
    struct ps_accel_buf *bufs[CUS]; /* each CU's argument */
    uint64_t start_ns;
    int status; /* the first error of any run */
};

struct figures {
    double wait_p99_ms;
    double busy_share;
    uint32_t late;
    uint64_t frames_redone;
};

static uint64_t now_ns(const struct machine *machine)
{
    return ps_clock_mono_ns() - machine->start_ns;
}

static struct sim_config fast_case(uint32_t bets)
{
    struct sim_config cfg = bench_alloc_case();

    cfg.workload.seed = SEED;
    cfg.workload.batch_ns /= FASTER;
    cfg.workload.burst_s /= FASTER;
    cfg.gap_ns /= FASTER;
    cfg.deadline_ns /= FASTER;
    cfg.jobs = (uint32_t)(REAL_S * cfg.workload.load * CUS / sim_workload_job_s(&cfg.workload));
    cfg.bets = bets;
    return cfg;
}

static int machine_open(struct machine *machine, const char *card, const char *driver)
{
    struct ps_accel_config cfg = { .card_count = CARDS,
                                   .emulation_dir = driver,
                                   .timing = PS_ACCEL_TIMING_DRY,
                                   .run_timeout_ms = TIMEOUT_MS };
    const char *why = "";
    int rc;

    for (uint32_t i = 0; i < CARDS; i++)
        cfg.cards[i] = (struct ps_accel_card_config){ .xclbin = card, .device_idx = i };
    rc = ps_accel_create(&machine->accel, &cfg, &why);
    if (rc != 0) {
        fprintf(stderr, "bench-alloc: cards: %s: %s\n", strerror(-rc), why);
        return rc;
    }
    if (ps_accel_cu_count(machine->accel) != CUS)
        return -EINVAL;
    for (uint32_t i = 0; i < CUS && rc == 0; i++)
        rc = ps_accel_buf_take(machine->accel, BUFFER_BYTES, &machine->bufs[i]);
    return rc;
}

static void machine_close(struct machine *machine)
{
    if (machine->accel != NULL)
        for (uint32_t i = 0; i < CUS; i++)
            ps_accel_buf_give(machine->accel, machine->bufs[i]);
    ps_accel_destroy(machine->accel);
}

static void start(void *context, uint32_t cu, uint64_t batch_ns)
{
    struct machine *machine = context;
    const struct ps_accel_run run = { .tag = cu,
                                      .cu = cu,
                                      .arg_count = 2,
                                      .args = { { .buf = machine->bufs[cu] },
                                                { .scalar = (uint32_t)(batch_ns / 1000) } } };
    const int rc = ps_accel_submit(machine->accel, &run);

    if (rc != 0 && machine->status == 0)
        machine->status = rc;
}

static void await(const struct machine *machine, uint64_t next_ns)
{
    struct pollfd event = { .fd = ps_accel_fd(machine->accel), .events = POLLIN };
    const uint64_t at_ns = now_ns(machine);
    uint64_t left_ns = next_ns > at_ns ? next_ns - at_ns : 0;

    if (left_ns > POLL_NS_MAX)
        left_ns = POLL_NS_MAX;
    ppoll(&event, 1, &(struct timespec){ .tv_nsec = (long)left_ns }, NULL);
}

static uint64_t busy_ns(const struct ps_accel *accel)
{
    uint64_t sum_ns = 0;

    for (uint32_t cu = 0; cu < CUS; cu++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(accel, cu, &info);
        sum_ns += info.busy_ns;
    }
    return sum_ns;
}

static void turn(struct machine *machine, struct sim *sim)
{
    struct ps_accel_done done[CUS];
    uint32_t count;

    await(machine, sim_next_ns(sim));
    count = ps_accel_reap(machine->accel, done, CUS);
    for (uint32_t i = 0; i < count; i++) {
        if (done[i].status != 0 && machine->status == 0)
            machine->status = done[i].status;
        sim_run_ended(sim, done[i].cu, done[i].status, now_ns(machine));
    }
    sim_advance(sim, now_ns(machine));
}

/* A bet's last batches may still be on their CUs when the viewers' jobs are over. */
static void rest(const struct machine *machine)
{
    uint32_t busy = 1;

    while (busy > 0) {
        struct ps_accel_done done[CUS];

        await(machine, UINT64_MAX);
        ps_accel_reap(machine->accel, done, CUS);
        busy = 0;
        for (uint32_t cu = 0; cu < CUS; cu++) {
            struct ps_accel_cu_info info;

            ps_accel_cu_info(machine->accel, cu, &info);
            busy += info.state == PS_ACCEL_CU_BUSY;
        }
    }
}

static void figures_of(const struct sim *sim, struct figures *ret)
{
    const struct sim_metrics *metrics = sim_metrics(sim);

    ret->wait_p99_ms = (double)bench_p99_wait_ns(metrics) / 1e6;
    ret->busy_share = sim_metrics_busy_share(metrics, PS_QUEUE_REAL_TIME) +
                      sim_metrics_busy_share(metrics, PS_QUEUE_SPECULATIVE);
    ret->late = metrics->late;
    ret->frames_redone = metrics->frames_redone;
}

/* The CUs' own account of the load's time replaces ours: what the host adds to a run is no work. */
static bool run_real(struct machine *machine, uint32_t bets, struct figures *ret)
{
    struct sim_config cfg = fast_case(bets);
    const uint64_t before_ns = busy_ns(machine->accel);
    uint64_t load_ns = 0, during_ns = 0;
    struct sim *sim;

    cfg.start = start;
    cfg.context = machine;
    if (sim_create(&sim, &cfg) != 0)
        return false;
    machine->start_ns = ps_clock_mono_ns();
    while (!sim_is_done(sim) && machine->status == 0) {
        turn(machine, sim);
        if (load_ns == 0 && sim_metrics(sim)->arrived == cfg.jobs) {
            load_ns = now_ns(machine);
            during_ns = busy_ns(machine->accel) - before_ns;
        }
    }
    figures_of(sim, ret);
    ret->busy_share = (double)during_ns / ((double)load_ns * CUS);
    rest(machine);
    const bool is_good = machine->status == 0 && sim_metrics(sim)->failed == 0;
    sim_destroy(sim);
    return is_good;
}

static bool run_virtual(uint32_t bets, struct figures *ret)
{
    const struct sim_config cfg = fast_case(bets);
    struct sim *sim;
    uint64_t next_ns;

    if (sim_create(&sim, &cfg) != 0)
        return false;
    while ((next_ns = sim_next_ns(sim)) != UINT64_MAX)
        sim_advance(sim, next_ns);
    figures_of(sim, ret);
    sim_destroy(sim);
    return true;
}

static void print(const char *time, const char *prefix, const struct figures *alone,
                  const struct figures *with)
{
    const double batch_ms = (double)fast_case(0).workload.batch_ns / 1e6;

    printf("bench=alloc_real time=%s %sp99_ratio=%.3f %sp99_ratio_raw=%.3f wait_p99_ms=%.1f "
           "wait_p99_alone_ms=%.1f %sbusy_share=%.4f misses=%" PRIu32 " misses_alone=%" PRIu32
           " frames_redone=%" PRIu64 " batch_ms_max=%.0f jobs=%" PRIu32 "\n",
           time, prefix, (with->wait_p99_ms - batch_ms) / alone->wait_p99_ms, prefix,
           with->wait_p99_ms / alone->wait_p99_ms, with->wait_p99_ms, alone->wait_p99_ms, prefix,
           with->busy_share, with->late, alone->late, with->frames_redone, batch_ms,
           fast_case(0).jobs);
}

bool bench_alloc_real(void)
{
    const char *card = getenv("PS_BENCH_ALLOC_CARD"), *driver = getenv("PS_BENCH_DRIVER");
    struct machine machine = { 0 };
    struct figures alone, with;
    bool is_good;

    if (card == NULL || driver == NULL) {
        printf("bench=alloc_real skipped=1 why=no_emulated_card\n");
        return true;
    }
    if (run_virtual(0, &alone) && run_virtual(2 * CUS, &with))
        print("virtual", "virtual_", &alone, &with);
    setenv("PS_EMU_DEVICES", "4", 1);
    is_good = machine_open(&machine, card, driver) == 0 && run_real(&machine, 0, &alone) &&
              run_real(&machine, 2 * CUS, &with);
    if (is_good)
        print("real emulated=yes", "real_", &alone, &with);
    else
        printf("bench=alloc_real time=real emulated=yes failed=1 status=%d\n", machine.status);
    machine_close(&machine);
    return is_good;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_accel.c - what a run costs the host besides the kernel: bare XRT against
 * host/accel, on the emulated card.
 *
 * Case: the scaler with a frame count of 0, which it refuses at once, so that a run is empty; the
 * status of every run is checked. One run at a time for the latencies; one and four
 * scalers, of two cards, kept busy for the rates. Then a kernel
 * works on 32 large frames, and after it nothing does: the process' own CPU time against the clock,
 * without that of the emulated CUs, which are processes of their own. Usage: DRIVER XCLBIN.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "host/accel/accel.h"
#include "host/base/clock.h"
#include "kernels/abi/kernels.h"

#define RUNS        2000u
#define LONG_WIDTH  1920u
#define LONG_HEIGHT 1080u
#define LONG_FRAMES 32u
#define LONG_RUNS   3u
#define CARDS       2u
#define LANES_MAX   4u

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return a < b ? -1 : a > b;
}

static void print_latency(const char *through, double *us)
{
    qsort(us, RUNS, sizeof(*us), ascending);
    printf("bench=accel_empty_run through=%s emulated=yes runs=%u us_p50=%.1f us_p99=%.1f\n",
           through, RUNS, us[RUNS / 2], us[RUNS - 1 - RUNS / 100]);
}

static double since_us(uint64_t start_ns)
{
    return (double)(ps_clock_mono_ns() - start_ns) / 1e3;
}

/* ---- bare XRT ---- */

struct bare {
    xrtDeviceHandle device;
    xrtKernelHandle kernel;
    xrtBufferHandle buf, status;
    xrtRunHandle run;
};

static int open_bare(struct bare *bare, const char *xclbin)
{
    xuid_t id;
    int group;

    bare->device = xrtDeviceOpen(0);
    if (bare->device == NULL || xrtDeviceLoadXclbinFile(bare->device, xclbin) != 0 ||
        xrtDeviceGetXclbinUUID(bare->device, id) != 0)
        return -ENODEV;
    bare->kernel = xrtPLKernelOpen(bare->device, id, "scale:{scale_1}");
    group = bare->kernel == NULL ? -1 : xrtKernelArgGroupId(bare->kernel, 0);
    if (group < 0)
        return -ENODEV;
    bare->buf = xrtBOAlloc(bare->device, 4096, XRT_BO_FLAGS_NONE, (xrtMemoryGroup)group);
    bare->status = xrtBOAlloc(bare->device, 4096, XRT_BO_FLAGS_NONE, (xrtMemoryGroup)group);
    bare->run = xrtRunOpen(bare->kernel);
    return bare->buf == NULL || bare->status == NULL || bare->run == NULL ? -ENOMEM : 0;
}

static void close_bare(struct bare *bare)
{
    if (bare->run != NULL)
        xrtRunClose(bare->run);
    if (bare->status != NULL)
        xrtBOFree(bare->status);
    if (bare->buf != NULL)
        xrtBOFree(bare->buf);
    if (bare->kernel != NULL)
        xrtKernelClose(bare->kernel);
    if (bare->device != NULL)
        xrtDeviceClose(bare->device);
}

static int run_bare(const struct bare *bare)
{
    const struct psk_status *status = xrtBOMap(bare->status);
    int err = 0;

    for (int i = 0; i < 7; i++)
        err |= xrtRunSetArg(bare->run, i, bare->buf);
    for (int i = 7; i < 18; i++)
        err |= xrtRunSetArg(bare->run, i, 0u);
    err |= xrtRunSetArg(bare->run, 18, bare->status);
    if (err != 0 || xrtRunStart(bare->run) != 0 ||
        xrtRunWait(bare->run) != ERT_CMD_STATE_COMPLETED ||
        xrtBOSync(bare->status, XCL_BO_SYNC_BO_FROM_DEVICE, sizeof(*status), 0) != 0)
        return -EIO;
    return status->code == PSK_BAD_ARGUMENT ? 0 : -EIO;
}

static int bench_bare(const char *xclbin)
{
    static double us[RUNS];
    struct bare bare = { .device = NULL };
    int rc = open_bare(&bare, xclbin);

    for (uint32_t i = 0; i < RUNS && rc == 0; i++) {
        const uint64_t start_ns = ps_clock_mono_ns();

        rc = run_bare(&bare);
        us[i] = since_us(start_ns);
    }
    close_bare(&bare);
    if (rc == 0)
        print_latency("xrt", us);
    return rc;
}

/* ---- host/accel ---- */

struct lane {
    struct ps_accel_run run;
    struct psk_status *status;
};

static int make_lane(struct ps_accel *accel, uint32_t cu, struct lane *lane)
{
    struct ps_accel_buf *buf, *status;

    if (ps_accel_buf_take(accel, 4096, &buf) != 0 ||
        ps_accel_buf_take(accel, sizeof(struct psk_status), &status) != 0)
        return -ENOMEM;
    lane->status = ps_accel_buf_map(status);
    lane->run = (struct ps_accel_run){ .cu = cu, .arg_count = 19 };
    for (uint32_t i = 0; i < 7; i++)
        lane->run.args[i].buf = buf;
    lane->run.args[18] =
        (struct ps_accel_arg){ .buf = status, .out_bytes = sizeof(struct psk_status) };
    return 0;
}

static int reap_one(struct ps_accel *accel, struct ps_accel_done *ret_done)
{
    struct pollfd event = { .fd = ps_accel_fd(accel), .events = POLLIN };

    while (ps_accel_reap(accel, ret_done, 1) == 0)
        if (poll(&event, 1, 20000) != 1)
            return -ETIMEDOUT;
    return ret_done->status;
}

/* Scalers on any card. */
static int make_lanes(struct ps_accel *accel, struct lane *lanes, uint32_t count)
{
    uint32_t found = 0;

    for (uint32_t cu = 0; cu < ps_accel_cu_count(accel) && found < count; cu++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(accel, cu, &info);
        if (info.kernel == PSK_KERNEL_SCALE && make_lane(accel, cu, &lanes[found++]) != 0)
            return -ENOMEM;
    }
    return found == count ? 0 : -ENODEV;
}

static int bench_latency(struct ps_accel *accel, struct lane *lane)
{
    static double us[RUNS];
    struct ps_accel_done done;

    for (uint32_t i = 0; i < RUNS; i++) {
        const uint64_t start_ns = ps_clock_mono_ns();

        lane->status->code = PSK_OK;
        if (ps_accel_submit(accel, &lane->run) != 0 || reap_one(accel, &done) != 0 ||
            lane->status->code != PSK_BAD_ARGUMENT)
            return -EIO;
        us[i] = since_us(start_ns);
    }
    print_latency("accel", us);
    return 0;
}

static int bench_rate(struct ps_accel *accel, struct lane *lanes, uint32_t count)
{
    const uint64_t start_ns = ps_clock_mono_ns();

    for (uint32_t i = 0; i < count; i++) {
        lanes[i].run.tag = i;
        if (ps_accel_submit(accel, &lanes[i].run) != 0)
            return -EIO;
    }
    for (uint32_t ended = 1; ended <= count * RUNS; ended++) {
        struct ps_accel_done done;

        if (reap_one(accel, &done) != 0 || lanes[done.tag].status->code != PSK_BAD_ARGUMENT)
            return -EIO;
        if (ended + count <= count * RUNS && ps_accel_submit(accel, &lanes[done.tag].run) != 0)
            return -EIO;
    }
    printf("bench=accel_rate emulated=yes cus=%u runs_s=%.0f\n", count,
           (double)(count * RUNS) * 1e6 / since_us(start_ns));
    return 0;
}

static double own_cpu_us(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static int run_long(struct ps_accel *accel, uint32_t cu, double *ret_pct)
{
    struct ps_accel_run run = { .cu = cu, .arg_count = 8 };
    const size_t bytes = LONG_FRAMES * PSK_FRAME_BYTES(LONG_WIDTH, LONG_HEIGHT);
    struct ps_accel_buf *src, *dst, *status;
    struct ps_accel_done done;

    if (ps_accel_buf_take(accel, bytes, &src) != 0 || ps_accel_buf_take(accel, bytes, &dst) != 0 ||
        ps_accel_buf_take(accel, sizeof(struct psk_status), &status) != 0)
        return -ENOMEM;
    run.args[0].buf = src;
    run.args[1].buf = dst;
    run.args[2].scalar = LONG_WIDTH;
    run.args[3].scalar = LONG_HEIGHT;
    run.args[4].scalar = LONG_WIDTH / 2;
    run.args[5].scalar = LONG_HEIGHT / 2;
    run.args[6].scalar = LONG_FRAMES;
    run.args[7] = (struct ps_accel_arg){ .buf = status, .out_bytes = sizeof(struct psk_status) };
    double cpu_us = 0, wall_us = 0;
    for (uint32_t i = 0; i <= LONG_RUNS; i++) {
        const uint64_t start_ns = ps_clock_mono_ns();
        const double before_us = own_cpu_us();

        if (ps_accel_submit(accel, &run) != 0 || reap_one(accel, &done) != 0 ||
            ((const struct psk_status *)ps_accel_buf_map(status))->code != PSK_OK)
            return -EIO;
        if (i == 0) /* it makes the memory */
            continue;
        cpu_us += own_cpu_us() - before_us;
        wall_us += since_us(start_ns);
    }
    *ret_pct = 100.0 * cpu_us / wall_us;
    return 0;
}

static double idle_pct(void)
{
    const struct timespec second = { .tv_sec = 1 };
    const uint64_t start_ns = ps_clock_mono_ns();
    const double before_us = own_cpu_us();

    nanosleep(&second, NULL);
    return 100.0 * (own_cpu_us() - before_us) / since_us(start_ns);
}

static int bench_accel(struct ps_accel *accel)
{
    struct lane lanes[LANES_MAX];
    double run_pct = 0;
    int rc = make_lanes(accel, lanes, LANES_MAX);

    if (rc == 0)
        rc = bench_latency(accel, &lanes[0]);
    if (rc == 0)
        rc = bench_rate(accel, lanes, 1);
    if (rc == 0)
        rc = bench_rate(accel, lanes, LANES_MAX);
    if (rc == 0)
        rc = run_long(accel, lanes[0].run.cu, &run_pct);
    if (rc == 0)
        printf("bench=accel_host_cpu emulated=yes run_cpu_pct=%.2f idle_cpu_pct=%.2f\n", run_pct,
               idle_pct());
    return rc;
}

int main(int argc, char **argv)
{
    struct ps_accel_config cfg = { .card_count = CARDS, .run_timeout_ms = 20000 };
    struct ps_accel *accel = NULL;
    const char *why = NULL;
    int rc;

    if (argc != 3)
        return 2;
    for (uint32_t i = 0; i < CARDS; i++)
        cfg.cards[i] = (struct ps_accel_card_config){ .xclbin = argv[2], .device_idx = i };
    cfg.emulation_dir = argv[1];
    rc = ps_accel_create(&accel, &cfg, &why); /* it sets the environment that bare XRT needs */
    if (rc != 0) {
        fprintf(stderr, "bench-accel: %s\n", why);
        return EXIT_FAILURE;
    }
    rc = bench_accel(accel);
    ps_accel_destroy(accel);
    if (rc == 0)
        rc = bench_bare(argv[2]);
    if (rc != 0)
        fprintf(stderr, "bench-accel: %s\n", strerror(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels that crash, hang, are killed or reach too far: one run is lost, nothing else. */
#include "tests/integration/accel/accel_test.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define CU_NAME    "trouble:trouble_1"
#define TIMEOUT_MS 400u

static struct ps_accel *accel;
static struct ps_accel_buf *buf;
static uint32_t cu;
static unsigned fds_at_start;

static bool next_run_works(void)
{
    uint8_t *byte = ps_accel_buf_map(buf);

    *byte = 41;
    return run_trouble(accel, cu, buf, TROUBLE_NONE) == 0 && *byte == 42;
}

static void a_crash_is_an_io_error_and_the_next_run_works(void)
{
    for (int i = 0; i < 20; i++) {
        CU_ASSERT_EQUAL(run_trouble(accel, cu, buf, TROUBLE_CRASH), -EIO);
        CU_ASSERT(next_run_works());
    }
    CU_ASSERT_EQUAL(run_trouble(accel, cu, buf, TROUBLE_CRASH), -EIO);
    CU_ASSERT_EQUAL(run_trouble(accel, cu, buf, TROUBLE_CRASH), -EIO);
    CU_ASSERT(next_run_works());
}

static void an_exit_is_an_io_error_and_the_next_run_works(void)
{
    CU_ASSERT_EQUAL(run_trouble(accel, cu, buf, TROUBLE_EXIT), -EIO);
    CU_ASSERT(next_run_works());
}

static void a_hang_times_out_and_the_next_run_works(void)
{
    struct ps_accel_cu_info before, after;
    pid_t worker;

    PS_REQUIRE(next_run_works());
    worker = worker_of(CU_NAME);
    ps_accel_cu_info(accel, cu, &before);
    CU_ASSERT_EQUAL(run_trouble(accel, cu, buf, TROUBLE_HANG), -ETIMEDOUT);
    CU_ASSERT(next_run_works());
    ps_accel_cu_info(accel, cu, &after);
    CU_ASSERT_EQUAL(after.timeouts, before.timeouts + 1);
    CU_ASSERT_EQUAL(after.state, PS_ACCEL_CU_IDLE);
    CU_ASSERT(worker > 0);
    CU_ASSERT_NOT_EQUAL(worker_of(CU_NAME), worker);
}

static void a_hung_cu_does_not_hold_back_another(void)
{
    const uint32_t other = cu_named(accel, "trouble:trouble_2");
    struct ps_accel_buf *other_buf;
    struct ps_accel_done done;
    unsigned others = 0;

    PS_REQUIRE(ps_accel_buf_take(accel, 1, &other_buf) == 0);
    PS_REQUIRE(next_run_works());
    PS_REQUIRE(start_trouble(accel, cu, buf, TROUBLE_HANG) == 0);
    await_hang(worker_of(CU_NAME));
    for (; others < 50; others++) {
        PS_REQUIRE(start_trouble(accel, other, other_buf, TROUBLE_NONE) == 0);
        done = await(accel);
        if (done.cu == cu)
            break;
        CU_ASSERT_EQUAL(done.status, 0);
    }
    CU_ASSERT_EQUAL(others, 50); /* all before the hung one's time-out */
    done = await(accel);
    CU_ASSERT_EQUAL(done.cu, cu);
    CU_ASSERT_EQUAL(done.status, -ETIMEDOUT);
    ps_accel_buf_give(accel, other_buf);
}

static void a_worker_killed_while_it_runs_is_an_io_error(void)
{
    pid_t worker;

    PS_REQUIRE(next_run_works());
    worker = worker_of(CU_NAME);
    PS_REQUIRE(worker > 0);
    PS_REQUIRE(start_trouble(accel, cu, buf, TROUBLE_HANG) == 0);
    await_hang(worker);
    CU_ASSERT_EQUAL(kill(worker, SIGKILL), 0);
    CU_ASSERT_EQUAL(await(accel).status, -EIO);
    CU_ASSERT(next_run_works());
    CU_ASSERT_NOT_EQUAL(worker_of(CU_NAME), worker);
}

static void a_worker_killed_idle_costs_no_run(void)
{
    struct pollfd end = { .events = POLLIN };
    pid_t worker;

    PS_REQUIRE(next_run_works());
    worker = worker_of(CU_NAME);
    PS_REQUIRE(worker > 0);
    end.fd = pidfd_open(worker, 0);
    CU_ASSERT_EQUAL(kill(worker, SIGKILL), 0);
    CU_ASSERT_EQUAL(poll(&end, 1, 10000), 1);
    close(end.fd);
    CU_ASSERT(next_run_works());
    CU_ASSERT_NOT_EQUAL(worker_of(CU_NAME), worker);
}

static void a_reach_outside_the_memory_is_an_io_error_and_costs_no_worker(void)
{
    const uint32_t vadd = cu_named(accel, "vadd:vadd_1");
    const struct ps_accel_run run = {
        .cu = vadd,
        .arg_count = 4,
        .args = { { .buf = buf }, { .buf = buf }, { .buf = buf }, { .scalar = 0x40000000 } }
    };
    const pid_t worker = worker_of("vadd:vadd_1");

    CU_ASSERT_EQUAL(ps_accel_submit(accel, &run), 0);
    CU_ASSERT_EQUAL(await(accel).status, -EIO);
    CU_ASSERT_EQUAL(worker_of("vadd:vadd_1"), worker);
}

static void destroy_ends_a_hung_run(void)
{
    const unsigned children = count_children(), fds = count_fds();
    struct ps_accel *other = open_test_card(50);
    struct ps_accel_buf *other_buf;

    PS_REQUIRE(other != NULL);
    PS_REQUIRE(ps_accel_buf_take(other, 1, &other_buf) == 0);
    CU_ASSERT_EQUAL(start_trouble(other, cu, other_buf, TROUBLE_HANG), 0);
    ps_accel_destroy(other);
    CU_ASSERT(counts_return_to(children, fds));
}

/* In a child: open the card, tell the worker's process, and wait to be killed. */
static void be_a_host(int tell_fd)
{
    pid_t worker;

    if (open_test_card(1000) == NULL)
        _exit(1);
    worker = worker_of(CU_NAME);
    if (write(tell_fd, &worker, sizeof(worker)) != sizeof(worker))
        _exit(1);
    for (;;)
        pause();
}

static void workers_die_with_their_host(void)
{
    struct pollfd end = { .events = POLLIN };
    pid_t host, worker = 0;
    int tell[2];

    PS_REQUIRE(pipe(tell) == 0);
    host = fork();
    if (host == 0)
        be_a_host(tell[1]);
    close(tell[1]);
    PS_REQUIRE(read(tell[0], &worker, sizeof(worker)) == sizeof(worker));
    PS_REQUIRE(worker > 0);
    end.fd = pidfd_open(worker, 0);
    CU_ASSERT(end.fd >= 0);
    kill(host, SIGKILL);
    waitpid(host, NULL, 0);
    CU_ASSERT_EQUAL(poll(&end, 1, 10000), 1);
    close(end.fd);
    close(tell[0]);
}

static void open_card(void)
{
    fds_at_start = count_fds();
    accel = open_test_card(TIMEOUT_MS);
    if (accel == NULL)
        exit(EXIT_FAILURE); /* no other test here means anything */
    cu = cu_named(accel, CU_NAME);
    PS_REQUIRE(ps_accel_buf_take(accel, 1, &buf) == 0);
}

static void close_card(void)
{
    ps_accel_buf_give(accel, buf);
    ps_accel_destroy(accel);
    CU_ASSERT(counts_return_to(0, fds_at_start));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(workers_die_with_their_host), /* forks, so before XRT starts threads */
        PS_TEST(open_card),
        PS_TEST(a_crash_is_an_io_error_and_the_next_run_works),
        PS_TEST(an_exit_is_an_io_error_and_the_next_run_works),
        PS_TEST(a_hang_times_out_and_the_next_run_works),
        PS_TEST(a_hung_cu_does_not_hold_back_another),
        PS_TEST(a_worker_killed_while_it_runs_is_an_io_error),
        PS_TEST(a_worker_killed_idle_costs_no_run),
        PS_TEST(a_reach_outside_the_memory_is_an_io_error_and_costs_no_worker),
        PS_TEST(destroy_ends_a_hung_run),
        PS_TEST(close_card),
    };

    return ps_test_run("accel/faults", tests, sizeof(tests) / sizeof(tests[0]));
}

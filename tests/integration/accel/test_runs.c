/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs that go well: results, order, reuse, and what is left behind. */
#include "tests/integration/accel/accel_test.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>

#define NUMBERS 65536u

static struct ps_accel *accel;

static void vadd_adds(void)
{
    const uint32_t bytes = NUMBERS * sizeof(uint32_t);
    struct ps_accel_buf *a, *b, *sum;
    uint32_t *x, *y, *z, wrong = 0;
    struct ps_accel_done done;

    PS_REQUIRE(ps_accel_buf_take(accel, bytes, &a) == 0);
    PS_REQUIRE(ps_accel_buf_take(accel, bytes, &b) == 0);
    PS_REQUIRE(ps_accel_buf_take(accel, bytes, &sum) == 0);
    x = ps_accel_buf_map(a);
    y = ps_accel_buf_map(b);
    z = ps_accel_buf_map(sum);
    for (uint32_t i = 0; i < NUMBERS; i++) {
        x[i] = i * 2654435761u;
        y[i] = ~i;
        z[i] = 0;
    }
    const struct ps_accel_run run = {
        .tag = 0xfeedfacecafebeef,
        .cu = cu_named(accel, "vadd:vadd_2"),
        .arg_count = 4,
        .args = { { .buf = a, .in_bytes = bytes },
                  { .buf = b, .in_bytes = bytes },
                  { .buf = sum, .out_bytes = bytes },
                  { .scalar = NUMBERS } },
    };
    CU_ASSERT_EQUAL(ps_accel_submit(accel, &run), 0);
    done = await(accel);
    CU_ASSERT_EQUAL(done.status, 0);
    CU_ASSERT_EQUAL(done.tag, 0xfeedfacecafebeef);
    CU_ASSERT_EQUAL(done.cu, run.cu);
    for (uint32_t i = 0; i < NUMBERS; i++)
        wrong += z[i] != x[i] + y[i];
    CU_ASSERT_EQUAL(wrong, 0);
    ps_accel_buf_give(accel, a);
    ps_accel_buf_give(accel, b);
    ps_accel_buf_give(accel, sum);
}

static void only_the_bytes_asked_for_are_copied_back(void)
{
    const uint32_t cu = cu_named(accel, "trouble:trouble_1");
    struct ps_accel_buf *buf;
    uint8_t *bytes;

    PS_REQUIRE(ps_accel_buf_take(accel, 100, &buf) == 0);
    CU_ASSERT(ps_accel_buf_size(buf) >= 100);
    bytes = ps_accel_buf_map(buf);
    bytes[0] = 7;
    bytes[1] = 0x55; /* never copied in, so never to come back changed */
    CU_ASSERT_EQUAL(run_trouble(accel, cu, buf, TROUBLE_NONE), 0);
    CU_ASSERT_EQUAL(bytes[0], 8);
    CU_ASSERT_EQUAL(bytes[1], 0x55);
    ps_accel_buf_give(accel, buf);
}

static void thousands_of_runs_on_all_cus_each_complete_once(void)
{
    enum { RUNS = 2000 };
    const uint32_t cus[2] = { cu_named(accel, "trouble:trouble_1"),
                              cu_named(accel, "trouble:trouble_2") };
    struct ps_accel_buf *bufs[2];
    struct ps_accel_cu_info info;
    unsigned counts[2] = { 0, 0 }, failures = 0;
    uint64_t runs_before;

    ps_accel_cu_info(accel, cus[1], &info);
    runs_before = info.runs;
    for (int i = 0; i < 2; i++) {
        PS_REQUIRE(ps_accel_buf_take(accel, 1, &bufs[i]) == 0);
        *(uint8_t *)ps_accel_buf_map(bufs[i]) = 0;
        PS_REQUIRE(start_trouble(accel, cus[i], bufs[i], TROUBLE_NONE) == 0);
    }
    for (int done_count = 0; done_count < 2 * RUNS; done_count++) {
        const struct ps_accel_done done = await(accel);
        const int i = done.cu == cus[1];

        failures += done.status != 0;
        if (++counts[i] < RUNS)
            failures += start_trouble(accel, cus[i], bufs[i], TROUBLE_NONE) != 0;
    }
    CU_ASSERT_EQUAL(failures, 0);
    CU_ASSERT_EQUAL(counts[0], RUNS);
    CU_ASSERT_EQUAL(counts[1], RUNS);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(*(uint8_t *)ps_accel_buf_map(bufs[i]), RUNS % 256);
        ps_accel_buf_give(accel, bufs[i]);
    }
    ps_accel_cu_info(accel, cus[1], &info);
    CU_ASSERT_EQUAL(info.runs - runs_before, RUNS);
    CU_ASSERT_EQUAL(info.state, PS_ACCEL_CU_IDLE);
}

static void a_busy_cu_refuses_and_the_fd_is_quiet_when_all_is_reaped(void)
{
    const uint32_t cu = cu_named(accel, "trouble:trouble_1");
    struct pollfd event = { .fd = ps_accel_fd(accel), .events = POLLIN };
    struct ps_accel_done done;
    struct ps_accel_buf *buf;

    PS_REQUIRE(ps_accel_buf_take(accel, 1, &buf) == 0);
    CU_ASSERT_EQUAL(start_trouble(accel, cu, buf, TROUBLE_NONE), 0);
    CU_ASSERT_EQUAL(start_trouble(accel, cu, buf, TROUBLE_NONE), -EBUSY);
    CU_ASSERT_EQUAL(await(accel).status, 0);
    CU_ASSERT_EQUAL(poll(&event, 1, 0), 0);
    CU_ASSERT_EQUAL(ps_accel_reap(accel, &done, 1), 0);
    ps_accel_buf_give(accel, buf);
}

static void the_card_says_what_it_is(void)
{
    struct ps_accel_cu_info info;

    CU_ASSERT(ps_accel_is_emulated(accel));
    CU_ASSERT_STRING_EQUAL(ps_accel_device_name(accel), "emulated test-card");
    CU_ASSERT_EQUAL(ps_accel_cu_count(accel), 4);
    ps_accel_cu_info(accel, 0, &info);
    CU_ASSERT_STRING_EQUAL(info.name, "vadd:vadd_1");
    CU_ASSERT_EQUAL(info.kernel, 0); /* none of kernels/abi */
}

static void workers_give_way_to_the_host(void)
{
    const pid_t worker = worker_of("vadd:vadd_1");

    PS_REQUIRE(worker > 0);
    CU_ASSERT_EQUAL(getpriority(PRIO_PROCESS, (id_t)worker), 5);
}

static void destroy_waits_for_what_runs(void)
{
    const unsigned children = count_children(), fds = count_fds();
    struct ps_accel *other = open_test_card(5000);
    struct ps_accel_buf *buf;

    PS_REQUIRE(other != NULL);
    PS_REQUIRE(ps_accel_buf_take(other, 1, &buf) == 0);
    CU_ASSERT_EQUAL(start_trouble(other, cu_named(other, "trouble:trouble_1"), buf, TROUBLE_NONE),
                    0);
    ps_accel_destroy(other);
    CU_ASSERT(counts_return_to(children, fds));
}

static void destroy_leaves_no_process_and_no_file(void)
{
    const unsigned children = count_children(), fds = count_fds();

    for (int i = 0; i < 3; i++) {
        struct ps_accel *other = open_test_card(5000);

        PS_REQUIRE(other != NULL);
        CU_ASSERT_EQUAL(count_children(), children + 4);
        ps_accel_destroy(other);
        CU_ASSERT(counts_return_to(children, fds));
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(vadd_adds),
        PS_TEST(only_the_bytes_asked_for_are_copied_back),
        PS_TEST(thousands_of_runs_on_all_cus_each_complete_once),
        PS_TEST(a_busy_cu_refuses_and_the_fd_is_quiet_when_all_is_reaped),
        PS_TEST(the_card_says_what_it_is),
        PS_TEST(workers_give_way_to_the_host),
        PS_TEST(destroy_waits_for_what_runs),
        PS_TEST(destroy_leaves_no_process_and_no_file),
    };
    int rc;

    unsetenv("PS_EMU_NICE");
    accel = open_test_card(5000);
    if (accel == NULL)
        return EXIT_FAILURE;
    rc = ps_test_run("accel/runs", tests, sizeof(tests) / sizeof(tests[0]));
    ps_accel_destroy(accel);
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The worked example of docs/hil.md: a lab's own kernel on its own card, in each timing. */
#include "tests/integration/emu/emu_test.h"
#include "tests/support/ps_test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define COUNT 160000u

/* 100 + 160000 / 16 cycles at 100 MHz; a bank of 100 Gbit/s carries the 1.92 MB in longer. */
#define BANK_NS 153600u

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct outcome {
    enum ert_cmd_state state;
    uint32_t wrong;
    uint64_t took_ns;
};

static struct outcome run_in(const char *timing)
{
    struct outcome outcome;
    xrtDeviceHandle card;
    struct saxpy saxpy;
    uint64_t start_ns;

    setenv("PS_EMU_TIMING", timing, 1);
    card = open_card(0, "PS_TEST_OWN_CARD");
    unsetenv("PS_EMU_TIMING");
    PS_REQUIRE(card != NULL);
    saxpy_open(&saxpy, card, "saxpy", COUNT);
    start_ns = now_ns();
    outcome.state = saxpy_run(&saxpy, 3);
    outcome.took_ns = now_ns() - start_ns;
    outcome.wrong = saxpy_wrong(&saxpy, 3);
    saxpy_close(&saxpy);
    xrtDeviceClose(card);
    return outcome;
}

static void functional_computes(void)
{
    const struct outcome outcome = run_in("functional");

    CU_ASSERT_EQUAL(outcome.state, ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(outcome.wrong, 0);
}

static void timed_computes_and_takes_the_cards_time(void)
{
    const struct outcome outcome = run_in("timed");

    CU_ASSERT_EQUAL(outcome.state, ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(outcome.wrong, 0);
    CU_ASSERT(outcome.took_ns >= BANK_NS);
}

static void dry_takes_the_cards_time_and_computes_nothing(void)
{
    const struct outcome outcome = run_in("dry");

    CU_ASSERT_EQUAL(outcome.state, ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(outcome.wrong, COUNT);
    CU_ASSERT(outcome.took_ns >= BANK_NS);
}

static void a_kernel_without_a_cycle_model_has_no_card_time(void)
{
    xrtDeviceHandle card;

    setenv("PS_EMU_TIMING", "dry", 1);
    card = open_card(0, "PS_TEST_CARD"); /* of the accelerator's tests: no cycle models */
    CU_ASSERT_PTR_NULL(card);
    unsetenv("PS_EMU_TIMING");
    card = open_card(0, "PS_TEST_CARD");
    CU_ASSERT_PTR_NOT_NULL(card);
    xrtDeviceClose(card);
}

static void recorded_run_times_become_a_factor(void)
{
    char command[1024], line[128] = "";
    FILE *out;

    snprintf(command, sizeof(command), "%s --fit %s/runs.txt %s/card.conf %s",
             getenv("PS_TEST_MKXCLBIN"), getenv("PS_TEST_OWN_FOLDER"), getenv("PS_TEST_OWN_FOLDER"),
             getenv("PS_TEST_OWN_KERNELS"));
    out = popen(command, "r");
    PS_REQUIRE(out != NULL);
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), out));
    CU_ASSERT_EQUAL(pclose(out), 0);
    CU_ASSERT_EQUAL(strncmp(line, "calibrate saxpy 1.49", 20), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(functional_computes),
        PS_TEST(timed_computes_and_takes_the_cards_time),
        PS_TEST(dry_takes_the_cards_time_and_computes_nothing),
        PS_TEST(a_kernel_without_a_cycle_model_has_no_card_time),
        PS_TEST(recorded_run_times_become_a_factor),
    };

    use_emulation();
    return ps_test_run("emu/own_kernel", tests, sizeof(tests) / sizeof(tests[0]));
}

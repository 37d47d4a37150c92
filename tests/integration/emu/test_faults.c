/* SPDX-License-Identifier: BSD-3-Clause */
/* Each kind of fault strikes when the watched file says so, is counted, and is over with it. */
#include "tests/integration/emu/emu_test.h"
#include "tests/support/ps_test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT 4096u

static xrtDeviceHandle card;
static struct saxpy saxpy;

static void open_all(const char *timing)
{
    setenv("PS_EMU_TIMING", timing, 1);
    card = open_card(0, "PS_TEST_OWN_CARD");
    PS_REQUIRE(card != NULL);
    saxpy_open(&saxpy, card, "saxpy:{saxpy_1}", COUNT);
}

static void close_all(void)
{
    saxpy_close(&saxpy);
    xrtDeviceClose(card);
}

/* The run ends in @p state, the fault was counted, and the next run is well. */
static void strikes_once(const char *spec, enum ert_cmd_state state, const char *count)
{
    uint64_t before;

    set_faults("");
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 2), ERT_CMD_STATE_COMPLETED);
    before = stat_of(count);
    set_faults(spec);
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 3), state);
    CU_ASSERT_EQUAL(stat_of(count), before + 1);
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 4), ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(stat_of(count), before + 1);
}

static void a_run_can_hang_crash_and_fail_in_each_timing(void)
{
    static const char *const timings[] = { "functional", "timed", "dry" };

    for (int i = 0; i < 3; i++) {
        open_all(timings[i]);
        strikes_once("hang x1", ERT_CMD_STATE_TIMEOUT, "fault_hang");
        strikes_once("crash@saxpy x1", ERT_CMD_STATE_ERROR, "fault_crash");
        strikes_once("error@saxpy:saxpy_1/0 x1", ERT_CMD_STATE_ERROR, "fault_error");
        strikes_once("slow x1 factor=3", ERT_CMD_STATE_COMPLETED, "fault_slow");
        close_all();
    }
}

static void a_fault_for_another_place_does_not_strike(void)
{
    uint64_t before;

    open_all("functional");
    set_faults("error@saxpy:saxpy_2; error@sax; error/1; error@saxpy 0");
    before = stat_of("fault_error");
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 2), ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(stat_of("fault_error"), before);
    close_all();
}

static uint32_t wrong_bits(uint32_t a)
{
    const uint32_t *sum = xrtBOMap(saxpy.sum);
    uint32_t bits = 0;

    saxpy_wrong(&saxpy, a); /* copies back */
    for (uint32_t i = 0; i < COUNT; i++)
        bits += (uint32_t)__builtin_popcount(sum[i] ^ (a * i + 7));
    return bits;
}

static void a_flip_is_one_wrong_bit_of_what_the_run_wrote(void)
{
    open_all("functional");
    set_faults("flip@saxpy x2");
    for (uint32_t a = 10; a < 12; a++) {
        CU_ASSERT_EQUAL(saxpy_run(&saxpy, a), ERT_CMD_STATE_COMPLETED);
        CU_ASSERT_EQUAL(wrong_bits(a), 1);
    }
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 12), ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(wrong_bits(12), 0);
    CU_ASSERT_EQUAL(stat_of("fault_flip"), 2);
    set_faults("flip x1 arg=sum");
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 12), ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(wrong_bits(12), 1); /* though it wrote what was there */
    close_all();
}

static void full_memory_refuses_buffers_until_the_fault_is_gone(void)
{
    xrtBufferHandle bo;

    open_all("functional");
    set_faults("ddr-full");
    CU_ASSERT_PTR_NULL(xrtBOAlloc(card, 4096, XRT_BO_FLAGS_NONE, 0));
    set_faults("");
    bo = xrtBOAlloc(card, 4096, XRT_BO_FLAGS_NONE, 0);
    CU_ASSERT_PTR_NOT_NULL(bo);
    xrtBOFree(bo);
    CU_ASSERT(stat_of("fault_ddr_full") >= 1);
    close_all();
}

static void an_xclbin_can_be_refused(void)
{
    set_faults("xclbin-refused x1");
    CU_ASSERT_PTR_NULL(open_card(0, "PS_TEST_OWN_CARD"));
    card = open_card(0, "PS_TEST_OWN_CARD");
    CU_ASSERT_PTR_NOT_NULL(card);
    xrtDeviceClose(card);
    CU_ASSERT_EQUAL(stat_of("fault_xclbin_refused"), 1);
}

/* The run hangs, so that only the loss of the card can end it so soon. */
static void a_lost_card_ends_its_runs_and_comes_back_when_opened_again(void)
{
    setenv("PS_EMU_HANG_MS", "3600000", 1);
    open_all("functional");
    set_faults("hang");
    PS_REQUIRE(saxpy_start(&saxpy, 2) == 0);
    set_faults("card-lost/0");
    CU_ASSERT_EQUAL(xrtRunWaitFor(saxpy.run, WAIT_MS), ERT_CMD_STATE_ERROR);
    CU_ASSERT_NOT_EQUAL(xrtBOSync(saxpy.x, XCL_BO_SYNC_BO_TO_DEVICE, 4, 0), 0);
    CU_ASSERT_NOT_EQUAL(xrtRunStart(saxpy.run), 0);
    CU_ASSERT_PTR_NULL(open_card(0, "PS_TEST_OWN_CARD"));
    set_faults("");
    CU_ASSERT_NOT_EQUAL(xrtBOSync(saxpy.x, XCL_BO_SYNC_BO_TO_DEVICE, 4, 0), 0);
    close_all();
    CU_ASSERT_EQUAL(stat_of("fault_card_lost"), 1);
    setenv("PS_EMU_HANG_MS", "200", 1);
    open_all("functional");
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 2), ERT_CMD_STATE_COMPLETED);
    close_all();
}

static void a_bad_spec_is_counted_and_ignored_as_a_whole(void)
{
    open_all("functional");
    set_faults("error x1; nonsense");
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 2), ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(stat_of("specs_bad"), 1);
    close_all();
}

/* The environment's spec stands until a file is there, and again without it. */
static void the_file_goes_before_the_environment(void)
{
    open_all("functional");
    set_faults(NULL);
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 2), ERT_CMD_STATE_ERROR);
    set_faults("");
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 2), ERT_CMD_STATE_COMPLETED);
    close_all();
}

/* The first runs of a card strike the same way each time it is opened. */
static void the_seed_decides_which_runs_are_struck(void)
{
    char struck[2][33] = { "", "" };

    for (int turn = 0; turn < 2; turn++) {
        set_faults("error 0.5");
        open_all("dry");
        for (int i = 0; i < 32; i++)
            struck[turn][i] = saxpy_run(&saxpy, 1) == ERT_CMD_STATE_ERROR ? 'x' : '.';
        close_all();
    }
    CU_ASSERT_STRING_EQUAL(struck[0], struck[1]);
    CU_ASSERT_PTR_NOT_NULL(strchr(struck[0], 'x'));
    CU_ASSERT_PTR_NOT_NULL(strchr(struck[0], '.'));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_run_can_hang_crash_and_fail_in_each_timing),
        PS_TEST(a_fault_for_another_place_does_not_strike),
        PS_TEST(a_flip_is_one_wrong_bit_of_what_the_run_wrote),
        PS_TEST(full_memory_refuses_buffers_until_the_fault_is_gone),
        PS_TEST(an_xclbin_can_be_refused),
        PS_TEST(a_lost_card_ends_its_runs_and_comes_back_when_opened_again),
        PS_TEST(a_bad_spec_is_counted_and_ignored_as_a_whole),
        PS_TEST(the_file_goes_before_the_environment),
        PS_TEST(the_seed_decides_which_runs_are_struck),
    };

    use_emulation();
    set_faults("");
    setenv("PS_EMU_FAULTS", "error", 1);
    setenv("PS_EMU_HANG_MS", "200", 1);
    return ps_test_run("emu/faults", tests, sizeof(tests) / sizeof(tests[0]));
}

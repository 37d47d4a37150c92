/* SPDX-License-Identifier: BSD-3-Clause */
/* Four cards of eight compute units in dry: 32 at work at once, and no process for any of them. */
#include "kernels/abi/kernels.h"
#include "tests/integration/emu/emu_test.h"
#include "tests/support/ps_test.h"

#include <stdio.h>
#include <string.h>

enum { CARDS = 4, KINDS = 2, INSTANCES = 4, ROUNDS = 3 };

static xrtDeviceHandle cards[CARDS];
static xrtKernelHandle kernels[CARDS][KINDS][INSTANCES];
static xrtRunHandle runs[CARDS][KINDS][INSTANCES];
static xrtBufferHandle buffers[CARDS];

static void set_scale_args(xrtRunHandle run, xrtBufferHandle buffer)
{
    xrtRunSetArg(run, 0, buffer);
    xrtRunSetArg(run, 1, buffer);
    xrtRunSetArg(run, 2, 640);
    xrtRunSetArg(run, 3, 360);
    xrtRunSetArg(run, 4, 320);
    xrtRunSetArg(run, 5, 180);
    xrtRunSetArg(run, 6, 2);
    xrtRunSetArg(run, 7, buffer);
}

static void set_encode_args(xrtRunHandle run, xrtBufferHandle buffer)
{
    for (int i = 0; i < 5; i++)
        xrtRunSetArg(run, i, buffer);
    xrtRunSetArg(run, 5, 320);
    xrtRunSetArg(run, 6, 180);
    xrtRunSetArg(run, 7, 2);
    xrtRunSetArg(run, 8, 4096);
    xrtRunSetArg(run, 9, PSK_ENC_START);
    xrtRunSetArg(run, 10, 25);
    xrtRunSetArg(run, 11, 1);
    xrtRunSetArg(run, 12, buffer);
}

static void open_cu(int card, int kind, int instance)
{
    static const char *const names[KINDS] = { "scale", "h264enc" };
    char name[64];

    snprintf(name, sizeof(name), "%s:{%s_%d}", names[kind], names[kind], instance + 1);
    kernels[card][kind][instance] = open_kernel(cards[card], name);
    PS_REQUIRE(kernels[card][kind][instance] != NULL);
    runs[card][kind][instance] = xrtRunOpen(kernels[card][kind][instance]);
    PS_REQUIRE(runs[card][kind][instance] != NULL);
    if (kind == 0)
        set_scale_args(runs[card][kind][instance], buffers[card]);
    else
        set_encode_args(runs[card][kind][instance], buffers[card]);
}

static void each_cu(void (*act)(int card, int kind, int instance))
{
    for (int card = 0; card < CARDS; card++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int instance = 0; instance < INSTANCES; instance++)
                act(card, kind, instance);
}

static void as_many_cards_as_are_said_open(void)
{
    for (unsigned i = 0; i < CARDS; i++) {
        cards[i] = open_card(i, "PS_TEST_EMU_LAB");
        PS_REQUIRE(cards[i] != NULL);
        buffers[i] = xrtBOAlloc(cards[i], 4096, XRT_BO_FLAGS_NONE, 0);
        PS_REQUIRE(buffers[i] != NULL);
    }
    CU_ASSERT_PTR_NULL(open_card(CARDS, "PS_TEST_EMU_LAB"));
    each_cu(open_cu);
}

static bool has_worker(void)
{
    char line[256];
    FILE *out = popen("pgrep -P $PPID -c prestage-cu", "r");
    const bool ok = out != NULL && fgets(line, sizeof(line), out) != NULL;

    if (out != NULL)
        pclose(out);
    return !ok || strtol(line, NULL, 10) != 0;
}

static void dry_cards_need_no_processes(void)
{
    CU_ASSERT_FALSE(has_worker());
}

static void start(int card, int kind, int instance)
{
    CU_ASSERT_EQUAL(xrtRunStart(runs[card][kind][instance]), 0);
}

static void finish(int card, int kind, int instance)
{
    CU_ASSERT_EQUAL(xrtRunWaitFor(runs[card][kind][instance], WAIT_MS), ERT_CMD_STATE_COMPLETED);
}

static void all_compute_units_work_at_once(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        each_cu(start);
        each_cu(finish);
    }
}

static void close_cu(int card, int kind, int instance)
{
    xrtRunClose(runs[card][kind][instance]);
    xrtKernelClose(kernels[card][kind][instance]);
}

static void every_run_was_counted_once(void)
{
    each_cu(close_cu);
    for (int i = 0; i < CARDS; i++) {
        xrtBOFree(buffers[i]);
        xrtDeviceClose(cards[i]);
    }
    CU_ASSERT_EQUAL(stat_of("runs"), CARDS * KINDS * INSTANCES * ROUNDS);
    CU_ASSERT_EQUAL(stat_of("runs_late"), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(as_many_cards_as_are_said_open),
        PS_TEST(dry_cards_need_no_processes),
        PS_TEST(all_compute_units_work_at_once),
        PS_TEST(every_run_was_counted_once),
    };

    use_emulation();
    setenv("PS_EMU_DEVICES", "4", 1);
    setenv("PS_EMU_TIMING", "dry", 1);
    return ps_test_run("emu/devices", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* What XRT's C API offers besides plain runs: registers, shared and partial buffers, early closes.
 */
#include "tests/integration/emu/emu_test.h"
#include "tests/support/ps_test.h"

#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <xrt.h>

#define COUNT 4096u
#define BYTES (COUNT * sizeof(uint32_t))

static xrtDeviceHandle card;

static void registers_hold_what_the_last_run_was_given(void)
{
    struct saxpy saxpy;
    uint32_t value = 0, idle = 0;

    saxpy_open(&saxpy, card, "saxpy:{saxpy_1}", COUNT);
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 9), ERT_CMD_STATE_COMPLETED);
    saxpy_close(&saxpy);
    saxpy.kernel = open_kernel_exclusive(card, "saxpy:{saxpy_1}");
    PS_REQUIRE(saxpy.kernel != NULL);
    CU_ASSERT_EQUAL(
        xrtKernelReadRegister(saxpy.kernel, xrtKernelArgOffset(saxpy.kernel, 3), &value), 0);
    CU_ASSERT_EQUAL(value, 9);
    CU_ASSERT_EQUAL(xrtKernelReadRegister(saxpy.kernel, 0, &idle), 0);
    CU_ASSERT_EQUAL(idle & 4u, 4u);
    CU_ASSERT_NOT_EQUAL(xrtKernelReadRegister(saxpy.kernel, 1, &value), 0);
    xrtKernelClose(saxpy.kernel);
}

/* The window still has the addresses of a run before; only a is another. */
static void a_kernel_starts_by_its_control_register(void)
{
    xrtKernelHandle kernel;
    struct saxpy saxpy;
    uint32_t control = 0, offset;

    saxpy_open(&saxpy, card, "saxpy:{saxpy_2}", COUNT);
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 2), ERT_CMD_STATE_COMPLETED);
    offset = xrtKernelArgOffset(saxpy.kernel, 3);
    xrtRunClose(saxpy.run);
    xrtKernelClose(saxpy.kernel);
    kernel = open_kernel_exclusive(card, "saxpy:{saxpy_2}");
    PS_REQUIRE(kernel != NULL);
    CU_ASSERT_EQUAL(xrtKernelReadRegister(kernel, 0, &control), 0); /* clears done */
    CU_ASSERT_EQUAL(xrtKernelWriteRegister(kernel, offset, 5), 0);
    CU_ASSERT_EQUAL(xrtKernelWriteRegister(kernel, 0, 1), 0);
    do {
        CU_ASSERT_EQUAL(xrtKernelReadRegister(kernel, 0, &control), 0);
    } while ((control & 2u) == 0 && poll(NULL, 0, 1) == 0);
    saxpy.run = NULL;
    saxpy.kernel = kernel;
    CU_ASSERT_EQUAL(saxpy_wrong(&saxpy, 5), 0);
    saxpy_close(&saxpy);
}

static void a_sub_buffer_is_a_part_of_its_parent(void)
{
    xrtBufferHandle parent = xrtBOAlloc(card, 2 * BYTES, XRT_BO_FLAGS_NONE, 0), part;
    uint32_t *words = xrtBOMap(parent);
    struct saxpy saxpy;

    memset(words, 0, 2 * BYTES);
    CU_ASSERT_EQUAL(xrtBOSync(parent, XCL_BO_SYNC_BO_TO_DEVICE, 2 * BYTES, 0), 0);
    saxpy_open(&saxpy, card, "saxpy:{saxpy_1}", COUNT);
    part = xrtBOSubAlloc(parent, BYTES, BYTES);
    PS_REQUIRE(part != NULL);
    CU_ASSERT_EQUAL(xrtBOAddress(part), xrtBOAddress(parent) + BYTES);
    xrtBOFree(saxpy.sum);
    saxpy.sum = part;
    CU_ASSERT_EQUAL(saxpy_run(&saxpy, 6), ERT_CMD_STATE_COMPLETED);
    CU_ASSERT_EQUAL(xrtBOSync(parent, XCL_BO_SYNC_BO_FROM_DEVICE, 2 * BYTES, 0), 0);
    CU_ASSERT_EQUAL(words[COUNT - 1], 0); /* before the part */
    CU_ASSERT_EQUAL(words[COUNT + 1], 6 * 1 + 7);
    saxpy_close(&saxpy);
    xrtBOFree(parent);
}

static xrtBufferHandle filled(uint32_t first)
{
    xrtBufferHandle bo = xrtBOAlloc(card, BYTES, XRT_BO_FLAGS_NONE, 0);
    uint32_t *words = xrtBOMap(bo);

    words[0] = first;
    words[COUNT - 1] = ~first;
    CU_ASSERT_EQUAL(xrtBOSync(bo, XCL_BO_SYNC_BO_TO_DEVICE, BYTES, 0), 0);
    return bo;
}

static void an_exported_buffer_is_seen_on_the_same_card(void)
{
    xrtBufferHandle bo = filled(11), same;
    const xclBufferExportHandle fd = xrtBOExport(bo);
    uint32_t *words;

    PS_REQUIRE(fd != XRT_NULL_BO_EXPORT);
    same = xrtBOImport(card, fd);
    PS_REQUIRE(same != NULL);
    CU_ASSERT_EQUAL(xrtBOAddress(same), xrtBOAddress(bo));
    words = xrtBOMap(same);
    PS_REQUIRE(words != NULL);
    CU_ASSERT_EQUAL(words[0], 11);
    CU_ASSERT_EQUAL(words[COUNT - 1], ~11u);
    xrtBOFree(same);
    xrtBOFree(bo);
}

static void an_exported_buffer_is_copied_from_on_another_card(void)
{
    xrtDeviceHandle other = open_card(1, "PS_TEST_OWN_CARD");
    xrtBufferHandle bo = filled(22), foreign, to;
    uint32_t *words;

    PS_REQUIRE(other != NULL);
    foreign = xrtBOImport(other, xrtBOExport(bo));
    PS_REQUIRE(foreign != NULL);
    CU_ASSERT_EQUAL(xrtBOSize(foreign), BYTES);
    words = xrtBOMap(foreign);
    PS_REQUIRE(words != NULL);
    CU_ASSERT_EQUAL(words[0], 22);
    to = xrtBOAlloc(other, BYTES, XRT_BO_FLAGS_NONE, 0);
    PS_REQUIRE(to != NULL);
    CU_ASSERT_EQUAL(xrtBOCopy(to, foreign, BYTES, 0, 0), 0);
    CU_ASSERT_EQUAL(xrtBOSync(to, XCL_BO_SYNC_BO_FROM_DEVICE, BYTES, 0), 0);
    words = xrtBOMap(to);
    CU_ASSERT_EQUAL(words[COUNT - 1], ~22u);
    xrtBOFree(to);
    xrtBOFree(foreign);
    xrtBOFree(bo);
    xrtDeviceClose(other);
}

static void what_is_no_exported_buffer_is_not_imported(void)
{
    CU_ASSERT_PTR_NULL(xrtBOImport(card, 0));
    CU_ASSERT_PTR_NULL(xrtBOImport(card, -1));
}

/* Each close must end the run before its packet can be another's. */
static void a_run_closed_while_it_runs_disturbs_no_other(void)
{
    struct saxpy saxpy;

    for (int i = 0; i < 20; i++) {
        saxpy_open(&saxpy, card, "saxpy", COUNT);
        CU_ASSERT_EQUAL(saxpy_start(&saxpy, 1), 0);
        saxpy_close(&saxpy);
        saxpy_open(&saxpy, card, "saxpy", COUNT);
        CU_ASSERT_EQUAL(saxpy_run(&saxpy, 8), ERT_CMD_STATE_COMPLETED);
        CU_ASSERT_EQUAL(saxpy_wrong(&saxpy, 8), 0);
        saxpy_close(&saxpy);
    }
}

/* The driver's own functions, as a host finds them: libxrt has loaded the library. */
static void *driver_function(const char *name)
{
    char path[512];
    void *driver, *function;

    snprintf(path, sizeof(path), "%s/lib/libxrt_core.so.2", getenv("PS_TEST_DRIVER"));
    driver = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    PS_REQUIRE(driver != NULL);
    function = dlsym(driver, name);
    dlclose(driver);
    PS_REQUIRE(function != NULL);
    return function;
}

static void the_card_tells_its_name_temperature_and_power(void)
{
    int (*get_info)(xclDeviceHandle, struct xclDeviceInfo2 *);
    void *function = driver_function("xclGetDeviceInfo2");
    struct xclDeviceInfo2 info;

    memcpy(&get_info, &function, sizeof(get_info));
    CU_ASSERT_EQUAL(get_info(xrtDeviceToXclDevice(card), &info), 0);
    CU_ASSERT_STRING_EQUAL(info.mName, "own-kernel");
    CU_ASSERT_EQUAL(info.mDDRSize, 64u << 20);
    CU_ASSERT_EQUAL(info.mDDRBankCount, 2);
    CU_ASSERT_EQUAL(info.mOCLFrequency[0], 100);
    CU_ASSERT(info.mOnChipTemp >= 44 && info.mOnChipTemp <= 51); /* 30 + 25..33 W * 0.6 */
    CU_ASSERT(info.m12VPex * info.mPexCurr / 1000000 >= 24);     /* watts */
    CU_ASSERT(info.m12VPex * info.mPexCurr / 1000000 <= 33);
}

static void the_card_tells_what_is_used(void)
{
    int (*get_usage)(xclDeviceHandle, struct xclDeviceUsage *);
    void *function = driver_function("xclGetUsageInfo");
    struct xclDeviceUsage before, after;
    xrtBufferHandle bo;

    memcpy(&get_usage, &function, sizeof(get_usage));
    CU_ASSERT_EQUAL(get_usage(xrtDeviceToXclDevice(card), &before), 0);
    bo = filled(1);
    CU_ASSERT_EQUAL(get_usage(xrtDeviceToXclDevice(card), &after), 0);
    CU_ASSERT_EQUAL(after.ddrMemUsed[0], before.ddrMemUsed[0] + BYTES);
    CU_ASSERT_EQUAL(after.h2c[0], before.h2c[0] + BYTES);
    xrtBOFree(bo);
    CU_ASSERT_EQUAL(get_usage(xrtDeviceToXclDevice(card), &after), 0);
    CU_ASSERT_EQUAL(after.ddrMemUsed[0], before.ddrMemUsed[0]);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(registers_hold_what_the_last_run_was_given),
        PS_TEST(a_kernel_starts_by_its_control_register),
        PS_TEST(a_sub_buffer_is_a_part_of_its_parent),
        PS_TEST(an_exported_buffer_is_seen_on_the_same_card),
        PS_TEST(an_exported_buffer_is_copied_from_on_another_card),
        PS_TEST(what_is_no_exported_buffer_is_not_imported),
        PS_TEST(a_run_closed_while_it_runs_disturbs_no_other),
        PS_TEST(the_card_tells_its_name_temperature_and_power),
        PS_TEST(the_card_tells_what_is_used),
    };
    int rc;

    use_emulation();
    setenv("PS_EMU_DEVICES", "2", 1);
    card = open_card(0, "PS_TEST_OWN_CARD");
    if (card == NULL)
        return EXIT_FAILURE;
    rc = ps_test_run("emu/api", tests, sizeof(tests) / sizeof(tests[0]));
    xrtDeviceClose(card);
    return rc;
}

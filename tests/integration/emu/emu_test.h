/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/integration/emu/emu_test.h - an emulated card through XRT's own C API, nothing of ours
 * between.
 */
#ifndef PS_TESTS_INTEGRATION_EMU_EMU_TEST_H
#define PS_TESTS_INTEGRATION_EMU_EMU_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#define WAIT_MS 20000u /* longer than anything here takes */

/** Point XRT at the emulation driver; before the first XRT call. */
void use_emulation(void);

/** Open card @p idx and load the xclbin that environment variable @p xclbin names; NULL: failed. */
xrtDeviceHandle open_card(unsigned idx, const char *xclbin);

/** Open @p name ("kernel:{instance}" or "kernel"), shared or exclusive. NULL: failed. */
xrtKernelHandle open_kernel(xrtDeviceHandle card, const char *name);
xrtKernelHandle open_kernel_exclusive(xrtDeviceHandle card, const char *name);

/** Three buffers and a run of the own kernel's saxpy. */
struct saxpy {
    xrtBufferHandle x, y, sum;
    xrtKernelHandle kernel;
    xrtRunHandle run;
    uint32_t count;
};

/** x[i] = i, y[i] = 7, sum[i] = 0; on the card too. Fails the process when something fails. */
void saxpy_open(struct saxpy *saxpy, xrtDeviceHandle card, const char *kernel, uint32_t count);
void saxpy_close(struct saxpy *saxpy);
/** Start with @p a. @return 0 or what XRT said. */
int saxpy_start(struct saxpy *saxpy, uint32_t a);
/** saxpy_start() and wait. @return the run's state. */
enum ert_cmd_state saxpy_run(struct saxpy *saxpy, uint32_t a);
/** How many of the sums, copied back, are not a * i + 7. */
uint32_t saxpy_wrong(struct saxpy *saxpy, uint32_t a);

/** Make the watched file of faults say @p text; NULL removes it. */
void set_faults(const char *text);
/** The count @p name in the driver's statistics. */
uint64_t stat_of(const char *name);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/integration/emu/emu_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/prestage-emu-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[2][128];
    static unsigned turn;

    turn ^= 1;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
    return path[turn];
}

static void clean_up(void)
{
    unlink(path_of("faults"));
    unlink(path_of("stats"));
    rmdir(folder);
}

void use_emulation(void)
{
    if (mkdtemp(folder) == NULL)
        exit(EXIT_FAILURE);
    atexit(clean_up);
    setenv("XILINX_XRT", getenv("PS_TEST_DRIVER"), 1);
    unsetenv("XCL_EMULATION_MODE");
    setenv("PS_EMU_FAULTS_FILE", path_of("faults"), 1);
    setenv("PS_EMU_STATS", path_of("stats"), 1);
}

xrtDeviceHandle open_card(unsigned idx, const char *xclbin)
{
    xrtDeviceHandle card = xrtDeviceOpen(idx);

    if (card == NULL)
        return NULL;
    if (xrtDeviceLoadXclbinFile(card, getenv(xclbin)) == 0)
        return card;
    xrtDeviceClose(card);
    return NULL;
}

xrtKernelHandle open_kernel(xrtDeviceHandle card, const char *name)
{
    xuid_t id;

    return xrtDeviceGetXclbinUUID(card, id) == 0 ? xrtPLKernelOpen(card, id, name) : NULL;
}

xrtKernelHandle open_kernel_exclusive(xrtDeviceHandle card, const char *name)
{
    xuid_t id;

    return xrtDeviceGetXclbinUUID(card, id) == 0 ? xrtPLKernelOpenExclusive(card, id, name) : NULL;
}

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "emulated card: no %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static xrtBufferHandle new_buffer(const struct saxpy *saxpy, xrtDeviceHandle card, uint32_t step,
                                  uint32_t first)
{
    const size_t size = saxpy->count * sizeof(uint32_t);
    xrtBufferHandle bo = xrtBOAlloc(card, size, XRT_BO_FLAGS_NONE,
                                    (xrtMemoryGroup)xrtKernelArgGroupId(saxpy->kernel, 0));
    uint32_t *words = bo != NULL ? xrtBOMap(bo) : NULL;

    need(words != NULL, "buffer");
    for (uint32_t i = 0; i < saxpy->count; i++)
        words[i] = first + i * step;
    need(xrtBOSync(bo, XCL_BO_SYNC_BO_TO_DEVICE, size, 0) == 0, "copy to the card");
    return bo;
}

void saxpy_open(struct saxpy *saxpy, xrtDeviceHandle card, const char *kernel, uint32_t count)
{
    *saxpy = (struct saxpy){ .count = count, .kernel = open_kernel(card, kernel) };
    need(saxpy->kernel != NULL, "kernel");
    saxpy->x = new_buffer(saxpy, card, 1, 0);
    saxpy->y = new_buffer(saxpy, card, 0, 7);
    saxpy->sum = new_buffer(saxpy, card, 0, 0);
    saxpy->run = xrtRunOpen(saxpy->kernel);
    need(saxpy->run != NULL, "run");
}

void saxpy_close(struct saxpy *saxpy)
{
    if (saxpy->run != NULL)
        xrtRunClose(saxpy->run);
    xrtBOFree(saxpy->x);
    xrtBOFree(saxpy->y);
    xrtBOFree(saxpy->sum);
    xrtKernelClose(saxpy->kernel);
}

int saxpy_start(struct saxpy *saxpy, uint32_t a)
{
    xrtRunSetArg(saxpy->run, 0, saxpy->x);
    xrtRunSetArg(saxpy->run, 1, saxpy->y);
    xrtRunSetArg(saxpy->run, 2, saxpy->sum);
    xrtRunSetArg(saxpy->run, 3, a);
    xrtRunSetArg(saxpy->run, 4, saxpy->count);
    return xrtRunStart(saxpy->run);
}

enum ert_cmd_state saxpy_run(struct saxpy *saxpy, uint32_t a)
{
    enum ert_cmd_state state;

    if (saxpy_start(saxpy, a) != 0)
        return ERT_CMD_STATE_MAX;
    state = xrtRunWaitFor(saxpy->run, WAIT_MS);
    if (state != ERT_CMD_STATE_COMPLETED) { /* a failed run's handle does not start again */
        xrtRunClose(saxpy->run);
        saxpy->run = xrtRunOpen(saxpy->kernel);
    }
    return state;
}

uint32_t saxpy_wrong(struct saxpy *saxpy, uint32_t a)
{
    const uint32_t *sum = xrtBOMap(saxpy->sum);
    uint32_t wrong = 0;

    need(xrtBOSync(saxpy->sum, XCL_BO_SYNC_BO_FROM_DEVICE, saxpy->count * sizeof(*sum), 0) == 0,
         "copy from the card");
    for (uint32_t i = 0; i < saxpy->count; i++)
        wrong += sum[i] != a * i + 7;
    return wrong;
}

void set_faults(const char *text)
{
    FILE *out;

    if (text == NULL) {
        unlink(path_of("faults"));
        return;
    }
    out = fopen(path_of("faults.new"), "w");
    need(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0, "file of faults");
    need(rename(path_of("faults.new"), path_of("faults")) == 0, "file of faults");
}

uint64_t stat_of(const char *name)
{
    char line[64];
    FILE *in = fopen(path_of("stats"), "r");
    unsigned long long value = 0;
    const size_t n = strlen(name);

    need(in != NULL, "statistics");
    while (fgets(line, sizeof(line), in) != NULL)
        if (strncmp(line, name, n) == 0 && line[n] == '=')
            value = strtoull(line + n + 1, NULL, 10);
    fclose(in);
    return value;
}

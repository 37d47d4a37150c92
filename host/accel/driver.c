/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/driver_priv.h"

#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID_MAX 63u

/* Which libxrt: its version and the linker's build id in hexadecimal. */
struct libxrt {
    char version[ID_MAX + 1];
    char build_id[ID_MAX + 1];
};

static char why_text[512];        /* the one sentence that is not constant */
static char chosen_dir[PATH_MAX]; /* XRT caches XILINX_XRT at its first use */

static void copy_build_id(struct libxrt *libxrt, const char *note, size_t size_bytes)
{
    while (size_bytes >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *n = (const void *)note;
        const size_t name_bytes = (n->n_namesz + 3u) & ~3u, id_bytes = (n->n_descsz + 3u) & ~3u;
        const unsigned char *id = (const unsigned char *)note + sizeof(*n) + name_bytes;

        if (sizeof(*n) + name_bytes + id_bytes > size_bytes)
            return;
        if (n->n_type == NT_GNU_BUILD_ID && n->n_descsz <= ID_MAX / 2)
            for (uint32_t i = 0; i < n->n_descsz; i++)
                snprintf(&libxrt->build_id[(size_t)2 * i], 3, "%02x", id[i]);
        note += sizeof(*n) + name_bytes + id_bytes;
        size_bytes -= sizeof(*n) + name_bytes + id_bytes;
    }
}

static int look_at_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct libxrt *libxrt = data;
    char path[PATH_MAX];
    const char *so;

    (void)size;
    if (strstr(info->dlpi_name, "libxrt_coreutil.so") == NULL)
        return 0;
    so = realpath(info->dlpi_name, path) != NULL ? strstr(path, ".so.") : NULL;
    snprintf(libxrt->version, sizeof(libxrt->version), "%.*s", (int)ID_MAX,
             so != NULL ? so + 4 : "?");
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE)
            copy_build_id(libxrt, (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
                          info->dlpi_phdr[i].p_memsz);
    return 1;
}

/* What the driver's build wrote beside it. */
static int read_expected(const char *dir, struct libxrt *ret_libxrt)
{
    char path[PATH_MAX];
    FILE *in;
    int fields;

    snprintf(path, sizeof(path), "%s/lib/libxrt.version", dir);
    in = fopen(path, "r");
    if (in == NULL)
        return -ENOENT;
    fields = fscanf(in, "%63s %63s", ret_libxrt->version, ret_libxrt->build_id);
    fclose(in);
    return fields == 2 ? 0 : -ENOENT;
}

static bool has_driver(const char *dir)
{
    char path[PATH_MAX];
    const int n = snprintf(path, sizeof(path), "%s/lib/libxrt_core.so.2", dir);

    return n < (int)sizeof(path) && access(path, R_OK) == 0;
}

/* Our own drivers have this file beside them, XRT's for real cards do not. */
static bool is_emulation(const char *dir)
{
    char path[PATH_MAX];
    const int n = snprintf(path, sizeof(path), "%s/lib/libxrt.version", dir);

    return n < (int)sizeof(path) && access(path, F_OK) == 0;
}

static int check_version(const char *dir, const char **ret_why)
{
    struct libxrt built = { .version = "" }, loaded = { .version = "" };

    *ret_why = "the emulation driver's libxrt.version is missing: build kernels/emu again";
    if (read_expected(dir, &built) != 0)
        return -ENOENT;
    dl_iterate_phdr(look_at_object, &loaded);
    if (strcmp(built.version, loaded.version) == 0 && strcmp(built.build_id, loaded.build_id) == 0)
        return 0;
    snprintf(
        why_text, sizeof(why_text),
        "the emulation driver was built against libxrt %s (build id %.12s) but libxrt %s (build"
        " id %.12s) is loaded: install the former, or build prestage again on this machine",
        built.version, built.build_id, loaded.version, loaded.build_id);
    *ret_why = why_text;
    return -EPROTO;
}

static int prepare_real(const char **ret_why)
{
    const char *dir = getenv("XILINX_XRT");

    *ret_why = "XILINX_XRT is not set: set up XRT's environment, or name an emulation directory";
    if (dir == NULL)
        return -ENOENT;
    *ret_why = "XILINX_XRT names an emulation driver: name it as the emulation directory, so that"
               " all figures say so";
    if (is_emulation(dir))
        return -EINVAL;
    *ret_why = "XILINX_XRT has no lib/libxrt_core.so.2: install XRT's driver library there";
    return has_driver(dir) ? 0 : -ENOENT;
}

static const char *const timing_names[] = {
    [PS_ACCEL_TIMING_FUNCTIONAL] = "functional",
    [PS_ACCEL_TIMING_TIMED] = "timed",
    [PS_ACCEL_TIMING_DRY] = "dry",
};

enum ps_accel_timing accel_driver_timing(void)
{
    const char *text = getenv("PS_EMU_TIMING");

    for (int t = PS_ACCEL_TIMING_TIMED; text != NULL && t <= PS_ACCEL_TIMING_DRY; t++)
        if (strcmp(text, timing_names[t]) == 0)
            return (enum ps_accel_timing)t;
    return PS_ACCEL_TIMING_FUNCTIONAL;
}

static int set_number(const char *name, uint32_t value, bool overwrite)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    return setenv(name, text, overwrite) == 0 ? 0 : -ENOMEM;
}

/* What the emulated cards are to be like. A laboratory may say their number itself, to see what
 * happens when there are fewer than configured. */
static int describe_cards(const struct ps_accel_config *cfg)
{
    uint32_t devices = 0;
    int rc = set_number("PS_EMU_HANG_MS", cfg->run_timeout_ms, true);

    for (uint32_t i = 0; i < cfg->card_count; i++)
        if (cfg->cards[i].device_idx >= devices)
            devices = cfg->cards[i].device_idx + 1;
    if (rc == 0)
        rc = set_number("PS_EMU_DEVICES", devices, false);
    if (rc == 0 && cfg->timing != PS_ACCEL_TIMING_REAL &&
        setenv("PS_EMU_TIMING", timing_names[cfg->timing], 1) != 0)
        rc = -ENOMEM;
    return rc;
}

static int prepare_emulated(const struct ps_accel_config *cfg, const char **ret_why)
{
    const char *dir = cfg->emulation_dir;
    int rc;

    *ret_why = "the emulation directory has no lib/libxrt_core.so.2: build kernels/emu, or correct"
               " the directory";
    if (!has_driver(dir))
        return -ENOENT;
    rc = check_version(dir, ret_why);
    if (rc != 0)
        return rc;
    *ret_why = "out of memory";
    if (describe_cards(cfg) != 0 || setenv("XILINX_XRT", dir, 1) != 0)
        return -ENOMEM;
    unsetenv("XCL_EMULATION_MODE"); /* it would select XRT's own emulation */
    return 0;
}

int accel_driver_prepare(const struct ps_accel_config *cfg, const char **ret_why)
{
    const char *dir = cfg->emulation_dir != NULL ? cfg->emulation_dir : "";
    int rc;

    *ret_why = "this process already uses another XRT driver, and XRT can change it only by a"
               " restart";
    if (chosen_dir[0] != '\0' && strcmp(chosen_dir + 1, dir) != 0)
        return -EINVAL;
    *ret_why = "the emulation directory's name is too long";
    if (strlen(dir) + 2 > sizeof(chosen_dir))
        return -ENOENT;
    *ret_why = "a real card keeps its own time: `timing` is for emulated ones";
    if (cfg->emulation_dir == NULL && cfg->timing != PS_ACCEL_TIMING_REAL)
        return -EINVAL;
    rc = cfg->emulation_dir != NULL ? prepare_emulated(cfg, ret_why) : prepare_real(ret_why);
    if (rc == 0)
        snprintf(chosen_dir, sizeof(chosen_dir), "=%s", dir); /* "=": chosen, even when real */
    return rc;
}

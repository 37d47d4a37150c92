/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bitstreams/mkxclbin.c - mkxclbin CARD.conf KERNELS.so OUT.xclbin
 *                          mkxclbin --fit RUNS CARD.conf KERNELS.so
 *
 * Packs an emulated card; see bitstreams/card_conf.h for the description's text. With --fit, prints
 * the statements that calibrate it to a real card's run times; see bitstreams/fit.h.
 */
#include "bitstreams/fit.h"
#include "bitstreams/xclbin_pack.h"
#include "host/base/mem.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (64u << 20)

/* The whole file and a NUL behind it; NULL with errno set. */
static char *read_file(const char *path, size_t *ret_bytes)
{
    FILE *in = fopen(path, "rb");
    char *bytes = NULL;
    long size = -1;

    if (in == NULL)
        return NULL;
    if (fseek(in, 0, SEEK_END) == 0)
        size = ftell(in);
    rewind(in);
    if (size >= 0 && size <= (long)FILE_BYTES_MAX)
        bytes = ps_zalloc((size_t)size + 1, 1);
    else
        errno = EFBIG;
    if (bytes != NULL && fread(bytes, 1, (size_t)size, in) != (size_t)size) {
        free(bytes);
        bytes = NULL;
    }
    fclose(in);
    *ret_bytes = (size_t)size;
    return bytes;
}

static int write_file(const char *path, const void *bytes, size_t size_bytes)
{
    FILE *out = fopen(path, "wb");
    int rc = 0;

    if (out == NULL)
        return -errno;
    if (fwrite(bytes, 1, size_bytes, out) != size_bytes)
        rc = -EIO;
    if (fclose(out) != 0)
        rc = -EIO;
    return rc;
}

static int complain(const char *path, const char *why)
{
    fprintf(stderr, "mkxclbin: %s: %s\n", path, why);
    return EXIT_FAILURE;
}

static int pack(const struct ps_card_conf *conf, char **argv)
{
    size_t kernels_bytes = 0, image_bytes = 0;
    char *kernels = read_file(argv[2], &kernels_bytes);
    void *image = NULL;
    int rc;

    if (kernels == NULL)
        return complain(argv[2], strerror(errno));
    rc = ps_xclbin_pack(conf, kernels, kernels_bytes, &image, &image_bytes);
    if (rc == 0)
        rc = write_file(argv[3], image, image_bytes);
    free(image);
    free(kernels);
    return rc == 0 ? EXIT_SUCCESS : complain(argv[3], strerror(-rc));
}

static int read_conf(const char *path, struct ps_card_conf *ret_conf)
{
    char why[PS_CARD_WHY_MAX];
    size_t size = 0;
    char *text = read_file(path, &size);
    int rc;

    if (text == NULL)
        return complain(path, strerror(errno));
    rc = ps_card_conf_parse(ret_conf, text, why);
    free(text);
    return rc == 0 ? EXIT_SUCCESS : complain(path, why);
}

static psk_cycles_entry *find_cycles(void *kernels, const char *name)
{
    char symbol[sizeof(PSK_CYCLES_PREFIX) + PS_CARD_NAME_MAX];
    psk_cycles_entry *cycles = NULL;
    void *entry;

    snprintf(symbol, sizeof(symbol), PSK_CYCLES_PREFIX "%s", name);
    entry = dlsym(kernels, symbol);
    memcpy(&cycles, &entry, sizeof(cycles)); /* C has no cast from object to function pointer */
    return cycles;
}

static int print_fits(const struct ps_card_conf *conf, const char *path, const char *text,
                      void *kernels)
{
    struct ps_fit_kernel fits[PS_CARD_KERNELS_MAX];
    char why[PS_CARD_WHY_MAX];

    if (ps_fit_runs(conf, text, find_cycles, kernels, fits, why) != 0)
        return complain(path, why);
    for (uint32_t k = 0; k < conf->kernel_count; k++)
        if (fits[k].run_count > 0)
            printf("calibrate %s %.3f # %u runs, worst off by %.0f %%\n", conf->kernels[k].name,
                   fits[k].factor, fits[k].run_count, fits[k].error_max * 100);
    return EXIT_SUCCESS;
}

static int fit(const char *runs_path, const char *kernels_path, const struct ps_card_conf *conf)
{
    char real_path[PATH_MAX];
    size_t size = 0;
    char *text = read_file(runs_path, &size);
    void *kernels;
    int rc;

    if (text == NULL)
        return complain(runs_path, strerror(errno));
    /* The whole path, for without a slash dlopen() would search elsewhere. */
    kernels = realpath(kernels_path, real_path) != NULL ? dlopen(real_path, RTLD_NOW) : NULL;
    rc = kernels != NULL ? print_fits(conf, runs_path, text, kernels)
                         : complain(kernels_path, "it is no shared object that can be loaded");
    if (kernels != NULL)
        dlclose(kernels);
    free(text);
    return rc;
}

int main(int argc, char **argv)
{
    const bool fits = argc == 5 && strcmp(argv[1], "--fit") == 0;
    struct ps_card_conf conf;

    if (argc != 4 && !fits) {
        fprintf(stderr, "usage: mkxclbin CARD.conf KERNELS.so OUT.xclbin\n"
                        "       mkxclbin --fit RUNS CARD.conf KERNELS.so\n");
        return 2;
    }
    if (read_conf(argv[fits ? 3 : 1], &conf) != EXIT_SUCCESS)
        return EXIT_FAILURE;
    return fits ? fit(argv[2], argv[4], &conf) : pack(&conf, argv);
}

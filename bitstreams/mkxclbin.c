/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bitstreams/mkxclbin.c - mkxclbin CARD.conf KERNELS.so OUT.xclbin
 *
 * Packs an emulated card; see bitstreams/card_conf.h for the description's text.
 */
#include "bitstreams/xclbin_pack.h"
#include "host/base/mem.h"

#include <errno.h>
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

int main(int argc, char **argv)
{
    struct ps_card_conf conf;
    char why[PS_CARD_WHY_MAX];
    size_t size = 0;
    char *text;
    int rc;

    if (argc != 4) {
        fprintf(stderr, "usage: mkxclbin CARD.conf KERNELS.so OUT.xclbin\n");
        return 2;
    }
    text = read_file(argv[1], &size);
    if (text == NULL)
        return complain(argv[1], strerror(errno));
    rc = ps_card_conf_parse(&conf, text, why);
    free(text);
    if (rc != 0)
        return complain(argv[1], why);
    return pack(&conf, argv);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/abi/card_model.h - what an emulated card's xclbin says beyond XRT's own sections.
 *
 * Why: clock, memory banks, calibration, the direction of arguments and the power of a card are in
 * its card.conf, and the emulation driver needs them. The packer writes this record into the
 * xclbin's section VENDER_METADATA (the spelling is XRT's); the driver checks and copies it.
 * Raise PSK_MODEL_VERSION with any change: the driver refuses other versions.
 *
 * All numbers little endian; names end in a NUL.
 */
#ifndef PS_KERNELS_ABI_CARD_MODEL_H
#define PS_KERNELS_ABI_CARD_MODEL_H

#include <assert.h>
#include <stdint.h>

#define PSK_MODEL_MAGIC       0x4d4b5350u /* "PSKM" */
#define PSK_MODEL_VERSION     2u
#define PSK_MODEL_NAME_BYTES  32u
#define PSK_MODEL_BANKS_MAX   16u
#define PSK_MODEL_KERNELS_MAX 16u
#define PSK_MODEL_ARGS_MAX    24u
#define PSK_MODEL_CUS_MAX     128u

#define PSK_MODEL_SCALAR 0u
#define PSK_MODEL_IN     1u /* a buffer that the kernel reads, writes, or both */
#define PSK_MODEL_OUT    2u
#define PSK_MODEL_INOUT  3u

struct psk_model_arg {
    char name[PSK_MODEL_NAME_BYTES];
    uint32_t offset_bytes; /* in the registers */
    uint32_t kind;         /* PSK_MODEL_SCALAR.. */
};

struct psk_model_kernel {
    char name[PSK_MODEL_NAME_BYTES];
    uint32_t factor_ppm; /* a run's time is the cycle model's times this; 1000000 unless measured */
    uint32_t arg_count;
    struct psk_model_arg args[PSK_MODEL_ARGS_MAX];
};

struct psk_model_bank {
    char name[PSK_MODEL_NAME_BYTES];
    uint32_t size_mib;
    uint32_t gbps; /* 10^9 bit/s; 0: as fast as is asked */
};

struct psk_model_cu {
    uint8_t kernel_idx;
    uint8_t bank_idx;
};

struct psk_card_model {
    uint32_t magic;
    uint32_t version;
    uint32_t clock_mhz;
    uint32_t pcie_gbps; /* each way; 0: copies take no modelled time */
    uint32_t idle_mw;
    uint32_t cu_mw;      /* more for each busy compute unit */
    uint32_t ambient_mc; /* thousandths of a degree Celsius */
    uint32_t mk_per_w;
    uint32_t thermal_ms; /* time constant */
    uint32_t bank_count;
    uint32_t kernel_count;
    uint32_t cu_count;
    struct psk_model_bank banks[PSK_MODEL_BANKS_MAX];
    struct psk_model_kernel kernels[PSK_MODEL_KERNELS_MAX];
    struct psk_model_cu cus[PSK_MODEL_CUS_MAX]; /* by base address, as the xclbin's list */
};

static_assert(sizeof(struct psk_card_model) == 48 + 16 * 40 + 16 * (40 + 24 * 40) + 256, "abi");

#endif

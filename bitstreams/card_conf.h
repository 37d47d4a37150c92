/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bitstreams/card_conf.h - a card's description: memory, clock, kernels and how many of each.
 *
 * Why: one small text per card says what people choose; offsets, addresses and the metadata that
 * libxrt wants follow from it by rule.
 *
 * The text: one statement a line, words split by blanks, # starts a comment.
 *   name NAME | clock_mhz N | memory_mib N   once each
 *   kernel NAME ARG...      a kernel that kernels/abi/arguments.def does not have; each ARG is
 *                           name:u32, or a buffer that the kernel reads, writes or both: name:in,
 *                           name:out, name:inout (name:buffer is the same as name:inout)
 *   bank NAME MIB GBPS      a memory bank and its 10^9 bit/s; with banks no memory_mib, the memory
 *                           is their sum
 *   cu KERNEL COUNT [BANK...]  that many compute units; each reaches one bank, in turn of those
 *                           named, else of all
 * and what an emulated card's time and health follow from (N may have three decimals but for
 * pcie_gbps; each at most once):
 *   pcie_gbps N             10^9 bit/s each way; without it copies take no modelled time
 *   calibrate KERNEL N      measured time / modelled time, see mkxclbin --fit; after cu KERNEL
 *   watts_idle N | watts_cu N            power of the idle card, and for each busy compute unit
 *   ambient_c N | kelvin_per_watt N | thermal_s N   the temperature's first-order model
 *
 * Threads: any; no state.
 */
#ifndef PS_BITSTREAMS_CARD_CONF_H
#define PS_BITSTREAMS_CARD_CONF_H

#include "kernels/abi/card_model.h"

#include <stddef.h>
#include <stdint.h>

#define PS_CARD_NAME_MAX       31u /* also of kernels and arguments */
#define PS_CARD_KERNELS_MAX    PSK_MODEL_KERNELS_MAX
#define PS_CARD_ARGS_MAX       PSK_MODEL_ARGS_MAX
#define PS_CARD_CUS_MAX        PSK_MODEL_CUS_MAX
#define PS_CARD_BANKS_MAX      PSK_MODEL_BANKS_MAX
#define PS_CARD_WHY_MAX        160u
#define PS_CARD_MEMORY_MIB_MAX 65536u

struct ps_card_arg {
    char name[PS_CARD_NAME_MAX + 1];
    uint32_t kind;         /* PSK_MODEL_SCALAR.. */
    uint32_t offset_bytes; /* in the registers */
};

struct ps_card_kernel {
    char name[PS_CARD_NAME_MAX + 1];
    uint32_t arg_count;
    struct ps_card_arg args[PS_CARD_ARGS_MAX];
    uint32_t cu_count;
    uint32_t bank_count; /* of those named for its compute units; 0: all of the card's */
    uint32_t banks[PS_CARD_BANKS_MAX];
    uint32_t factor_ppm; /* calibration; 0: none */
};

struct ps_card_bank {
    char name[PS_CARD_NAME_MAX + 1];
    uint32_t size_mib;
    uint32_t gbps;
};

/* An emulated card's power and temperature, in thousandths. */
struct ps_card_heat {
    uint32_t idle_mw;
    uint32_t cu_mw;
    uint32_t ambient_mc;
    uint32_t mk_per_w;
    uint32_t thermal_ms;
};

struct ps_card_conf {
    char name[PS_CARD_NAME_MAX + 1];
    uint32_t clock_mhz;
    uint32_t memory_mib;
    uint32_t pcie_gbps; /* 0: not said */
    struct ps_card_heat heat;
    uint32_t bank_count;
    struct ps_card_bank banks[PS_CARD_BANKS_MAX];
    uint32_t cu_count; /* over all kernels */
    uint32_t kernel_count;
    struct ps_card_kernel kernels[PS_CARD_KERNELS_MAX];
};

/**
 * Read a description.
 * @param text     NUL-terminated.
 * @param ret_why  PS_CARD_WHY_MAX bytes; on failure "line N: reason".
 * @return 0 or -EINVAL.
 */
int ps_card_conf_parse(struct ps_card_conf *ret_conf, const char *text, char *ret_why);

#endif

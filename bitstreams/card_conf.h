/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bitstreams/card_conf.h - a card's description: memory, clock, kernels and how many of each.
 *
 * Why: one small text per card says what people choose; offsets, addresses and the metadata that
 * libxrt wants follow from it by rule.
 *
 * The text: one statement a line, words split by blanks, # starts a comment.
 *   name NAME | clock_mhz N | memory_mib N   once each
 *   kernel NAME ARG...                       a kernel that kernels/abi/arguments.def does not have;
 *                                            each ARG is name:buffer or name:u32
 *   cu KERNEL COUNT                          that many compute units
 *
 * Threads: any; no state.
 */
#ifndef PS_BITSTREAMS_CARD_CONF_H
#define PS_BITSTREAMS_CARD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PS_CARD_NAME_MAX       31u /* also of kernels and arguments */
#define PS_CARD_KERNELS_MAX    16u
#define PS_CARD_ARGS_MAX       16u
#define PS_CARD_CUS_MAX        128u
#define PS_CARD_WHY_MAX        160u
#define PS_CARD_MEMORY_MIB_MAX 65536u

struct ps_card_arg {
    char name[PS_CARD_NAME_MAX + 1];
    bool is_buffer;
    uint32_t offset_bytes; /* in the registers */
};

struct ps_card_kernel {
    char name[PS_CARD_NAME_MAX + 1];
    uint32_t arg_count;
    struct ps_card_arg args[PS_CARD_ARGS_MAX];
    uint32_t cu_count;
};

struct ps_card_conf {
    char name[PS_CARD_NAME_MAX + 1];
    uint32_t clock_mhz;
    uint32_t memory_mib;
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

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/fault_spec.h - which faults an emulated card shall show, as text.
 *
 * The text: faults split by newlines or ";", words by blanks, # starts a comment to the line's end.
 *   KIND[@KERNEL | @KERNEL:INSTANCE][/CARD] [PROBABILITY | xCOUNT]... [NAME=VALUE]...
 * docs/hil.md explains the kinds.
 *
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_EMU_FAULT_SPEC_H
#define PS_KERNELS_EMU_FAULT_SPEC_H

#include <stdint.h>

#define EMU_FAULTS_MAX     64u
#define EMU_FAULT_WHY_MAX  160u
#define EMU_FAULT_ANY_CARD UINT32_MAX

/* Those of a run first. The names are in fault_spec.c. */
enum emu_fault_kind {
    EMU_FAULT_HANG,
    EMU_FAULT_CRASH,
    EMU_FAULT_ERROR,
    EMU_FAULT_SLOW,
    EMU_FAULT_FLIP,
    EMU_FAULT_DDR_FULL,
    EMU_FAULT_CARD_LOST,
    EMU_FAULT_XCLBIN_REFUSED,
    EMU_FAULT_KINDS
};

struct emu_fault {
    enum emu_fault_kind kind;
    char where[64];     /* "kernel", "kernel:instance" or "" for all */
    uint32_t card_idx;  /* or EMU_FAULT_ANY_CARD */
    double probability; /* 0..1 */
    uint64_t left;      /* how often it may still fire */
    double factor;      /* slow */
    char arg[32];       /* flip: this buffer; "" for any that the kernel writes */
};

struct emu_fault_spec {
    uint32_t count;
    struct emu_fault faults[EMU_FAULTS_MAX];
};

/** "hang" and so on. */
const char *emu_fault_name(enum emu_fault_kind kind);

/**
 * Read @p text.
 * @param ret_why  EMU_FAULT_WHY_MAX bytes; on failure the fault and what is wrong with it.
 * @return 0 or -EINVAL.
 */
int emu_fault_spec_parse(struct emu_fault_spec *ret_spec, const char *text, char *ret_why);

#endif

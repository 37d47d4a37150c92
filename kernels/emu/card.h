/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/emu/card.h - what an xclbin says about the emulated card.
 *
 * Why: libxrt trusts an xclbin's sections; the driver reads all it needs once, with every bound
 * checked, and refuses what does not fit together before any process starts.
 *
 * Threads: any; no state.
 */
#ifndef PS_KERNELS_EMU_CARD_H
#define PS_KERNELS_EMU_CARD_H

#include "kernels/abi/card_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xclbin.h>

#define EMU_CUS_MAX          PSK_MODEL_CUS_MAX /* what a command packet's masks carry */
#define EMU_MEMORY_BYTES_MAX (1ull << 38)      /* 256 GiB of address space, used as touched */
#define EMU_CARD_NAME_MAX    63u

struct emu_card_cu {
    char name[64]; /* "h264enc:h264enc_1" */
    uint64_t base_address;
    bool described; /* the metadata has it too */
};

struct emu_card {
    char name[EMU_CARD_NAME_MAX + 1];
    uint64_t memory_bytes;
    const void *kernels; /* the shared object, inside the xclbin */
    size_t kernels_bytes;
    uint32_t cu_count;
    struct emu_card_cu cus[EMU_CUS_MAX]; /* by base address: a CU's place is its bit in the masks */
    bool has_model; /* the packer's record is there; without it there is no time but functional */
    struct psk_card_model model;
};

/**
 * Read @p top into @p ret_card, which points into it.
 * @param ret_why  On failure a static sentence.
 * @return 0 or -EINVAL.
 */
int emu_card_read(struct emu_card *ret_card, const struct axlf *top, const char **ret_why);

/**
 * Check that the metadata is well-formed XML, and mark the card's CUs that it describes.
 * Only what a card description needs is known: elements, attributes, comments, the declaration.
 * @return 0 or -EINVAL.
 */
int emu_metadata_check(struct emu_card *card, const char *xml, size_t size_bytes);

#endif

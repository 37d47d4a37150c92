/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bitstreams/xclbin_pack.h - makes an emulated card's xclbin from its description and kernels.
 *
 * Why: Debian's xclbinutil does not run, and what an emulated card needs is small: metadata,
 * compute units, one memory, which argument reaches it, and the kernels' shared object in place of
 * a bitstream.
 *
 * Threads: any; no state.
 */
#ifndef PS_BITSTREAMS_XCLBIN_PACK_H
#define PS_BITSTREAMS_XCLBIN_PACK_H

#include "bitstreams/card_conf.h"

/**
 * Build the file's bytes. The same input gives the same bytes; the uuid follows from all others.
 *
 * @param kernels    The shared object.
 * @param ret_image  To free with free().
 * @return 0, -EINVAL (no kernels) or -ENOMEM.
 */
int ps_xclbin_pack(const struct ps_card_conf *conf, const void *kernels, size_t kernels_bytes,
                   void **ret_image, size_t *ret_bytes);

/**
 * The card's metadata as libxrt reads it (XML).
 * @param ret_xml  NUL-terminated; to free with free().
 * @return 0 or -ENOMEM.
 */
int ps_xclbin_metadata(const struct ps_card_conf *conf, char **ret_xml);

/** The record for the emulation driver; what @p conf leaves open gets its default here. */
void ps_card_model_fill(struct psk_card_model *ret_model, const struct ps_card_conf *conf);

/** Where the registers of compute unit @p idx are, counted over the kernels in order. */
uint64_t ps_xclbin_cu_base(uint32_t idx);

#endif

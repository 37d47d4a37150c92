/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/abi/registers.h - where a kernel's arguments lie in its control registers.
 *
 * Why: high-level synthesis lays arguments out by a fixed rule, in order, and the card's metadata
 * repeats the result. The packer writes offsets by this rule and the emulated kernels read by it.
 */
#ifndef PS_KERNELS_ABI_REGISTERS_H
#define PS_KERNELS_ABI_REGISTERS_H

#define PSK_REG_FIRST_BYTE   0x10u   /* before it: start, done and interrupt registers */
#define PSK_REG_BUFFER_BYTES 12u     /* a 64-bit address and a reserved word */
#define PSK_REG_SCALAR_BYTES 8u      /* a 32-bit value and a reserved word */
#define PSK_REG_MAP_BYTES    0x1000u /* of one compute unit's whole register window */

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/h264enc/bits_priv.h"

void psk_enc_bits_reset(struct psk_enc_bits *bits)
{
    bits->tail = 0;
    bits->tail_bits = 0;
    bits->count = 0;
}

void psk_enc_put_trailing(struct psk_enc_bits *bits)
{
    psk_enc_put(bits, 1, 1);
    if (bits->tail_bits != 0)
        psk_enc_put(bits, 0, 8 - bits->tail_bits);
}

static void write_byte(struct psk_enc_nal *nal, uint8_t *out, uint8_t byte)
{
    if (nal->bytes >= nal->bytes_max) {
        nal->overflow = 1;
        return;
    }
    out[nal->bytes] = byte;
    nal->bytes++;
}

void psk_enc_nal_begin(struct psk_enc_nal *nal, uint8_t *out, uint8_t header)
{
    write_byte(nal, out, 0);
    write_byte(nal, out, 0);
    write_byte(nal, out, 0);
    write_byte(nal, out, 1);
    write_byte(nal, out, header);
    nal->zeros = 0;
}

void psk_enc_nal_drain(struct psk_enc_nal *nal, uint8_t *out, struct psk_enc_bits *bits)
{
    for (uint32_t i = 0; i < bits->count && i < PSK_ENC_BITS_BYTES_MAX; i++) {
#pragma HLS LOOP_TRIPCOUNT min = 0 max = 2048
        const uint8_t byte = bits->byte[i];

        if (nal->zeros == 2 && byte <= 3) {
            write_byte(nal, out, 3);
            nal->zeros = 0;
        }
        write_byte(nal, out, byte);
        nal->zeros = byte == 0 ? nal->zeros + 1 : 0;
    }
    bits->count = 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* kernels/h264enc/satd_ref.c - half the sum of |H D H|, H the Hadamard matrix of four. */
#include "kernels/h264enc/satd_priv.h"

#include <stdlib.h>

static int sign(int row, int column)
{
    static const int h[4][4] = {
        { 1, 1, 1, 1 }, { 1, 1, -1, -1 }, { 1, -1, -1, 1 }, { 1, -1, 1, -1 }
    };

    return h[row][column];
}

uint32_t psk_enc_satd_4x4_ref(const uint8_t *a, const uint8_t *b, int stride)
{
    int total = 0;

    for (int v = 0; v < 4; v++) {
        for (int u = 0; u < 4; u++) {
            int sum = 0;

            for (int y = 0; y < 4; y++)
                for (int x = 0; x < 4; x++)
                    sum += sign(v, y) * sign(u, x) * (a[y * stride + x] - b[y * stride + x]);
            total += abs(sum);
        }
    }
    return (uint32_t)total / 2;
}

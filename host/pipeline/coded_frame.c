/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/coded_frame.h"

#include <string.h>

#define START_BYTES  4u
#define HEADER_BYTES 1u
#define SLICE_BYTES  3u /* hold all of the slice header that is looked at */
#define FRAME_MIN    (START_BYTES + HEADER_BYTES + SLICE_BYTES + 1u)

/* H.264 7.3.1: forbidden bit 0, reference 3, type. */
#define NAL_SLICE 0x61u
#define NAL_IDR   0x65u

/*
 * H.264 7.3.3 up to what follows frame_num, most significant bit first: first_mb 0 is "1"; the
 * slice type is 7 "0001000" or 5 "00110"; parameter set 0 is "1"; frame_num has eight bits. Behind
 * it an IDR has its number, 0 "1", 1 "010" or 2 "011", as neighbours differ, and two flags 0;
 * another frame has three flags 0. The first byte begins with a one, so that none of these three
 * bytes can be there to prevent emulation.
 */
static bool slice_is_idr(uint32_t slice)
{
    const uint32_t behind = slice & 0x7f;

    return slice >> 7 == (0x88u << 9 | 1u << 8) &&
           (behind >> 4 == 4 || behind >> 2 == 8 || behind >> 2 == 12);
}

static bool slice_is_wanted(const uint8_t *bytes, uint32_t frame_num)
{
    const uint32_t slice = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];

    if (frame_num == 0)
        return slice_is_idr(slice);
    return slice >> 6 == (0x26u << 12 | 1u << 11 | (frame_num & 255) << 3);
}

/* H.264 7.4.1: two zeros are followed by a byte above 3, or by a 3 that hides a byte up to 3. */
static bool payload_is_sound(const uint8_t *bytes, size_t count)
{
    uint32_t zeros = 0;

    for (size_t i = 0; i < count; i++) {
        if (zeros == 2 && (bytes[i] < 3 || (bytes[i] == 3 && (i + 1 == count || bytes[i + 1] > 3))))
            return false;
        zeros = bytes[i] == 0 ? zeros + 1 : 0;
    }
    return bytes[count - 1] != 0; /* the stop bit is in the last byte */
}

bool ps_coded_frame_is_sound(const uint8_t *bits, size_t size_bytes, uint32_t frame_num)
{
    static const uint8_t start_code[START_BYTES] = { 0, 0, 0, 1 };

    return size_bytes >= FRAME_MIN && memcmp(bits, start_code, START_BYTES) == 0 &&
           bits[START_BYTES] == (frame_num == 0 ? NAL_IDR : NAL_SLICE) &&
           slice_is_wanted(bits + START_BYTES + HEADER_BYTES, frame_num) &&
           payload_is_sound(bits + START_BYTES + HEADER_BYTES,
                            size_bytes - START_BYTES - HEADER_BYTES);
}

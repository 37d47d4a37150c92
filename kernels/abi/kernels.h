/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kernels/abi/kernels.h - what host and kernels agree on: ids, argument order, buffers' layouts.
 *
 * Shared by the kernels (any C or C++14 compiler, Vitis HLS included) and host/accel,
 * host/pipeline. All numbers little endian. A frame is planar 4:2:0, 8 bit: width*height luma
 * bytes, then (width/2)*(height/2) Cb, then Cr, no padding; frames follow each other in a batch
 * buffer. Raising PSK_ABI_VERSION makes both sides refuse the other's old state buffers.
 */
#ifndef PS_KERNELS_ABI_KERNELS_H
#define PS_KERNELS_ABI_KERNELS_H

#include <stdint.h>

#define PSK_ABI_VERSION 3u

/* Kernel ids: in jobs, state headers and card descriptions. The name is the xclbin's. */
#define PSK_KERNEL_SCALE   1u /* "scale"   */
#define PSK_KERNEL_H264ENC 2u /* "h264enc" */
#define PSK_KERNEL_MARK    3u /* "mark"    */
#define PSK_KERNEL_COUNT   4u /* ids are below this; 0 is no kernel */

#define PSK_WIDTH_MAX        3840u /* source; even, >= 16 */
#define PSK_HEIGHT_MAX       2160u
#define PSK_ENC_WIDTH_MAX    1920u /* encoder; even, >= 16 */
#define PSK_ENC_HEIGHT_MAX   1088u
#define PSK_BATCH_FRAMES_MAX 32u /* frames in one run */

#define PSK_FRAME_BYTES(w, h) ((uint64_t)(w) * (h)*3u / 2u)

/*
 * scale: arguments in order
 *   0 src          global buffer, frame_count source frames
 *   1..6 dst0..5   global buffers, frame_count frames each of rendition 0..5
 *   7 src_width    u32  8 src_height u32
 *   9 flags u32    PSK_SCALE_NV12: the source's chroma is one plane of Cb and Cr in turns
 *  10 frame_count u32
 *  11 rendition_count u32          1..PSK_SCALE_RENDITIONS_MAX
 *  12..17 size0..5 u32             width << 16 | height of each
 *  18 status       global buffer, one struct psk_status
 * Buffers and sizes from rendition_count on are not looked at; any buffer will do there. The sum
 * of an NV12 source takes its chroma as src_height / 2 lines of src_width bytes.
 */
#define PSK_SCALE_RENDITIONS_MAX 6u
#define PSK_SCALE_RATIO_MAX      16u /* source to rendition, in either direction */
#define PSK_SCALE_NV12           1u
#define PSK_SCALE_SIZE(w, h)     ((uint32_t)(w) << 16 | (uint32_t)(h))

/*
 * mark: arguments in order
 *   0 src          global buffer, frame_count frames
 *   1 dst_a        global buffer, frame_count frames, luma marked for bit A
 *   2 dst_b        global buffer, frame_count frames, luma marked for bit B
 *   3 width u32  4 height u32  5 frame_count u32
 *   6 key_lo u32  7 key_hi u32    the content's secret, 64 bits
 *   8 segment u32  9 first_frame u32 (of the segment)  10 strength u32 (Q8; 256 is nominal)
 *  11 status       global buffer, one struct psk_status
 */

/*
 * h264enc: arguments in order
 *   0 src          global buffer, frame_count frames
 *   1 state        global buffer, struct psk_state_header and what the kernel keeps; in and out
 *   2 control      global buffer, frame_count struct psk_enc_control; in
 *   3 bits         global buffer, Annex-B NAL units of the frames, one after the other; out
 *   4 report       global buffer, frame_count struct psk_enc_report; out
 *   5 width u32  6 height u32  7 frame_count u32
 *   8 bits_bytes_max u32   size of the bits buffer; a frame that does not fit is an error
 *   9 flags u32            PSK_ENC_START: forget the state, begin a stream with an IDR frame
 *  10 effort u32          0..PSK_ENC_EFFORT_MAX: more cycles for fewer bits; may change from run to
 * run 11 fps_num u32  12 fps_den u32   only for the VUI timing of the SPS 13 status       global
 * buffer, one struct psk_status SPS and PPS are not in the bits: psk_h264enc_headers() (host C,
 * same sources) writes them, and they depend on width, height and frame rate only, so that variants
 * share one init segment.
 */
#define PSK_ENC_START      1u
#define PSK_ENC_EFFORT_MAX 2u

/* Run status, written last by every kernel. Anything but PSK_OK leaves the outputs undefined. */
#define PSK_OK           0u
#define PSK_BAD_ARGUMENT 1u /* a size out of range, odd, or frame_count 0 or too large */
#define PSK_BAD_STATE    2u /* state buffer of another kernel, version or size, or wrong crc */
#define PSK_NO_SPACE     3u /* the bits did not fit */

/* Checksum of a batch of frames: see kernels/abi/frame_sum.h. */
struct psk_frame_sum {
    uint64_t sum;
    uint64_t weighted;
};

#define PSK_STATUS_OUTS 6u

struct psk_status {
    uint32_t code; /* PSK_OK.. */
    uint32_t frames_done;
    uint32_t cycles_lo; /* what the kernel's cycle model says of this run: an estimate, not a */
    uint32_t cycles_hi; /* measurement, on a card too; 0 unless PSK_OK */
    struct psk_frame_sum in; /* of the frames read; 0 unless PSK_OK */
    /* Of those written: scale by rendition, mark A and B, h264enc none; else 0. */
    struct psk_frame_sum out[PSK_STATUS_OUTS];
};

/* How every kernel begins: refused, nothing done. */
static inline void psk_status_clear(struct psk_status *status)
{
    const struct psk_frame_sum none = { 0, 0 };

    status->code = PSK_BAD_ARGUMENT;
    status->frames_done = 0;
    status->cycles_lo = 0;
    status->cycles_hi = 0;
    status->in = none;
    for (uint32_t i = 0; i < PSK_STATUS_OUTS; i++)
        status->out[i] = none;
}

static inline void psk_status_cycles(struct psk_status *status, uint64_t cycles)
{
    status->cycles_lo = (uint32_t)cycles;
    status->cycles_hi = (uint32_t)(cycles >> 32);
}

/* Start of every state buffer; the kernel's own data follows. */
#define PSK_STATE_MAGIC 0x314b5350u /* "PSK1" */

struct psk_state_header {
    uint32_t magic;
    uint32_t abi_version;
    uint32_t kernel;
    uint32_t next_frame; /* of the segment */
    uint32_t size_bytes; /* of the whole state buffer, header included */
    uint32_t crc32c;     /* of the whole buffer with this field 0 */
    uint32_t reserved[2];
};

/* What the host's rate control asks of one frame. */
struct psk_enc_control {
    uint32_t qp;          /* 10..51: start of the frame */
    uint32_t target_bits; /* 0: constant qp; else the kernel steers qp from row to row */
    uint32_t qp_min;      /* bounds of that steering */
    uint32_t qp_max;
    uint32_t bits_max;    /* 0: none; else the frame's NAL units stay below it, qp_max or not */
    uint32_t flags;       /* PSK_ENC_FRAME_.. */
    uint32_t reserved[2]; /* 0 */
};

#define PSK_ENC_FRAME_IDR    1u /* code this frame as an IDR */
#define PSK_ENC_FRAME_NO_CUT 2u /* no IDR here, even if the scene changes */
/* To bits_max is added what the frame before it in this run left of its own, in its turn. */
#define PSK_ENC_FRAME_CARRY 4u

/* What the kernel says of one frame. */
struct psk_enc_report {
    uint32_t bytes;        /* of the frame's NAL units in the bits buffer */
    uint32_t qp_sum;       /* sum of qp over macroblocks */
    uint32_t is_idr;       /* 1 or 0 */
    uint32_t bits_crc32c;  /* crc32c of those bytes */
    uint32_t recon_crc32c; /* crc32c of the reconstructed frame, width*height*3/2 cropped bytes */
    uint32_t intra_mbs;
    uint32_t skip_mbs;
    uint32_t cost; /* SATD that prediction left over, summed over luma: how hard the frame was */
};

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/pipeline/vbv.h"

#include "host/base/assert.h"

/* Fuller at the start, and there is no room for what easy frames save; emptier, none for the IDR.
 */
#define START_SHARE 0.75

#define IDR_ROOM 1.25 /* of the coarsest IDR frame, in the buffer at the start */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

void ps_vbv_init(struct ps_vbv *vbv, const struct ps_vbv_config *cfg)
{
    const double frames_per_s = (double)cfg->fps_num / cfg->fps_den;
    double all_bits;

    ps_assert(cfg->peak_bps > 0 && cfg->size_ms > 0 && cfg->frame_count > 0);
    vbv->idr_bits = PS_VBV_IDR_BITS(cfg->mb_count);
    vbv->p_bits = PS_VBV_P_BITS(cfg->mb_count);
    vbv->frame_bits =
        larger(cfg->peak_bps / frames_per_s, vbv->p_bits + 2 * vbv->idr_bits / frames_per_s);
    vbv->size_bits = larger(vbv->frame_bits * frames_per_s * cfg->size_ms / 1000,
                            larger(vbv->idr_bits * IDR_ROOM / START_SHARE, vbv->frame_bits));
    vbv->start_bits = vbv->size_bits * START_SHARE;
    vbv->full_bits = vbv->start_bits;
    all_bits = vbv->idr_bits + vbv->p_bits * (cfg->frame_count - 1);
    vbv->return_bits =
        smaller(vbv->start_bits, vbv->start_bits + vbv->frame_bits * cfg->frame_count - all_bits);
}

bool ps_vbv_take(struct ps_vbv *vbv, double bits)
{
    const bool whole = bits <= vbv->full_bits;

    vbv->full_bits = smaller(vbv->size_bits, larger(vbv->full_bits - bits, 0) + vbv->frame_bits);
    return whole;
}

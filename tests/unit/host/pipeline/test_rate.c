/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/pipeline/test_rate.c - rate control against model encoders that it knows nothing
 * of: content, cuts, how bits fall with qp, how well rows are steered, whether costs are told, all
 * drawn from a seed. The real encoder's turn is in tests/integration/kernels.
 */
#include "host/pipeline/rate.h"

#include <math.h>
#include <string.h>

#include "kernels/h264enc/h264enc.h"
#include "tests/support/hrd.h"
#include "tests/support/ps_test.h"

#define ROWS        8
#define SEEDS       400u
#define SHARE_LEAST 0.9
#define SHARE_MOST  1.1

static const struct ps_rate_config quarter_hd = {
    .bitrate_bps = 200000,
    .vbv_ms = 1000,
    .fps_num = 30,
    .fps_den = 1,
    .width = 320,
    .height = 180,
    .frame_count = 60,
};

/* An encoder and what it is given to code. */
struct model {
    uint32_t seed;
    double idr, p;   /* bits of a frame at qp 26 */
    double slope;    /* by what 2^-(qp/6) is raised */
    double wander;   /* how far one P frame is from the next, as a factor's logarithm */
    double drift;    /* where that walk is */
    double cut_odds; /* of each frame */
    int tells_cost;
    int ignores_bounds;
};

static double chance(struct model *m) /* 0..1 */
{
    m->seed = m->seed * 1664525u + 1013904223u;
    return (m->seed >> 8) / (double)(1u << 24);
}

static double between(struct model *m, double low, double high)
{
    return low * pow(high / low, chance(m));
}

static double bits_at(const struct model *m, double bits, double qp)
{
    return bits * pow(2, -(qp - 26) / 6 * m->slope);
}

static uint32_t steered_qp(const struct psk_enc_control *control, double used, int rows_done)
{
    const double expected = (double)control->target_bits * rows_done / ROWS;
    const double qp = control->qp + trunc((used - expected) * 8 / control->target_bits);

    return (uint32_t)fmin(fmax(qp, control->qp_min), control->qp_max);
}

/* Row by row, steered as the kernel does, and cut off before bits_max as the kernel promises. */
static struct psk_enc_report code(struct model *m, const struct ps_rate *rate, int is_idr,
                                  const struct psk_enc_control *control, double bits_max)
{
    const double least = is_idr ? 8.0 * rate->mb_count + 100 : 100;
    const double content = (is_idr ? m->idr : m->p * exp(m->drift)) * between(m, 0.85, 1.18);
    double used = least, qp_sum = 0;

    for (int row = 0; row < ROWS; row++) {
        const uint32_t qp = steered_qp(control, used, row);

        used += bits_at(m, content / ROWS, qp);
        qp_sum += (double)qp * rate->mb_count / ROWS;
    }
    if (!m->ignores_bounds && used > bits_max)
        used = fmax(bits_max * between(m, 0.95, 1), least);
    return (struct psk_enc_report){
        .bytes = (uint32_t)(used / 8),
        .qp_sum = (uint32_t)qp_sum,
        .is_idr = (uint32_t)is_idr,
        .intra_mbs = is_idr ? rate->mb_count : 0,
        .cost = m->tells_cost ? (uint32_t)(content * between(m, 0.9, 1.1)) : 0,
    };
}

static void check_control(const struct psk_enc_control *control, double bits_min)
{
    CU_ASSERT_TRUE(control->qp_min >= PSK_ENC_QP_MIN && control->qp_min <= control->qp);
    CU_ASSERT_TRUE(control->qp_max <= PSK_ENC_QP_MAX && control->qp <= control->qp_max);
    CU_ASSERT_TRUE(control->target_bits > 0 && control->bits_max >= (uint32_t)bits_min);
    CU_ASSERT_EQUAL(control->flags & PSK_ENC_FRAME_IDR, 0);
    CU_ASSERT_EQUAL(control->reserved[0] | control->reserved[1], 0);
}

struct outcome {
    double bits;
    double qp; /* mean */
    double last_qp;
};

static struct outcome encode_segment(struct model *m, const struct ps_rate_config *cfg,
                                     uint32_t batch, struct hrd *hrd)
{
    struct psk_enc_control control[PSK_BATCH_FRAMES_MAX];
    struct psk_enc_report report[PSK_BATCH_FRAMES_MAX];
    struct outcome out = { 0 };
    struct ps_rate rate;

    ps_rate_init(&rate, cfg);
    m->drift = 0;
    for (uint32_t done = 0; done < cfg->frame_count; done += batch) {
        const uint32_t count = cfg->frame_count - done < batch ? cfg->frame_count - done : batch;

        double left = 0;

        ps_rate_plan(&rate, count, control);
        for (uint32_t i = 0; i < count; i++) {
            const double bits_max =
                control[i].bits_max + (control[i].flags & PSK_ENC_FRAME_CARRY ? left : 0);
            const int cut = chance(m) < m->cut_odds;
            const int is_idr =
                done + i == 0 || (cut && (control[i].flags & PSK_ENC_FRAME_NO_CUT) == 0 &&
                                  bits_max >= rate.vbv.idr_bits);

            check_control(&control[i], done + i == 0 ? rate.vbv.idr_bits : rate.vbv.p_bits);
            m->drift = cut ? log(between(m, 0.3, 3))
                           : m->drift * 0.95 + log(between(m, 1 / m->wander, m->wander));
            report[i] = code(m, &rate, is_idr, &control[i], bits_max);
            left = fmax(bits_max - report[i].bytes * 8.0, 0);
            out.bits += report[i].bytes * 8.0;
            out.qp += (double)report[i].qp_sum / rate.mb_count / cfg->frame_count;
            out.last_qp = (double)report[i].qp_sum / rate.mb_count;
            hrd_frame(hrd, report[i].bytes * 8.0);
        }
        ps_rate_learn(&rate, count, report);
    }
    CU_ASSERT_EQUAL(rate.frames_left, 0);
    return out;
}

static struct hrd player(const struct ps_rate_config *cfg)
{
    struct ps_rate rate;
    struct hrd hrd;

    ps_rate_init(&rate, cfg);
    hrd_begin(&hrd, rate.vbv.frame_bits * cfg->fps_num / cfg->fps_den, rate.vbv.size_bits,
              rate.vbv.start_bits, (double)cfg->fps_den / cfg->fps_num);
    return hrd;
}

static double share_of(const struct ps_rate_config *cfg, double bits)
{
    return bits / ((double)cfg->bitrate_bps * cfg->frame_count * cfg->fps_den / cfg->fps_num);
}

static struct model draw(uint32_t seed)
{
    struct model m = { .seed = seed * 2654435761u + 1 };

    m.p = between(&m, 1500, 20000);
    m.idr = m.p * between(&m, 1.5, 15);
    m.slope = between(&m, 0.8, 1.4);
    m.wander = between(&m, 1.01, 1.25);
    m.tells_cost = chance(&m) < 0.5;
    return m;
}

static uint32_t draw_batch(struct model *m)
{
    return 4 + (uint32_t)(chance(m) * 9);
}

#define REACH_QP 18 /* where content took all the bits it can use, no budget is met */

struct shares {
    double least, most;
    uint32_t segments, out_of_reach;
};

static void count_share(struct shares *s, const struct ps_rate_config *cfg, struct outcome out)
{
    const double share = share_of(cfg, out.bits);

    CU_ASSERT_TRUE(share <= SHARE_MOST);
    s->most = fmax(s->most, share);
    s->segments++;
    if (fmin(out.qp, out.last_qp) < REACH_QP) {
        s->out_of_reach++;
        return;
    }
    CU_ASSERT_TRUE(share >= SHARE_LEAST);
    s->least = fmin(s->least, share);
}

static void print_shares(const struct shares *s, const struct hrd *hrd)
{
    printf("\n    segments=%u out_of_reach=%u share_least=%.3f share_most=%.3f underflows=%u "
           "spare_ms_least=%.0f ",
           s->segments, s->out_of_reach, s->least, s->most, hrd->underflows,
           hrd->least_spare_s * 1000);
}

/* Segments of many models, one after the other on one line, as a viewer gets them. */
static void encode_models(const struct ps_rate_config *cfg, double cut_odds)
{
    struct shares shares = { .least = 9 };
    struct hrd hrd = player(cfg);

    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct model m = draw(seed);

        m.cut_odds = cut_odds;
        count_share(&shares, cfg, encode_segment(&m, cfg, draw_batch(&m), &hrd));
    }
    CU_ASSERT_EQUAL(hrd.underflows, 0);
    CU_ASSERT_TRUE(shares.out_of_reach < shares.segments / 2);
    print_shares(&shares, &hrd);
}

static void segments_hold_their_budget_whatever_the_content(void)
{
    encode_models(&quarter_hd, 0);
}

static void segments_with_cuts_hold_their_budget(void)
{
    encode_models(&quarter_hd, 0.02);
    encode_models(&quarter_hd, 0.05);
}

static void long_segments_and_small_buffers_hold_too(void)
{
    struct ps_rate_config cfg = quarter_hd;

    cfg.frame_count = 240;
    encode_models(&cfg, 0.02);
    cfg.vbv_ms = 300;
    encode_models(&cfg, 0.02);
    cfg.frame_count = 45;
    cfg.fps_num = 30000;
    cfg.fps_den = 1001;
    encode_models(&cfg, 0);
}

/* What an encoder does that heeds no bounds is seen: the check of all the others can fail. */
static void an_encoder_that_ignores_bits_max_runs_the_buffer_dry(void)
{
    struct hrd hrd = player(&quarter_hd);

    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct model m = draw(seed);

        m.p *= 20;
        m.ignores_bounds = 1;
        encode_segment(&m, &quarter_hd, 8, &hrd);
    }
    CU_ASSERT_TRUE(hrd.underflows > SEEDS);
}

/* No two segments of a stream are alike but their bounds; here they are the worst there can be. */
static void any_content_at_any_bitrate_keeps_the_buffer_above_empty(void)
{
    struct model random = { .seed = 7 };

    for (uint32_t n = 0; n < SEEDS; n++) {
        struct ps_rate_config cfg = {
            .bitrate_bps = (uint32_t)between(&random, 1000, 50e6),
            .quality_qp = chance(&random) < 0.5 ? 0 : 10 + (uint32_t)(chance(&random) * 42),
            .vbv_ms = (uint32_t)between(&random, 1, PS_RATE_VBV_MS_MAX),
            .fps_num = (uint32_t)between(&random, 1, 120),
            .fps_den = 1,
            .width = 16 + 2 * (uint32_t)(chance(&random) * 952),
            .height = 16 + 2 * (uint32_t)(chance(&random) * 536),
        };
        cfg.frame_count = cfg.fps_num; /* as all but the last */
        struct hrd hrd = player(&cfg);
        const double samples = cfg.width * cfg.height;

        for (uint32_t k = 0; k < 6; k++) {
            struct model m = draw(n * 8 + k);

            m.p = samples * between(&m, 1e-5, 8); /* from stills to noise */
            m.idr = samples * between(&m, 1e-2, 8);
            m.cut_odds = k * 0.05;
            if (k == 5)
                cfg.frame_count = 1 + (uint32_t)(chance(&m) * 5);
            encode_segment(&m, &cfg, draw_batch(&m), &hrd);
        }
        CU_ASSERT_EQUAL(hrd.underflows, 0);
    }
}

/* One budget: neither noise nor a still can move a segment beyond what the line carries. */
static void what_cannot_meet_its_budget_ends_at_the_bounds(void)
{
    struct model noise = { .seed = 3, .idr = 4e5, .p = 4e5, .slope = 1, .wander = 1.01 };
    struct model still = { .seed = 4, .idr = 3000, .p = 10, .slope = 1, .wander = 1.01 };
    struct hrd hrd = player(&quarter_hd);
    const struct outcome coarse = encode_segment(&noise, &quarter_hd, 8, &hrd);
    const struct outcome fine = encode_segment(&still, &quarter_hd, 8, &hrd);

    CU_ASSERT_TRUE(share_of(&quarter_hd, coarse.bits) <= SHARE_MOST && coarse.qp > 45);
    CU_ASSERT_TRUE(share_of(&quarter_hd, fine.bits) < 0.5 && fine.qp < 14);
    CU_ASSERT_EQUAL(hrd.underflows, 0);
}

static void a_quality_is_held_where_the_bitrate_bears_it(void)
{
    struct ps_rate_config cfg = quarter_hd;
    struct hrd hrd;

    cfg.quality_qp = 28;
    cfg.bitrate_bps = 2000000;
    hrd = player(&cfg);
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct model m = draw(seed);
        const struct outcome out = encode_segment(&m, &cfg, draw_batch(&m), &hrd);

        CU_ASSERT_TRUE(out.qp > 27.5 && out.qp < 28.5);
        CU_ASSERT_TRUE(share_of(&cfg, out.bits) < 0.5);
    }
    CU_ASSERT_EQUAL(hrd.underflows, 0);
}

static void a_quality_out_of_reach_is_capped_by_the_bitrate(void)
{
    struct ps_rate_config cfg = quarter_hd;
    struct hrd hrd;
    double share = 0;

    cfg.quality_qp = 12;
    hrd = player(&cfg);
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        struct model m = draw(seed);

        m.p *= 3;
        m.idr *= 3;
        const struct outcome out = encode_segment(&m, &cfg, draw_batch(&m), &hrd);
        CU_ASSERT_TRUE(share_of(&cfg, out.bits) <= SHARE_MOST);
        CU_ASSERT_TRUE(out.qp > 13);
        share += share_of(&cfg, out.bits) / SEEDS;
    }
    CU_ASSERT_TRUE(share > 0.75); /* what there is, is used */
    CU_ASSERT_EQUAL(hrd.underflows, 0);
    printf(" share_mean=%.3f ", share);
}

static void planning_again_plans_the_same(void)
{
    struct psk_enc_control first[8];
    struct psk_enc_control again[8];
    struct ps_rate rate;

    ps_rate_init(&rate, &quarter_hd);
    ps_rate_plan(&rate, 8, first);
    ps_rate_plan(&rate, 8, again);
    CU_ASSERT_EQUAL(memcmp(first, again, sizeof(first)), 0);
}

static void only_the_first_frame_gets_an_idrs_share(void)
{
    struct psk_enc_control control[8];
    struct psk_enc_report report[8];
    struct model m = { .seed = 1, .idr = 60000, .p = 9000, .slope = 1, .wander = 1.01 };
    struct ps_rate rate;

    ps_rate_init(&rate, &quarter_hd);
    ps_rate_plan(&rate, 8, control);
    CU_ASSERT_TRUE(control[0].target_bits > 2 * control[1].target_bits);
    CU_ASSERT_TRUE(control[0].qp < control[1].qp);
    for (uint32_t i = 0; i < 8; i++)
        report[i] = code(&m, &rate, i == 0, &control[i], control[i].bits_max);
    ps_rate_learn(&rate, 8, report);
    ps_rate_plan(&rate, 8, control);
    CU_ASSERT_EQUAL(control[0].target_bits, control[1].target_bits);
}

static void a_segment_of_one_frame_spends_it_on_the_idr(void)
{
    struct ps_rate_config cfg = quarter_hd;
    struct psk_enc_control control;
    struct ps_rate rate;

    cfg.frame_count = 1;
    ps_rate_init(&rate, &cfg);
    ps_rate_plan(&rate, 1, &control);
    CU_ASSERT_TRUE(control.target_bits > 0 && control.target_bits <= 200000 / 30 + 1);
    CU_ASSERT_TRUE(control.bits_max >= PS_VBV_IDR_BITS(rate.mb_count) && control.bits_max < 8000);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(segments_hold_their_budget_whatever_the_content),
        PS_TEST(segments_with_cuts_hold_their_budget),
        PS_TEST(long_segments_and_small_buffers_hold_too),
        PS_TEST(an_encoder_that_ignores_bits_max_runs_the_buffer_dry),
        PS_TEST(any_content_at_any_bitrate_keeps_the_buffer_above_empty),
        PS_TEST(what_cannot_meet_its_budget_ends_at_the_bounds),
        PS_TEST(a_quality_is_held_where_the_bitrate_bears_it),
        PS_TEST(a_quality_out_of_reach_is_capped_by_the_bitrate),
        PS_TEST(planning_again_plans_the_same),
        PS_TEST(only_the_first_frame_gets_an_idrs_share),
        PS_TEST(a_segment_of_one_frame_spends_it_on_the_idr),
    };

    return ps_test_run("host/pipeline/rate", tests, sizeof(tests) / sizeof(tests[0]));
}

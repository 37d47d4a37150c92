/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/pipeline/test_rate.c - rate control against an encoder made of its own model,
 * off by a factor or changing on the way. The real encoder's turn is in tests/integration/kernels.
 */
#include "host/pipeline/rate.h"

#include <math.h>
#include <string.h>

#include "tests/support/ps_test.h"

#define MBS 240u /* 320x180 */

static const struct ps_rate_config quarter_hd = {
    .bitrate_bps = 200000,
    .fps_num = 30,
    .fps_den = 1,
    .width = 320,
    .height = 180,
    .frame_count = 120,
};

/* Frames whose bits halve every six qp. */
struct content {
    double idr; /* bits at qp 26 */
    double p;
    uint32_t change_at; /* from this frame on, p costs three times as much; 0: never */
};

static double halved(double bits, uint32_t qp)
{
    for (; qp > 26; qp--)
        bits *= 0.8909;
    for (; qp < 26; qp++)
        bits /= 0.8909;
    return bits;
}

static struct psk_enc_report encode(const struct content *content, uint32_t frame,
                                    const struct psk_enc_control *control)
{
    const int changed = content->change_at != 0 && frame >= content->change_at;
    const double cost = frame == 0 ? content->idr : content->p * (changed ? 3 : 1);
    double bits = halved(cost, control->qp);

    /* Steering rows from the middle on gets a frame half of the way to its target. */
    if (bits > control->target_bits)
        bits = (bits + fmax(halved(cost, control->qp_max), control->target_bits)) / 2;
    else
        bits = (bits + fmin(halved(cost, control->qp_min), control->target_bits)) / 2;
    return (struct psk_enc_report){ .bytes = (uint32_t)(bits / 8),
                                    .qp_sum = control->qp * MBS,
                                    .is_idr = frame == 0 };
}

/* A segment in batches of eight; returns its size against its budget. */
static double encode_segment(const struct ps_rate_config *cfg, const struct content *content)
{
    struct psk_enc_control control[8];
    struct psk_enc_report report[8];
    struct ps_rate rate;
    double bits = 0;

    ps_rate_init(&rate, cfg);
    for (uint32_t done = 0; done < cfg->frame_count; done += 8) {
        const uint32_t count = cfg->frame_count - done < 8 ? cfg->frame_count - done : 8;

        ps_rate_plan(&rate, count, control);
        for (uint32_t i = 0; i < count; i++) {
            CU_ASSERT_TRUE(control[i].qp_min >= 10 && control[i].qp_min <= control[i].qp);
            CU_ASSERT_TRUE(control[i].qp_max <= 51 && control[i].qp <= control[i].qp_max);
            CU_ASSERT_TRUE(control[i].target_bits > 0);
            report[i] = encode(content, done + i, &control[i]);
            bits += report[i].bytes * 8.0;
        }
        ps_rate_learn(&rate, count, report);
    }
    CU_ASSERT_EQUAL(rate.frames_left, 0);
    return bits / ((double)cfg->bitrate_bps * cfg->frame_count * cfg->fps_den / cfg->fps_num);
}

static void segments_hold_their_budget_whatever_the_content(void)
{
    static const struct content contents[] = {
        { 60000, 9000, 0 },
        { 20000, 1500, 0 },
        { 150000, 30000, 0 },
        { 60000, 6000, 60 },
    };
    static const uint32_t lengths[] = { 48, 60, 61, 120 };

    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
            struct ps_rate_config cfg = quarter_hd;

            cfg.frame_count = lengths[k];
            const double share = encode_segment(&cfg, &contents[i]);
            CU_ASSERT_TRUE(share > 0.85 && share < 1.15);
        }
    }
}

static void a_budget_out_of_reach_ends_at_the_bounds(void)
{
    const struct content heavy = { 9e6, 9e6, 0 };
    const struct content still = { 100, 10, 0 };
    struct ps_rate_config cfg = quarter_hd;

    CU_ASSERT_TRUE(encode_segment(&cfg, &heavy) > 1.15);
    CU_ASSERT_TRUE(encode_segment(&cfg, &still) < 0.85);
    cfg.bitrate_bps = 1000000000;
    CU_ASSERT_TRUE(encode_segment(&cfg, &heavy) < 1.15);
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
    const struct content content = { 60000, 9000, 0 };
    struct ps_rate rate;

    ps_rate_init(&rate, &quarter_hd);
    ps_rate_plan(&rate, 8, control);
    CU_ASSERT_TRUE(control[0].target_bits > 2 * control[1].target_bits);
    CU_ASSERT_TRUE(control[0].qp < control[1].qp);
    for (uint32_t i = 0; i < 8; i++)
        report[i] = encode(&content, i, &control[i]);
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
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(segments_hold_their_budget_whatever_the_content),
        PS_TEST(a_budget_out_of_reach_ends_at_the_bounds),
        PS_TEST(planning_again_plans_the_same),
        PS_TEST(only_the_first_frame_gets_an_idrs_share),
        PS_TEST(a_segment_of_one_frame_spends_it_on_the_idr),
    };

    return ps_test_run("host/pipeline/rate", tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/baseline_xgboost.c - boosted trees (libxgboost), logistic, made anew each hour from
 * the labelled rows so far; calibrated.
 *
 * Of those rows at most ROWS_MAX of each kind are kept, by chance, and count for the others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xgboost/c_api.h>

#include "host/base/mem.h"
#include "tools/replay/baseline.h"

#define ROWS_MAX (1u << 15) /* that came true, and as many that did not */
#define TREES    60
#define HOUR_NS  (3600 * 1000000000ull)

/* Of many rows some, each standing for `stride`. */
struct sample {
    float (*x)[REPLAY_X_COUNT];
    uint32_t count, stride;
};

struct trees {
    struct sample kinds[2]; /* that did not come true, that did */
    uint64_t random;
    uint64_t made_ns;
    BoosterHandle booster; /* NULL: not yet */
    uint64_t rows, happened;
};

/* Gradients are those of mean log-loss; one thread, so that a trace always gives the same. */
static const char *const params[][2] = {
    { "objective", "binary:logistic" },
    { "max_depth", "5" },
    { "eta", "0.1" },
    { "tree_method", "hist" },
    { "nthread", "1" },
    { "min_child_weight", "5" },
    { "verbosity", "0" },
    { "seed", "1" },
};

static uint32_t draw(struct trees *trees)
{
    trees->random ^= trees->random << 13;
    trees->random ^= trees->random >> 7;
    trees->random ^= trees->random << 17;
    return (uint32_t)(trees->random >> 32);
}

static void keep(struct trees *trees, struct sample *sample, const float *x)
{
    if (sample->stride > 1 && draw(trees) % sample->stride != 0)
        return;
    if (sample->count == ROWS_MAX) {
        for (uint32_t i = 0; i < ROWS_MAX / 2; i++)
            memcpy(sample->x[i], sample->x[2 * i], sizeof(*sample->x));
        sample->count /= 2;
        sample->stride *= 2;
    }
    memcpy(sample->x[sample->count++], x, sizeof(*sample->x));
}

static int create(void **ret_state)
{
    struct trees *trees = ps_zalloc(1, sizeof(*trees));

    *ret_state = NULL;
    if (trees == NULL)
        return -ENOMEM;
    trees->random = 0x9e3779b97f4a7c15ull;
    for (unsigned k = 0; k < 2; k++) {
        trees->kinds[k].stride = 1;
        trees->kinds[k].x = ps_zalloc(ROWS_MAX, sizeof(*trees->kinds[k].x));
    }
    if (trees->kinds[0].x == NULL || trees->kinds[1].x == NULL) {
        replay_baseline_xgboost.destroy(trees);
        return -ENOMEM;
    }
    *ret_state = trees;
    return 0;
}

static void destroy(void *state)
{
    struct trees *trees = state;

    if (trees == NULL)
        return;
    if (trees->booster != NULL)
        XGBoosterFree(trees->booster);
    free(trees->kinds[1].x);
    free(trees->kinds[0].x);
    free(trees);
}

/* One after the other: all rows, their labels, their weights. */
static int matrix_of(const struct trees *trees, float *scratch, DMatrixHandle *ret_matrix)
{
    const uint32_t rows = trees->kinds[0].count + trees->kinds[1].count;
    float *labels = scratch, *weights = scratch + rows, *x = scratch + 2 * rows;
    uint32_t at = 0;
    int bad;

    for (unsigned k = 0; k < 2; k++) {
        const struct sample *sample = &trees->kinds[k];

        if (sample->count > 0)
            memcpy(x + (size_t)at * REPLAY_X_COUNT, sample->x, sample->count * sizeof(*sample->x));
        for (uint32_t i = 0; i < sample->count; i++, at++) {
            labels[at] = (float)k;
            weights[at] = (float)sample->stride;
        }
    }
    if (XGDMatrixCreateFromMat(x, rows, REPLAY_X_COUNT, -1.0f, ret_matrix) != 0)
        return -ENOMEM;
    bad = XGDMatrixSetFloatInfo(*ret_matrix, "label", labels, rows);
    bad |= XGDMatrixSetFloatInfo(*ret_matrix, "weight", weights, rows);
    if (bad == 0)
        return 0;
    XGDMatrixFree(*ret_matrix);
    return -ENOMEM;
}

static int boost(BoosterHandle booster, DMatrixHandle matrix)
{
    int bad = 0;

    for (unsigned p = 0; p < PS_ARRAY_LEN(params); p++)
        bad |= XGBoosterSetParam(booster, params[p][0], params[p][1]);
    for (int t = 0; bad == 0 && t < TREES; t++)
        bad = XGBoosterUpdateOneIter(booster, t, matrix);
    return bad == 0 ? 0 : -ENOMEM;
}

static int train(struct trees *trees)
{
    const size_t rows = (size_t)trees->kinds[0].count + trees->kinds[1].count;
    float *scratch = ps_zalloc(rows * (REPLAY_X_COUNT + 2), sizeof(*scratch));
    BoosterHandle booster = NULL;
    DMatrixHandle matrix;
    int rc = scratch != NULL ? matrix_of(trees, scratch, &matrix) : -ENOMEM;

    free(scratch);
    if (rc != 0)
        return rc;
    rc = XGBoosterCreate(&matrix, 1, &booster) == 0 ? boost(booster, matrix) : -ENOMEM;
    XGDMatrixFree(matrix);
    if (rc != 0) {
        if (booster != NULL)
            XGBoosterFree(booster);
        return rc;
    }
    if (trees->booster != NULL)
        XGBoosterFree(trees->booster);
    trees->booster = booster;
    return 0;
}

static int ask(const struct trees *trees, const struct replay_rows *rows, float *ret_said)
{
    const float *said;
    bst_ulong count = 0;
    DMatrixHandle matrix;
    int bad = XGDMatrixCreateFromMat(rows->x[0], rows->count, REPLAY_X_COUNT, -1.0f, &matrix);

    if (bad != 0)
        return -ENOMEM;
    bad = XGBoosterPredict(trees->booster, matrix, 0, 0, 0, &count, &said);
    if (bad == 0 && count == rows->count)
        memcpy(ret_said, said, rows->count * sizeof(*said));
    XGDMatrixFree(matrix);
    return bad == 0 && count == rows->count ? 0 : -ENOMEM;
}

static void say(void *state, const struct replay_rows *rows, float *ret_said)
{
    const struct trees *trees = state;
    const double share = ((double)trees->happened + 1.0) / ((double)trees->rows + 2.0);

    if (trees->booster != NULL && rows->count > 0 && ask(trees, rows, ret_said) == 0)
        return;
    for (uint32_t i = 0; i < rows->count; i++)
        ret_said[i] = (float)share;
}

static int learn(void *state, const struct replay_rows *rows, const bool *happened)
{
    struct trees *trees = state;

    for (uint32_t i = 0; i < rows->count; i++) {
        keep(trees, &trees->kinds[happened[i]], rows->x[i]);
        trees->happened += happened[i];
    }
    trees->rows += rows->count;
    if (trees->kinds[0].count == 0 || trees->kinds[1].count == 0 ||
        rows->now_ns / HOUR_NS == trees->made_ns / HOUR_NS)
        return 0;
    trees->made_ns = rows->now_ns;
    return train(trees);
}

const struct replay_baseline replay_baseline_xgboost = { .name = "xgboost",
                                                         .is_calibrated = true,
                                                         .create = create,
                                                         .say = say,
                                                         .learn = learn,
                                                         .destroy = destroy };

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/needs.c - what is expected of a resource, divided among those who will ask. */
#include <math.h>

#include "host/predict/curves_spread_priv.h"
#include "host/predict/predict_priv.h"

#define UPPER 0.95

/* Regions of one tenant's classes. */
struct regions {
    uint16_t region[PS_AUDIENCE_CLASSES];
    uint8_t of_class[PS_AUDIENCE_CLASSES]; /* its place in these */
    uint32_t count;
};

/* Of those that there was no room to tell apart the region is unknown, as that of nobody. */
static void find_regions(const struct ps_audience *audience, struct regions *ret)
{
    ret->region[0] = 0;
    ret->count = 1;
    for (uint32_t c = 0; c < audience->class_count; c++) {
        const uint16_t region = c == PS_AUDIENCE_OTHERS ? 0 : audience->classes[c].region;
        uint32_t at = 0;

        while (at < ret->count && ret->region[at] != region)
            at++;
        if (at == ret->count)
            ret->region[ret->count++] = region;
        ret->of_class[c] = (uint8_t)at;
    }
}

/* What is divided. Starts come independently: a part of them has that part of the rate. */
struct asked {
    const struct ps_prediction *said;
    double rate, rate_min; /* of a Poisson count that is above 0 as likely as was said */
    double doubt;          /* of all of it */
    double weight;
};

static double upper_of(const struct asked *asked, double share)
{
    const double doubt = ps_audience_doubt(share, asked->weight);
    const double relative = (1.0 + asked->doubt) * (1.0 + doubt) - 1.0;

    return ceil(
        ps_spread_quantile(asked->said->expected[PS_HORIZON_15MIN] * share, relative, UPPER));
}

static double rate_of(double confidence)
{
    return -log1p(-fmin(confidence, 1.0 - 1e-9));
}

static bool need(const struct asked *asked, uint16_t region, double share, struct ps_need *ret)
{
    const double expected = asked->said->expected[PS_HORIZON_15MIN];

    if (share * asked->rate < asked->rate_min || share <= 0.0)
        return false;
    *ret = (struct ps_need){ .resource = asked->said->resource,
                             .region = region,
                             .confidence = fmin(-expm1(-share * asked->rate),
                                                asked->said->confidence[PS_HORIZON_15MIN]),
                             .expected_15min = expected * share,
                             .upper_15min = upper_of(asked, share) };
    return true;
}

/* Regions that are too small for a need of their own are summed up in the one of no place. */
static uint32_t divide(struct ps_audience_moment *moment, const struct regions *regions,
                       uint8_t category, struct asked *asked, struct ps_need *ret, uint32_t max)
{
    struct ps_audience_shares shares;
    float by_region[PS_AUDIENCE_CLASSES] = { 0.0f };
    const uint32_t classes =
        ps_audience_read(moment, asked->said->resource.media_key, category, &shares);
    uint32_t count = 0;

    asked->weight = (double)shares.weight;
    for (uint32_t c = 0; c < classes; c++)
        by_region[regions->of_class[c]] += shares.of[c];
    double rest = classes == 0 ? 1.0 : (double)by_region[0];
    for (uint32_t r = 1; r < regions->count && count < max; r++)
        if (need(asked, regions->region[r], (double)by_region[r], &ret[count]))
            count++;
        else
            rest += (double)by_region[r];
    if (count < max && need(asked, 0, rest, &ret[count]))
        count++;
    return count;
}

uint32_t ps_predict_needs(const struct ps_predict *predict, const struct ps_predictions *ranked,
                          double confidence_min, struct ps_need *ret_needs, uint32_t max)
{
    struct asked asked = { .rate_min = rate_of(confidence_min) };
    const struct ps_predict_tenant *tenant = NULL;
    struct ps_audience_moment moment;
    struct regions regions = { .count = 0 };
    uint32_t count = 0;

    for (uint32_t i = 0; i < ranked->count && count < max; i++) {
        asked.said = &ranked->items[i];
        if (asked.said->confidence[PS_HORIZON_15MIN] < confidence_min)
            continue;
        const uint32_t media = ps_items_find_media(&predict->items, asked.said->resource.media_key);
        if (media == PS_ITEM_NONE)
            continue; /* made by the loop, of what is not tracked */
        if (tenant != ps_predict_tenant_of(predict, media)) {
            tenant = ps_predict_tenant_of(predict, media);
            find_regions(&tenant->mind->audience, &regions);
            ps_audience_begin(&tenant->mind->audience, &moment);
        }
        asked.doubt = (double)ps_doubt_read(&predict->mind.doubt, PS_HORIZON_15MIN,
                                            (float)asked.said->expected[PS_HORIZON_15MIN]);
        asked.rate = rate_of(asked.said->confidence[PS_HORIZON_15MIN]);
        count += divide(&moment, &regions, predict->items.items[media].category, &asked,
                        &ret_needs[count], max - count);
    }
    return count;
}

uint32_t ps_predict_classes(const struct ps_predict *predict, uint64_t media_key,
                            struct ps_predict_class ret_classes[PS_PREDICT_CLASSES_MAX])
{
    const uint32_t media = ps_items_find_media(&predict->items, media_key);
    struct ps_audience_moment moment;
    struct ps_audience_shares shares;
    uint32_t count;

    if (media == PS_ITEM_NONE)
        return 0;
    const struct ps_audience *audience = &ps_predict_tenant_of(predict, media)->mind->audience;
    ps_audience_begin(audience, &moment);
    count = ps_audience_read(&moment, media_key, predict->items.items[media].category, &shares);
    for (uint32_t c = 0; c < count; c++)
        ret_classes[c] = (struct ps_predict_class){ .region = audience->classes[c].region,
                                                    .device = audience->classes[c].device,
                                                    .is_other = c == PS_AUDIENCE_OTHERS,
                                                    .share = (double)shares.of[c],
                                                    .weight = (double)shares.weight };
    return count;
}

bool ps_predict_part(const struct ps_predict *predict, uint64_t media_key, uint32_t region,
                     uint32_t device, double *ret_share, double *ret_weight)
{
    struct ps_predict_class classes[PS_PREDICT_CLASSES_MAX];
    const uint32_t count = ps_predict_classes(predict, media_key, classes);
    const bool is_all = region == PS_PREDICT_ANY && device == PS_PREDICT_ANY;

    *ret_share = *ret_weight = 0.0;
    for (uint32_t c = 0; c < count; c++)
        if (is_all ||
            (!classes[c].is_other && (region == PS_PREDICT_ANY || region == classes[c].region) &&
             (device == PS_PREDICT_ANY || device == classes[c].device)))
            *ret_share += classes[c].share;
    if (count > 0)
        *ret_weight = classes[0].weight;
    return count > 0;
}

double ps_predict_doubt(const struct ps_predict *predict, enum ps_horizon horizon, double expected,
                        double share, double weight)
{
    const double rate = (double)ps_doubt_read(&predict->mind.doubt, horizon, (float)expected);

    return (1.0 + rate) * (1.0 + ps_audience_doubt(share, weight)) - 1.0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* host/predict/tenants.c - what each tenant has for itself, and its part of what is shared. */
#include <errno.h>
#include <stdlib.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/predict/predict_priv.h"

#define PAIRS_MIN 1024u /* of media and what follows it, however small the part */
#define PEERS_MIN 1024u

static uint32_t part_of(double part, uint32_t whole, uint32_t least)
{
    const uint32_t own = (uint32_t)(part * (double)whole);

    return own > least ? own : least < whole ? least : whole;
}

static int init_ring(struct ps_predict_ring *ring, uint32_t size)
{
    ring->media = ps_zalloc(size, sizeof(*ring->media));
    ring->size = size;
    return ring->media == NULL ? -ENOMEM : 0;
}

static int init_tenant(struct ps_predict *predict, uint32_t t, double part)
{
    const uint32_t peers = predict->cfg.peers_max == 0 ? PS_PREDICT_PEERS : predict->cfg.peers_max;
    struct ps_predict_tenant *tenant = &predict->tenants[t];
    struct ps_tenant_mind *mind = &predict->tenant_minds[t];

    tenant->mind = mind;
    tenant->part = part;
    ps_overall_init(&mind->overall);
    for (unsigned o = 0; o < PS_OUTLOOKS; o++)
        for (unsigned cold = 0; cold < 2; cold++)
            ps_calibrate_init(&mind->calibrate[o][cold]);
    if (ps_sequels_init(&tenant->sequels, part_of(part, PS_PREDICT_PAIRS, PAIRS_MIN),
                        part_of(part, peers, PEERS_MIN)) != 0 ||
        init_ring(&tenant->recent,
                  predict->tenant_count == 1 ? PS_RECENT_MAX : PS_RECENT_A_TENANT) != 0 ||
        init_ring(&tenant->fresh, PS_CANDIDATES_NEW) != 0)
        return -ENOMEM;
    return 0;
}

int ps_predict_tenants_init(struct ps_predict *predict)
{
    const struct ps_predict_tenant_config *cfg = predict->tenant_cfg;
    double parts[PS_PREDICT_TENANTS_MAX], sum = 0.0;
    int rc = 0;

    predict->tenant_minds = ps_zalloc(predict->tenant_count, sizeof(*predict->tenant_minds));
    predict->tenants = ps_zalloc(predict->tenant_count, sizeof(*predict->tenants));
    if (predict->tenant_minds == NULL || predict->tenants == NULL)
        return -ENOMEM;
    for (uint32_t t = 0; t < predict->tenant_count; t++)
        sum += (double)cfg[t].weight;
    for (uint32_t t = 0; t < predict->tenant_count && rc == 0; t++) {
        parts[t] = (double)cfg[t].weight / sum;
        predict->tenants[t].key = cfg[t].key;
        rc = init_tenant(predict, t, parts[t]);
    }
    if (rc == 0)
        ps_items_share(&predict->items, parts, predict->tenant_count);
    predict->tenant = &predict->tenants[0];
    return rc;
}

void ps_predict_tenants_fini(struct ps_predict *predict)
{
    for (uint32_t t = 0; predict->tenants != NULL && t < predict->tenant_count; t++) {
        ps_sequels_fini(&predict->tenants[t].sequels);
        free(predict->tenants[t].recent.media);
        free(predict->tenants[t].fresh.media);
    }
    free(predict->tenants);
    free(predict->tenant_minds);
}

uint8_t ps_predict_number_profile(struct ps_predict *predict, uint64_t profile_key)
{
    const uint8_t found = ps_overall_find_profile(ps_predict_profiles(predict), profile_key);
    uint8_t number = found;

    for (uint32_t t = 0; found == PS_PROFILE_NONE && t < predict->tenant_count; t++)
        number = ps_overall_profile(&predict->tenant_minds[t].overall, profile_key);
    return number;
}

void ps_predict_tenant_status(const struct ps_predict *predict, uint32_t tenant,
                              struct ps_predict_tenant_status *ret_status)
{
    const struct ps_items_tenant *own = &predict->items.tenants[tenant];

    ps_assert(tenant < predict->tenant_count);
    *ret_status = (struct ps_predict_tenant_status){
        .media = own->media,
        .places = own->places,
        .places_part = own->places_part,
        .candidates = predict->tenants[tenant].candidate_count,
    };
    for (unsigned h = 0; h < PS_HORIZON_COUNT; h++) {
        const struct ps_scorecard *card = &predict->tenant_minds[tenant].scorecard[h];

        ret_status->labels[h] = card->labels;
        ret_status->mean_said[h] = ps_scorecard_said(card);
        ret_status->mean_happened[h] = ps_scorecard_happened(card);
        ret_status->calibration_error[h] = ps_scorecard_error(card);
    }
}

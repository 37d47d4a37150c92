/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/parts.h"

#include "host/base/assert.h"

void ps_parts_begin(struct ps_parts *parts, const struct ps_parts_config *cfg,
                    const struct ps_parts_taken *taken)
{
    double sum = 0.0;

    ps_assert(cfg->tenant_count >= 1 && cfg->tenant_count <= PS_PARTS_TENANTS_MAX);
    for (uint32_t t = 0; t < cfg->tenant_count; t++)
        sum += (double)cfg->weights[t];
    *parts = (struct ps_parts){ .left_bytes = cfg->space_bytes, .tenant_count = cfg->tenant_count };
    for (uint32_t t = 0; t < cfg->tenant_count; t++) {
        const double part = (double)cfg->weights[t] / sum;
        const int64_t making = (int64_t)(part * (double)cfg->making_max);

        parts->left_bytes -= (int64_t)taken[t].open_bytes;
        parts->own_bytes[t] =
            (int64_t)(part * (double)cfg->space_bytes) - (int64_t)taken[t].open_bytes;
        /* However small its part: one at a time. */
        parts->own_making[t] = (making > 1 ? making : 1) - (int64_t)taken[t].making;
    }
}

bool ps_parts_has_own(const struct ps_parts *parts, uint32_t tenant)
{
    ps_assert(tenant < parts->tenant_count);
    return parts->own_bytes[tenant] > 0 && parts->own_making[tenant] > 0;
}

bool ps_parts_has_any(const struct ps_parts *parts)
{
    return parts->left_bytes > 0;
}

bool ps_parts_are_spent(const struct ps_parts *parts)
{
    for (uint32_t t = 0; t < parts->tenant_count; t++)
        if (ps_parts_has_own(parts, t))
            return false;
    return !ps_parts_has_any(parts);
}

void ps_parts_spend(struct ps_parts *parts, uint32_t tenant, uint64_t size_bytes)
{
    ps_assert(tenant < parts->tenant_count);
    parts->left_bytes -= (int64_t)size_bytes;
    parts->own_bytes[tenant] -= (int64_t)size_bytes;
    parts->own_making[tenant]--;
}

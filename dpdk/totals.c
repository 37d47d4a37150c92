/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/totals.h"

#include <inttypes.h>
#include <stdio.h>

struct text {
    char *at;
    size_t left_bytes;
};

void nic_totals_add(struct nic_totals *into, const struct nic_totals *from)
{
#define NIC_TOTAL(name, help) into->name += from->name;
#include "dpdk/totals.def"
#undef NIC_TOTAL
    for (uint32_t i = 0; i < NIC_TRAFFIC_COUNT; i++) {
        into->traffic[i].packets += from->traffic[i].packets;
        into->traffic[i].bytes += from->traffic[i].bytes;
    }
}

void nic_totals_each(const struct nic_totals *totals,
                     void (*each)(void *arg, const char *name, uint64_t value, const char *help),
                     void *arg)
{
#define NIC_TOTAL(name, help) each(arg, #name, totals->name, help);
#include "dpdk/totals.def"
#undef NIC_TOTAL
#define NIC_TRAFFIC(NAME, name, help)                                                              \
    each(arg, #name "_packets", totals->traffic[NIC_TRAFFIC_##NAME].packets, help);                \
    each(arg, #name "_bytes", totals->traffic[NIC_TRAFFIC_##NAME].bytes, help);
#include "dpdk/traffic.def"
#undef NIC_TRAFFIC
}

static void append(void *arg, const char *name, uint64_t value, const char *help)
{
    struct text *text = arg;
    int bytes;

    (void)help;
    bytes = snprintf(text->at, text->left_bytes, "%s=%" PRIu64 " ", name, value);
    if (bytes < 0 || (size_t)bytes >= text->left_bytes)
        return;
    text->at += bytes;
    text->left_bytes -= (size_t)bytes;
}

void nic_totals_text(const struct nic_totals *totals, char *ret_text, size_t size_bytes)
{
    struct text text = { .at = ret_text, .left_bytes = size_bytes };

    ret_text[0] = '\0';
    nic_totals_each(totals, append, &text);
    if (text.at > ret_text)
        text.at[-1] = '\0';
}

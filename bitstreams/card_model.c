/* SPDX-License-Identifier: BSD-3-Clause */
/* The emulation driver's record of a card: kernels/abi/card_model.h. */
#include "bitstreams/xclbin_pack.h"

#include <stdio.h>

#define FACTOR_ONE_PPM 1000000u

/* Of a mid-size card in a well aired server; a card.conf says better. */
static const struct ps_card_heat heat_default = {
    .idle_mw = 25000, .cu_mw = 4000, .ambient_mc = 30000, .mk_per_w = 600, .thermal_ms = 60000
};

static uint32_t either(uint32_t said, uint32_t otherwise)
{
    return said != 0 ? said : otherwise;
}

static void fill_heat(struct psk_card_model *model, const struct ps_card_heat *heat)
{
    model->idle_mw = either(heat->idle_mw, heat_default.idle_mw);
    model->cu_mw = either(heat->cu_mw, heat_default.cu_mw);
    model->ambient_mc = either(heat->ambient_mc, heat_default.ambient_mc);
    model->mk_per_w = either(heat->mk_per_w, heat_default.mk_per_w);
    model->thermal_ms = either(heat->thermal_ms, heat_default.thermal_ms);
}

static void fill_banks(struct psk_card_model *model, const struct ps_card_conf *conf)
{
    model->bank_count = either(conf->bank_count, 1);
    if (conf->bank_count == 0)
        model->banks[0] = (struct psk_model_bank){ .name = "DDR0", .size_mib = conf->memory_mib };
    for (uint32_t i = 0; i < conf->bank_count; i++) {
        snprintf(model->banks[i].name, sizeof(model->banks[i].name), "%s", conf->banks[i].name);
        model->banks[i].size_mib = conf->banks[i].size_mib;
        model->banks[i].gbps = conf->banks[i].gbps;
    }
}

static void fill_kernel(struct psk_model_kernel *to, const struct ps_card_kernel *from)
{
    snprintf(to->name, sizeof(to->name), "%s", from->name);
    to->factor_ppm = either(from->factor_ppm, FACTOR_ONE_PPM);
    to->arg_count = from->arg_count;
    for (uint32_t a = 0; a < from->arg_count; a++) {
        snprintf(to->args[a].name, sizeof(to->args[a].name), "%s", from->args[a].name);
        to->args[a].offset_bytes = from->args[a].offset_bytes;
        to->args[a].kind = from->args[a].kind;
    }
}

/* Compute units without banks of their own take all of the card's in turn, over all kernels. */
static void fill_cus(struct psk_card_model *model, const struct ps_card_conf *conf)
{
    for (uint32_t k = 0; k < conf->kernel_count; k++) {
        const struct ps_card_kernel *kernel = &conf->kernels[k];

        for (uint32_t i = 0; i < kernel->cu_count; i++, model->cu_count++) {
            struct psk_model_cu *cu = &model->cus[model->cu_count];

            cu->kernel_idx = (uint8_t)k;
            cu->bank_idx = (uint8_t)(kernel->bank_count != 0 ? kernel->banks[i % kernel->bank_count]
                                                             : model->cu_count % model->bank_count);
        }
    }
}

void ps_card_model_fill(struct psk_card_model *ret_model, const struct ps_card_conf *conf)
{
    *ret_model = (struct psk_card_model){ .magic = PSK_MODEL_MAGIC,
                                          .version = PSK_MODEL_VERSION,
                                          .clock_mhz = conf->clock_mhz,
                                          .pcie_gbps = conf->pcie_gbps,
                                          .kernel_count = conf->kernel_count };
    fill_heat(ret_model, &conf->heat);
    fill_banks(ret_model, conf);
    for (uint32_t k = 0; k < conf->kernel_count; k++)
        fill_kernel(&ret_model->kernels[k], &conf->kernels[k]);
    fill_cus(ret_model, conf);
}

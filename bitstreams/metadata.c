/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/xclbin_pack.h"
#include "kernels/abi/registers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define CU_BASE_FIRST 0x1800000u
#define CU_BASE_STEP  0x10000u

uint64_t ps_xclbin_cu_base(uint32_t idx)
{
    return CU_BASE_FIRST + (uint64_t)idx * CU_BASE_STEP;
}

static void write_arg(FILE *out, const struct ps_card_arg *arg, uint32_t idx)
{
    const bool is_buffer = arg->kind != PSK_MODEL_SCALAR;
    const char *size = is_buffer ? "0x8" : "0x4";

    fprintf(out,
            "    <arg name=\"%s\" addressQualifier=\"%d\" id=\"%u\" port=\"%s\" size=\"%s\""
            " offset=\"0x%x\" hostOffset=\"0x0\" hostSize=\"%s\" type=\"%s\"/>\n",
            arg->name, is_buffer, idx, is_buffer ? "M_AXI_GMEM" : "S_AXI_CONTROL", size,
            arg->offset_bytes, size, is_buffer ? "void*" : "uint");
}

static void write_kernel(FILE *out, const struct ps_card_kernel *kernel, uint32_t cu_first)
{
    fprintf(out,
            "   <kernel name=\"%s\" language=\"c\" type=\"pl\">\n"
            "    <port name=\"M_AXI_GMEM\" mode=\"master\" range=\"0xFFFFFFFF\" dataWidth=\"512\""
            " portType=\"addressable\" base=\"0x0\"/>\n"
            "    <port name=\"S_AXI_CONTROL\" mode=\"slave\" range=\"0x%x\" dataWidth=\"32\""
            " portType=\"addressable\" base=\"0x0\"/>\n",
            kernel->name, PSK_REG_MAP_BYTES);
    for (uint32_t i = 0; i < kernel->arg_count; i++)
        write_arg(out, &kernel->args[i], i);
    for (uint32_t i = 0; i < kernel->cu_count; i++)
        fprintf(out,
                "    <instance name=\"%s_%u\"><addrRemap base=\"0x%" PRIx64 "\""
                " port=\"S_AXI_CONTROL\"/></instance>\n",
                kernel->name, i + 1, ps_xclbin_cu_base(cu_first + i));
    fprintf(out, "   </kernel>\n");
}

int ps_xclbin_metadata(const struct ps_card_conf *conf, char **ret_xml)
{
    char *xml = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&xml, &size);
    uint32_t cu = 0;

    if (out == NULL)
        return -ENOMEM;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<project name=\"%s\"><platform vendor=\"prestage\" boardid=\"emulated\" name=\"%s\""
            " featureRomTime=\"0\">\n"
            " <device name=\"%s\" fpgaDevice=\"emulated\">\n"
            "  <kernelClocks><clock port=\"KERNEL_CLK\" frequency=\"%uMHz\"/></kernelClocks>\n"
            "  <core name=\"OCL_REGION_0\" target=\"csim\" type=\"clc_region\">\n",
            conf->name, conf->name, conf->name, conf->clock_mhz);
    for (uint32_t i = 0; i < conf->kernel_count; i++) {
        write_kernel(out, &conf->kernels[i], cu);
        cu += conf->kernels[i].cu_count;
    }
    fprintf(out, "  </core>\n </device></platform></project>\n");
    if (fclose(out) != 0) {
        free(xml);
        return -ENOMEM;
    }
    *ret_xml = xml;
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/xclbin_pack.h"
#include "host/base/hash.h"
#include "host/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xclbin.h>

#define SECTIONS_MAX 8u

struct part {
    enum axlf_section_kind kind;
    const char *name;
    const void *bytes;
    size_t size_bytes;
};

/* All sections; the tables are ours, the kernels the caller's. */
struct parts {
    char *xml;
    struct ip_layout *cus;
    struct mem_topology *memory;
    struct connectivity *wires;
    struct psk_card_model *model;
    uint32_t count;
    struct part at[SECTIONS_MAX];
};

static size_t aligned(size_t size_bytes)
{
    return (size_bytes + 7u) & ~(size_t)7u;
}

static void add(struct parts *parts, enum axlf_section_kind kind, const char *name,
                const void *bytes, size_t size_bytes)
{
    parts->at[parts->count++] = (struct part){ kind, name, bytes, size_bytes };
}

static int add_cus(struct parts *parts, const struct ps_card_conf *conf)
{
    const size_t size =
        offsetof(struct ip_layout, m_ip_data) + conf->cu_count * sizeof(struct ip_data);
    uint32_t cu = 0;

    parts->cus = ps_zalloc(1, size);
    if (parts->cus == NULL)
        return -ENOMEM;
    parts->cus->m_count = (int32_t)conf->cu_count;
    for (uint32_t k = 0; k < conf->kernel_count; k++) {
        const struct ps_card_kernel *kernel = &conf->kernels[k];

        for (uint32_t i = 0; i < kernel->cu_count; i++, cu++) {
            struct ip_data *ip = &parts->cus->m_ip_data[cu];

            ip->m_type = IP_KERNEL;
            ip->m_base_address = ps_xclbin_cu_base(cu);
            snprintf((char *)ip->m_name, sizeof(ip->m_name), "%.28s:%.28s_%hhu", kernel->name,
                     kernel->name, (uint8_t)(i + 1));
        }
    }
    add(parts, IP_LAYOUT, "cus", parts->cus, size);
    return 0;
}

static int add_memory(struct parts *parts, const struct ps_card_conf *conf)
{
    struct mem_data *bank;

    parts->memory = ps_zalloc(1, sizeof(*parts->memory));
    if (parts->memory == NULL)
        return -ENOMEM;
    parts->memory->m_count = 1;
    bank = &parts->memory->m_mem_data[0];
    bank->m_type = MEM_DDR4;
    bank->m_used = 1;
    bank->m_size = (uint64_t)conf->memory_mib * 1024; /* in KiB */
    snprintf((char *)bank->m_tag, sizeof(bank->m_tag), "DDR[0]");
    add(parts, MEM_TOPOLOGY, "memory", parts->memory, sizeof(*parts->memory));
    add(parts, ASK_GROUP_TOPOLOGY, "memory_groups", parts->memory, sizeof(*parts->memory));
    return 0;
}

/* Every buffer argument of every compute unit reaches the one memory. */
static int add_wires(struct parts *parts, const struct ps_card_conf *conf)
{
    const size_t room = (size_t)PS_CARD_CUS_MAX * PS_CARD_ARGS_MAX;
    uint32_t count = 0;
    int32_t cu = 0;
    size_t size;

    parts->wires = ps_zalloc(1, sizeof(*parts->wires) + room * sizeof(struct connection));
    if (parts->wires == NULL)
        return -ENOMEM;
    for (uint32_t k = 0; k < conf->kernel_count; k++) {
        const struct ps_card_kernel *kernel = &conf->kernels[k];

        for (uint32_t i = 0; i < kernel->cu_count; i++, cu++)
            for (uint32_t a = 0; a < kernel->arg_count; a++)
                if (kernel->args[a].kind != PSK_MODEL_SCALAR)
                    parts->wires->m_connection[count++] = (struct connection){ (int32_t)a, cu, 0 };
    }
    parts->wires->m_count = (int32_t)count;
    size = offsetof(struct connectivity, m_connection) + count * sizeof(struct connection);
    add(parts, CONNECTIVITY, "wires", parts->wires, size);
    add(parts, ASK_GROUP_CONNECTIVITY, "wire_groups", parts->wires, size);
    return 0;
}

static int add_model(struct parts *parts, const struct ps_card_conf *conf)
{
    parts->model = ps_zalloc(1, sizeof(*parts->model));
    if (parts->model == NULL)
        return -ENOMEM;
    ps_card_model_fill(parts->model, conf);
    add(parts, VENDER_METADATA, "card_model", parts->model, sizeof(*parts->model));
    return 0;
}

static void free_parts(struct parts *parts)
{
    free(parts->xml);
    free(parts->cus);
    free(parts->memory);
    free(parts->wires);
    free(parts->model);
}

static int make_parts(struct parts *parts, const struct ps_card_conf *conf, const void *kernels,
                      size_t kernels_bytes)
{
    int rc = ps_xclbin_metadata(conf, &parts->xml);

    if (rc != 0)
        return rc;
    add(parts, EMBEDDED_METADATA, "metadata", parts->xml, strlen(parts->xml));
    add(parts, BITSTREAM, "kernels", kernels, kernels_bytes);
    rc = add_cus(parts, conf);
    if (rc == 0)
        rc = add_memory(parts, conf);
    if (rc == 0)
        rc = add_wires(parts, conf);
    if (rc == 0)
        rc = add_model(parts, conf);
    return rc;
}

static void fill_header(struct axlf *top, const struct ps_card_conf *conf, size_t size_bytes)
{
    memcpy(top->m_magic, "xclbin2", 8);
    top->m_signature_length = -1; /* none */
    memset(top->reserved, 0xff, sizeof(top->reserved));
    top->m_header.m_length = size_bytes;
    top->m_header.m_versionMajor = 2;
    top->m_header.m_versionMinor = 13;
    top->m_header.m_mode = XCLBIN_SW_EMU;
    snprintf((char *)top->m_header.m_platformVBNV, sizeof(top->m_header.m_platformVBNV), "%s",
             conf->name);
}

/* libxrt keeps what it knows of a uuid, so the uuid must change with any byte. */
static void stamp(struct axlf *top, size_t size_bytes)
{
    uint64_t half = ps_hash64(top, size_bytes);

    memcpy(&top->m_header.uuid[0], &half, sizeof(half));
    top->m_uniqueId = half;
    half = ps_hash64(top, size_bytes);
    memcpy(&top->m_header.uuid[sizeof(half)], &half, sizeof(half));
}

static int assemble(const struct parts *parts, const struct ps_card_conf *conf, void **ret_image,
                    size_t *ret_bytes)
{
    /* sizeof(struct axlf) has the first section's header already. */
    size_t at =
        aligned(sizeof(struct axlf) + (parts->count - 1) * sizeof(struct axlf_section_header));
    size_t size = at;
    struct axlf *top;

    for (uint32_t i = 0; i < parts->count; i++)
        size += aligned(parts->at[i].size_bytes);
    top = ps_zalloc(1, size);
    if (top == NULL)
        return -ENOMEM;
    fill_header(top, conf, size);
    top->m_header.m_numSections = parts->count;
    for (uint32_t i = 0; i < parts->count; i++) {
        struct axlf_section_header *s = &top->m_sections[i];

        s->m_sectionKind = (uint32_t)parts->at[i].kind;
        snprintf(s->m_sectionName, sizeof(s->m_sectionName), "%s", parts->at[i].name);
        s->m_sectionOffset = at;
        s->m_sectionSize = parts->at[i].size_bytes;
        memcpy((char *)top + at, parts->at[i].bytes, parts->at[i].size_bytes);
        at += aligned(parts->at[i].size_bytes);
    }
    stamp(top, size);
    *ret_image = top;
    *ret_bytes = size;
    return 0;
}

int ps_xclbin_pack(const struct ps_card_conf *conf, const void *kernels, size_t kernels_bytes,
                   void **ret_image, size_t *ret_bytes)
{
    struct parts parts = { .count = 0 };
    int rc;

    if (kernels_bytes == 0)
        return -EINVAL;
    rc = make_parts(&parts, conf, kernels, kernels_bytes);
    if (rc == 0)
        rc = assemble(&parts, conf, ret_image, ret_bytes);
    free_parts(&parts);
    return rc;
}

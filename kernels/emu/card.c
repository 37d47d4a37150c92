/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/card.h"
#include "kernels/abi/cycles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first section of @p kind, or NULL; its bytes are inside the file. */
static const void *section(const struct axlf *top, enum axlf_section_kind kind, size_t *ret_bytes)
{
    const uint64_t length = top->m_header.m_length;
    const uint64_t headers =
        (length - offsetof(struct axlf, m_sections)) / sizeof(*top->m_sections);

    for (uint32_t i = 0; i < top->m_header.m_numSections && i < headers; i++) {
        const struct axlf_section_header *s = &top->m_sections[i];

        if (s->m_sectionKind != (uint32_t)kind)
            continue;
        if (s->m_sectionOffset > length || s->m_sectionSize > length - s->m_sectionOffset)
            return NULL;
        *ret_bytes = s->m_sectionSize;
        return (const char *)top + s->m_sectionOffset;
    }
    return NULL;
}

static int read_memory(struct emu_card *card, const struct axlf *top)
{
    size_t bytes = 0;
    const struct mem_topology *memory = section(top, MEM_TOPOLOGY, &bytes);
    const struct mem_data *bank;

    if (memory == NULL || bytes < sizeof(*memory) || memory->m_count != 1)
        return -EINVAL;
    bank = &memory->m_mem_data[0];
    if (bank->m_used == 0 || bank->m_base_address != 0 || bank->m_size == 0 ||
        bank->m_size > EMU_MEMORY_BYTES_MAX / 1024)
        return -EINVAL;
    card->memory_bytes = bank->m_size * 1024;
    return 0;
}

static int by_base_address(const void *a, const void *b)
{
    const struct emu_card_cu *x = a, *y = b;

    return (x->base_address > y->base_address) - (x->base_address < y->base_address);
}

static int read_cus(struct emu_card *card, const struct axlf *top)
{
    size_t bytes = 0;
    const struct ip_layout *layout = section(top, IP_LAYOUT, &bytes);
    size_t room;

    if (layout == NULL || bytes < sizeof(*layout) || layout->m_count < 1)
        return -EINVAL;
    room = (bytes - offsetof(struct ip_layout, m_ip_data)) / sizeof(struct ip_data);
    if ((uint32_t)layout->m_count > EMU_CUS_MAX || (uint32_t)layout->m_count > room)
        return -EINVAL;
    for (int32_t i = 0; i < layout->m_count; i++) {
        const struct ip_data *ip = &layout->m_ip_data[i];
        struct emu_card_cu *cu = &card->cus[card->cu_count];

        if (memchr(ip->m_name, '\0', sizeof(cu->name)) == NULL ||
            strchr((const char *)ip->m_name, ':') == NULL)
            return -EINVAL;
        memcpy(cu->name, ip->m_name, sizeof(cu->name));
        cu->base_address = ip->m_base_address;
        card->cu_count++;
    }
    qsort(card->cus, card->cu_count, sizeof(card->cus[0]), by_base_address);
    return 0;
}

static int read_metadata(struct emu_card *card, const struct axlf *top)
{
    size_t bytes = 0;
    const char *xml = section(top, EMBEDDED_METADATA, &bytes);

    if (xml == NULL || emu_metadata_check(card, xml, bytes) != 0)
        return -EINVAL;
    for (uint32_t i = 0; i < card->cu_count; i++)
        if (!card->cus[i].described)
            return -EINVAL;
    return 0;
}

static bool is_text(const char *name)
{
    return memchr(name, '\0', PSK_MODEL_NAME_BYTES) != NULL;
}

static bool kernel_is_sound(const struct psk_model_kernel *kernel)
{
    if (!is_text(kernel->name) || kernel->arg_count > PSK_MODEL_ARGS_MAX)
        return false;
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const struct psk_model_arg *arg = &kernel->args[i];

        if (!is_text(arg->name) || arg->kind > PSK_MODEL_INOUT ||
            arg->offset_bytes > PSK_REGISTERS_BYTES - sizeof(uint64_t))
            return false;
    }
    return true;
}

static bool model_is_sound(const struct psk_card_model *model, const struct emu_card *card)
{
    if (model->magic != PSK_MODEL_MAGIC || model->version != PSK_MODEL_VERSION ||
        model->clock_mhz == 0 || model->cu_count != card->cu_count || model->bank_count < 1 ||
        model->bank_count > PSK_MODEL_BANKS_MAX || model->kernel_count > PSK_MODEL_KERNELS_MAX)
        return false;
    for (uint32_t i = 0; i < model->bank_count; i++)
        if (!is_text(model->banks[i].name))
            return false;
    for (uint32_t i = 0; i < model->kernel_count; i++)
        if (!kernel_is_sound(&model->kernels[i]))
            return false;
    for (uint32_t i = 0; i < model->cu_count; i++)
        if (model->cus[i].kernel_idx >= model->kernel_count ||
            model->cus[i].bank_idx >= model->bank_count)
            return false;
    return true;
}

/* It may be absent: other packers do not know it. */
static int read_model(struct emu_card *card, const struct axlf *top)
{
    size_t bytes = 0;
    const void *model = section(top, VENDER_METADATA, &bytes);

    if (model == NULL)
        return 0;
    if (bytes != sizeof(card->model))
        return -EINVAL;
    memcpy(&card->model, model, sizeof(card->model));
    card->has_model = model_is_sound(&card->model, card);
    return card->has_model ? 0 : -EINVAL;
}

int emu_card_read(struct emu_card *ret_card, const struct axlf *top, const char **ret_why)
{
    *ret_card = (struct emu_card){ 0 };
    *ret_why = "it is no xclbin";
    if (memcmp(top->m_magic, "xclbin2", 8) != 0 || top->m_header.m_length < sizeof(*top))
        return -EINVAL;
    memcpy(ret_card->name, top->m_header.m_platformVBNV, EMU_CARD_NAME_MAX);
    *ret_why = "the emulated card needs exactly one memory, based at 0";
    if (read_memory(ret_card, top) != 0)
        return -EINVAL;
    *ret_why = "its list of compute units is malformed";
    if (read_cus(ret_card, top) != 0)
        return -EINVAL;
    *ret_why = "its metadata is malformed or lacks a compute unit";
    if (read_metadata(ret_card, top) != 0)
        return -EINVAL;
    *ret_why = "its card model is malformed or of another version: pack it again";
    if (read_model(ret_card, top) != 0)
        return -EINVAL;
    *ret_why = "it carries no kernels";
    ret_card->kernels = section(top, BITSTREAM, &ret_card->kernels_bytes);
    return ret_card->kernels != NULL && ret_card->kernels_bytes > 0 ? 0 : -EINVAL;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/abi/cycles.h"
#include "kernels/emu/card.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char xml[] = "<p><kernel name=\"k\"><instance name=\"k_1\"/><instance name=\"k_2\"/>"
                          "</kernel></p>";

/* A whole xclbin with two compute units, in reverse order of address. */
static struct image {
    struct axlf top;
    struct axlf_section_header more[4];
    struct mem_topology memory;
    struct {
        int32_t count;
        int32_t padding;
        struct ip_data ips[2];
    } cus;
    char metadata[sizeof(xml) - 1];
    char kernels[4];
    struct psk_card_model model;
} image;

static struct emu_card card;
static const char *why;

static void add_section(uint32_t kind, const void *at, size_t size_bytes)
{
    struct axlf_section_header *first = image.top.m_sections;
    const uint32_t i = image.top.m_header.m_numSections++;

    first[i].m_sectionKind = kind;
    first[i].m_sectionOffset = (uint64_t)((const char *)at - (const char *)&image);
    first[i].m_sectionSize = size_bytes;
}

static void make_good_image(void)
{
    image = (struct image){ .memory = { .m_count = 1, .m_mem_data = { { .m_used = 1 } } },
                            .cus = { .count = 2 } };
    memcpy(image.top.m_magic, "xclbin2", 8);
    image.top.m_header.m_length = sizeof(image);
    memcpy(image.top.m_header.m_platformVBNV, "name", 5);
    image.memory.m_mem_data[0].m_size = 64;
    image.cus.ips[0].m_base_address = 0x20000;
    memcpy(image.cus.ips[0].m_name, "k:k_2", 6);
    image.cus.ips[1].m_base_address = 0x10000;
    memcpy(image.cus.ips[1].m_name, "k:k_1", 6);
    memcpy(image.metadata, xml, sizeof(image.metadata));
    add_section(MEM_TOPOLOGY, &image.memory, sizeof(image.memory));
    add_section(IP_LAYOUT, &image.cus, sizeof(image.cus));
    add_section(EMBEDDED_METADATA, image.metadata, sizeof(image.metadata));
    add_section(BITSTREAM, image.kernels, sizeof(image.kernels));
}

static void make_image_with_model(void)
{
    make_good_image();
    image.model = (struct psk_card_model){ .magic = PSK_MODEL_MAGIC,
                                           .version = PSK_MODEL_VERSION,
                                           .clock_mhz = 300,
                                           .bank_count = 1,
                                           .kernel_count = 1,
                                           .cu_count = 2,
                                           .kernels = { { .name = "k", .arg_count = 1 } } };
    add_section(VENDER_METADATA, &image.model, sizeof(image.model));
}

static int read_card(void)
{
    return emu_card_read(&card, &image.top, &why);
}

static void a_good_card_is_read_with_its_cus_by_address(void)
{
    make_good_image();
    CU_ASSERT_EQUAL(read_card(), 0);
    CU_ASSERT_STRING_EQUAL(card.name, "name");
    CU_ASSERT_EQUAL(card.memory_bytes, 65536);
    CU_ASSERT_EQUAL(card.cu_count, 2);
    CU_ASSERT_STRING_EQUAL(card.cus[0].name, "k:k_1");
    CU_ASSERT_STRING_EQUAL(card.cus[1].name, "k:k_2");
    CU_ASSERT_PTR_EQUAL(card.kernels, image.kernels);
}

#define REFUSES(change)                                                                            \
    do {                                                                                           \
        make_good_image();                                                                         \
        change;                                                                                    \
        CU_ASSERT_EQUAL(read_card(), -EINVAL);                                                     \
        CU_ASSERT_PTR_NOT_NULL(why);                                                               \
    } while (0)

static void damaged_headers_are_refused(void)
{
    REFUSES(image.top.m_magic[0] = 'y');
    REFUSES(image.top.m_header.m_length = 10);
    REFUSES(image.top.m_header.m_numSections = 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct axlf_section_header *section = image.top.m_sections;

        section += i;
        REFUSES(section->m_sectionKind = 99);
        REFUSES(section->m_sectionOffset = sizeof(image) + 1);
        REFUSES(section->m_sectionOffset = UINT64_MAX - 3);
        REFUSES(section->m_sectionSize = UINT64_MAX);
        REFUSES(section->m_sectionSize = 0);
    }
}

static void impossible_memories_are_refused(void)
{
    struct mem_data *bank = image.memory.m_mem_data;

    REFUSES(image.memory.m_count = 0);
    REFUSES(image.memory.m_count = 2);
    REFUSES(bank->m_used = 0);
    REFUSES(bank->m_size = 0);
    REFUSES(bank->m_size = UINT64_MAX);
    REFUSES(bank->m_base_address = 4096);
}

static void impossible_compute_units_are_refused(void)
{
    REFUSES(image.cus.count = 0);
    REFUSES(image.cus.count = -1);
    REFUSES(image.cus.count = 3);
    REFUSES(memset(image.cus.ips[0].m_name, 'x', 64));
    REFUSES(memcpy(image.cus.ips[0].m_name, "kernel", 7));
    REFUSES(memcpy(image.cus.ips[0].m_name, "k:k_3", 6));
}

static void a_card_model_is_taken_and_may_be_absent(void)
{
    make_good_image();
    CU_ASSERT_EQUAL(read_card(), 0);
    CU_ASSERT_FALSE(card.has_model);
    make_image_with_model();
    CU_ASSERT_EQUAL(read_card(), 0);
    CU_ASSERT(card.has_model);
    CU_ASSERT_EQUAL(card.model.clock_mhz, 300);
}

#define REFUSES_MODEL(change)                                                                      \
    do {                                                                                           \
        make_image_with_model();                                                                   \
        change;                                                                                    \
        CU_ASSERT_EQUAL(read_card(), -EINVAL);                                                     \
    } while (0)

static void an_impossible_card_model_is_refused(void)
{
    struct psk_card_model *model = &image.model;

    REFUSES_MODEL(model->magic++);
    REFUSES_MODEL(model->version++);
    REFUSES_MODEL(model->clock_mhz = 0);
    REFUSES_MODEL(model->bank_count = 0);
    REFUSES_MODEL(model->bank_count = PSK_MODEL_BANKS_MAX + 1);
    REFUSES_MODEL(model->kernel_count = PSK_MODEL_KERNELS_MAX + 1);
    REFUSES_MODEL(model->cu_count = 1);
    REFUSES_MODEL(model->cus[1].kernel_idx = 1);
    REFUSES_MODEL(model->cus[1].bank_idx = 1);
    REFUSES_MODEL(memset(model->kernels[0].name, 'x', PSK_MODEL_NAME_BYTES));
    REFUSES_MODEL(memset(model->banks[0].name, 'x', PSK_MODEL_NAME_BYTES));
    REFUSES_MODEL(model->kernels[0].arg_count = PSK_MODEL_ARGS_MAX + 1);
    REFUSES_MODEL(model->kernels[0].args[0].kind = PSK_MODEL_INOUT + 1);
    REFUSES_MODEL(model->kernels[0].args[0].offset_bytes = PSK_REGISTERS_BYTES - 7);
    REFUSES_MODEL(image.more[3].m_sectionSize--);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_good_card_is_read_with_its_cus_by_address),
        PS_TEST(damaged_headers_are_refused),
        PS_TEST(impossible_memories_are_refused),
        PS_TEST(impossible_compute_units_are_refused),
        PS_TEST(a_card_model_is_taken_and_may_be_absent),
        PS_TEST(an_impossible_card_model_is_refused),
    };

    return ps_test_run("kernels/emu/card", tests, sizeof(tests) / sizeof(tests[0]));
}

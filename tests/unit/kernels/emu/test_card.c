/* SPDX-License-Identifier: BSD-3-Clause */
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
    struct axlf_section_header more[3];
    struct mem_topology memory;
    struct {
        int32_t count;
        int32_t padding;
        struct ip_data ips[2];
    } cus;
    char metadata[sizeof(xml) - 1];
    char kernels[4];
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

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_good_card_is_read_with_its_cus_by_address),
        PS_TEST(damaged_headers_are_refused),
        PS_TEST(impossible_memories_are_refused),
        PS_TEST(impossible_compute_units_are_refused),
    };

    return ps_test_run("kernels/emu/card", tests, sizeof(tests) / sizeof(tests[0]));
}

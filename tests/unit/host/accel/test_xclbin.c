/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/xclbin_priv.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <xclbin.h>

static struct image {
    struct axlf top;
    struct axlf_section_header more[2];
    struct {
        int32_t count;
        int32_t padding;
        struct ip_data ips[2];
    } cus;
    char metadata[8];
    char memory[8];
} image;

static struct accel_xclbin xclbin;

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
    image = (struct image){ .cus = { .count = 2 } };
    memcpy(image.top.m_magic, "xclbin2", 8);
    image.top.m_header.m_length = sizeof(image);
    memset(image.top.m_header.m_platformVBNV, 'p', 64); /* not even terminated */
    for (int i = 0; i < 2; i++)
        image.cus.ips[i].m_type = IP_KERNEL;
    memcpy(image.cus.ips[0].m_name, "k:k_1", 6);
    memcpy(image.cus.ips[1].m_name, "k:k_2", 6);
    add_section(IP_LAYOUT, &image.cus, sizeof(image.cus));
    add_section(EMBEDDED_METADATA, image.metadata, sizeof(image.metadata));
    add_section(MEM_TOPOLOGY, image.memory, sizeof(image.memory));
}

static int read_first(size_t size_bytes)
{
    char path[] = "/tmp/prestage-test-XXXXXX";
    const int fd = mkstemp(path);
    int rc;

    PS_REQUIRE(fd >= 0 && write(fd, &image, size_bytes) == (ssize_t)size_bytes);
    rc = accel_xclbin_read(&xclbin, path);
    close(fd);
    unlink(path);
    return rc;
}

static void a_good_xclbin_lists_its_compute_units(void)
{
    make_good_image();
    CU_ASSERT_EQUAL(read_first(sizeof(image)), 0);
    CU_ASSERT_EQUAL(xclbin.cu_count, 2);
    CU_ASSERT_STRING_EQUAL(xclbin.cus[1], "k:k_2");
    CU_ASSERT_EQUAL(strlen(xclbin.card), ACCEL_CARD_MAX);
}

static void blocks_that_are_no_kernels_are_left_out(void)
{
    make_good_image();
    image.cus.ips[0].m_type = IP_MEM_DDR4;
    CU_ASSERT_EQUAL(read_first(sizeof(image)), 0);
    CU_ASSERT_EQUAL(xclbin.cu_count, 1);
    image.cus.ips[1].m_type = IP_MEM_DDR4;
    CU_ASSERT_EQUAL(read_first(sizeof(image)), -ENOEXEC);
}

static void every_cut_is_refused(void)
{
    make_good_image();
    for (size_t n = 0; n < sizeof(image); n += 7)
        CU_ASSERT_EQUAL(read_first(n), -ENOEXEC);
    CU_ASSERT_EQUAL(accel_xclbin_read(&xclbin, "/nonexistent"), -ENOENT);
}

#define REFUSES(change)                                                                            \
    do {                                                                                           \
        make_good_image();                                                                         \
        change;                                                                                    \
        CU_ASSERT_EQUAL(read_first(sizeof(image)), -ENOEXEC);                                      \
    } while (0)

static void damage_is_refused(void)
{
    REFUSES(image.top.m_magic[6] = '3');
    REFUSES(image.top.m_header.m_length = UINT64_MAX);
    REFUSES(image.top.m_header.m_numSections = 0);
    REFUSES(image.top.m_header.m_numSections = 2);
    REFUSES(image.top.m_header.m_numSections = UINT32_MAX);
    REFUSES(image.top.m_sections[0].m_sectionOffset = UINT64_MAX - 4);
    REFUSES(image.top.m_sections[0].m_sectionSize = 2);
    REFUSES(image.top.m_sections[0].m_sectionSize = UINT64_MAX);
    REFUSES(image.cus.count = -1);
    REFUSES(image.cus.count = 3);
    REFUSES(image.cus.count = 0);
    REFUSES(memset(image.cus.ips[1].m_name, 'x', 64));
    REFUSES(memcpy(image.cus.ips[1].m_name, "kernel", 7));
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_good_xclbin_lists_its_compute_units),
        PS_TEST(blocks_that_are_no_kernels_are_left_out),
        PS_TEST(every_cut_is_refused),
        PS_TEST(damage_is_refused),
    };

    return ps_test_run("host/accel/xclbin", tests, sizeof(tests) / sizeof(tests[0]));
}

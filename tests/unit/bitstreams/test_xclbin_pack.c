/* SPDX-License-Identifier: BSD-3-Clause */
#include "bitstreams/xclbin_pack.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>
#include <xclbin.h>

static struct ps_card_conf conf;
static const char kernels[] = "not really a shared object";

static void parse_card(void)
{
    char why[PS_CARD_WHY_MAX];

    PS_REQUIRE(ps_card_conf_parse(&conf,
                                  "name small\nclock_mhz 100\nmemory_mib 2\ncu scale 2\n"
                                  "cu mark 1",
                                  why) == 0);
}

static const void *section(const struct axlf *top, enum axlf_section_kind kind, size_t *ret_bytes)
{
    for (uint32_t i = 0; i < top->m_header.m_numSections; i++) {
        const struct axlf_section_header *s = &top->m_sections[i];

        if (s->m_sectionKind == (uint32_t)kind) {
            CU_ASSERT(s->m_sectionOffset % 8 == 0);
            CU_ASSERT(s->m_sectionOffset + s->m_sectionSize <= top->m_header.m_length);
            *ret_bytes = s->m_sectionSize;
            return (const char *)top + s->m_sectionOffset;
        }
    }
    CU_FAIL_FATAL("a section is missing");
    return NULL;
}

static struct axlf *pack(const char *bytes, size_t *ret_size)
{
    void *image = NULL;

    PS_REQUIRE(ps_xclbin_pack(&conf, bytes, strlen(bytes), &image, ret_size) == 0);
    return image;
}

static void the_sections_say_what_the_card_is(void)
{
    const struct mem_topology *memory;
    const struct connectivity *wires;
    const struct ip_layout *cus;
    size_t size = 0, bytes = 0;
    struct axlf *top = pack(kernels, &size);

    CU_ASSERT_EQUAL(top->m_header.m_length, size);
    CU_ASSERT_STRING_EQUAL((const char *)top->m_header.m_platformVBNV, "small");
    memory = section(top, MEM_TOPOLOGY, &bytes);
    CU_ASSERT_EQUAL(memory->m_mem_data[0].m_size, 2048);
    cus = section(top, IP_LAYOUT, &bytes);
    CU_ASSERT_EQUAL(cus->m_count, 3);
    CU_ASSERT_STRING_EQUAL((const char *)cus->m_ip_data[1].m_name, "scale:scale_2");
    CU_ASSERT_EQUAL(cus->m_ip_data[2].m_base_address, ps_xclbin_cu_base(2));
    wires = section(top, CONNECTIVITY, &bytes);
    CU_ASSERT_EQUAL(wires->m_count, 2 * 8 + 4); /* scale has 3 buffers, mark 4 */
    CU_ASSERT_EQUAL(wires->m_connection[7].arg_index, 18);
    CU_ASSERT_EQUAL(memcmp(section(top, BITSTREAM, &bytes), kernels, strlen(kernels)), 0);
    CU_ASSERT_EQUAL(bytes, strlen(kernels));
    free(top);
}

static void the_metadata_matches_the_compute_units(void)
{
    char *xml = NULL;

    PS_REQUIRE(ps_xclbin_metadata(&conf, &xml) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(xml, "<instance name=\"mark_1\"><addrRemap base=\"0x1820000\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(xml, "frequency=\"100MHz\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(xml, "<arg name=\"status\" addressQualifier=\"1\" id=\"18\""));
    free(xml);
}

static void the_uuid_follows_the_content(void)
{
    size_t size = 0;
    struct axlf *a = pack("one", &size), *b = pack("one", &size), *c = pack("two", &size);

    CU_ASSERT_EQUAL(memcmp(a, b, size), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(a->m_header.uuid, c->m_header.uuid, 16), 0);
    free(a);
    free(b);
    free(c);
}

static void a_card_without_kernels_is_refused(void)
{
    size_t size = 0;
    void *image = NULL;

    CU_ASSERT_EQUAL(ps_xclbin_pack(&conf, "", 0, &image, &size), -EINVAL);
    CU_ASSERT_PTR_NULL(image);
}

static void packing_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;
    void *image = NULL;
    size_t size = 0;

    for (;; failed_at++) {
        int rc;

        ps_fail_alloc_after(failed_at);
        rc = ps_xclbin_pack(&conf, kernels, sizeof(kernels), &image, &size);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(image);
    }
    CU_ASSERT_EQUAL(failed_at, 5); /* compute units, memory, wires, model, the whole */
    free(image);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(parse_card),
        PS_TEST(the_sections_say_what_the_card_is),
        PS_TEST(the_metadata_matches_the_compute_units),
        PS_TEST(the_uuid_follows_the_content),
        PS_TEST(a_card_without_kernels_is_refused),
        PS_TEST(packing_survives_each_failed_allocation),
    };

    return ps_test_run("bitstreams/xclbin_pack", tests, sizeof(tests) / sizeof(tests[0]));
}

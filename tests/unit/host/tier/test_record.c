/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_record.c - stored bytes say who they are; others are not taken. */
#include <string.h>

#include "host/base/mem.h"
#include "host/tier/record_priv.h"
#include "tests/support/ps_test.h"

#define BLOCK 77u

static const struct ps_tier_identity id = { { { 1, 2, 3 } }, 9, 4 };

static union {
    struct ps_tier_record record;
    unsigned char bytes[PS_TIER_RECORD_HEADER_MAX];
} header;
static unsigned char data[300000];
static unsigned char stored[320000] __attribute__((aligned(8)));

static void make(uint32_t size_bytes)
{
    for (uint32_t i = 0; i < size_bytes; i++)
        data[i] = (unsigned char)(i * 31 + i / 255);
    memset(&header, 0, sizeof(header));
    header.record = (struct ps_tier_record){
        .uuid = id.uuid,
        .generation = id.generation,
        .block = BLOCK,
        .size_bytes = size_bytes,
    };
    ps_tier_record_seal(&header.record, data);
}

static bool whole(void)
{
    const struct ps_tier_record *record = (const struct ps_tier_record *)stored;

    return ps_tier_record_valid(stored, sizeof(stored), &id, BLOCK) &&
           ps_tier_record_data_valid(stored,
                                     stored + ps_tier_record_header_bytes(record->size_bytes));
}

static void a_record_reads_back_however_it_was_cut(void)
{
    static const uint32_t sizes[] = { 1, 3964, 3965, 4096, 65536, 65537, 300000 };

    for (unsigned s = 0; s < PS_ARRAY_LEN(sizes); s++) {
        const uint32_t total = ps_tier_record_blocks(sizes[s]) * PS_TIER_BLOCK_BYTES;

        make(sizes[s]);
        for (uint32_t cut = PS_TIER_BLOCK_BYTES; cut <= total; cut += 5 * PS_TIER_BLOCK_BYTES) {
            memset(stored, 0xee, sizeof(stored));
            for (uint32_t from = 0; from < total; from += cut)
                ps_tier_record_copy(stored + from, &header.record, data, from,
                                    cut < total - from ? cut : total - from);
            CU_ASSERT_TRUE(whole());
            CU_ASSERT_EQUAL(stored[total], 0xee);
            if (cut > 20 * PS_TIER_BLOCK_BYTES)
                break;
        }
    }
    CU_ASSERT_EQUAL(ps_tier_record_blocks(3964), 1);
    CU_ASSERT_EQUAL(ps_tier_record_blocks(3965), 2);
}

static void every_flipped_bit_of_a_record_is_noticed(void)
{
    make(2000);
    ps_tier_record_copy(stored, &header.record, data, 0, PS_TIER_BLOCK_BYTES);
    CU_ASSERT_TRUE(whole());
    for (uint32_t bit = 0; bit < 8 * (ps_tier_record_header_bytes(2000) + 2000); bit++) {
        stored[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        if (whole())
            CU_FAIL("a flip went unnoticed");
        stored[bit / 8] ^= (unsigned char)(1u << (bit % 8));
    }
    CU_ASSERT_TRUE(whole());
}

static void a_record_of_another_place_or_life_is_not_taken(void)
{
    struct ps_tier_identity other = id;

    make(100);
    ps_tier_record_copy(stored, &header.record, data, 0, PS_TIER_BLOCK_BYTES);
    CU_ASSERT_FALSE(ps_tier_record_valid(stored, sizeof(stored), &id, BLOCK + 1));
    CU_ASSERT_FALSE(ps_tier_record_valid(stored, 100, &id, BLOCK));
    other.generation++;
    CU_ASSERT_FALSE(ps_tier_record_valid(stored, sizeof(stored), &other, BLOCK));
    other = id;
    other.uuid.bytes[15]++;
    CU_ASSERT_FALSE(ps_tier_record_valid(stored, sizeof(stored), &other, BLOCK));
}

static void headers_and_footers_notice_every_flip(void)
{
    struct ps_tier_zone_header zone = { .uuid = id.uuid, .generation = 9, .zone = 4 };
    struct ps_tier_superblock sb = { .uuid = id.uuid, .epoch = 3 };
    struct ps_tier_footer footer = { 0 };
    struct ps_tier_entry entries[2] = { { .block = 1 }, { .block = 2 } };

    ps_tier_zone_header_seal(&zone);
    ps_tier_superblock_seal(&sb);
    ps_tier_footer_seal(&footer, &id, entries, 2);
    CU_ASSERT_TRUE(ps_tier_zone_header_valid(&zone, &id.uuid, 4));
    CU_ASSERT_FALSE(ps_tier_zone_header_valid(&zone, &id.uuid, 5));
    CU_ASSERT_TRUE(ps_tier_superblock_valid(&sb));
    CU_ASSERT_TRUE(ps_tier_footer_valid(&footer, &id));
    for (uint32_t bit = 0; bit < 8 * sizeof(zone); bit++) {
        ((unsigned char *)&zone)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        CU_ASSERT_FALSE(ps_tier_zone_header_valid(&zone, &id.uuid, 4));
        ((unsigned char *)&zone)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        ((unsigned char *)&footer)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        CU_ASSERT_FALSE(ps_tier_footer_valid(&footer, &id));
        ((unsigned char *)&footer)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        ((unsigned char *)&sb)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        CU_ASSERT_FALSE(ps_tier_superblock_valid(&sb));
        ((unsigned char *)&sb)[bit / 8] ^= (unsigned char)(1u << (bit % 8));
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_record_reads_back_however_it_was_cut),
        PS_TEST(every_flipped_bit_of_a_record_is_noticed),
        PS_TEST(a_record_of_another_place_or_life_is_not_taken),
        PS_TEST(headers_and_footers_notice_every_flip),
    };

    return ps_test_run("host/tier/record", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/alloc/cuset.h"

uint32_t ps_cuset_words(uint32_t cu_count)
{
    return (cu_count + 63) / 64;
}

bool ps_cuset_has(const struct ps_cuset *set, uint32_t pos)
{
    return (set->words[pos / 64] >> (pos % 64) & 1) != 0;
}

void ps_cuset_put(struct ps_cuset *set, uint32_t pos, bool member)
{
    const uint32_t word = pos / 64;

    if (ps_cuset_has(set, pos) == member)
        return;
    set->words[word] ^= 1ull << pos % 64;
    set->count += member ? 1 : UINT32_MAX;
    if (set->words[word] != 0)
        set->summary |= 1ull << word;
    else
        set->summary &= ~(1ull << word);
}

static uint64_t from_bit(uint64_t bits, uint32_t bit)
{
    return bit >= 64 ? 0 : bits & UINT64_MAX << bit;
}

uint32_t ps_cuset_first(const struct ps_cuset *set, uint32_t from, uint32_t to)
{
    uint32_t word = from / 64;

    if (from >= to)
        return PS_CUSET_NONE;
    uint64_t bits = from_bit(set->words[word], from % 64);
    if (bits == 0) {
        const uint64_t later = from_bit(set->summary, word + 1);

        if (later == 0)
            return PS_CUSET_NONE;
        word = (uint32_t)__builtin_ctzll(later);
        bits = set->words[word];
    }
    const uint32_t pos = word * 64 + (uint32_t)__builtin_ctzll(bits);
    return pos < to ? pos : PS_CUSET_NONE;
}

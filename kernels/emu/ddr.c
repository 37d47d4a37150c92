/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/ddr.h"

#include <stdbool.h>
#include <string.h>

static uint64_t granules(uint64_t size_bytes)
{
    return (size_bytes + EMU_DDR_GRANULE - 1) / EMU_DDR_GRANULE * EMU_DDR_GRANULE;
}

static void remove_hole(struct emu_ddr *ddr, uint32_t idx)
{
    ddr->hole_count--;
    memmove(&ddr->holes[idx], &ddr->holes[idx + 1],
            (ddr->hole_count - idx) * sizeof(ddr->holes[0]));
}

static void insert_hole(struct emu_ddr *ddr, uint32_t idx, uint64_t address, uint64_t size_bytes)
{
    if (ddr->hole_count == EMU_DDR_HOLES_MAX)
        return;
    memmove(&ddr->holes[idx + 1], &ddr->holes[idx],
            (ddr->hole_count - idx) * sizeof(ddr->holes[0]));
    ddr->holes[idx] = (struct emu_ddr_hole){ address, size_bytes };
    ddr->hole_count++;
}

void emu_ddr_init(struct emu_ddr *ddr, uint64_t size_bytes)
{
    ddr->hole_count = 0;
    if (size_bytes > EMU_DDR_GRANULE)
        insert_hole(ddr, 0, EMU_DDR_GRANULE, size_bytes - EMU_DDR_GRANULE);
}

uint64_t emu_ddr_take(struct emu_ddr *ddr, uint64_t size_bytes)
{
    const uint64_t need = granules(size_bytes);

    if (need < size_bytes || need == 0)
        return 0;
    for (uint32_t i = 0; i < ddr->hole_count; i++) {
        struct emu_ddr_hole *hole = &ddr->holes[i];
        const uint64_t address = hole->address;

        if (hole->size_bytes < need)
            continue;
        hole->address += need;
        hole->size_bytes -= need;
        if (hole->size_bytes == 0)
            remove_hole(ddr, i);
        return address;
    }
    return 0;
}

void emu_ddr_give(struct emu_ddr *ddr, uint64_t address, uint64_t size_bytes)
{
    const uint64_t size = granules(size_bytes);
    struct emu_ddr_hole *holes = ddr->holes;
    bool joins_before, joins_after;
    uint32_t i = 0;

    while (i < ddr->hole_count && holes[i].address < address)
        i++;
    joins_before = i > 0 && holes[i - 1].address + holes[i - 1].size_bytes == address;
    joins_after = i < ddr->hole_count && address + size == holes[i].address;
    if (joins_before && joins_after) {
        holes[i - 1].size_bytes += size + holes[i].size_bytes;
        remove_hole(ddr, i);
    } else if (joins_before) {
        holes[i - 1].size_bytes += size;
    } else if (joins_after) {
        holes[i].address = address;
        holes[i].size_bytes += size;
    } else {
        insert_hole(ddr, i, address, size);
    }
}

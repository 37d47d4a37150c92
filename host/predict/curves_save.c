/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/curves_save.c - all curves as bytes: header, mind, members.
 *
 * Little endian and of this build's structs, as save.c: a state file stays on its machine, and a
 * build whose structs differ has another version.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/predict/curves_priv.h"

#define MAGIC   0x53565255435250ull /* "PRCURVS" */
#define VERSION 1u

_Static_assert(sizeof(struct ps_curves_mind) == 5184, "raise VERSION when the saved form changes");
_Static_assert(sizeof(struct ps_curves_member) == 6800, "raise VERSION likewise");

struct header {
    uint64_t magic;
    uint32_t version;
    uint32_t crc32c; /* of everything after this field */
    uint64_t size_bytes;
};

static uint32_t checksum(const struct header *header)
{
    const size_t from = offsetof(struct header, size_bytes);

    return ps_crc32c(0, (const uint8_t *)header + from, header->size_bytes - from);
}

static size_t size_for(uint32_t member_count)
{
    return sizeof(struct header) + sizeof(struct ps_curves_mind) +
           member_count * sizeof(struct ps_curves_member);
}

int ps_curves_save(const struct ps_curves *curves, void **ret_data, size_t *ret_size_bytes)
{
    const size_t size_bytes = size_for(curves->mind.member_count);
    struct header *header = ps_zalloc(1, size_bytes);
    struct ps_curves_mind *mind;

    if (header == NULL)
        return -ENOMEM;
    mind = (struct ps_curves_mind *)(header + 1);
    *header = (struct header){ .magic = MAGIC, .version = VERSION, .size_bytes = size_bytes };
    *mind = curves->mind;
    memcpy(mind + 1, curves->members, curves->mind.member_count * sizeof(*curves->members));
    header->crc32c = checksum(header);
    *ret_data = header;
    *ret_size_bytes = size_bytes;
    return 0;
}

static bool is_whole(const struct header *header, size_t size_bytes)
{
    return size_bytes >= size_for(0) && header->magic == MAGIC && header->version == VERSION &&
           header->size_bytes == size_bytes && header->crc32c == checksum(header);
}

static bool is_sum(const struct ps_curves_member *members, uint32_t before, uint32_t place,
                   enum ps_curves_kind kind)
{
    return place == PS_CURVES_NONE || (place < before && members[place].kind == kind);
}

/* What is used as a place. */
static bool is_sound(const struct ps_curves *curves, const struct ps_curves_mind *mind,
                     size_t size_bytes)
{
    const struct ps_curves_member *members = (const struct ps_curves_member *)(mind + 1);

    if (mind->member_count < 2 || mind->member_count > curves->capacity ||
        mind->status.classes > curves->classes_max || size_for(mind->member_count) != size_bytes ||
        members[PS_CURVES_PLACE_TOTAL].kind != PS_CURVES_TOTAL ||
        members[PS_CURVES_PLACE_OTHER].kind != PS_CURVES_CLASS)
        return false;
    for (uint32_t i = 0; i < mind->member_count; i++)
        if (members[i].kind >= PS_CURVES_KIND_COUNT ||
            !is_sum(members, i, members[i].region, PS_CURVES_REGION) ||
            !is_sum(members, i, members[i].device, PS_CURVES_DEVICE))
            return false;
    return true;
}

static void take(struct ps_curves *curves, const struct ps_curves_mind *mind)
{
    curves->mind = *mind;
    memcpy(curves->members, mind + 1, mind->member_count * sizeof(*curves->members));
    memset(curves->table, 0, curves->table_size * sizeof(*curves->table));
    for (uint32_t i = 0; i < mind->member_count; i++)
        ps_curves_enter(curves, i);
}

int ps_curves_load(struct ps_curves *curves, const void *data, size_t size_bytes)
{
    struct header *copy; /* the caller's bytes may lie anywhere */
    int rc = -EINVAL;

    if (size_bytes < sizeof(*copy))
        return -EINVAL;
    copy = ps_zalloc(1, size_bytes);
    if (copy == NULL)
        return -ENOMEM;
    memcpy(copy, data, size_bytes);
    if (is_whole(copy, size_bytes) &&
        is_sound(curves, (const struct ps_curves_mind *)(copy + 1), size_bytes)) {
        take(curves, (const struct ps_curves_mind *)(copy + 1));
        rc = 0;
    }
    free(copy);
    return rc;
}

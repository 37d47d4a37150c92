/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/predict/sequels_save.c - see sequels_priv.h.
 *
 * The tables as they are in memory, after a header that tells their sizes. Nothing in them is a
 * pointer; places of items are checked where they are used.
 */
#include <errno.h>
#include <string.h>

#include "host/predict/sequels_priv.h"

#define MAGIC   0x4c455551455350ull /* "PSEQUEL" */
#define VERSION 2u

_Static_assert(sizeof(struct ps_sequel_item) == 160, "raise VERSION when the saved form changes");
_Static_assert(sizeof(struct ps_agenda) + sizeof(struct ps_agenda_sums) == 284, "likewise");
_Static_assert(sizeof(struct ps_sequel_lore) == 784, "likewise");

struct header {
    uint64_t magic;
    uint32_t version;
    uint32_t now_s;
    uint32_t peer_count, item_count;
    struct ps_sequel_lore lore;
    struct ps_sequels_watch watch;
    uint32_t zero; /* every byte is named: padding would be whatever lay on the stack */
};
_Static_assert(sizeof(struct header) == 824, "no padding");

/* One table and its size. */
struct table {
    void *at;
    size_t size_bytes;
};

#define TABLES 4u

static void list_tables(const struct ps_sequels *sequels, struct table ret[TABLES])
{
    const struct ps_sequel_agendas *agendas = &sequels->agendas;

    ret[0] = (struct table){ sequels->pairs.items, ps_sequel_item_count(&sequels->pairs) *
                                                       sizeof(*sequels->pairs.items) };
    ret[1] = (struct table){ agendas->agendas, PS_AGENDAS_MAX * sizeof(*agendas->agendas) };
    ret[2] = (struct table){ agendas->sums, PS_AGENDAS_MAX * sizeof(*agendas->sums) };
    ret[3] =
        (struct table){ sequels->peers, ps_sequels_peer_count(sequels) * sizeof(*sequels->peers) };
}

size_t ps_sequels_size(const struct ps_sequels *sequels)
{
    struct table tables[TABLES];
    size_t size_bytes = sizeof(struct header);

    list_tables(sequels, tables);
    for (unsigned i = 0; i < TABLES; i++)
        size_bytes += tables[i].size_bytes;
    return size_bytes;
}

void ps_sequels_save(const struct ps_sequels *sequels, void *ret_bytes)
{
    const struct header header = { .magic = MAGIC,
                                   .version = VERSION,
                                   .now_s = sequels->now_s,
                                   .peer_count = ps_sequels_peer_count(sequels),
                                   .item_count = ps_sequel_item_count(&sequels->pairs),
                                   .lore = sequels->pairs.lore,
                                   .watch = sequels->watch };
    uint8_t *to = ret_bytes;
    struct table tables[TABLES];

    list_tables(sequels, tables);
    memcpy(to, &header, sizeof(header));
    to += sizeof(header);
    for (unsigned i = 0; i < TABLES; i++) {
        memcpy(to, tables[i].at, tables[i].size_bytes);
        to += tables[i].size_bytes;
    }
}

int ps_sequels_load(struct ps_sequels *sequels, const void *bytes, size_t size_bytes)
{
    const uint8_t *from = bytes;
    struct table tables[TABLES];
    struct header header;

    if (size_bytes != ps_sequels_size(sequels))
        return -EINVAL;
    memcpy(&header, from, sizeof(header));
    if (header.magic != MAGIC || header.version != VERSION ||
        header.peer_count != ps_sequels_peer_count(sequels) ||
        header.item_count != ps_sequel_item_count(&sequels->pairs))
        return -EINVAL;
    from += sizeof(header);
    list_tables(sequels, tables);
    for (unsigned i = 0; i < TABLES; i++) {
        memcpy(tables[i].at, from, tables[i].size_bytes);
        from += tables[i].size_bytes;
    }
    sequels->pairs.lore = header.lore;
    sequels->now_s = header.now_s;
    sequels->watch = header.watch;
    if (sequels->watch.thin > PS_SEQUELS_THIN_MAX)
        sequels->watch.thin = PS_SEQUELS_THIN_MAX;
    return 0;
}

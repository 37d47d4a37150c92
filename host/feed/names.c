/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/names.c - see names.h. */
#include "host/feed/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/mem.h"

#define WAYS 8u /* places that a key may take */

int ps_feed_names_init(struct ps_feed_names *names)
{
    names->clock = 0;
    names->slots = ps_zalloc(PS_FEED_NAMES_MAX, sizeof(*names->slots));
    return names->slots != NULL ? 0 : -ENOMEM;
}

void ps_feed_names_fini(struct ps_feed_names *names)
{
    free(names->slots);
    names->slots = NULL;
}

/* A media and a server may have the same name; the multiplication keeps them apart. */
static struct ps_feed_name *set_of(const struct ps_feed_names *names, uint64_t key, uint16_t kind)
{
    const uint64_t at = (key * (2u * kind + 1u)) >> 32;

    return &names->slots[at & (PS_FEED_NAMES_MAX - 1) & ~(uint64_t)(WAYS - 1)];
}

void ps_feed_names_add(struct ps_feed_names *names, const struct psd_name *head, const char *text)
{
    struct ps_feed_name *set = set_of(names, head->key, head->kind);
    struct ps_feed_name *oldest = set;

    ps_assert(head->name_bytes >= 1 && head->name_bytes <= PSD_NAME_BYTES_MAX);
    for (uint32_t i = 0; i < WAYS; i++) {
        if (set[i].bytes > 0 && set[i].key == head->key && set[i].kind == head->kind) {
            set[i].age = ++names->clock;
            return;
        }
        if (set[i].age < oldest->age)
            oldest = &set[i];
    }
    *oldest = (struct ps_feed_name){
        .key = head->key, .age = ++names->clock, .kind = head->kind, .bytes = head->name_bytes
    };
    memcpy(oldest->text, text, head->name_bytes);
}

const struct ps_feed_name *ps_feed_names_find(const struct ps_feed_names *names, uint64_t key,
                                              enum psd_name_kind kind)
{
    const struct ps_feed_name *set = set_of(names, key, (uint16_t)kind);

    for (uint32_t i = 0; i < WAYS; i++)
        if (set[i].bytes > 0 && set[i].key == key && set[i].kind == kind)
            return &set[i];
    return NULL;
}

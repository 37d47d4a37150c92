/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/view.c - see view.h. */
#include "host/feed/view.h"

#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "host/feed/feed_priv.h"

struct ps_nic_view *ps_nic_view_create(void)
{
    struct ps_nic_view *view = ps_zalloc(1, sizeof(*view));

    if (view == NULL)
        return NULL;
    if (ps_top_init(&view->media, PS_FEED_TOP_MEDIA) == 0 &&
        ps_top_init(&view->claims, PS_FEED_TOP_OTHERS) == 0 &&
        ps_top_init(&view->tls_names, PS_FEED_TOP_OTHERS) == 0)
        return view;
    ps_nic_view_destroy(view);
    return NULL;
}

void ps_nic_view_destroy(struct ps_nic_view *view)
{
    if (view == NULL)
        return;
    ps_top_fini(&view->tls_names);
    ps_top_fini(&view->claims);
    ps_top_fini(&view->media);
    free(view);
}

void ps_nic_view_clear(struct ps_nic_view *view)
{
    const struct ps_nic_view fresh = { .media = view->media,
                                       .claims = view->claims,
                                       .tls_names = view->tls_names };

    *view = fresh;
    ps_top_clear(&view->media);
    ps_top_clear(&view->claims);
    ps_top_clear(&view->tls_names);
}

void ps_nic_view_count(struct ps_top *top, const struct ps_feed_names *names,
                       enum psd_name_kind kind, uint64_t key, uint64_t count, uint64_t now_ns)
{
    const struct ps_feed_name *name;

    if (count == 0)
        return;
    struct ps_top_entry *entry = ps_top_add(top, key, count, now_ns);
    if (entry->name_bytes > 0)
        return;
    name = ps_feed_names_find(names, key, kind);
    if (name == NULL)
        return;
    memcpy(entry->name, name->text, name->bytes);
    entry->name_bytes = name->bytes;
}

uint64_t ps_nic_view_counter(const struct ps_nic_view *view, const char *name)
{
    for (uint32_t i = 0; i < view->counter_count; i++)
        if (strncmp(view->counters[i].name, name, sizeof(view->counters[i].name)) == 0)
            return view->counters[i].value;
    return 0;
}

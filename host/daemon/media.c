/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/media.c - the catalogue: listed, and added to. */
#include <errno.h>
#include <string.h>

#include "host/daemon/facts.h"
#include "host/daemon/report.h"

static void put_media(struct ps_msg_writer *w, const struct ps_daemon *d,
                      const struct ps_media *media)
{
    static const char *const state[] = { "new", "probing", "ready", "failed" };
    const bool ready = media->state == PS_MEDIA_READY;

    ps_msg_open_map(w);
    ps_msg_pair_str(w, "id", media->id);
    ps_msg_pair_str(w, "tenant", ps_report_tenant(d, media->tenant));
    ps_msg_pair_str(w, "state", state[media->state]);
    if (ready) {
        ps_msg_pair_f64(w, "duration_s", (double)media->info.duration_ns / 1e9);
        ps_msg_pair_u64(w, "width", media->info.width);
        ps_msg_pair_u64(w, "height", media->info.height);
    }
    ps_facts_put(w, d, media);
    ps_msg_pair_str(w, "url", media->url);
    if (media->state == PS_MEDIA_FAILED)
        ps_msg_pair_str(w, "error", strerror(-media->error));
    ps_msg_close(w);
}

int ps_report_media(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    const uint32_t limit = ps_report_limit(params);
    char prefix[PS_MEDIA_ID_MAX + 1] = "";
    uint64_t total = 0;

    if (ps_msg_get(params, "prefix") != NULL &&
        ps_msg_as_name(ps_msg_get(params, "prefix"), prefix, sizeof(prefix)) != 0)
        return -EINVAL;
    ps_msg_open_map(w);
    ps_msg_pair_array(w, "media");
    for (uint32_t i = 0; i < ps_catalogue_count(d->catalogue); i++) {
        const struct ps_media *m = ps_catalogue_at(d->catalogue, i);

        if (strncmp(m->id, prefix, strlen(prefix)) != 0)
            continue;
        if (total++ < limit)
            put_media(w, d, m);
    }
    ps_msg_close(w);
    ps_msg_pair_u64(w, "total", total);
    ps_msg_close(w);
    return 0;
}

/* The parameter `tenant`; left alone when it is not given. @return 0 or -ENOENT. */
static int tenant_of(const struct ps_daemon *d, const struct ps_msg_value *params,
                     uint32_t *ret_tenant)
{
    char name[PS_CONFIG_TENANT_NAME_MAX + 1];

    if (ps_msg_get(params, "tenant") == NULL)
        return 0;
    if (ps_msg_as_name(ps_msg_get(params, "tenant"), name, sizeof(name)) != 0)
        return -ENOENT;
    const uint32_t tenant = ps_config_find_tenant(d->config, name);
    if (tenant == d->config->tenant_count)
        return -ENOENT;
    *ret_tenant = tenant;
    return 0;
}

/* A title with facts that cannot be is not added at all. */
static int check_facts(const char *id, const struct ps_msg_value *params)
{
    struct ps_media trial = { .tenant = 0 };

    memcpy(trial.id, id, strlen(id) + 1);
    return ps_facts_from_params(&trial, params);
}

int ps_report_media_describe(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    char id[PS_MEDIA_ID_MAX + 1];

    if (ps_msg_as_name(ps_msg_get(params, "id"), id, sizeof(id)) != 0)
        return -EINVAL;
    struct ps_media *media = ps_catalogue_by_id(d->catalogue, id);
    if (media == NULL)
        return -ENOENT;
    const int rc = ps_facts_from_params(media, params);
    if (rc != 0)
        return rc;
    ps_facts_tell(d, media);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "id", id);
    ps_facts_put(w, d, media);
    ps_msg_close(w);
    return 0;
}

int ps_report_media_add(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    char id[PS_MEDIA_ID_MAX + 1], url[PS_URL_BYTES_MAX + 1];
    uint32_t tenant = 0;
    int rc;

    if (ps_msg_as_name(ps_msg_get(params, "id"), id, sizeof(id)) != 0 ||
        ps_msg_as_name(ps_msg_get(params, "url"), url, sizeof(url)) != 0)
        return -EINVAL;
    rc = tenant_of(d, params, &tenant);
    if (rc == 0)
        rc = check_facts(id, params);
    if (rc == 0)
        rc = ps_catalogue_add(d->catalogue, id, url);
    if (rc != 0)
        return rc;
    struct ps_media *added = ps_catalogue_by_id(d->catalogue, id);
    added->tenant = tenant;
    ps_facts_from_params(added, params); /* they were found good before */
    ps_daemon_know_media(d, added, ps_clock_now_ns(&d->clock));
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "id", id);
    ps_msg_pair_u64(w, "total", ps_catalogue_count(d->catalogue));
    ps_msg_close(w);
    return 0;
}

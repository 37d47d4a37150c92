/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/looks.h"

#include <errno.h>
#include <math.h>

#include "host/base/hash.h"
#include "host/base/name.h"
#include "host/daemon/daemon_priv.h"

#define SOURCE_BYTES_MAX 64u
#define DUE_S_MAX        7200.0 /* nobody looks so far; how far it listens, the predictor says */

static int read_name(const struct ps_msg_value *params, const char *name, char *ret_text,
                     size_t size_bytes)
{
    return ps_msg_as_name(ps_msg_get(params, name), ret_text, size_bytes) == 0 &&
                   ps_name_is_valid(ret_text, (uint32_t)size_bytes - 1)
               ? 0
               : -EINVAL;
}

static int read_resource(const struct ps_daemon *d, const struct ps_msg_value *params,
                         struct ps_resource *ret_resource)
{
    char id[PS_MEDIA_ID_MAX + 1], profile[PS_PROFILE_NAME_MAX + 1];

    if (read_name(params, "media", id, sizeof(id)) != 0)
        return -EINVAL;
    const struct ps_media *media = ps_catalogue_by_id(d->catalogue, id);
    if (media == NULL)
        return -ENOENT;
    *ret_resource = (struct ps_resource){ .media_key = media->key };
    if (ps_msg_get(params, "profile") == NULL)
        return 0;
    if (read_name(params, "profile", profile, sizeof(profile)) != 0)
        return -EINVAL;
    ret_resource->profile_key = ps_hash64_name(profile);
    return ps_daemon_profile(d, ret_resource->profile_key) == NULL ? -ENOENT : 0;
}

/* A peer's agent is known by the peer's address, so that its word is held against what it does. */
static int read_source(const struct ps_daemon *d, const struct ps_msg_value *params,
                       uint64_t *ret_key)
{
    uint8_t address[PS_ADDRESS_BYTES];
    char source[SOURCE_BYTES_MAX + 1];

    if (ps_msg_as_name(ps_msg_get(params, "source"), source, sizeof(source)) != 0 ||
        (!ps_name_is_valid(source, SOURCE_BYTES_MAX) && ps_address_parse(address, source) != 0))
        return -EINVAL;
    *ret_key = ps_daemon_peer_key(d, source);
    return 0;
}

static int read_look(const struct ps_daemon *d, const struct ps_msg_value *params, uint64_t now_ns,
                     struct ps_forward_look *ret_look)
{
    double due_in_s = 0.0, probability = 1.0;

    if (read_source(d, params, &ret_look->source_key) != 0 ||
        ps_msg_as_f64(ps_msg_get(params, "due_in_s"), &due_in_s) != 0 ||
        (ps_msg_get(params, "probability") != NULL &&
         ps_msg_as_f64(ps_msg_get(params, "probability"), &probability) != 0))
        return -EINVAL;
    if (!(probability > 0.0 && probability <= 1.0) || !isfinite(due_in_s))
        return -EINVAL;
    if (due_in_s < 0.0 || due_in_s > DUE_S_MAX)
        return -ERANGE;
    *ret_look = (struct ps_forward_look){
        .source_key = ret_look->source_key,
        .due_ns = (uint64_t)((int64_t)now_ns + (int64_t)(due_in_s * 1e9)),
        .peer = { .region = (uint16_t)ps_msg_u64_or(params, "region", 0),
                  .device = (uint8_t)ps_msg_u64_or(params, "device", 0),
                  .access = (uint8_t)ps_msg_u64_or(params, "access", 0) },
        .probability = (float)probability,
    };
    return read_resource(d, params, &ret_look->resource);
}

static void count(struct ps_looks *looks, int rc, bool is_past)
{
    if (rc == 0)
        looks->taken++;
    else if (rc == -ERANGE && is_past)
        looks->late++;
    else if (rc == -ERANGE)
        looks->early++;
    else if (rc == -ENOSPC)
        looks->full++;
    else
        looks->refused++;
}

int ps_looks_take(struct ps_daemon *d, const struct ps_forward_look *look, uint64_t now_ns)
{
    int rc = ps_predict_look(d->predict, look, now_ns);

    if (rc == -ENOBUFS) /* the API's word for "no room" */
        rc = -ENOSPC;
    count(&d->looks, rc, look->due_ns < now_ns);
    return rc;
}

int ps_looks_put(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    struct ps_forward_look look = { .due_ns = 0 };
    double due_in_s = 0.0;
    int rc = read_look(d, params, now_ns, &look);

    if (rc == 0) {
        rc = ps_looks_take(d, &look, now_ns);
    } else {
        ps_msg_as_f64(ps_msg_get(params, "due_in_s"), &due_in_s);
        count(&d->looks, rc, due_in_s < 0.0);
    }
    if (rc != 0)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "taken", d->looks.taken);
    ps_msg_close(w);
    return 0;
}

void ps_looks_report(struct ps_msg_writer *w, const struct ps_looks *looks)
{
    ps_msg_pair_map(w, "looks");
    ps_msg_pair_u64(w, "taken", looks->taken);
    ps_msg_pair_u64(w, "late", looks->late);
    ps_msg_pair_u64(w, "early", looks->early);
    ps_msg_pair_u64(w, "refused", looks->refused);
    ps_msg_pair_u64(w, "full", looks->full);
    ps_msg_close(w);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/peers_rights.c - the API's methods for what people may ask of whom we know by key:
 * what is held, that it be forgotten, and that nothing be kept.
 *
 * What is erased is off the disk before it is answered; no peer is named in the log.
 */
#include <errno.h>

#include "host/base/log.h"
#include "host/daemon/daemon_priv.h"
#include "host/request/device.h"

/* The parameter `peer`. @return 0, -EINVAL or -ENOTSUP (nobody is told from anybody). */
static int take_id(const struct ps_daemon *d, const struct ps_msg_value *params,
                   struct ps_peer_id *ret_id)
{
    const char *text = NULL;
    size_t length = 0;

    if (d->peers == NULL)
        return -ENOTSUP;
    if (ps_msg_as_bytes(ps_msg_get(params, "peer"), &text, &length) != 0)
        return -EINVAL;
    return ps_peer_id_of_text(ret_id, text, length);
}

struct export
{
    const struct ps_daemon *d;
    struct ps_msg_writer *w;
    uint64_t now_ns;
};

static double ago_s(uint64_t now_ns, uint64_t then_ns)
{
    return ((double)now_ns - (double)then_ns) / 1e9;
}

static void put_profile(void *arg, const struct ps_peers_held *held)
{
    const struct export *export = arg;
    const struct ps_peer_profile *profile = &held->profile;
    const struct ps_media *media = ps_catalogue_by_key(export->d->catalogue, profile->media_key);
    struct ps_msg_writer *w = export->w;

    ps_msg_open_map(w);
    ps_msg_pair_f64(w, "salt_age_s", ago_s(export->now_ns, held->salt_from_ns));
    ps_msg_pair_f64(w, "salt_gone_in_s", ago_s(held->salt_gone_ns, export->now_ns));
    ps_msg_pair_f64(w, "seen_ago_s", ago_s(export->now_ns, profile->seen_ns));
    ps_msg_pair_u64(w, "region", profile->class.region);
    ps_msg_pair_str(w, "device", ps_device_name(profile->class.device));
    ps_msg_pair_u64(w, "access", profile->class.access);
    ps_msg_pair_f64(w, "activity", profile->activity);
    ps_msg_pair_array(w, "habit");
    for (uint32_t hour = 0; hour < PS_PEERS_HOURS; hour++)
        ps_msg_put_u64(w, profile->habit[hour]);
    ps_msg_close(w);
    ps_msg_pair_str(w, "media", media == NULL ? NULL : media->id);
    ps_msg_pair_f64(w, "media_ago_s", ago_s(export->now_ns, profile->media_ns));
    ps_msg_close(w);
}

int ps_peers_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct export export = { .d = d, .w = w, .now_ns = ps_clock_now_ns(&d->clock) };
    struct ps_peers_status status;
    struct ps_peer_id id;
    const int rc = take_id(d, params, &id);

    if (rc != 0)
        return rc;
    ps_peers_status(d->peers, &status);
    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "opted_out", ps_peers_is_out(d->peers, &id));
    ps_msg_pair_u64(w, "salts", status.salts);
    ps_msg_pair_array(w, "profiles");
    ps_peers_export(d->peers, &id, put_profile, &export);
    ps_msg_close(w);
    ps_msg_pair_array(w, "covers");
    ps_msg_put_str(w, "profiles, in memory and in peers.bin");
    ps_msg_put_str(w,
                   "not shown, but erased: its latest starts and looks in the predictor's model");
    ps_msg_put_str(w, "whether it is among those that opted out, in salts.bin");
    ps_msg_close(w);
    ps_msg_close(w);
    return 0;
}

/* What was learnt may hold keys as well, so all of it is written anew. */
static int save_all(struct ps_daemon *d)
{
    const int rc = ps_daemon_save_peers(d);
    const int model_rc = ps_daemon_save_model(d);

    return rc == 0 && model_rc == 0 ? 0 : -EIO;
}

static int answer(struct ps_daemon *d, const struct ps_peer_id *id, uint32_t profiles,
                  struct ps_msg_writer *w)
{
    const int rc = save_all(d);

    if (rc != 0)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "profiles", profiles);
    ps_msg_pair_bool(w, "opted_out", ps_peers_is_out(d->peers, id));
    ps_msg_close(w);
    return 0;
}

static uint32_t erased(const struct ps_daemon *d)
{
    struct ps_peers_status status;

    ps_peers_status(d->peers, &status);
    return (uint32_t)status.erased;
}

int ps_peers_forget(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_peer_id id;
    const int rc = take_id(d, params, &id);

    if (rc != 0)
        return rc;
    const uint32_t profiles = ps_peers_erase(d->peers, &id);
    ps_info("peers", "erased", "profiles=%u", profiles);
    return answer(d, &id, profiles, w);
}

int ps_peers_out(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_peer_id id;
    int rc = take_id(d, params, &id);

    if (rc != 0)
        return rc;
    const uint32_t before = erased(d);
    rc = ps_peers_opt_out(d->peers, &id);
    if (rc != 0)
        return rc;
    ps_info("peers", "opted_out", "profiles=%u", erased(d) - before);
    return answer(d, &id, erased(d) - before, w);
}

int ps_peers_in(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    struct ps_peer_id id;
    int rc = take_id(d, params, &id);

    if (rc == 0)
        rc = ps_peers_opt_in(d->peers, &id);
    if (rc != 0)
        return rc;
    ps_info("peers", "opted_in", "profiles=0");
    return answer(d, &id, 0, w);
}

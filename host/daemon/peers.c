/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/peers.c - who asks, in the daemon's life: keys at the first hop, kept on disk, and
 * what the people in it may ask for.
 *
 * Salts are on disk before anything that is kept under them. What is erased is off the disk before
 * it is answered.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/log.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/state_file.h"
#include "host/request/device.h"

#define SALTS_FILE    "salts.bin"
#define PEERS_FILE    "peers.bin"
#define SAVE_EVERY_NS (600 * PS_NS_PER_SEC)

/* ---- life ---- */

/* Guessable salts would make keys addresses again: better to stop. */
static void fill_random(void *arg, void *ret_bytes, size_t size_bytes)
{
    ssize_t got;

    (void)arg;
    do
        got = getrandom(ret_bytes, size_bytes, 0);
    while (got < 0 && errno == EINTR);
    ps_assert(got == (ssize_t)size_bytes);
}

/* Everything that keeps something under a peer's key is told here. */
static void forgotten(void *arg, uint64_t key, bool erased)
{
    struct ps_daemon *d = arg;

    if (erased)
        ps_feed_forget_peer(d->feed, key);
}

static void refuse(const struct ps_daemon *d, const char *file, int rc)
{
    const char *dir = d->config->tier.state_dir;

    ps_warn("peers", "file_refused", "dir=%s file=%s kept_as=%s.refused status=\"%s\"", dir, file,
            file, rc == -ESTALE ? "kept under salts that are lost" : strerror(-rc));
    rc = ps_state_file_set_aside(dir, file);
    if (rc != 0)
        ps_warn("peers", "not_set_aside", "dir=%s file=%s status=\"%s\"", dir, file, strerror(-rc));
}

static void load(struct ps_daemon *d, const char *file,
                 int (*take)(struct ps_peers *peers, const void *data, size_t size_bytes,
                             uint64_t now_ns))
{
    void *data = NULL;
    size_t size_bytes = 0;
    int rc = ps_state_file_read(d->config->tier.state_dir, file, &data, &size_bytes);

    if (rc == 0)
        rc = take(d->peers, data, size_bytes, ps_clock_now_ns(&d->clock));
    if (data != NULL)
        explicit_bzero(data, size_bytes);
    free(data);
    if (rc != 0 && rc != -ENOENT)
        refuse(d, file, rc);
}

int ps_daemon_create_peers(struct ps_daemon *d)
{
    const struct ps_peers_config cfg = {
        .peers_max = d->config->privacy.peers_max,
        .salt_rotate_ns = d->config->privacy.salt_rotate_ns,
        .retain_ns = d->config->privacy.retain_ns,
        .random = fill_random,
        .forgotten = forgotten,
        .arg = d,
    };

    if (cfg.peers_max == 0)
        return 0;
    int rc = ps_peers_create(&d->peers, &cfg);
    if (rc == 0 && d->config->tier.state_dir != NULL)
        rc = ps_saver_create(&d->peers_saver, d->config->tier.state_dir);
    if (rc == 0 && d->peers_saver != NULL) {
        load(d, SALTS_FILE, ps_peers_load_salts);
        load(d, PEERS_FILE, ps_peers_load);
    }
    d->peers_saved_ns = ps_clock_now_ns(&d->clock);
    return rc;
}

/* Failing is said when it begins, not every time. @return @p rc. */
static int note(struct ps_daemon *d, const char *file, int rc)
{
    if (rc != 0 && rc != d->peers_save_error)
        ps_warn("peers", "not_saved", "dir=%s file=%s status=\"%s\"", d->config->tier.state_dir,
                file, strerror(-rc));
    d->peers_save_error = rc;
    return rc;
}

static int save_salts(struct ps_daemon *d)
{
    const uint64_t version = ps_peers_version(d->peers);
    void *data = NULL;
    size_t size_bytes = 0;

    if (version == d->salts_saved)
        return 0;
    int rc = ps_peers_save_salts(d->peers, &data, &size_bytes);
    if (rc == 0)
        rc = ps_state_file_write(d->config->tier.state_dir, SALTS_FILE, data, size_bytes);
    if (data != NULL)
        explicit_bzero(data, size_bytes);
    free(data);
    if (rc == 0)
        d->salts_saved = version;
    return note(d, SALTS_FILE, rc);
}

static int take_result(struct ps_daemon *d, bool wait)
{
    int rc = 0;

    return ps_saver_take(d->peers_saver, wait, &rc) ? note(d, PEERS_FILE, rc) : 0;
}

static int begin_save(struct ps_daemon *d)
{
    void *data = NULL;
    size_t size_bytes = 0;
    int rc = ps_peers_save(d->peers, &data, &size_bytes);

    d->peers_saved_ns = ps_clock_now_ns(&d->clock);
    if (rc == 0)
        rc = ps_saver_write(d->peers_saver, PEERS_FILE, data, size_bytes);
    if (rc != 0)
        free(data);
    return rc == 0 ? 0 : note(d, PEERS_FILE, rc);
}

int ps_daemon_save_peers(struct ps_daemon *d)
{
    int rc;

    if (d->peers_saver == NULL)
        return 0;
    take_result(d, true); /* of one that began before */
    rc = save_salts(d);
    if (rc == 0)
        rc = begin_save(d);
    return rc == 0 ? take_result(d, true) : rc;
}

void ps_daemon_tend_peers(struct ps_daemon *d, uint64_t now_ns)
{
    if (d->peers == NULL)
        return;
    ps_peers_tend(d->peers, now_ns);
    if (d->peers_saver == NULL)
        return;
    take_result(d, false);
    if (save_salts(d) == 0 && now_ns > d->peers_saved_ns + SAVE_EVERY_NS)
        begin_save(d);
}

void ps_daemon_leave_peers(struct ps_daemon *d)
{
    if (d->turn_count > 0)
        ps_daemon_save_peers(d);
    ps_saver_destroy(d->peers_saver);
    d->peers_saver = NULL;
}

/* ---- who asks ---- */

void ps_daemon_classify(void *arg, const struct sockaddr *address, const char *agent,
                        struct ps_peer_class *ret_peer, uint64_t *ret_peer_key)
{
    struct ps_daemon *d = arg;
    struct ps_peer_id id;

    ret_peer->region = ps_config_region_of(d->config, address);
    if (agent != NULL)
        ret_peer->device = (uint8_t)ps_device_of_agent(agent, strlen(agent));
    if (d->peers == NULL || ps_peer_id_of_address(&id, address) != 0)
        return;
    *ret_peer_key = ps_peers_key(d->peers, &id, ps_clock_now_ns(&d->clock));
    ps_peers_fill(d->peers, *ret_peer_key, ret_peer);
}

void ps_daemon_identify(void *arg, const char *who, size_t length, struct ps_demand_sample *sample)
{
    struct ps_daemon *d = arg;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    uint8_t address[PS_ADDRESS_BYTES];
    char text[INET6_ADDRSTRLEN];
    struct ps_peer_id id;

    if (sample->peer.region == 0 && length < sizeof(text)) {
        memcpy(text, who, length);
        text[length] = '\0';
        if (ps_address_parse(address, text) == 0)
            sample->peer.region = (uint16_t)ps_prefixes_find(&d->config->places, address);
    }
    if (d->peers == NULL || sample->end_ns + d->config->privacy.retain_ns <= now_ns ||
        ps_peer_id_of_text(&id, who, length) != 0)
        return;
    sample->peer_key = ps_peers_key(d->peers, &id, now_ns);
    ps_peers_fill(d->peers, sample->peer_key, &sample->peer);
    if (sample->starts > 0)
        ps_peers_seen(d->peers, sample->peer_key, &sample->peer, sample->resource.media_key,
                      sample->end_ns < now_ns ? sample->end_ns : now_ns);
}

/* ---- what the people in it may ask for ---- */

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

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/peers.c - who asks, in the daemon's life: keys at the first hop, kept on disk.
 *
 * Salts are on disk before anything that is kept under them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "host/base/assert.h"
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

    ps_predict_erase_peer(d->predict, key);
    if (erased) /* what is of this turn only may stay when a peer went for age or want of room */
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

uint64_t ps_daemon_peer_key(const struct ps_daemon *d, const char *who)
{
    struct ps_peer_id id;

    if (d->peers == NULL || ps_peer_id_of_text(&id, who, strlen(who)) != 0)
        return 0;
    return ps_peers_key(d->peers, &id, ps_clock_now_ns(&d->clock));
}

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

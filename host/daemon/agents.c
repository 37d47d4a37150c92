/* SPDX-License-Identifier: BSD-3-Clause */
/* host/daemon/agents.c - see agents.h. */
#include "host/daemon/agents.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/base/hash.h"
#include "host/base/log.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/metrics_priv.h"
#include "host/daemon/state_file.h"

#define KEYS_FILE     "agents.bin"
#define KEY_ID_DIGITS 16u
#define WINDOW_NS_MAX (7200 * PS_NS_PER_SEC) /* of a look, see ps_predict_look() */

/* ---- what they say ---- */

/* Agents date by the world's clock, which our own leaves when it is set while we run. */
static uint64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Unix seconds as our time; what is past is now. */
static uint64_t due_ns(const struct ps_daemon *d, uint64_t unix_s, uint64_t now_ns)
{
    const double ahead_s = (double)unix_s - (double)wall_ms() / 1e3;

    return ahead_s <= 0.0 ? now_ns : now_ns + (uint64_t)(ahead_s * d->clock.scale * 1e9);
}

static enum ps_agents_outcome name_resource(const struct ps_daemon *d,
                                            const struct ps_datagram *datagram,
                                            struct ps_resource *ret_resource)
{
    const struct ps_media *media = ps_catalogue_by_id(d->catalogue, datagram->media);

    if (media == NULL)
        return PS_AGENTS_UNKNOWN;
    *ret_resource = (struct ps_resource){ .media_key = media->key };
    if (datagram->profile[0] == '\0')
        return PS_AGENTS_TAKEN;
    ret_resource->profile_key = ps_hash64_name(datagram->profile);
    return ps_daemon_profile(d, ret_resource->profile_key) == NULL ? PS_AGENTS_UNKNOWN
                                                                   : PS_AGENTS_TAKEN;
}

/* What the agent says of its peer goes before what we know. */
static enum ps_agents_outcome name_source(struct ps_daemon *d, const struct ps_datagram *datagram,
                                          const struct sockaddr *from, struct ps_forward_look *look)
{
    ps_daemon_classify(d, from, NULL, &look->peer, &look->source_key);
    if (d->peers != NULL && look->source_key == 0)
        return PS_AGENTS_OPTED_OUT;
    if (datagram->region != 0)
        look->peer.region = datagram->region;
    if (datagram->header.device != 0)
        look->peer.device = datagram->header.device;
    if (datagram->header.access != 0)
        look->peer.access = datagram->header.access;
    return PS_AGENTS_TAKEN;
}

static enum ps_agents_outcome said(void *arg, const struct ps_datagram *datagram,
                                   const struct sockaddr *from)
{
    struct ps_daemon *d = arg;
    const uint64_t now_ns = ps_clock_now_ns(&d->clock);
    struct ps_forward_look look = { .probability = datagram->probability };
    enum ps_agents_outcome outcome = name_source(d, datagram, from, &look);

    if (outcome == PS_AGENTS_TAKEN)
        outcome = name_resource(d, datagram, &look.resource);
    if (outcome != PS_AGENTS_TAKEN)
        return outcome;
    if (datagram->to_s + PPD_SKEW_S < wall_ms() / 1000) /* by either clock */
        return PS_AGENTS_LATE;
    look.due_ns = due_ns(d, datagram->from_s, now_ns);
    if (datagram->to_s > datagram->from_s)
        look.until_ns = due_ns(d, datagram->to_s, now_ns);
    if (look.until_ns > look.due_ns + WINDOW_NS_MAX)
        look.until_ns = look.due_ns + WINDOW_NS_MAX;
    const int rc = ps_looks_take(d, &look, now_ns);
    return rc == 0         ? PS_AGENTS_TAKEN
           : rc == -ENOSPC ? PS_AGENTS_FULL
                           : PS_AGENTS_EARLY; /* it is neither late nor ill-formed */
}

void ps_daemon_poll_agents(struct ps_daemon *d)
{
    if (d->agents != NULL)
        ps_agents_poll(d->agents, wall_ms());
}

/* ---- life ---- */

static int save_keys(const struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    void *data = NULL;
    size_t size_bytes = 0;

    if (dir == NULL)
        return 0;
    int rc = ps_agent_keys_save(&d->agent_keys, &data, &size_bytes);
    if (rc == 0) {
        rc = ps_state_file_write(dir, KEYS_FILE, data, size_bytes);
        explicit_bzero(data, size_bytes);
        free(data);
    }
    if (rc != 0)
        ps_warn("agents", "keys_not_saved", "dir=%s status=\"%s\"", dir, strerror(-rc));
    return rc == 0 ? 0 : -EIO;
}

/* A secret that cannot be read is not one to be replaced without a word: all agents enrol anew. */
static int load_keys(struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    void *data = NULL;
    size_t size_bytes = 0;

    if (dir == NULL) {
        ps_warn("agents", "keys_not_kept", "why=\"tier.state_dir is not set\"");
        return 0;
    }
    int rc = ps_state_file_read(dir, KEYS_FILE, &data, &size_bytes);
    if (rc == -ENOENT)
        return save_keys(d);
    if (rc == 0) {
        rc = ps_agent_keys_load(&d->agent_keys, data, size_bytes);
        explicit_bzero(data, size_bytes);
        free(data);
    }
    if (rc != 0)
        ps_error("agents", "keys_refused", "dir=%s file=" KEYS_FILE " status=\"%s\"", dir,
                 strerror(-rc));
    return rc;
}

int ps_daemon_create_agents(struct ps_daemon *d)
{
    const struct ps_agents_config cfg = { .listen = d->config->agents.listen,
                                          .heard_max = PS_AGENTS_HEARD_MAX,
                                          .rate_per_s = d->config->agents.rate_per_s,
                                          .keys = &d->agent_keys,
                                          .said = said,
                                          .arg = d };

    if (cfg.listen == NULL)
        return 0;
    int rc = ps_agent_keys_init(&d->agent_keys);
    if (rc == 0)
        rc = load_keys(d);
    if (rc != 0)
        return rc;
    rc = ps_agents_create(&d->agents, &cfg, wall_ms());
    if (rc != 0)
        ps_error("agents", "cannot_listen", "listen=%s status=\"%s\"", cfg.listen, strerror(-rc));
    else
        ps_info("agents", "listening", "port=%u", ps_agents_port(d->agents));
    return rc;
}

void ps_daemon_destroy_agents(struct ps_daemon *d)
{
    ps_agents_destroy(d->agents);
    d->agents = NULL;
    ps_agent_keys_fini(&d->agent_keys);
}

/* ---- the API ---- */

int ps_agents_enrol(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    uint8_t key[PS_DATAGRAM_KEY_BYTES];
    char id_text[KEY_ID_DIGITS + 1], key_text[2 * sizeof(key) + 1];

    (void)params;
    if (d->agents == NULL)
        return -ENOTSUP;
    const uint64_t id = ps_agent_keys_draw(&d->agent_keys);
    ps_agent_keys_of(&d->agent_keys, id, key);
    snprintf(id_text, sizeof(id_text), "%016" PRIx64, id);
    for (size_t i = 0; i < sizeof(key); i++)
        snprintf(key_text + 2 * i, 3, "%02x", key[i]);
    d->agents_enrolled++;
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "key_id", id_text);
    ps_msg_pair_str(w, "key", key_text);
    ps_msg_close(w);
    explicit_bzero(key, sizeof(key));
    explicit_bzero(key_text, sizeof(key_text));
    return 0;
}

int ps_agents_revoke(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;
    char text[KEY_ID_DIGITS + 1];

    if (d->agents == NULL)
        return -ENOTSUP;
    if (ps_msg_as_name(ps_msg_get(params, "key_id"), text, sizeof(text)) != 0 ||
        strspn(text, "0123456789abcdefABCDEF") != KEY_ID_DIGITS)
        return -EINVAL;
    int rc = ps_agent_keys_revoke(&d->agent_keys, strtoull(text, NULL, 16));
    if (rc == 0)
        rc = save_keys(d);
    if (rc != 0)
        return rc;
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "revoked", d->agent_keys.revoked_count);
    ps_msg_close(w);
    return 0;
}

int ps_agents_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;
    struct ps_agents_status s;

    (void)params;
    if (d->agents == NULL)
        return -ENOTSUP;
    ps_agents_status(d->agents, &s);
    ps_msg_open_map(w);
    ps_msg_pair_u64(w, "port", ps_agents_port(d->agents));
    ps_msg_pair_u64(w, "heard", s.heard);
    ps_msg_pair_u64(w, "forgotten", s.forgotten);
    ps_msg_pair_u64(w, "enrolled", d->agents_enrolled);
    ps_msg_pair_u64(w, "revoked", d->agent_keys.revoked_count);
    ps_msg_pair_u64(w, "dropped", s.dropped);
    for (unsigned i = 0; i < PS_AGENTS_OUTCOME_COUNT; i++)
        ps_msg_pair_u64(w, ps_agents_outcome_name((enum ps_agents_outcome)i), s.count[i]);
    ps_msg_close(w);
    return 0;
}

void ps_agents_put_metrics(struct ps_metrics *m, const struct ps_daemon *d)
{
    struct ps_agents_status s = { .heard = 0 };

    if (d->agents != NULL)
        ps_agents_status(d->agents, &s);
    for (unsigned i = 0; i < PS_AGENTS_OUTCOME_COUNT; i++)
        ps_metrics_put(m, PS_METRIC_agents_datagrams_total, (double)s.count[i],
                       PS_LABELS(ps_agents_outcome_name((enum ps_agents_outcome)i)));
    ps_metrics_put_plain(m, PS_METRIC_agents_dropped_total, (double)s.dropped);
    ps_metrics_put_plain(m, PS_METRIC_agents_heard, s.heard);
    ps_metrics_put_plain(m, PS_METRIC_agents_forgotten_total, (double)s.forgotten);
    ps_metrics_put_plain(m, PS_METRIC_agents_revoked, d->agent_keys.revoked_count);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/wire.c - builds the parts of the daemon and joins them: who tells whom of what.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "host/base/hash.h"
#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/cards.h"
#include "host/daemon/cluster.h"
#include "host/daemon/curves.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/facts.h"
#include "host/daemon/faults.h"
#include "host/daemon/state_file.h"

#define SECRET_FILE     "mark.secret"
#define VIEWER_WAITS_NS (30 * PS_NS_PER_SEC) /* real time; players give up about then */

const struct ps_profile *ps_daemon_profile(const struct ps_daemon *d, uint64_t profile_key)
{
    for (uint32_t i = 0; i < d->config->profile_count; i++)
        if (d->config->profiles[i].key == profile_key)
            return &d->config->profiles[i];
    return NULL;
}

void ps_daemon_know_media(struct ps_daemon *d, const struct ps_media *media, uint64_t now_ns)
{
    for (uint32_t i = 0; i < d->config->profile_count; i++) {
        const struct ps_resource resource = { .media_key = media->key,
                                              .profile_key = d->config->profiles[i].key };

        ps_predict_know(d->predict, &resource, now_ns);
    }
    ps_facts_tell(d, media);
}

/* ---- who tells whom ---- */

void ps_daemon_add_outcome(struct ps_daemon *d, const struct ps_segment_key *key, int status)
{
    if (d->outcome_count == PS_OUTCOMES_MAX) {
        d->outcomes_lost++; /* its viewers end by delivery's time-out */
        return;
    }
    d->outcomes[d->outcome_count++] = (struct ps_outcome){ .key = *key, .status = status };
}

/* What a miss cost a viewer is what staging saves the next one; variant B is told of with A. */
static void learn_price(struct ps_daemon *d, const struct ps_made *made)
{
    const struct ps_profile *profile = ps_daemon_profile(d, made->key.profile_key);

    if (profile == NULL || made->key.index == PS_SEGMENT_INIT || made->key.variant == PS_VARIANT_B)
        return;
    struct ps_price_made *learned = &d->made[profile - d->config->profiles];
    ps_price_weighed(learned, made->size_bytes);
    if (made->queue == PS_QUEUE_REAL_TIME && !made->promoted)
        ps_price_waited(learned, (double)ps_clock_real_ns(&d->clock, made->took_ns) / 1e9);
}

static void on_made(void *arg, const struct ps_made *made, uint64_t now_ns)
{
    struct ps_daemon *d = arg;
    enum ps_fate fate = made->promoted ? PS_FATE_LATE : PS_FATE_STORED;

    ps_neighbours_made(d, &made->key, made->status);
    if (made->status == -ECANCELED) /* nobody bet on it and nobody waits for it */
        return;
    if (made->status != 0) {
        fate = PS_FATE_WASTED;
        ps_speculate_failed(d, &made->key, now_ns);
        ps_warn("pipeline", "segment_failed", "media=%016" PRIx64 " index=%d status=\"%s\"",
                made->key.media_key, made->key.index, strerror(-made->status));
    } else {
        learn_price(d, made);
    }
    ps_ledger_settle(d->ledger, made->prediction_id, fate, made->busy_ns, now_ns);
    ps_daemon_add_outcome(d, &made->key, made->status);
}

static void on_probed(void *arg, struct ps_media *media, int status, uint64_t now_ns)
{
    struct ps_daemon *d = arg;

    if (status != 0)
        ps_warn("media", "probe_failed", "id=%s url=%s status=\"%s\"", media->id, media->url,
                strerror(-status));
    if (status == 0) {
        ps_facts_from_probe(media);
        ps_facts_tell(d, media);
    }
    ps_deliver_resolve_media(d->deliver, media, status, now_ns);
}

static void on_loaded(void *arg, const struct ps_segment_key *key, int status)
{
    ps_cluster_lend_loaded(arg, key, status);
    ps_daemon_add_outcome(arg, key, status);
}

static void on_gone(void *arg, const struct ps_segment_key *key, uint64_t prediction_id, bool used)
{
    struct ps_daemon *d = arg;

    ps_neighbours_gone(d, key);
    if (!used)
        ps_ledger_settle(d->ledger, prediction_id, PS_FATE_EVICTED_UNUSED, 0,
                         ps_clock_now_ns(&d->clock));
}

/*
 * Who would wait in vain is told so at once: work that cannot be ready before delivery gives up
 * would only take CUs from viewers who can still be served.
 */
static int admit(struct ps_daemon *d, const struct ps_segment_key *key, uint64_t now_ns)
{
    const uint64_t patience_ns = (uint64_t)(VIEWER_WAITS_NS * d->clock.scale);

    if (ps_pipeline_admits(d->pipeline, key, patience_ns, now_ns))
        return 0;
    d->not_admitted++;
    ps_debug("deliver", "not_admitted", "media=%016" PRIx64 " index=%d", key->media_key,
             key->index);
    return -EBUSY;
}

/* A viewer waits: make it now. The first segment is wanted at once, later ones within their length.
 */
static int want_segment(void *arg, const struct ps_segment_key *key, uint64_t now_ns)
{
    struct ps_daemon *d = arg;
    const struct ps_profile *profile = ps_daemon_profile(d, key->profile_key);
    const struct ps_make_request request = {
        .key = *key,
        .queue = PS_QUEUE_REAL_TIME,
        .deadline_ns = now_ns + (key->index > 0 ? profile->segment_ms * PS_NS_PER_MSEC : 0),
        .meta = { .class = PS_TIER_DEMANDED, .confidence = 1.0 },
    };
    int rc = ps_neighbours_have(d, key) ? 0 : admit(d, key, now_ns);

    if (rc == 0)
        rc = ps_neighbours_make(d, &request, now_ns);
    return rc == -EALREADY ? 1 : rc;
}

static void unwanted(void *arg, const struct ps_segment_key *key)
{
    struct ps_daemon *d = arg;

    ps_neighbours_unwanted(d, key);
    ps_pipeline_abandon(d->pipeline, key);
}

static int want_media(void *arg, struct ps_media *media, uint64_t now_ns)
{
    struct ps_daemon *d = arg;

    (void)now_ns;
    return ps_pipeline_probe(d->pipeline, media, PS_QUEUE_REAL_TIME);
}

/* Delivery has counted this request as a hit, a wait or a miss already. */
static void tell_shadow(struct ps_daemon *d, const struct ps_resource *resource, int32_t index,
                        uint64_t now_ns)
{
    const struct ps_media *media = ps_catalogue_by_key(d->catalogue, resource->media_key);
    const struct ps_profile *profile = ps_daemon_profile(d, resource->profile_key);
    const struct ps_segment_key key = ps_speculate_key(media, profile, index);
    struct ps_deliver_status status;

    ps_deliver_status(d->deliver, &status);
    ps_shadow_request(d->shadow, ps_hash64(&key, sizeof(key)), ps_speculate_size(d, profile),
                      status.misses == d->misses_seen, now_ns);
    d->misses_seen = status.misses;
}

static void requested(void *arg, const struct ps_resource *resource, int32_t index,
                      const struct ps_peer_class *peer, uint64_t peer_key, uint64_t now_ns)
{
    struct ps_daemon *d = arg;
    const bool is_start = index < PS_SEGMENT_INIT;

    if (is_start || index >= 0)
        ps_feed_log(d->feed, resource, peer, peer_key, is_start, now_ns);
    if (is_start && d->peers != NULL)
        ps_peers_seen(d->peers, peer_key, peer, resource->media_key, now_ns);
    if (index >= 0) {
        tell_shadow(d, resource, index, now_ns);
        ps_predict_reached(d->predict, resource->media_key, index);
    }
    ps_speculate_follow(d, resource, index, peer, now_ns);
}

static void used(void *arg, const struct ps_segment_key *key, uint64_t prediction_id, bool waited,
                 uint64_t now_ns)
{
    struct ps_daemon *d = arg;

    ps_ledger_settle(d->ledger, prediction_id, waited ? PS_FATE_LATE : PS_FATE_USED, 0, now_ns);
    ps_tier_reclass(d->tier, key,
                    &(struct ps_tier_meta){ .class = PS_TIER_DEMANDED,
                                            .confidence = 1.0,
                                            .prediction_id = prediction_id });
}

static uint64_t now(void *arg)
{
    struct ps_daemon *d = arg;

    return ps_clock_now_ns(&d->clock);
}

static bool is_known(void *arg, const struct ps_resource *resource)
{
    struct ps_daemon *d = arg;

    return ps_catalogue_by_key(d->catalogue, resource->media_key) != NULL &&
           ps_daemon_profile(d, resource->profile_key) != NULL;
}

/* ---- building ---- */

/* The watermark's secret is kept where the model is: a mark must be readable after a restart. */
static uint64_t mark_secret(const struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;
    uint64_t secret = 0;
    void *data = NULL;
    size_t size_bytes = 0;

    if (dir != NULL && ps_state_file_read(dir, SECRET_FILE, &data, &size_bytes) == 0 &&
        size_bytes == sizeof(secret)) {
        memcpy(&secret, data, sizeof(secret));
        free(data);
        return secret;
    }
    free(data);
    if (getrandom(&secret, sizeof(secret), 0) != sizeof(secret))
        ps_warn("pipeline", "no_randomness", "watermark=guessable");
    if (dir != NULL && ps_state_file_write(dir, SECRET_FILE, &secret, sizeof(secret)) != 0)
        ps_warn("pipeline", "mark_secret_not_saved", "dir=%s", dir);
    return secret;
}

static int create_state_dir(struct ps_daemon *d)
{
    const char *dir = d->config->tier.state_dir;

    if (dir == NULL || mkdir(dir, 0700) == 0 || errno == EEXIST)
        return 0;
    const int rc = -errno;
    ps_error("daemon", "no_state_dir", "dir=%s status=\"%s\"", dir, strerror(-rc));
    return rc;
}

static int set_up_media(struct ps_media *media, const struct ps_config_media *said)
{
    media->tenant = said->tenant;
    return ps_facts_from_config(media, said);
}

static int create_catalogue(struct ps_daemon *d)
{
    int rc = ps_catalogue_create(&d->catalogue, PS_CATALOGUE_MEDIA_MAX);

    for (uint32_t i = 0; i < d->config->media_count && rc == 0; i++) {
        const struct ps_config_media *media = &d->config->media[i];

        rc = ps_catalogue_add(d->catalogue, media->id, media->url);
        if (rc == 0)
            rc = set_up_media(ps_catalogue_by_id(d->catalogue, media->id), media);
        if (rc != 0)
            ps_error("media", "refused", "id=%s status=\"%s\"", media->id, strerror(-rc));
    }
    return rc;
}

static int create_predict(struct ps_daemon *d)
{
    struct ps_predict_tenant_config tenants[PS_CONFIG_TENANTS_MAX];
    const struct ps_predict_config cfg = {
        .resources_max = d->config->predict.resources_max,
        .media_max = d->config->predict.resources_max,
        .peers_max = d->config->privacy.peers_max,
        .tenant_count = d->config->tenant_count,
        .tenants = tenants,
        .facts = ps_facts_of,
        .arg = d,
    };

    for (uint32_t t = 0; t < cfg.tenant_count; t++)
        tenants[t] = (struct ps_predict_tenant_config){
            .key = ps_hash64_name(d->config->tenants[t].name),
            .weight = d->config->tenants[t].weight,
        };
    const int rc = ps_predict_create(&d->predict, &cfg);

    d->demand.capacity = PS_DEMAND_SAMPLES_MAX;
    d->demand.samples = ps_zalloc(PS_DEMAND_SAMPLES_MAX, sizeof(*d->demand.samples));
    d->predictions.capacity = PS_PREDICTIONS_MAX;
    d->predictions.items = ps_zalloc(PS_PREDICTIONS_MAX, sizeof(*d->predictions.items));
    d->outcomes = ps_zalloc(PS_OUTCOMES_MAX, sizeof(*d->outcomes));
    d->bets = ps_zalloc(1, sizeof(*d->bets));
    d->bets_waiting = ps_zalloc(PS_PREDICTIONS_MAX, sizeof(*d->bets_waiting));
    ps_steer_init(&d->steer, d->config->predict.confidence_threshold);
    if (d->demand.samples == NULL || d->predictions.items == NULL || d->outcomes == NULL ||
        d->bets == NULL || d->bets_waiting == NULL)
        return -ENOMEM;
    return rc;
}

/* Our listener as the NIC's stream names servers; 0 when it is not one IPv4 address. */
static uint64_t own_server_v4(const struct ps_config *config)
{
    struct in_addr address;

    if (inet_pton(AF_INET, config->listen.address, &address) != 1 || address.s_addr == INADDR_ANY)
        return 0;
    return (uint64_t)ntohl(address.s_addr) << 16 | config->listen.port;
}

/* Strangers can make many: one line a second, which says how many there were. */
static void log_refused(void *arg, const char *from, int error)
{
    const char *why = strerror(-error);
    struct ps_daemon *d = arg;
    struct ps_feed_status status;
    const uint64_t now_ns = ps_clock_mono_ns();

    if (d->nic_refused_log_ns != 0 && now_ns - d->nic_refused_log_ns < PS_NS_PER_SEC)
        return;
    d->nic_refused_log_ns = now_ns;
    if (error == -EACCES)
        why = strcmp(from, "unix") == 0 ? "not our user" : "its key or identity is not ours";
    else if (error == -EPROTO)
        why = "not the demand stream, or no TLS";
    else if (error == -EPROTONOSUPPORT)
        why = "another version of prestage-nic";
    else if (error == -EBADMSG)
        why = "damaged, or not the demand stream";
    else if (error == -EMFILE)
        why = "too many are connected";
    ps_feed_status(d->feed, &status);
    ps_warn("feed", "nic_refused", "from=%s why=\"%s\" refused=%" PRIu64, from, why,
            status.nic_refused);
}

/* @return 0, or what was logged. */
static int read_nic_keys(const struct ps_config *config, struct ps_feed_keys *ret_keys)
{
    int rc;

    ret_keys->count = 0;
    if (config->demand.nic_listen == NULL)
        return 0;
    rc = ps_feed_keys_read(ret_keys, config->demand.nic_psk_file);
    if (rc != 0)
        ps_error(
            "feed", "nic_psk_file_refused", "path=%s why=\"%s\"", config->demand.nic_psk_file,
            rc == -EPERM
                ? "others can reach it: make it a file of root's or our own, of mode 0600 or 0640"
            : rc == -EINVAL ? "not lines of IDENTITY:HEXKEY, keys of 16 to 64 bytes"
                            : strerror(-rc));
    return rc;
}

static int create_feed(struct ps_daemon *d)
{
    struct ps_feed_keys keys;
    const struct ps_feed_config cfg = {
        .nic_socket = d->config->demand.nic_socket,
        .nic_listen = d->config->demand.nic_listen,
        .nic_keys = &keys,
        .own_server = d->config->demand.own_server,
        .own_server_v4 = own_server_v4(d->config),
        .nic_connections_max = 4,
        .known = is_known,
        .refused = log_refused,
        .arg = d,
    };
    int rc = read_nic_keys(d->config, &keys);

    if (rc != 0)
        return rc;
    rc = ps_feed_create(&d->feed, &cfg);
    ps_feed_keys_clear(&keys);
    if (rc != 0)
        ps_error("feed", "nic_socket_failed", "path=%s listen=%s status=\"%s\"",
                 cfg.nic_socket == NULL ? "-" : cfg.nic_socket,
                 cfg.nic_listen == NULL ? "-" : cfg.nic_listen, strerror(-rc));
    return rc;
}

static void take_weights(const struct ps_config *config, uint32_t ret_weights[])
{
    for (uint32_t i = 0; i < config->tenant_count; i++)
        ret_weights[i] = config->tenants[i].weight;
}

static int create_alloc(struct ps_daemon *d)
{
    struct ps_alloc_cu cus[PS_ACCEL_CUS_MAX];
    uint32_t weights[PS_CONFIG_TENANTS_MAX];
    struct ps_alloc_config alloc = { .cus = cus,
                                     .jobs_max = 4 * PS_MAKING_MAX,
                                     .tenant_weights = weights,
                                     .tenant_count = d->config->tenant_count };

    take_weights(d->config, weights);
    alloc.share_host = ps_accel_is_emulated(d->accel);
    alloc.cu_count = ps_accel_cu_count(d->accel);
    for (uint32_t i = 0; i < alloc.cu_count; i++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(d->accel, i, &info);
        cus[i] = (struct ps_alloc_cu){ .kernel = info.kernel, .card = info.device_idx };
    }
    return ps_alloc_create(&d->alloc, &alloc);
}

/* Without a card the daemon still serves what is stored and passes sources through. */
static int create_card(struct ps_daemon *d)
{
    int rc = ps_faults_prepare(d->config);

    if (rc == 0)
        rc = ps_cards_open(d);
    return rc == 0 && d->accel != NULL ? create_alloc(d) : rc;
}

static int create_tier(struct ps_daemon *d)
{
    const struct ps_config *c = d->config;
    const struct ps_tier_config cfg = {
        .dram_bytes = c->tier.dram_bytes,
        .path = c->tier.path,
        .nvme_bytes = c->tier.size_bytes,
        .zone_bytes = c->tier.zone_bytes,
        .index_max = 1u << 20,
        .policy = c->tier.policy == PS_CONFIG_POLICY_S3FIFO ? PS_TIER_S3FIFO : PS_TIER_CONFIDENCE,
        .no_uring = c->tier.io == PS_CONFIG_IO_PREAD,
        .on_loaded = on_loaded,
        .on_gone = on_gone,
        .arg = d,
    };
    const int rc = ps_tier_create(&d->tier, &cfg, ps_clock_now_ns(&d->clock));

    if (rc != 0) {
        ps_error("tier", "not_usable", "path=%s status=\"%s\"", cfg.path == NULL ? "-" : cfg.path,
                 strerror(-rc));
        return rc;
    }
    return ps_shadow_create(&d->shadow, ps_speculate_capacity(d));
}

static int create_pipeline(struct ps_daemon *d)
{
    const struct ps_config *c = d->config;

    d->mark_secret = mark_secret(d);
    const struct ps_pipeline_config cfg = {
        .accel = d->accel,
        .alloc = d->alloc,
        .tier = d->tier,
        .catalogue = d->catalogue,
        .profiles = c->profiles,
        .profile_count = c->profile_count,
        .worker_count = c->pipeline.workers,
        .origin_timeout_ms = (uint32_t)(c->pipeline.origin_timeout_ns / PS_NS_PER_MSEC),
        .batch_frames = c->pipeline.batch_frames,
        .decode_bytes = c->pipeline.decode_memory_bytes,
        .speculative_max = c->speculate.making_max,
        .no_output_check = !c->pipeline.verify,
        .time_scale = c->time_scale,
        .mark_secret = d->mark_secret,
        .on_made = on_made,
        .on_probed = on_probed,
        .arg = d,
    };

    return ps_pipeline_create(&d->pipeline, &cfg);
}

static int create_delivery(struct ps_daemon *d)
{
    const struct ps_config *c = d->config;
    const struct ps_http_config http = {
        .address = c->listen.address,
        .port = (uint16_t)c->listen.port,
        .connections_max = c->listen.connections_max,
        .idle_timeout_s = (uint32_t)(c->listen.idle_timeout_ns / PS_NS_PER_SEC),
    };
    int rc = ps_http_create(&d->http, &http);

    if (rc != 0) {
        ps_error("http", "cannot_listen", "address=%s port=%u status=\"%s\"", http.address,
                 http.port, strerror(-rc));
        return rc;
    }
    const struct ps_deliver_config cfg = {
        .http = d->http,
        .catalogue = d->catalogue,
        .tier = d->tier,
        .profiles = c->profiles,
        .profile_count = c->profile_count,
        .waiting_max = c->listen.connections_max,
        .wait_ns_max = VIEWER_WAITS_NS,
        .want_segment = want_segment,
        .unwanted = unwanted,
        .want_media = want_media,
        .requested = requested,
        .used = used,
        .classify = ps_daemon_classify,
        .admit = c->tokens.delivery == PS_CONFIG_DELIVERY_OFF ? NULL : ps_daemon_admit,
        .variant_of = ps_daemon_variant_of,
        .now_ns = now,
        .real_ns = ps_clock_mono_ns,
        .arg = d,
    };
    return ps_deliver_create(&d->deliver, &cfg);
}

static int create_control(struct ps_daemon *d)
{
    const struct ps_control_config cfg = { .path = d->config->control.socket,
                                           .handlers = &ps_daemon_handlers,
                                           .version = PS_VERSION,
                                           .closed = ps_daemon_lease_client_gone,
                                           .arg = d };
    const int rc = ps_control_create(&d->control, &cfg);

    if (rc != 0)
        ps_error("control", "cannot_listen", "path=%s status=\"%s\"", cfg.path, strerror(-rc));
    return rc;
}

int ps_daemon_create(struct ps_daemon *d, const struct ps_config *config)
{
    static int (*const steps[])(struct ps_daemon *) = {
        create_state_dir,         create_catalogue,
        create_predict,           ps_daemon_create_curves,
        ps_daemon_create_peers,   create_feed,
        ps_daemon_learn_the_past, create_card,
        ps_daemon_create_leases,  create_tier,
        create_pipeline,          ps_daemon_create_tokens,
        create_delivery,          create_control,
        ps_daemon_create_metrics, ps_daemon_create_agents,
        ps_daemon_create_cluster, ps_daemon_create_messaging,
    };
    int rc;

    *d = (struct ps_daemon){ .config = config };
    ps_clock_init(&d->clock, config->time_scale);
    d->started_mono_ns = ps_clock_mono_ns();
    /* Microseconds of wall time: later lives begin above what this one can number. */
    rc = ps_ledger_create(&d->ledger, d->clock.wall_start_ns / 1000);
    for (size_t i = 0; i < PS_ARRAY_LEN(steps) && rc == 0; i++)
        rc = steps[i](d);
    return rc;
}

void ps_daemon_destroy(struct ps_daemon *d)
{
    ps_daemon_leave_model(d);
    ps_daemon_leave_curves(d);
    ps_daemon_leave_peers(d);
    if (d->leases != NULL)
        ps_daemon_save_leases(d);
    ps_http_destroy(d->metrics_http);
    free(d->metrics);
    ps_control_destroy(d->control);
    ps_daemon_destroy_messaging(d);
    ps_daemon_destroy_cluster(d);
    ps_deliver_destroy(d->deliver);
    ps_http_destroy(d->http);
    ps_tokens_destroy(d->tokens);
    ps_pipeline_destroy(d->pipeline);
    ps_tier_destroy(d->tier);
    ps_leases_destroy(d->leases);
    ps_alloc_destroy(d->alloc);
    ps_accel_destroy(d->accel);
    ps_daemon_destroy_agents(d);
    ps_feed_destroy(d->feed);
    ps_peers_destroy(d->peers);
    ps_predict_destroy(d->predict);
    ps_catalogue_destroy(d->catalogue);
    ps_ledger_destroy(d->ledger);
    ps_shadow_destroy(d->shadow);
    free(d->bets_waiting);
    free(d->bets);
    free(d->outcomes);
    free(d->predictions.items);
    free(d->demand.samples);
}

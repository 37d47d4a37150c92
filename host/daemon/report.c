/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/report.c - the API's methods: each puts the fields that commands.def promises. Here
 * are the table of them, the words they share, and those that run the daemon.
 */
#include "host/daemon/report.h"

#include <errno.h>

#include "host/base/log.h"
#include "host/base/mem.h"
#include "host/daemon/cards.h"
#include "host/daemon/cluster.h"
#include "host/daemon/curves.h"
#include "host/daemon/faults.h"
#include "host/daemon/nic.h"
#include "kernels/abi/kernels.h"

/* ---- words ---- */

uint32_t ps_report_limit(const struct ps_msg_value *params)
{
    return (uint32_t)ps_msg_u64_or(params, "limit", PS_CONTROL_LIMIT_DEFAULT);
}

const char *ps_daemon_kernel_name(uint32_t kernel)
{
    static const char *const name[PSK_KERNEL_COUNT] = { "none", "scale", "h264enc", "mark" };

    return kernel < PSK_KERNEL_COUNT ? name[kernel] : "unknown";
}

const char *ps_report_queue(enum ps_queue queue)
{
    return queue == PS_QUEUE_REAL_TIME ? "real-time" : "speculative";
}

const char *ps_report_tenant(const struct ps_daemon *d, uint32_t tenant)
{
    return tenant < d->config->tenant_count ? d->config->tenants[tenant].name : "unknown";
}

const char *ps_report_horizon(enum ps_horizon horizon)
{
    static const char *const name[PS_HORIZON_COUNT] = { "5m", "15m", "60m" };

    return name[horizon];
}

const char *ps_report_class(enum ps_tier_class class)
{
    static const char *const name[PS_TIER_CLASS_COUNT] = { "demanded", "likely", "maybe" };

    return name[class];
}

const char *ps_report_origin(enum ps_model_origin origin)
{
    static const char *const name[] = { "new", "loaded", "refused" };

    return name[origin];
}

const char *ps_report_policy(const struct ps_daemon *d)
{
    return d->config->tier.policy == PS_CONFIG_POLICY_S3FIFO ? "s3fifo" : "confidence";
}

void ps_report_resource(struct ps_msg_writer *w, const struct ps_daemon *d, uint64_t media_key,
                        uint64_t profile_key)
{
    const struct ps_media *media = ps_catalogue_by_key(d->catalogue, media_key);
    const struct ps_profile *profile = ps_daemon_profile(d, profile_key);

    ps_msg_pair_str(w, "media", media == NULL ? NULL : media->id);
    ps_msg_pair_str(w, "profile", profile == NULL ? NULL : profile->name);
}

double ps_report_share(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0.0 : (double)part / (double)whole;
}

/* ---- running the daemon ---- */

static int log_level(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    static const char *const name[] = { "error", "warn", "info", "debug" };
    const struct ps_msg_value *wanted = ps_msg_get(params, "level");

    (void)arg;
    for (uint32_t i = 0; i < PS_ARRAY_LEN(name); i++) {
        if (!ps_msg_is(wanted, name[i]))
            continue;
        ps_log_set_level((enum ps_log_level)i);
        ps_msg_open_map(w);
        ps_msg_pair_str(w, "level", name[i]);
        ps_msg_close(w);
        return 0;
    }
    return -EINVAL;
}

static int do_shutdown(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    struct ps_daemon *d = arg;

    (void)params;
    d->stopping = true;
    ps_msg_open_map(w);
    ps_msg_pair_bool(w, "stopping", true);
    ps_msg_close(w);
    return 0;
}

const struct ps_control_handlers ps_daemon_handlers = {
    .status = ps_report_status,
    .predictions = ps_report_predictions,
    .demand_curves = ps_daemon_show_curves,
    .predictions_why = ps_report_predictions_why,
    .looks_put = ps_looks_put,
    .agents_enrol = ps_agents_enrol,
    .agents_revoke = ps_agents_revoke,
    .agents_status = ps_agents_show,
    .cluster_status = ps_cluster_show,
    .token_issue = ps_tokens_method_issue,
    .token_check = ps_tokens_method_check,
    .token_revoke = ps_tokens_method_revoke,
    .token_keys = ps_tokens_method_keys,
    .token_reload = ps_tokens_method_reload,
    .collections = ps_collections_list,
    .collections_open = ps_collections_open_one,
    .collections_close = ps_collections_close_one,
    .collections_put = ps_collections_put_one,
    .collections_fetch = ps_collections_fetch_some,
    .collections_ack = ps_collections_ack_one,
    .queues = ps_report_queues,
    .tier = ps_report_tier,
    .cards = ps_cards_show,
    .devices = ps_report_devices,
    .nic_show = ps_nic_show,
    .media = ps_report_media,
    .media_add = ps_report_media_add,
    .media_describe = ps_report_media_describe,
    .ledger = ps_report_ledger,
    .cu_check = ps_pool_check,
    .pool_reserve = ps_pool_reserve,
    .pool_renew = ps_pool_renew,
    .pool_relinquish = ps_pool_relinquish,
    .pool_list = ps_pool_list,
    .peers_export = ps_peers_show,
    .peers_erase = ps_peers_forget,
    .peers_opt_out = ps_peers_out,
    .peers_opt_in = ps_peers_in,
    .fault_set = ps_faults_set,
    .fault_show = ps_faults_show,
    .log_level = log_level,
    .shutdown = do_shutdown,
};

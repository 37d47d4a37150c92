/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/daemon_priv.h - the parts of the daemon, in one place so that they can be joined.
 * Threads: the loop thread, which is the main thread.
 */
#ifndef PS_HOST_DAEMON_DAEMON_PRIV_H
#define PS_HOST_DAEMON_DAEMON_PRIV_H

#include "host/accel/accel.h"
#include "host/alloc/alloc.h"
#include "host/alloc/lease.h"
#include "host/alloc/steer.h"
#include "host/base/clock.h"
#include "host/base/histogram.h"
#include "host/config/config.h"
#include "host/control/control.h"
#include "host/control/metrics.h"
#include "host/daemon/agents.h"
#include "host/daemon/bets.h"
#include "host/daemon/ledger.h"
#include "host/daemon/looks.h"
#include "host/daemon/messaging.h"
#include "host/daemon/neighbours.h"
#include "host/daemon/price.h"
#include "host/daemon/saver.h"
#include "host/daemon/shadow.h"
#include "host/daemon/tokens.h"
#include "host/deliver/deliver.h"
#include "host/feed/feed.h"
#include "host/http/http.h"
#include "host/media/catalogue.h"
#include "host/peers/peers.h"
#include "host/pipeline/pipeline.h"
#include "host/predict/curves.h"
#include "host/predict/predict.h"
#include "host/tier/tier.h"
#include "host/token/token.h"

/* What happened to a segment while delivery could not be told, because it was on the stack. */
struct ps_outcome {
    struct ps_segment_key key;
    int status;
};
#define PS_OUTCOMES_MAX 16384u

/* A segment that could not be made is not bet on again before its time. */
struct ps_failed_segment {
    uint64_t key_hash;
    uint64_t retry_ns;
};
#define PS_FAILED_MAX 1024u

enum ps_model_origin { PS_MODEL_NEW, PS_MODEL_LOADED, PS_MODEL_REFUSED };

/* The predictor's state in its file. */
struct ps_model_file {
    struct ps_saver *saver; /* NULL: no state directory */
    enum ps_model_origin origin;
    bool is_feedback;  /* what is being written is what bets taught */
    uint64_t begun_ns; /* when a save last began; at first, when the daemon did */
    uint64_t saved_ns; /* as of when the file is; 0 none of this life */
    uint64_t saves, save_errors;
    uint64_t size_bytes, serialise_us; /* of the last */
    int error;                         /* of the last */
};

struct ps_daemon {
    const struct ps_config *config;
    struct ps_clock clock;
    struct ps_catalogue *catalogue;
    struct ps_feed *feed;
    struct ps_peers *peers; /* NULL: nobody is told from anybody */
    struct ps_predict *predict;
    struct ps_curves *curves;
    struct ps_accel *accel; /* NULL: no card; why is in degraded_card */
    struct ps_alloc *alloc; /* NULL exactly when accel is */
    struct ps_tier *tier;
    struct ps_tokens *tokens;
    uint64_t mark_secret; /* of the watermark */
    struct ps_pipeline *pipeline;
    struct ps_http *http;
    struct ps_deliver *deliver;
    struct ps_control *control;
    struct ps_http *metrics_http; /* for monitoring; NULL: none */
    struct ps_metrics *metrics;   /* NULL exactly when metrics_http is */
    struct ps_ledger *ledger;
    struct ps_leases *leases;     /* NULL exactly when alloc is */
    struct ps_saver *peers_saver; /* NULL: no state directory */
    uint64_t salts_saved;         /* version of what is in the state directory */
    uint64_t peers_saved_ns;      /* when a save of profiles last began */
    int peers_save_error;         /* of the last attempt; said when it changes */
    uint64_t leases_saved;        /* version of what is in the state directory */
    int leases_save_error;        /* of the last attempt; said when it changes */

    struct ps_demand demand;           /* of this turn */
    struct ps_predictions predictions; /* of this turn */
    struct ps_steer steer;
    struct ps_bets *bets;        /* of this turn */
    struct ps_bet *bets_waiting; /* PS_PREDICTIONS_MAX of them: beyond their tenants' parts */
    struct ps_looks looks;
    struct ps_cluster *cluster;       /* the other edges; NULL: this one is alone */
    struct ps_nats_peers *nats_peers; /* peers that come by NATS; NULL exactly when cluster is */
    struct ps_neighbours *neighbours; /* NULL exactly when cluster is */
    struct ps_elsewhere *elsewhere;   /* likewise */
    uint16_t cluster_node;            /* our number, as messages carry it */
    struct ps_agents *agents;         /* NULL: no port for their datagrams */
    struct ps_agent_keys agent_keys;
    uint64_t agents_enrolled;  /* keys given out in this life */
    struct ps_shadow *shadow;  /* what a reactive cache would have done */
    bool resting;              /* it did better for long: no bets on predictions */
    uint64_t misses_seen;      /* of delivery's, those the shadow was told of */
    struct ps_price_room room; /* to bet an hour ahead */
    double space_taken;        /* share of the bets' part of the buffer, 0..1 and over */
    struct ps_price_made made[PS_PROFILES_MAX]; /* by place of the profile */
    uint64_t load_read_ns;                      /* when the real-time load was read last, and ... */
    uint64_t load_busy_ns;       /* ... the CU time that viewers had taken until then */
    struct ps_outcome *outcomes; /* told at the end of each round of the loop */
    uint32_t outcome_count;
    uint64_t outcomes_lost;
    uint64_t not_admitted; /* viewers told at once that their segment cannot be ready in time */

    uint64_t nic_refused_log_ns; /* when a refused stream was last logged; 0 never */
    const char *degraded_card;
    uint64_t started_mono_ns;
    uint64_t turn_count;
    uint64_t turned_mono_ns; /* when the last turn ended; 0 before the first */
    struct ps_histogram turn_us;
    struct ps_model_file model;
    struct ps_saver *curves_saver; /* NULL: they are not kept */
    uint64_t curves_saved_ns;
    struct ps_failed_segment
        failed[PS_FAILED_MAX]; /* by hash of the key; see ps_speculate_failed() */

    struct ps_daemon_messaging messaging;

    bool stopping;
};

/* loop.c */
/** One turn of the idea; never blocks. */
void ps_daemon_turn(struct ps_daemon *daemon, uint64_t now_ns);
/** Serve events and take turns until  or a signal in @p signal_fd. @return 0 or -errno. */
int ps_daemon_run(struct ps_daemon *daemon, int signal_fd);

/* speculate.c */
/** Begin making what is predicted surely enough, is not there, and is worth its CU time. */
void ps_speculate(struct ps_daemon *daemon, uint64_t now_ns);
/** A viewer asked for segment @p index: make the ones after it before they are asked for. */
void ps_speculate_follow(struct ps_daemon *daemon, const struct ps_resource *resource,
                         int32_t index, const struct ps_peer_class *peer, uint64_t now_ns);
/** Making @p key failed: leave it alone for a while, unless a viewer asks for it. */
void ps_speculate_failed(struct ps_daemon *daemon, const struct ps_segment_key *key,
                         uint64_t now_ns);
/** How many first segments of what is predicted with @p confidence are made; 0 below the threshold.
 */
uint32_t ps_speculate_first_segments(const struct ps_daemon *daemon, double confidence,
                                     const float reach[PS_PREDICT_SEGMENTS]);
/** The segment of a probed media, as speculation would stage it. */
struct ps_segment_key ps_speculate_key(const struct ps_media *media,
                                       const struct ps_profile *profile, int32_t index);
/** Bytes of a segment, near enough to plan with: as those made were, else by its bitrate. */
uint64_t ps_speculate_size(const struct ps_daemon *daemon, const struct ps_profile *profile);
/** Bytes of the buffer, the part that holds most. */
uint64_t ps_speculate_capacity(const struct ps_daemon *daemon);
/** What the buffer says of earlier speculation. */
struct ps_buffer_reading ps_speculate_reading(const struct ps_daemon *daemon);

/* wire.c */
/** Tell delivery how a segment ended, at the end of this round of the loop. */
void ps_daemon_add_outcome(struct ps_daemon *daemon, const struct ps_segment_key *key, int status);
/** Build all parts. On failure what was built stays for ps_daemon_destroy(). @return 0 or -errno.
 */
int ps_daemon_create(struct ps_daemon *daemon, const struct ps_config *config);
void ps_daemon_destroy(struct ps_daemon *daemon);
const struct ps_profile *ps_daemon_profile(const struct ps_daemon *daemon, uint64_t profile_key);
/** Tell the predictor of a title's resources. */
void ps_daemon_know_media(struct ps_daemon *daemon, const struct ps_media *media, uint64_t now_ns);

/* model.c */
/** What earlier lives and imported logs taught. A saved model knows the history already.
 * @return 0 or -errno. */
int ps_daemon_learn_the_past(struct ps_daemon *daemon);
/** Once a turn: keep the predictor's state over a restart; nothing of it waits for the disk. */
void ps_daemon_keep_model(struct ps_daemon *daemon, uint64_t now_ns);
/** Save it now, and wait until that is done. @return 0, or -EIO (why is in the log). */
int ps_daemon_save_model(struct ps_daemon *daemon);
/** Save it for the last time, and wait until that is done. */
void ps_daemon_leave_model(struct ps_daemon *daemon);

/* leases.c */
/** The table of reservations, with those of earlier lives. @return 0 or -ENOMEM. */
int ps_daemon_create_leases(struct ps_daemon *daemon);
/** Once a turn: end what is over, see which CUs are lost, save what changed by itself. */
void ps_daemon_tend_leases(struct ps_daemon *daemon);
/** A connection of the API ended. */
void ps_daemon_lease_client_gone(void *daemon, uint64_t caller);
/** Write the leases to the state directory unless that is done. @return 0, or -EIO (why is in the
 * log). */
int ps_daemon_save_leases(struct ps_daemon *daemon);
/** Real wall time that never steps back; leases end by it, whatever time_scale is. */
uint64_t ps_daemon_lease_now_ns(const struct ps_daemon *daemon);

/* peers.c */
/** Salts and profiles, with those of earlier lives. @return 0 or -ENOMEM. */
int ps_daemon_create_peers(struct ps_daemon *daemon);
/** Write salts and profiles to the state directory, and wait until that is done. @return 0, or an
 * error that is in the log. */
int ps_daemon_save_peers(struct ps_daemon *daemon);
/** Once a turn: forget what is past its time, and keep what is not over a restart; only new salts
 * wait for the disk. */
void ps_daemon_tend_peers(struct ps_daemon *daemon, uint64_t now_ns);
/** Save for the last time. */
void ps_daemon_leave_peers(struct ps_daemon *daemon);
/** Key of an address, token or name as of now; 0 when nobody is told from anybody, or it opted out.
 */
uint64_t ps_daemon_peer_key(const struct ps_daemon *daemon, const char *who);
/** Class and key of whoever asks, by address and User-Agent (or NULL). */
void ps_daemon_classify(void *daemon, const struct sockaddr *address, const char *agent,
                        struct ps_peer_class *ret_peer, uint64_t *ret_peer_key);
/** The same for a sample of an earlier request, by what its log says. */
void ps_daemon_identify(void *daemon, const char *who, size_t length,
                        struct ps_demand_sample *sample);

/* peers_rights.c */
int ps_peers_show(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_peers_forget(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_peers_out(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_peers_in(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);

/* history.c */
/** Learn from demand.history. @return as ps_feed_import(); said in the log. */
int ps_daemon_import_history(struct ps_daemon *daemon);

/* pool.c */
int ps_pool_check(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_pool_reserve(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_pool_renew(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_pool_relinquish(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);
int ps_pool_list(void *daemon, const struct ps_msg_value *params, struct ps_msg_writer *w);

/* metrics.c */
/** Listen for monitoring, if configured. @return 0 or an error that is in the log. */
int ps_daemon_create_metrics(struct ps_daemon *daemon);

/* report.c */
/** Name of a kernel; `unknown` when there is none of that number. */
const char *ps_daemon_kernel_name(uint32_t kernel);
/** The API's methods. */
extern const struct ps_control_handlers ps_daemon_handlers;

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/daemon_priv.h - the parts of the daemon, in one place so that they can be joined.
 * Threads: the loop thread, which is the main thread.
 */
#ifndef PS_HOST_DAEMON_DAEMON_PRIV_H
#define PS_HOST_DAEMON_DAEMON_PRIV_H

#include "host/accel/accel.h"
#include "host/alloc/alloc.h"
#include "host/alloc/steer.h"
#include "host/base/clock.h"
#include "host/base/histogram.h"
#include "host/config/config.h"
#include "host/control/control.h"
#include "host/daemon/ledger.h"
#include "host/deliver/deliver.h"
#include "host/feed/feed.h"
#include "host/http/http.h"
#include "host/media/catalogue.h"
#include "host/pipeline/pipeline.h"
#include "host/predict/predict.h"
#include "host/tier/tier.h"

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

struct ps_daemon {
    const struct ps_config *config;
    struct ps_clock clock;
    struct ps_catalogue *catalogue;
    struct ps_feed *feed;
    struct ps_predict *predict;
    struct ps_accel *accel; /* NULL: no card; why is in degraded_card */
    struct ps_alloc *alloc; /* NULL exactly when accel is */
    struct ps_tier *tier;
    struct ps_pipeline *pipeline;
    struct ps_http *http;
    struct ps_deliver *deliver;
    struct ps_control *control;
    struct ps_ledger *ledger;

    struct ps_demand demand;           /* of this turn */
    struct ps_predictions predictions; /* of this turn */
    struct ps_steer steer;
    struct ps_outcome *outcomes; /* told at the end of each round of the loop */
    uint32_t outcome_count;
    uint64_t outcomes_lost;

    const char *degraded_card;
    uint64_t started_mono_ns;
    uint64_t turn_count;
    struct ps_histogram turn_us;
    uint64_t model_saved_ns;
    struct ps_failed_segment
        failed[PS_FAILED_MAX]; /* by hash of the key; see ps_speculate_failed() */
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
                         int32_t index, uint64_t now_ns);
/** Making @p key failed: leave it alone for a while, unless a viewer asks for it. */
void ps_speculate_failed(struct ps_daemon *daemon, const struct ps_segment_key *key,
                         uint64_t now_ns);
/** The segment of a probed media, as speculation would stage it. */
struct ps_segment_key ps_speculate_key(const struct ps_media *media,
                                       const struct ps_profile *profile, int32_t index);
/** What the buffer says of earlier speculation. */
struct ps_buffer_reading ps_speculate_reading(const struct ps_daemon *daemon);

/* wire.c */
/** Build all parts. On failure what was built stays for ps_daemon_destroy(). @return 0 or -errno.
 */
int ps_daemon_create(struct ps_daemon *daemon, const struct ps_config *config);
void ps_daemon_destroy(struct ps_daemon *daemon);
const struct ps_profile *ps_daemon_profile(const struct ps_daemon *daemon, uint64_t profile_key);
/** Keep the predictor's state over a restart. */
void ps_daemon_save_model(struct ps_daemon *daemon);
/** Tell the predictor of a title's resources. */
void ps_daemon_know_media(struct ps_daemon *daemon, const struct ps_media *media, uint64_t now_ns);

/* report.c */
/** The API's methods. */
extern const struct ps_control_handlers ps_daemon_handlers;

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/generate/generate.h - a made-up workload: requests, forward looks and the true rates.
 *
 * Why: real logs may not be shipped, and only a made-up one knows the rates behind its requests,
 * which are the most that any predictor can know. README.md says what is modelled and what is not.
 * Memory follows media and viewers, never requests. The same configuration yields the same events.
 *
 * Threads: one per generator. No clock, no files; what happens goes out through the sink in order
 * of time.
 */
#ifndef PS_TOOLS_GENERATE_GENERATE_H
#define PS_TOOLS_GENERATE_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#define GEN_CATEGORIES 5u
#define GEN_DEVICES    4u
#define GEN_PROFILES   4u
#define GEN_ZONES_MAX  4u
#define GEN_INTERVAL_S 300u /* popularity and the true rates hold for so long */
#define GEN_NONE       UINT32_MAX

/* The columns cat and device are these plus one; geo is the zone plus one. */
enum gen_category { GEN_NEWS, GEN_CLIPS, GEN_SERIES, GEN_FILM, GEN_SPORT };
enum gen_device { GEN_PHONE, GEN_TABLET, GEN_TELEVISION, GEN_COMPUTER };

/* Each field's meaning, default and limits: options.def. */
struct gen_config {
#define GEN_OPTION(field, standard, least, most, help) uint64_t field;
#include "tools/generate/options.def"
#undef GEN_OPTION
    bool pairs; /* the true rates are a medium's in one profile */
};

struct gen_request {
    int64_t t_s, ctime_s; /* Unix time */
    uint64_t size_bytes;
    uint32_t medium, user; /* from 1 on */
    uint8_t profile, device, zone, category;
};

/* A crowd's announcement has neither user nor device, and any profile: GEN_NONE, GEN_DEVICES,
 * GEN_PROFILES. */
struct gen_hint {
    int64_t emit_s, due_s;
    uint32_t medium, user;
    uint8_t profile, device;
    bool is_true; /* the request comes at due_s, if that is in the trace; of a crowd: it comes */
};

/* Expected requests from t_s on, for GEN_INTERVAL_S, given all that happened before t_s. */
struct gen_rate {
    int64_t t_s;
    uint32_t medium;
    uint8_t profile; /* without pairs: GEN_PROFILES */
    double expected;
};

/* What to do with each; NULL: nothing. A negative errno ends the run. */
struct gen_sink {
    void *ctx;
    int (*request)(void *ctx, const struct gen_request *request);
    int (*hint)(void *ctx, const struct gen_hint *hint);
    int (*rate)(void *ctx, const struct gen_rate *rate);
    void (*progress)(void *ctx, uint32_t intervals_done, uint32_t intervals);
};

struct gen;

/** Each field as options.def says; no pairs. */
void gen_config_defaults(struct gen_config *cfg);

/** @return 0, -EINVAL (a field out of its limits) or -ENOMEM. */
int gen_create(struct gen **ret_gen, const struct gen_config *cfg);
/** NULL is allowed. */
void gen_destroy(struct gen *gen);

/** Make the whole trace, once per generator. @return 0 or the first error of the sink. */
int gen_run(struct gen *gen, const struct gen_sink *sink);

#endif

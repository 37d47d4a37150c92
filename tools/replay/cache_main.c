/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/cache_main.c - `prestage-replay cache`: hit ratios of policies side by side. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/replay/cache.h"
#include "tools/replay/command.h"
#include "tools/replay/groups.h"
#include "tools/replay/inputs.h"
#include "tools/replay/options.h"
#include "tools/replay/ours.h"

struct options {
    struct replay_inputs in;
    const char *policies;
    double sizes[REPLAY_SIZES_MAX];
    uint32_t size_count;
    uint32_t budget_per_min;
};

static bool is_policy(const char *name, size_t length)
{
    if (length == strlen("ours") && strncmp(name, "ours", length) == 0)
        return true;
    for (unsigned p = 0; replay_policies[p] != NULL; p++)
        if (length == strlen(replay_policies[p]->name) &&
            strncmp(name, replay_policies[p]->name, length) == 0)
            return true;
    return false;
}

static bool take_policies(void *options, const char *value)
{
    ((struct options *)options)->policies = value;
    if (strcmp(value, "all") == 0)
        return true;
    for (const char *at = value;; at++) {
        const size_t length = strcspn(at, ",");

        if (!is_policy(at, length))
            return false;
        at += length;
        if (*at == '\0')
            return true;
    }
}

static bool take_sizes(void *options, const char *value)
{
    struct options *o = options;

    return replay_sizes_parse(value, o->sizes, &o->size_count) == 0;
}

static bool take_budget(void *options, const char *value)
{
    char *end;
    const unsigned long budget = strtoul(value, &end, 10);

    ((struct options *)options)->budget_per_min = (uint32_t)budget;
    return value[0] >= '0' && value[0] <= '9' && *end == '\0' && budget <= REPLAY_BUDGET_MAX;
}

static const struct replay_option table[] = {
    { "trace", "FILE", replay_take_trace, "requests; - for standard input" },
    { "format", "NAME", replay_take_format, REPLAY_FORMAT_HELP },
    { "sizes", "P[,P...]", take_sizes,
      "buffers, in percent of the objects in the trace, ascending; 1,5,10" },
    { "budget-per-min", "N", take_budget,
      "objects that may be staged each minute, by those that do; 10" },
    { "hints", "FILE", replay_take_hints,
      "forward looks for a second run of ours, as generate writes them" },
    { "rates", "FILE", replay_take_rates,
      "true rates, as generate writes them: how an oracle would do that\n"
      "knows only them" },
    REPLAY_AGENTS_OPTIONS,
    { "policies", "NAMES", take_policies, "only these of ours,lru,fifo,...; all" },
    { "without", "GROUPS", replay_take_without, REPLAY_GROUPS_HELP },
    { "progress", NULL, replay_take_progress,
      "say on standard error how far a long run is, terminal or not" },
};

static const struct replay_usage usage = {
    .head = "usage: prestage-replay cache --trace FILE [options]\n"
            "Print what share of requests buffers would have answered, as hit_POLICY_SIZE=RATIO "
            "lines.\n",
    .foot = "Every object is of size 1. The first quarter of the requests is not counted.\n"
            "Exit status: 0 done, 1 it could not be done, 2 wrong usage.\n",
    .options = table,
    .count = PS_ARRAY_LEN(table),
};

/* What the best policies hit, to put the others beside. */
struct best {
    double belady[REPLAY_SIZES_MAX], clairvoyant[REPLAY_SIZES_MAX];
};

static bool is_wanted(const struct options *options, const char *name)
{
    const size_t length = strlen(name);

    for (const char *at = options->policies; at != NULL; at = strchr(at, ','), at += at != NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    return options->policies == NULL || strcmp(options->policies, "all") == 0;
}

static int run_policy(const struct replay_policy *policy, const struct options *options,
                      struct replay_cache_config *config, struct best *best)
{
    for (uint32_t s = 0; s < options->size_count; s++) {
        struct replay_cache_result result;
        double hit;
        int rc;

        config->size_percent = options->sizes[s];
        rc = replay_cache_run(policy, config, &result);
        if (rc != 0)
            return rc;
        hit = (double)result.hits / (double)result.counted;
        printf("hit_%s_%g=%.4f\n", policy->name, options->sizes[s], hit);
        if (policy == &replay_belady)
            best->belady[s] = hit;
        if (policy == &replay_clairvoyant)
            best->clairvoyant[s] = hit;
    }
    fflush(stdout);
    return 0;
}

static int run_ours(const char *name, const struct options *options,
                    const struct replay_ours_config *config, const struct best *best)
{
    struct replay_ours_result results[REPLAY_SIZES_MAX];
    int rc = replay_ours_run(config, results);

    for (uint32_t s = 0; rc == 0 && s < options->size_count; s++) {
        const struct replay_ours_result *r = &results[s];
        const double size = options->sizes[s], hit = (double)r->hits / (double)r->counted;

        printf("hit_%s_%g=%.4f\n", name, size, hit);
        if (best->belady[s] > 0.0)
            printf("share_of_belady_%s_%g=%.4f\n", name, size, hit / best->belady[s]);
        if (best->clairvoyant[s] > 0.0)
            printf("share_of_clairvoyant_%s_%g=%.4f\n", name, size, hit / best->clairvoyant[s]);
        printf("staged_%s_%g=%" PRIu64 "\nused_%s_%g=%.4f\n", name, size, r->staged, name, size,
               r->staged == 0 ? 0.0 : (double)r->used / (double)r->staged);
    }
    fflush(stdout);
    return rc;
}

/* The same trace with some viewers' agents heard. */
static int run_agents(const struct replay_trace *trace, const struct options *options,
                      struct replay_ours_config config, const struct best *best)
{
    static const struct {
        const char *name;
        enum replay_voices voices;
    } runs[] = { { "ours_honest", REPLAY_VOICES_HONEST },
                 { "ours_agents", REPLAY_VOICES_ALL },
                 { "ours_liars", REPLAY_VOICES_LIARS } };
    int rc = 0;

    for (unsigned i = 0; rc == 0 && i < PS_ARRAY_LEN(runs); i++) {
        struct replay_hints hints;

        rc = replay_agents_speak(&hints, trace, &options->in.agents, runs[i].voices);
        config.hints = &hints;
        if (rc == 0)
            rc = run_ours(runs[i].name, options, &config, best);
        replay_hints_fini(&hints);
    }
    if (rc != 0)
        fprintf(stderr, "prestage-replay: %s\n", strerror(-rc));
    return rc;
}

static int run_seers(const struct replay_trace *trace, const struct options *options,
                     const struct best *best, struct replay_progress *progress)
{
    struct replay_ours_config config = { .trace = trace,
                                         .sizes = options->sizes,
                                         .size_count = options->size_count,
                                         .budget_per_min = options->budget_per_min,
                                         .without = options->in.without,
                                         .progress = progress };
    struct replay_hints hints = { 0 };
    struct replay_rates rates = { 0 };
    int rc = 0;

    if (is_wanted(options, "ours"))
        rc = run_ours("ours", options, &config, best);
    if (rc == 0 && options->in.hints != NULL) {
        rc = replay_hints_open(&hints, options->in.hints, progress);
        replay_hints_complain(&hints, options->in.hints, rc);
        config.hints = &hints;
        if (rc == 0)
            rc = run_ours("ours_hints", options, &config, best);
    }
    if (rc == 0 && options->in.agents.share > 0.0)
        rc = run_agents(trace, options, config, best);
    if (rc == 0 && options->in.rates != NULL) {
        rc = replay_rates_open(&rates, options->in.rates, trace);
        if (rc != 0)
            fprintf(stderr, "prestage-replay: %s:%" PRIu64 ": %s\n", options->in.rates,
                    rates.line_count, strerror(-rc));
        config.hints = NULL;
        config.rates = &rates;
        if (rc == 0)
            rc = run_ours("oracle", options, &config, best);
    }
    replay_rates_fini(&rates);
    replay_hints_fini(&hints);
    return rc;
}

static int run(const struct replay_trace *trace, const struct options *options,
               struct replay_progress *progress)
{
    struct replay_stream stream;
    struct replay_cache_config config = { .stream = &stream,
                                          .budget_per_min = options->budget_per_min,
                                          .progress = progress };
    struct best best = { { 0 }, { 0 } };
    int rc = replay_stream_init(&stream, trace);

    if (rc == 0) {
        printf("requests=%" PRIu32 "\nobjects=%" PRIu32 "\nbad_lines=%" PRIu64
               "\nbudget_per_min=%" PRIu32 "\n",
               stream.count, stream.object_count, trace->bad_lines, options->budget_per_min);
        for (uint32_t s = 0; s < options->size_count; s++)
            printf("capacity_%g=%" PRIu32 "\n", options->sizes[s],
                   replay_cache_capacity(&stream, options->sizes[s]));
    }
    for (unsigned p = 0; rc == 0 && replay_policies[p] != NULL; p++)
        if (is_wanted(options, replay_policies[p]->name))
            rc = run_policy(replay_policies[p], options, &config, &best);
    if (rc == 0)
        rc = run_seers(trace, options, &best, progress);
    replay_stream_fini(&stream);
    return rc;
}

int replay_cache_main(int argc, char **argv)
{
    struct options options = { .in = { .format = REPLAY_AUTO, .agents = { .seed = 1 } },
                               .sizes = { 1.0, 5.0, 10.0 },
                               .size_count = 3,
                               .budget_per_min = 10 };
    struct replay_progress progress;
    struct replay_trace trace = { 0 };
    int rc;

    rc = replay_options_take(&usage, &options, argc, argv);
    if (rc != 0)
        return rc == -ECANCELED ? EXIT_SUCCESS : 2;
    if (options.in.trace == NULL) {
        replay_options_complain(&usage, "no --trace");
        return 2;
    }
    replay_progress_init(&progress, options.in.progress);
    rc = replay_trace_open(&trace, options.in.trace, options.in.format, &progress);
    if (rc == 0)
        rc = run(&trace, &options, &progress);
    replay_trace_complain(&trace, options.in.trace, rc);
    replay_trace_fini(&trace);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

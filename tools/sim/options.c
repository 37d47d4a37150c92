/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/options.c - see options.h. */
#include "tools/sim/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define TENANT_WEIGHT_MAX 1000u

struct row {
    const char *name;
    double initial, least, most;
    bool is_whole;
    const char *help;
};

static const struct row rows[SIM_OPTION_COUNT] = {
#define SIM_OPTION(id, name, initial, least, most, whole, help)                                    \
    { name, initial, least, most, whole, help },
#include "tools/sim/options.def"
#undef SIM_OPTION
};

static const char *const policies[] = {
    [SIM_PRESTAGE] = "prestage",
    [SIM_STRICT] = "strict",
    [SIM_FCFS] = "fcfs",
};

void sim_options_init(struct sim_options *options)
{
    *options = (struct sim_options){ .policy = SIM_PRESTAGE };
    for (unsigned i = 0; i < SIM_OPTION_COUNT; i++)
        options->value[i] = rows[i].initial;
}

static bool parse_number(const struct row *row, const char *text, double *ret)
{
    char *end;
    const double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= row->least && value <= row->most) ||
        (row->is_whole && value != floor(value)))
        return false;
    *ret = value;
    return true;
}

static int set_number(struct sim_options *options, const char *name, const char *text, char *why,
                      size_t why_size)
{
    for (unsigned i = 0; i < SIM_OPTION_COUNT; i++) {
        if (strcmp(name, rows[i].name) != 0)
            continue;
        if (parse_number(&rows[i], text, &options->value[i]))
            return 0;
        snprintf(why, why_size, "--%s %s: give a %s from %.16g to %.16g", name, text,
                 rows[i].is_whole ? "whole number" : "number", rows[i].least, rows[i].most);
        return -EINVAL;
    }
    snprintf(why, why_size, "--%s: no such option", name);
    return -EINVAL;
}

static int set_policy(struct sim_options *options, const char *text, char *why, size_t why_size)
{
    for (unsigned i = 0; i < PS_ARRAY_LEN(policies); i++)
        if (strcmp(text, policies[i]) == 0) {
            options->policy = (enum sim_policy_kind)i;
            return 0;
        }
    snprintf(why, why_size, "--policy %s: give prestage, strict or fcfs", text);
    return -EINVAL;
}

static int set_tenants(struct sim_options *options, const char *text, char *why, size_t why_size)
{
    const char *rest = text;
    char *end;

    for (options->tenant_count = 0; options->tenant_count < PS_ALLOC_TENANTS_MAX; rest = end + 1) {
        const unsigned long weight = strtoul(rest, &end, 10);

        if (*rest < '0' || *rest > '9' || weight == 0 || weight > TENANT_WEIGHT_MAX ||
            (*end != ',' && *end != '\0'))
            break;
        options->tenant_weights[options->tenant_count++] = (uint32_t)weight;
        if (*end == '\0')
            return 0;
    }
    snprintf(why, why_size, "--tenants %s: give up to %u weights from 1 to %u, with commas between",
             text, PS_ALLOC_TENANTS_MAX, TENANT_WEIGHT_MAX);
    return -EINVAL;
}

/* What holds between options. */
static const char *disagreement(const struct sim_options *options)
{
    const double *value = options->value;

    if (value[SIM_OPTION_CARDS] * value[SIM_OPTION_CUS] > PS_ALLOC_CUS_MAX)
        return "--cards times --cus: at most 4096 CUs";
    if (value[SIM_OPTION_KERNELS] > value[SIM_OPTION_CUS])
        return "--kernels: each needs a CU on every card, see --cus";
    if (value[SIM_OPTION_BURST] * value[SIM_OPTION_BURST_SHARE] > 1)
        return "--burst times --burst-share: at most 1, or bursts bring more than there is";
    if (sim_options_config(options).jobs == 0)
        return "--minutes: too few for a single job, or too many for 50000000 jobs";
    return NULL;
}

/* @return how many words the option took, or -EINVAL. */
static int parse_option(struct sim_options *options, const char *word, const char *next, char *why,
                        size_t why_size)
{
    const char *name = word + 2;
    int rc;

    if (strcmp(word, "--help") == 0 || strcmp(word, "--no-speculation") == 0 ||
        strcmp(word, "--speculate") == 0) {
        options->help |= name[0] == 'h';
        options->no_speculation =
            name[0] == 's' ? false : options->no_speculation || name[0] == 'n';
        return 1;
    }
    if (strncmp(word, "--", 2) != 0 || next == NULL) {
        snprintf(why, why_size,
                 next == NULL ? "%s: not an option, or its value is missing" : "%s: not an option",
                 word);
        return -EINVAL;
    }
    if (strcmp(name, "policy") == 0)
        rc = set_policy(options, next, why, why_size);
    else if (strcmp(name, "tenants") == 0)
        rc = set_tenants(options, next, why, why_size);
    else
        rc = set_number(options, name, next, why, why_size);
    return rc == 0 ? 2 : rc;
}

int sim_options_parse(struct sim_options *options, int argc, char *const *argv, char *ret_why,
                      size_t why_size)
{
    const char *why;

    for (int i = 1; i < argc;) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        const int taken = parse_option(options, argv[i], next, ret_why, why_size);

        if (taken < 0)
            return taken;
        i += taken;
    }
    why = disagreement(options);
    if (why == NULL)
        return 0;
    snprintf(ret_why, why_size, "%s", why);
    return -EINVAL;
}

static uint64_t from_ms(double ms)
{
    return (uint64_t)llround(ms * 1e6);
}

static uint32_t jobs_of(const struct sim_options *options, const struct sim_workload_config *work)
{
    const double cus = options->value[SIM_OPTION_CARDS] * options->value[SIM_OPTION_CUS];
    const double jobs =
        options->value[SIM_OPTION_MINUTES] * 60 * work->load * cus / sim_workload_job_s(work);

    if (options->value[SIM_OPTION_JOBS] > 0)
        return (uint32_t)options->value[SIM_OPTION_JOBS];
    return jobs > SIM_JOBS_MAX ? 0 : (uint32_t)jobs;
}

struct sim_config sim_options_config(const struct sim_options *options)
{
    const double *value = options->value;
    struct sim_config cfg = {
        .workload = { .seed = (uint64_t)value[SIM_OPTION_SEED],
                      .load = value[SIM_OPTION_LOAD],
                      .burst = value[SIM_OPTION_BURST],
                      .burst_share = value[SIM_OPTION_BURST_SHARE],
                      .burst_s = value[SIM_OPTION_BURST_S],
                      .batches = (uint32_t)value[SIM_OPTION_BATCHES],
                      .batch_ns = from_ms(value[SIM_OPTION_BATCH_MS]),
                      .batch_spread = 0.5 },
        .faults = { .fail = value[SIM_OPTION_FAIL],
                    .lose = value[SIM_OPTION_LOSE],
                    .back_s = value[SIM_OPTION_BACK_S] },
        .policy = options->policy,
        .cards = (uint32_t)value[SIM_OPTION_CARDS],
        .cus = (uint32_t)value[SIM_OPTION_CUS],
        .kernels = (uint32_t)value[SIM_OPTION_KERNELS],
        .gap_ns = from_ms(value[SIM_OPTION_GAP_MS]),
        .deadline_ns = from_ms(value[SIM_OPTION_DEADLINE_MS]),
        .tenant_weights = options->tenant_count > 0 ? options->tenant_weights : NULL,
        .tenant_count = options->tenant_count,
    };

    cfg.jobs = jobs_of(options, &cfg.workload);
    if (!options->no_speculation)
        cfg.bets =
            value[SIM_OPTION_BETS] > 0 ? (uint32_t)value[SIM_OPTION_BETS] : 2 * cfg.cards * cfg.cus;
    return cfg;
}

void sim_options_usage(FILE *out)
{
    fputs(
        "usage: prestage-sim [options]\n"
        "       prestage-sim edges [options], see prestage-sim edges --help\n"
        "Cards under load, on virtual time, with the policy that prestaged runs; prints "
        "key=value.\n"
        "  --policy NAME         prestage; or strict (viewers first, but a speculative job keeps\n"
        "                        its CU until it ends), or fcfs (one queue by arrival)\n"
        "  --speculate           endless speculative jobs; the default\n"
        "  --no-speculation      viewers' jobs only\n"
        "  --tenants W[,W...]    weights of tenants that viewers belong to; one tenant\n",
        out);
    for (unsigned i = 0; i < SIM_OPTION_COUNT; i++)
        fprintf(out, "  --%s N%*s%s; %.16g\n", rows[i].name, 18 - (int)strlen(rows[i].name), "",
                rows[i].help, rows[i].initial);
    fputs("  --help                this text\n", out);
}

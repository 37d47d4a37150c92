/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim.c - prestage-sim: would the policy keep its promises on cards that are not here? */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "tools/sim/edges/main.h"
#include "tools/sim/options.h"
#include "tools/sim/report.h"

#define LOOK_EVERY       (1u << 16) /* steps between two looks at the clock */
#define PROGRESS_EVERY_S 5u

static void run(struct sim *sim, uint32_t jobs)
{
    uint64_t told_ns = ps_clock_mono_ns(), steps = 0, next_ns;

    while ((next_ns = sim_next_ns(sim)) != UINT64_MAX) {
        sim_advance(sim, next_ns);
        if (++steps % LOOK_EVERY != 0 ||
            ps_clock_mono_ns() - told_ns < PROGRESS_EVERY_S * PS_NS_PER_SEC)
            continue;
        told_ns = ps_clock_mono_ns();
        fprintf(stderr, "prestage-sim: virtual_s=%.0f jobs=%" PRIu32 "/%" PRIu32 "\n",
                (double)next_ns / 1e9, sim_metrics(sim)->arrived, jobs);
    }
}

static int simulate(const struct sim_config *cfg)
{
    const uint64_t start_ns = ps_clock_mono_ns();
    struct sim *sim;
    int rc = sim_create(&sim, cfg);

    if (rc != 0)
        return rc;
    run(sim, cfg->jobs);
    rc = sim_is_done(sim) ? sim_report(stdout, cfg, sim, ps_clock_mono_ns() - start_ns) : -ENODATA;
    sim_destroy(sim);
    return rc;
}

int main(int argc, char **argv)
{
    struct sim_options options;
    struct sim_config cfg;
    char why[256];
    int rc;

    if (argc > 1 && strcmp(argv[1], "edges") == 0)
        return edges_main(argc - 1, argv + 1);
    sim_options_init(&options);
    if (sim_options_parse(&options, argc, argv, why, sizeof(why)) != 0) {
        fprintf(stderr, "prestage-sim: %s\n", why);
        return 2;
    }
    if (options.help) {
        sim_options_usage(stdout);
        return EXIT_SUCCESS;
    }
    cfg = sim_options_config(&options);
    cfg.clock_ns = ps_clock_mono_ns;
    rc = simulate(&cfg);
    if (rc != 0)
        fprintf(stderr, "prestage-sim: %s\n",
                rc == -ENODATA ? "jobs are left, but nothing happens any more" : strerror(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

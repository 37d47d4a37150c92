/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/main.c - see main.h. */
#include "tools/sim/edges/main.h"

#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "tools/sim/edges/paper.h"
#include "tools/sim/edges/report.h"

static int simulate(const struct edges_options *options)
{
    const uint64_t start_ns = ps_clock_mono_ns();
    struct edges_outcome outcome;
    struct edges_load paper;
    struct edges_break found;
    int rc = edges_paper(options, &paper);

    if (rc == 0)
        rc = edges_run(options, &outcome);
    if (rc == 0 && options->search)
        rc = edges_search(options, &found);
    if (rc != 0)
        return rc;
    return edges_report(stdout, options, &outcome, &paper, options->search ? &found : NULL,
                        (double)(ps_clock_mono_ns() - start_ns) / 1e9);
}

int edges_main(int argc, char **argv)
{
    struct edges_options options;
    char why[256];
    int rc;

    edges_options_init(&options);
    if (edges_options_parse(&options, argc, argv, why, sizeof(why)) != 0) {
        fprintf(stderr, "prestage-sim edges: %s\n", why);
        return 2;
    }
    if (options.help) {
        edges_options_usage(stdout);
        return EXIT_SUCCESS;
    }
    rc = simulate(&options);
    if (rc != 0)
        fprintf(stderr, "prestage-sim edges: %s\n", strerror(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

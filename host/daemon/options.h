/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/options.h - prestaged's command line. Threads: before any is started.
 */
#ifndef PS_HOST_DAEMON_OPTIONS_H
#define PS_HOST_DAEMON_OPTIONS_H

#include <stdbool.h>

struct ps_options {
    const char *config_path; /* NULL: all defaults */
    bool check_config;
};

/**
 * Read the arguments. --help and --version are answered here.
 * @return 0 to go on, 1 when answered, -EINVAL with a message on standard error.
 */
int ps_options_parse(int argc, char **argv, struct ps_options *ret_options);

#endif

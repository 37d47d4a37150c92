/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "host/config/config.h"

static void print_help(void)
{
    puts("Usage: prestaged [--config FILE] [--check-config]\n"
         "\n"
         "Makes media ready before it is asked for: learns from requests what will be wanted in\n"
         "the next 5 to 15 minutes, has idle FPGA kernels make it, and serves it as HLS.\n"
         "\n"
         "  -c, --config FILE   YAML; all keys and their defaults are below\n"
         "      --check-config  say whether FILE is right, with line and key if not, and exit\n"
         "  -h, --help          this text\n"
         "  -V, --version\n"
         "\n"
         "SIGTERM, SIGINT and SIGHUP end it cleanly: what is accepted is written first.\n"
         "Exit status: 0 ended, 1 could not start, 2 wrong arguments or configuration.\n"
         "Look inside with prestagectl(1).\n"
         "\n"
         "Keys:");
    ps_config_write_help(stdout, false);
}

int ps_options_parse(int argc, char **argv, struct ps_options *ret_options)
{
    enum { CHECK = 256 };
    static const struct option longs[] = {
        { "config", required_argument, NULL, 'c' },
        { "check-config", no_argument, NULL, CHECK },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    *ret_options = (struct ps_options){ .config_path = NULL };
    while ((option = getopt_long(argc, argv, "c:hV", longs, NULL)) != -1) {
        switch (option) {
        case 'c':
            ret_options->config_path = optarg;
            break;
        case CHECK:
            ret_options->check_config = true;
            break;
        case 'h':
            print_help();
            return 1;
        case 'V':
            puts("prestaged " PS_VERSION);
            return 1;
        default:
            fputs("Try: prestaged --help\n", stderr);
            return -EINVAL;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "prestaged: %s: no such argument; try --help\n", argv[optind]);
        return -EINVAL;
    }
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/main.c - prestaged: parse, build, run, tear down.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "host/base/log.h"
#include "host/daemon/daemon_priv.h"
#include "host/daemon/options.h"

enum { EXIT_CANNOT_START = 1, EXIT_USAGE = 2 };

/* Blocked before any thread starts, so that none of them takes the signals. */
static int block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int serve(const struct ps_config *config, int signal_fd)
{
    static struct ps_daemon daemon;
    int rc = ps_daemon_create(&daemon, config);

    if (rc == 0) {
        ps_info("daemon", "ready", "address=%s port=%u control=%s device=\"%s\" media=%u",
                config->listen.address, ps_http_port(daemon.http), config->control.socket,
                daemon.accel == NULL ? "none" : ps_accel_device_name(daemon.accel),
                ps_catalogue_count(daemon.catalogue));
        rc = ps_daemon_run(&daemon, signal_fd);
        ps_info("daemon", "stopping", "turns=%lu", daemon.turn_count);
    }
    ps_daemon_destroy(&daemon);
    if (rc != 0)
        ps_error("daemon", "failed", "status=%s", strerror(-rc));
    return rc == 0 ? EXIT_SUCCESS : EXIT_CANNOT_START;
}

int main(int argc, char **argv)
{
    struct ps_options options;
    struct ps_config *config;
    char why[512];
    int rc = ps_options_parse(argc, argv, &options);

    if (rc != 0)
        return rc < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    rc = ps_config_load(options.config_path, &config, why, sizeof(why));
    if (rc != 0) {
        fprintf(stderr, "prestaged: %s\n", why);
        return EXIT_USAGE;
    }
    if (options.check_config) {
        printf("%s: right: %u media, %u profiles\n",
               options.config_path == NULL ? "defaults" : options.config_path, config->media_count,
               config->profile_count);
        rc = EXIT_SUCCESS;
    } else {
        const int signal_fd = block_signals();

        ps_log_set_level((enum ps_log_level)config->log_level);
        rc = serve(config, signal_fd);
        close(signal_fd);
    }
    ps_config_free(config);
    return rc;
}

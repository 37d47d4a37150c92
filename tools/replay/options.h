/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/options.h - a subcommand's options as a table: what --help prints and what is
 * understood are one. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_OPTIONS_H
#define PS_TOOLS_REPLAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_OPTIONS_MAX 32u

struct replay_option {
    const char *name;
    const char *value; /* what --help calls it; NULL: there is none */
    /** @return false when the value is wrong. */
    bool (*take)(void *options, const char *value);
    const char *help; /* lines after the first are indented */
};

struct replay_usage {
    const char *head, *foot; /* of --help; each ends its last line */
    const struct replay_option *options;
    uint32_t count; /* at most REPLAY_OPTIONS_MAX */
};

/**
 * Take every option of the command line; --help is one of any usage.
 *
 * @return 0, -EINVAL (not understood; usage went to standard error) or -ECANCELED (--help was
 *         asked for, and printed).
 */
int replay_options_take(const struct replay_usage *usage, void *options, int argc, char **argv);

/** Say on standard error what is wrong, and the usage. */
void replay_options_complain(const struct replay_usage *usage, const char *what);

/* Of --format, for all who read a trace. */
#define REPLAY_FORMAT_HELP                                                                         \
    "auto (default): by the first line; csv: a header names columns, t\n"                          \
    "and obj among them; trace: `unix_time object_id user_id size`;\n"                             \
    "history: `unix_time media profile region device access`;\n"                                   \
    "common: a web server's, combined or not; # starts a comment"

#endif

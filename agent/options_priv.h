/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/options_priv.h - what prestage-agent is told: by a file of lines `key value`, and by
 * options of the same names, which go before it.
 *
 * Threads: one.
 */
#ifndef PS_AGENT_OPTIONS_PRIV_H
#define PS_AGENT_OPTIONS_PRIV_H

#include <stdbool.h>

#include "agent/prestage-agent.h"

#define PSA_PATH_MAX 1023u

struct psa_options {
    char edge[64];
    char key_file[PSA_PATH_MAX + 1], names[PSA_PATH_MAX + 1], queue[PSA_PATH_MAX + 1];
    char calendar[PSA_PATH_MAX + 1], epg[PSA_PATH_MAX + 1], history[PSA_PATH_MAX + 1];
    char pipe[PSA_PATH_MAX + 1], state[PSA_PATH_MAX + 1];
    enum prestage_agent_device device;
    unsigned region, jitter;
    double rate, least;
    bool consent, dry_run, show, help;
};

struct psa_problem {
    char text[160];
};

/** @return 0 or -EINVAL, with what is wrong. */
int psa_options_read(struct psa_options *ret_options, int argc, char **argv,
                     struct psa_problem *ret_problem);
/** Lines `key value`; # begins a comment. @return 0 or -EINVAL. */
int psa_options_read_text(struct psa_options *options, const char *text, size_t bytes,
                          struct psa_problem *ret_problem);
void psa_options_help(void);

/** The whole of a small file, free() it. @return 0, -EMSGSIZE, -ENOMEM or what the system says. */
int psa_file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes);
/** The end of a file that may be longer, from the beginning of a line on. */
int psa_file_read_end(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes);
/** One that only its owner can reach: @return also -EPERM. */
int psa_file_read_secret(const char *path, size_t bytes_max, char **ret_text, size_t *ret_bytes);
/** Written beside it, then put in its place; mode 0600. @return 0 or a negative errno. */
int psa_file_write(const char *path, const char *text, size_t bytes);

#endif

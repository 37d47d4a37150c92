/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/watch_priv.h - which of a few files were changed, by Linux' inotify.
 *
 * Their folders are watched, not they: programs replace files more often than they write them.
 * Threads: one.
 */
#ifndef PS_AGENT_WATCH_PRIV_H
#define PS_AGENT_WATCH_PRIV_H

#include <stdint.h>

#define PSA_WATCHED_MAX 8u

struct psa_watch {
    int fd;
    struct {
        int folder;       /* of inotify */
        const char *name; /* in it; in the caller's path */
    } files[PSA_WATCHED_MAX];
    uint32_t count;
};

/** @return 0 or a negative errno; fini in every case. */
int psa_watch_init(struct psa_watch *watch);
void psa_watch_fini(struct psa_watch *watch);
/** @param path  Outlives the watch. @return The file's number (they ascend from 0), or a negative
 * errno. */
int psa_watch_add(struct psa_watch *watch, const char *path);
/** @return A bit for each file that was changed since last time. */
uint32_t psa_watch_read(struct psa_watch *watch);

#endif

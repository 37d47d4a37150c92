/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/keep.h - collections' messages over a restart: what is put and acknowledged is
 * written behind each other to files of the state directory, and is on disk before it is answered.
 *
 * Why not one record each in the tier: messages live for minutes, and a small write with a flush of
 * its own costs what a thousand do together. So there is one log, flushed once for all that came
 * while the last flush took, and files are removed once all in them is older than any message gets.
 * What was in a file when the machine died ends at its first torn record.
 *
 * It is a link (host/messaging/messaging.h) whose other side is the disk; with other nodes, they
 * keep what is put, and this is not used.
 *
 * Threads: the loop thread calls; one of its own writes.
 */
#ifndef PS_HOST_DAEMON_KEEP_H
#define PS_HOST_DAEMON_KEEP_H

#include "host/messaging/messaging.h"

#define PS_KEEP_BATCH_BYTES (4u << 20) /* not written yet; beyond: try again */
#define PS_KEEP_FILE_BYTES  (64u << 20)
#define PS_KEEP_FILES_MAX   64u    /* older ones go, come what may */
#define PS_KEEP_EVENTS_MAX  32768u /* in one batch */

struct ps_keep;

struct ps_keep_status {
    uint64_t kept, failed; /* events */
    uint64_t batches, bytes;
    uint64_t restored;
    int error; /* of the last write */
};

/**
 * @param dir     Copied; its files `collections.N` are ours.
 * @param gone_s  Real seconds after which nothing in a file is worth anything.
 * @return 0, -ENOMEM, or why the directory cannot be written to.
 */
int ps_keep_create(struct ps_keep **ret_keep, const char *dir, uint64_t gone_s);
/** Writes what is left. NULL is allowed. */
void ps_keep_destroy(struct ps_keep *keep);

/** For ps_messaging_create(). */
struct ps_messaging_link ps_keep_link(struct ps_keep *keep);
/** Put back what earlier lives kept; before anything else is put. */
void ps_keep_restore(struct ps_keep *keep, struct ps_messaging *messaging, uint64_t now_ns);

int ps_keep_fd(const struct ps_keep *keep); /* readable when poll has something to tell */
/** Tell what is on disk. */
void ps_keep_poll(struct ps_keep *keep, struct ps_messaging *messaging, uint64_t now_ns);
void ps_keep_status(const struct ps_keep *keep, struct ps_keep_status *ret_status);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/saver.h - writes state files without stalling the loop: a thread does the waiting.
 *
 * Why: a model is many megabytes, and fsync takes as long as the disk takes. The loop hands bytes
 * over and goes on; one write is under way at a time, and its result is taken later.
 *
 * Threads: the loop thread calls; the thread in here only writes files.
 */
#ifndef PS_HOST_DAEMON_SAVER_H
#define PS_HOST_DAEMON_SAVER_H

#include <stdbool.h>
#include <stddef.h>

struct ps_saver;

/** @param dir  Outlives the saver. @return 0, -ENOMEM or -EAGAIN (no thread to be had). */
int ps_saver_create(struct ps_saver **ret_saver, const char *dir);
/** Waits for what is under way; its result is lost unless taken before. NULL is allowed. */
void ps_saver_destroy(struct ps_saver *saver);

/**
 * Write @p data to file @p name of the directory, whole or not at all (host/daemon/state_file.h).
 * @param name  Outlives the write.
 * @param data  Of malloc(); the saver's on success, to be freed by it.
 * @return 0, or -EBUSY (one is under way, or its result was not taken).
 */
int ps_saver_write(struct ps_saver *saver, const char *name, void *data, size_t size_bytes);

/**
 * Take the result of a write that ended.
 * @param wait  Wait for it, if one is under way.
 * @return whether there was one. @p ret_rc is 0 or a negative errno.
 */
bool ps_saver_take(struct ps_saver *saver, bool wait, int *ret_rc);

#endif

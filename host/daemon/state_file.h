/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/daemon/state_file.h - small files that outlive the daemon: written whole or not at all.
 * Contents carry their own version and checksum. Threads: any; each call blocks on the disk.
 */
#ifndef PS_HOST_DAEMON_STATE_FILE_H
#define PS_HOST_DAEMON_STATE_FILE_H

#include <stddef.h>

#define PS_STATE_FILE_BYTES_MAX (256u << 20)

/** Write to a temporary file beside it, fsync, rename. @return 0 or -errno. */
int ps_state_file_write(const char *dir, const char *name, const void *data, size_t size_bytes);

/** Read it whole. @param ret_data  free() it. @return 0, -ENOENT, -E2BIG, -ENOMEM or -errno. */
int ps_state_file_read(const char *dir, const char *name, void **ret_data, size_t *ret_size_bytes);

/** Write all of it where @p fd stands, and wait until it is on disk. @return 0 or -errno. */
int ps_state_write(int fd, const void *data, size_t size_bytes);
/** Names made and removed in it are on disk, too. @return 0 or -errno. */
int ps_state_dir_sync(const char *dir);

/** Keep one that is refused, as NAME.refused, out of the way of the next. @return 0 or -errno. */
int ps_state_file_set_aside(const char *dir, const char *name);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/secret.h - reading files of keys, and comparing what must not be guessed byte by byte.
 *
 * A file that others than its owner and group can reach is no secret, and one that another user
 * than root or ourselves owns is no key of ours. Threads: any; reading blocks on the disk.
 */
#ifndef PS_HOST_BASE_SECRET_H
#define PS_HOST_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum ps_secret_kind {
    PS_SECRET_HIDDEN, /* mode 0640 or less */
    PS_SECRET_PUBLIC, /* may be read by all, but written by its owner only */
};

/**
 * Read a small text file whole and put a NUL behind it.
 * @return 0, -EPERM (others have or can reach it, or it is no file), -EINVAL (does not fit, or has
 *         a NUL), -ENOENT, -EACCES or another negative errno of open(2) and read(2).
 */
int ps_secret_read(const char *path, enum ps_secret_kind kind, char *ret_text, size_t room_bytes);

/** Whether two strings of bytes are equal, in a time that depends on @p size_bytes alone. */
bool ps_secret_equal(const void *a, const void *b, size_t size_bytes);

/** Unguessable bytes from the kernel; the process ends when there are none. */
void ps_secret_draw(void *ret_bytes, size_t size_bytes);

#endif

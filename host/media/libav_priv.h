/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/media/libav_priv.h - the border to libav*: its error codes become ours, its log is silenced.
 *
 * Threads: any.
 */
#ifndef PS_HOST_MEDIA_LIBAV_PRIV_H
#define PS_HOST_MEDIA_LIBAV_PRIV_H

/** Keep libav* from writing to stderr: modules return errors. Cheap after the first call. */
void ps_libav_quiet(void);

/** @return The negative errno of media contracts for @p av_error (< 0); -EIO when none fits. */
int ps_libav_errno(int av_error);

#endif

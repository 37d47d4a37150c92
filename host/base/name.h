/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/base/name.h - the one alphabet of names that appear in URLs: media ids and profile names.
 *
 * Why: a name goes unescaped into paths, playlists, logs and shell lines, so only the characters
 * that RFC 3986 calls unreserved are let in. Threads: any; no state.
 */
#ifndef PS_HOST_BASE_NAME_H
#define PS_HOST_BASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Whether @p name is 1..@p length_max characters of A-Z a-z 0-9 . _ ~ - and neither `.` nor `..`,
 * which a client would fold away in a path. NULL is not valid.
 */
bool ps_name_is_valid(const char *name, size_t length_max);

#endif

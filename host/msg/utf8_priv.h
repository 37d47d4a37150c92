/* SPDX-License-Identifier: BSD-3-Clause */
/* host/msg/utf8_priv.h - what is UTF-8 and what is not (RFC 3629). Threads: any; no state. */
#ifndef PS_HOST_MSG_UTF8_PRIV_H
#define PS_HOST_MSG_UTF8_PRIV_H

#include <stddef.h>

/**
 * Bytes of the character at @p text, of which @p size_bytes >= 1 are there; 0 when they are not
 * UTF-8: stray, overlong, a surrogate, beyond U+10FFFF or cut short.
 */
size_t ps_utf8_char(const char *text, size_t size_bytes);

/** How many of the bytes, from the first on, are UTF-8; all of them when it is size_bytes. */
size_t ps_utf8_span(const char *text, size_t size_bytes);

#endif

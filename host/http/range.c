/* SPDX-License-Identifier: BSD-3-Clause */
/* host/http/range.c - single byte ranges (RFC 9110, section 14). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/http/http_priv.h"

/* Digits only: strtoull() alone would take signs and blanks. A number too large means the end. */
static bool parse_number(const char **at, uint64_t *ret_value)
{
    char *end = NULL;

    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *ret_value = strtoull(*at, &end, 10);
    if (errno == ERANGE)
        *ret_value = UINT64_MAX;
    *at = end;
    return true;
}

static enum ps_http_range part(uint64_t first, uint64_t last, uint64_t size_bytes,
                               uint64_t *ret_first, uint64_t *ret_count)
{
    if (first >= size_bytes)
        return PS_HTTP_RANGE_UNSATISFIABLE;
    *ret_first = first;
    *ret_count = (last < size_bytes ? last : size_bytes - 1) - first + 1;
    return PS_HTTP_RANGE_PART;
}

static enum ps_http_range suffix(uint64_t count, uint64_t size_bytes, uint64_t *ret_first,
                                 uint64_t *ret_count)
{
    if (count == 0 || size_bytes == 0)
        return PS_HTTP_RANGE_UNSATISFIABLE;
    return part(count < size_bytes ? size_bytes - count : 0, size_bytes - 1, size_bytes, ret_first,
                ret_count);
}

enum ps_http_range ps_http_range_parse(const char *header, uint64_t size_bytes, uint64_t *ret_first,
                                       uint64_t *ret_count)
{
    uint64_t first = 0, last = UINT64_MAX;

    if (header == NULL || strncasecmp(header, "bytes=", 6) != 0)
        return PS_HTTP_RANGE_WHOLE;
    header += 6;
    const bool has_first = parse_number(&header, &first);
    if (*header++ != '-')
        return PS_HTTP_RANGE_WHOLE;
    const bool has_last = parse_number(&header, &last);
    if (*header != '\0' || (!has_first && !has_last) || last < first)
        return PS_HTTP_RANGE_WHOLE;
    if (!has_first)
        return suffix(last, size_bytes, ret_first, ret_count);
    return part(first, last, size_bytes, ret_first, ret_count);
}

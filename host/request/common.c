/* SPDX-License-Identifier: BSD-3-Clause */
/* host/request/common.c - a line of an NCSA common or combined log; see logged.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/request/device.h"
#include "host/request/logged.h"
#include "host/request/path.h"

#define NS_PER_SEC     UINT64_C(1000000000)
#define YEAR_MAX       2285
#define ZONE_HOURS_MAX 14
#define PATH_BYTES_MAX 1024u

/* Exactly @p digits digits; moves on behind them. @return -1 when there are others. */
static int take_digits(const char **at, int digits)
{
    int value = 0;

    for (; digits > 0; digits--, (*at)++) {
        if (**at < '0' || **at > '9')
            return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

static bool take_char(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static int take_month(const char **at)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int m = 0; m < 12; m++)
        if (strncmp(*at, names + 3 * m, 3) == 0) {
            *at += 3;
            return m;
        }
    return -1;
}

/* `+0100]`, in seconds east of Greenwich. */
static bool take_zone(const char **at, int *ret_s)
{
    const int sign = **at == '+' ? 1 : **at == '-' ? -1 : 0;

    if (sign == 0)
        return false;
    (*at)++;
    const int hours = take_digits(at, 2);
    const int minutes = hours < 0 ? -1 : take_digits(at, 2);
    *ret_s = sign * (hours * 3600 + minutes * 60);
    return minutes >= 0 && minutes < 60 && hours <= ZONE_HOURS_MAX && take_char(at, ']');
}

/* `10/Oct/2000:13:55:36 -0700]`. */
static bool take_time(const char **at, uint64_t *ret_ns)
{
    struct tm day = { .tm_mday = take_digits(at, 2) };
    int zone_s = 0;

    if (day.tm_mday < 1 || !take_char(at, '/') || (day.tm_mon = take_month(at)) < 0 ||
        !take_char(at, '/') || (day.tm_year = take_digits(at, 4) - 1900) < 70 ||
        day.tm_year > YEAR_MAX - 1900 || !take_char(at, ':') ||
        (day.tm_hour = take_digits(at, 2)) < 0 || !take_char(at, ':') ||
        (day.tm_min = take_digits(at, 2)) < 0 || !take_char(at, ':') ||
        (day.tm_sec = take_digits(at, 2)) < 0 || !take_char(at, ' ') || !take_zone(at, &zone_s) ||
        day.tm_hour > 23 || day.tm_min > 59 || day.tm_sec > 60)
        return false;
    const int said = day.tm_mday;
    day.tm_sec = day.tm_sec == 60 ? 59 : day.tm_sec; /* a leap second has no number of its own */
    const time_t time_s = timegm(&day) - zone_s;
    if (day.tm_mday != said || time_s < 0) /* the 31st of a shorter month */
        return false;
    *ret_ns = (uint64_t)time_s * NS_PER_SEC;
    return true;
}

/* ` "..."`, where a backslash lets a quote be part of it. */
static bool take_quoted(const char **at, struct ps_field *ret)
{
    const char *end;

    if (!take_char(at, ' ') || !take_char(at, '"'))
        return false;
    for (end = *at; *end != '"'; end++) {
        end += *end == '\\' && end[1] != '\0';
        if (*end == '\0')
            return false;
    }
    *ret = (struct ps_field){ *at, (size_t)(end - *at) };
    *at = end + 1;
    return true;
}

/* ` 200 2326`, or a dash for the bytes. @return The status, or -1. */
static int take_answer(const char **at, double *ret_bytes)
{
    const int status = take_char(at, ' ') ? take_digits(at, 3) : -1;

    if (status < 100 || status > 599 || !take_char(at, ' '))
        return -1;
    const size_t digits = strspn(*at, "0123456789");
    if (digits == 0 && !take_char(at, '-'))
        return -1;
    *ret_bytes = digits == 0 ? 0.0 : strtod(*at, NULL);
    *at += digits;
    return strchr(" \r\n", **at) != NULL ? status : -1; /* the end, too */
}

/* The path of `GET /path?query HTTP/1.1` or `GET http://server/path HTTP/1.1`. */
static bool take_path(struct ps_field request, char ret_path[static PATH_BYTES_MAX])
{
    static const char *const methods[] = { "GET ", "HEAD " };
    const char *const end = request.text + request.length;
    const char *at = NULL;

    for (size_t m = 0; m < PS_ARRAY_LEN(methods); m++)
        if (strncmp(request.text, methods[m], strlen(methods[m])) == 0)
            at = request.text + strlen(methods[m]);
    if (at == NULL || at >= end)
        return false;
    if (*at != '/') {
        const char *server = strstr(at, "://");

        at = server == NULL || server >= end ? end : server + 3;
        at += strcspn(at, "/ \"");
    }
    const size_t bytes = at >= end ? 0 : strcspn(at, " ?#\"");
    if (bytes == 0 || *at != '/' || bytes >= PATH_BYTES_MAX)
        return false;
    memcpy(ret_path, at, bytes);
    ret_path[bytes] = '\0';
    return true;
}

static bool take_resource(const char *path, bool whole_paths, struct ps_logged *ret)
{
    struct ps_request_path parts;

    if (strncmp(path, PS_REQUEST_PREFIX, strlen(PS_REQUEST_PREFIX)) != 0) {
        ret->resource = (struct ps_resource){ ps_hash64_name(path), ps_hash64_name("") };
        return whole_paths;
    }
    if (ps_request_path_parse(path, &parts) != 0 ||
        (parts.kind != PS_REQUEST_MEDIA_PLAYLIST && parts.kind != PS_REQUEST_SEGMENT))
        return false;
    ret->is_start = parts.kind == PS_REQUEST_MEDIA_PLAYLIST;
    ret->reached = ret->is_start || parts.index < 0 ? 0 : (uint32_t)parts.index + 1;
    ret->resource =
        (struct ps_resource){ ps_hash64_name(parts.media), ps_hash64_name(parts.profile) };
    return true;
}

int ps_logged_read_common(const char *line, bool whole_paths, struct ps_logged *ret_logged)
{
    struct ps_field request, referer, agent;
    char path[PATH_BYTES_MAX];
    const size_t host_bytes = strcspn(line, " ");
    const char *at = strstr(line, " [");

    if (host_bytes == 0 || at == NULL || at < line + host_bytes)
        return -EBADMSG;
    at += 2;
    ret_logged->who = (struct ps_field){ line, host_bytes };
    if (!take_time(&at, &ret_logged->time_ns) || !take_quoted(&at, &request))
        return -EBADMSG;
    const int status = take_answer(&at, &ret_logged->size_bytes);
    if (status < 0)
        return -EBADMSG;
    if (take_quoted(&at, &referer) && take_quoted(&at, &agent))
        ret_logged->peer.device = (uint8_t)ps_device_of_agent(agent.text, agent.length);
    if (status >= 400 || !take_path(request, path) || !take_resource(path, whole_paths, ret_logged))
        return 1;
    return 0;
}

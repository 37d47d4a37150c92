/* SPDX-License-Identifier: BSD-3-Clause */
/* host/request/logged.c - see logged.h. */
#include "host/request/logged.h"

#include <errno.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"

#define NS_PER_SEC UINT64_C(1000000000)
#define TIME_S_MAX UINT64_C(10000000000) /* year 2286: the nanoseconds still fit 64 bits */
#define FIELDS_MAX 6u
#define BLANKS     " \t\r\n"

int ps_logged_format_parse(const char *name, enum ps_logged_format *ret_format)
{
    static const char *const formats[] = { [PS_LOGGED_AUTO] = "auto",
                                           [PS_LOGGED_HISTORY] = "history",
                                           [PS_LOGGED_TRACE] = "trace",
                                           [PS_LOGGED_COMMON] = "common",
                                           [PS_LOGGED_CSV] = "csv" };

    for (unsigned f = 0; f < PS_ARRAY_LEN(formats); f++)
        if (strcmp(name, formats[f]) == 0) {
            *ret_format = (enum ps_logged_format)f;
            return 0;
        }
    return -EINVAL;
}

/* Digits only, up to max. */
static bool number(struct ps_field text, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.length; i++) {
        if (text.text[i] < '0' || text.text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.text[i] - '0');
        if (value > max)
            return false;
    }
    *ret_value = value;
    return text.length > 0;
}

bool ps_logged_time(struct ps_field text, uint64_t *ret_ns)
{
    const char *dot = text.length == 0 ? NULL : memchr(text.text, '.', text.length);
    uint64_t whole = 0, fraction = 0;

    if (dot != NULL) {
        const struct ps_field decimals = { dot + 1, (size_t)(text.text + text.length - dot - 1) };

        if (decimals.length > 9 || !number(decimals, NS_PER_SEC, &fraction))
            return false;
        for (size_t i = decimals.length; i < 9; i++)
            fraction *= 10;
        text.length = (size_t)(dot - text.text);
    }
    if (!number(text, TIME_S_MAX - 1, &whole))
        return false;
    *ret_ns = whole * NS_PER_SEC + fraction;
    return true;
}

/* @return How many fields, at most one more than there is room for. */
static unsigned split(const char *line, struct ps_field fields[static FIELDS_MAX])
{
    unsigned count = 0;

    for (line += strspn(line, BLANKS); *line != '\0'; line += strspn(line, BLANKS)) {
        const size_t bytes = strcspn(line, BLANKS);

        if (count == FIELDS_MAX)
            return count + 1;
        fields[count++] = (struct ps_field){ line, bytes };
        line += bytes;
    }
    return count;
}

static bool read_history(const char *line, struct ps_logged *ret)
{
    struct ps_field fields[FIELDS_MAX];
    uint64_t region = 0, device = 0, access = 0;

    if (split(line, fields) != 6 || !ps_logged_time(fields[0], &ret->time_ns) ||
        fields[1].length > PS_MEDIA_ID_MAX || fields[2].length > PS_PROFILE_NAME_MAX ||
        !number(fields[3], UINT16_MAX, &region) || !number(fields[4], UINT8_MAX, &device) ||
        !number(fields[5], UINT8_MAX, &access))
        return false;
    ret->resource = (struct ps_resource){ ps_hash64(fields[1].text, fields[1].length),
                                          ps_hash64(fields[2].text, fields[2].length) };
    ret->peer = (struct ps_peer_class){ (uint16_t)region, (uint8_t)device, (uint8_t)access };
    return true;
}

static bool read_trace(const char *line, struct ps_logged *ret)
{
    struct ps_field fields[FIELDS_MAX];
    uint64_t size_bytes = 0;

    if (split(line, fields) != 4 || !ps_logged_time(fields[0], &ret->time_ns) ||
        fields[1].length > PS_MEDIA_ID_MAX || !number(fields[3], INT64_MAX / 10, &size_bytes))
        return false;
    ret->resource =
        (struct ps_resource){ ps_hash64(fields[1].text, fields[1].length), ps_hash64_name("") };
    ret->who = fields[2];
    ret->size_bytes = (double)size_bytes;
    return true;
}

/* AUTO: this one does not tell. */
static enum ps_logged_format format_of(const char *line)
{
    struct ps_field fields[FIELDS_MAX];

    if (strstr(line, " [") != NULL && strchr(line, '"') != NULL)
        return PS_LOGGED_COMMON;
    if (strchr(line, ',') != NULL)
        return PS_LOGGED_CSV;
    const unsigned count = split(line, fields);
    return count == 6 ? PS_LOGGED_HISTORY : count == 4 ? PS_LOGGED_TRACE : PS_LOGGED_AUTO;
}

static int read_csv(struct ps_logged_reader *reader, const char *line, struct ps_logged *ret)
{
    if (!reader->has_header) {
        reader->has_header = true;
        return ps_logged_csv_header(&reader->columns, line) == 0 ? 1 : -ENOMSG;
    }
    return ps_logged_read_csv(&reader->columns, line, ret);
}

int ps_logged_read(struct ps_logged_reader *reader, const char *line, struct ps_logged *ret_logged)
{
    const char first = line[strspn(line, BLANKS)];

    if (first == '\0' || first == '#')
        return 1;
    if (reader->format == PS_LOGGED_AUTO)
        reader->format = format_of(line);
    *ret_logged = (struct ps_logged){ .is_start = true };
    switch (reader->format) {
    case PS_LOGGED_AUTO:
        return -EBADMSG; /* the next line may tell */
    case PS_LOGGED_HISTORY:
        return read_history(line, ret_logged) ? 0 : -EBADMSG;
    case PS_LOGGED_TRACE:
        return read_trace(line, ret_logged) ? 0 : -EBADMSG;
    case PS_LOGGED_COMMON:
        return ps_logged_read_common(line, reader->whole_paths, ret_logged);
    default:
        return read_csv(reader, line, ret_logged);
    }
}

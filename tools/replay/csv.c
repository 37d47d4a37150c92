/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/csv.c - see csv.h. */
#include "tools/replay/csv.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"

struct field {
    const char *text;
    size_t length;
};

static const char *const names[REPLAY_CSV_COLUMN_COUNT] = {
    [REPLAY_CSV_T] = "t",     [REPLAY_CSV_OBJ] = "obj",   [REPLAY_CSV_DEVICE] = "device",
    [REPLAY_CSV_GEO] = "geo", [REPLAY_CSV_SIZE] = "size", [REPLAY_CSV_CTIME] = "ctime",
};

static struct field trimmed(const char *text, size_t length)
{
    while (length > 0 && isspace((unsigned char)text[0])) {
        text++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    return (struct field){ text, length };
}

/* @return How many fields, at most one more than there is room for. */
static uint32_t split(const char *line, struct field fields[static REPLAY_CSV_COLUMNS_MAX])
{
    uint32_t count = 0;

    for (;;) {
        const size_t length = strcspn(line, ",");

        if (count == REPLAY_CSV_COLUMNS_MAX)
            return count + 1;
        fields[count++] = trimmed(line, length);
        if (line[length] == '\0')
            return count;
        line += length + 1;
    }
}

static bool is_named(struct field field, const char *name)
{
    return field.length == strlen(name) && memcmp(field.text, name, field.length) == 0;
}

int replay_csv_header(struct replay_csv *ret, const char *line)
{
    struct field fields[REPLAY_CSV_COLUMNS_MAX];

    if (strncmp(line, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
        line += 3;
    ret->column_count = split(line, fields);
    if (ret->column_count > REPLAY_CSV_COLUMNS_MAX)
        return -EINVAL;
    for (unsigned c = 0; c < REPLAY_CSV_COLUMN_COUNT; c++) {
        ret->at[c] = UINT32_MAX;
        for (uint32_t f = 0; f < ret->column_count; f++) {
            if (!is_named(fields[f], names[c]))
                continue;
            if (ret->at[c] != UINT32_MAX)
                return -EINVAL;
            ret->at[c] = f;
        }
    }
    return ret->at[REPLAY_CSV_T] == UINT32_MAX || ret->at[REPLAY_CSV_OBJ] == UINT32_MAX ? -EINVAL
                                                                                        : 0;
}

/* What is not there or empty is 0. @return false when it is no number from least to most. */
static bool number(struct field field, double least, double most, double *ret)
{
    char *end;

    *ret = 0.0;
    if (field.length == 0)
        return true;
    *ret = strtod(field.text, &end);
    return end == field.text + field.length && *ret >= least && *ret <= most;
}

static bool whole(struct field field, double most, double *ret)
{
    return number(field, 0.0, most, ret) && *ret == floor(*ret);
}

static bool object(struct field field, struct ps_resource *ret)
{
    const char *slash = memchr(field.text, '/', field.length);
    const size_t media = slash != NULL ? (size_t)(slash - field.text) : field.length;
    const size_t profile = slash != NULL ? field.length - media - 1 : 0;

    if (media == 0 || media > PS_MEDIA_ID_MAX || profile > PS_PROFILE_NAME_MAX ||
        (slash != NULL && profile == 0))
        return false;
    ret->media_key = ps_hash64(field.text, media);
    ret->profile_key = ps_hash64(field.text + field.length - profile, profile);
    return true;
}

bool replay_csv_parse(const struct replay_csv *csv, const char *line, struct replay_request *ret)
{
    struct field fields[REPLAY_CSV_COLUMNS_MAX];
    struct field named[REPLAY_CSV_COLUMN_COUNT] = { 0 };
    double time_s, device, geo, ignored;

    if (split(line, fields) != csv->column_count)
        return false;
    for (unsigned c = 0; c < REPLAY_CSV_COLUMN_COUNT; c++)
        if (csv->at[c] != UINT32_MAX)
            named[c] = fields[csv->at[c]];
    *ret = (struct replay_request){ 0 };
    if (named[REPLAY_CSV_T].length == 0 || !number(named[REPLAY_CSV_T], 0.0, 1e10, &time_s) ||
        !object(named[REPLAY_CSV_OBJ], &ret->resource) ||
        !whole(named[REPLAY_CSV_DEVICE], UINT8_MAX, &device) ||
        !whole(named[REPLAY_CSV_GEO], UINT16_MAX, &geo) ||
        !number(named[REPLAY_CSV_SIZE], 0.0, DBL_MAX, &ignored) ||
        !number(named[REPLAY_CSV_CTIME], -1e10, 1e10, &ignored))
        return false;
    ret->time_ns = (uint64_t)llround(time_s * 1e3) * 1000000ull;
    ret->peer = (struct ps_peer_class){ .region = (uint16_t)geo, .device = (uint8_t)device };
    return true;
}

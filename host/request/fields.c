/* SPDX-License-Identifier: BSD-3-Clause */
/* host/request/fields.c - see fields.h. */
#include "host/request/fields.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/assert.h"
#include "host/base/hash.h"

static struct ps_field trimmed(const char *text, size_t length)
{
    while (length > 0 && isspace((unsigned char)text[0])) {
        text++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    return (struct ps_field){ text, length };
}

/* @return How many fields, at most one more than there is room for. */
static uint32_t split(const char *line, struct ps_field fields[static PS_FIELDS_MAX])
{
    uint32_t count = 0;

    for (;;) {
        const size_t length = strcspn(line, ",");

        if (count == PS_FIELDS_MAX)
            return count + 1;
        fields[count++] = trimmed(line, length);
        if (line[length] == '\0')
            return count;
        line += length + 1;
    }
}

static bool is_text(struct ps_field field, const char *text)
{
    return field.length == strlen(text) && memcmp(field.text, text, field.length) == 0;
}

int ps_columns_find(struct ps_columns *columns, const char *line)
{
    struct ps_field fields[PS_FIELDS_MAX];

    ps_assert(columns->name_count <= PS_FIELDS_NAMED_MAX);
    if (strncmp(line, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
        line += 3;
    columns->column_count = split(line, fields);
    if (columns->column_count > PS_FIELDS_MAX)
        return -EINVAL;
    for (uint32_t n = 0; n < columns->name_count; n++) {
        columns->at[n] = UINT32_MAX;
        for (uint32_t f = 0; f < columns->column_count; f++) {
            if (!is_text(fields[f], columns->names[n]))
                continue;
            if (columns->at[n] != UINT32_MAX)
                return -EINVAL;
            columns->at[n] = f;
        }
        if (n < columns->required && columns->at[n] == UINT32_MAX)
            return -EINVAL;
    }
    return 0;
}

bool ps_fields_split(const struct ps_columns *columns, const char *line,
                     struct ps_field ret_fields[static PS_FIELDS_NAMED_MAX])
{
    struct ps_field fields[PS_FIELDS_MAX];

    if (split(line, fields) != columns->column_count)
        return false;
    for (uint32_t n = 0; n < columns->name_count; n++)
        ret_fields[n] =
            columns->at[n] != UINT32_MAX ? fields[columns->at[n]] : (struct ps_field){ line, 0 };
    return true;
}

bool ps_field_number(struct ps_field field, double least, double most, double *ret)
{
    char *end;

    *ret = 0.0;
    if (field.length == 0)
        return true;
    *ret = strtod(field.text, &end);
    return end == field.text + field.length && *ret >= least && *ret <= most;
}

bool ps_field_whole(struct ps_field field, double least, double most, double *ret)
{
    return ps_field_number(field, least, most, ret) && *ret == floor(*ret);
}

bool ps_field_time(struct ps_field field, uint64_t *ret_ns)
{
    double time_s;

    if (field.length == 0 || !ps_field_number(field, 0.0, PS_FIELDS_TIME_S_MAX, &time_s))
        return false;
    *ret_ns = (uint64_t)llround(time_s * 1e3) * 1000000ull;
    return true;
}

bool ps_field_object(struct ps_field field, struct ps_resource *ret)
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

bool ps_field_user(struct ps_field field, struct ps_field *ret_name)
{
    *ret_name = field;
    if (is_text(field, "-1"))
        ret_name->length = 0;
    return field.length <= PS_FIELDS_NAME_MAX;
}

bool ps_field_category(struct ps_field field, uint32_t *ret)
{
    double number;

    if (ps_field_whole(field, 0.0, UINT32_MAX, &number))
        *ret = (uint32_t)number;
    else
        *ret = (uint32_t)ps_hash64(field.text, field.length) | 1u; /* never the unknown one */
    return field.length <= PS_FIELDS_NAME_MAX;
}

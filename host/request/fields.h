/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/request/fields.h - comma-separated fields under a header that names the columns.
 *
 * Columns come in any order; those nobody asks for are ignored, blanks around a field too. Quoted
 * fields are not understood, so a line that has one must be refused. Threads: any; no state.
 */
#ifndef PS_HOST_REQUEST_FIELDS_H
#define PS_HOST_REQUEST_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/resource.h"

#define PS_FIELDS_MAX        64u /* in a file */
#define PS_FIELDS_NAMED_MAX  8u  /* of those looked at */
#define PS_FIELDS_NAME_MAX   128u
#define PS_FIELDS_TIME_S_MAX 1e10

struct ps_columns {
    const char *const *names; /* of those looked at; the first `required` must be there */
    uint32_t name_count, required;
    uint32_t column_count;
    uint32_t at[PS_FIELDS_NAMED_MAX]; /* UINT32_MAX: not there */
};

/* Not ended by a NUL; of length 0 when the column is not there. */
struct ps_field {
    const char *text;
    size_t length;
};

/** Understand the header; names, name_count and required are set. @return 0 or -EINVAL (a required
 * one is not there, one looked at is there twice, too many columns). */
int ps_columns_find(struct ps_columns *columns, const char *line);

/** The fields looked at, in the order of names. @return false when the line has more or fewer
 * fields than the header. */
bool ps_fields_split(const struct ps_columns *columns, const char *line,
                     struct ps_field ret_fields[static PS_FIELDS_NAMED_MAX]);

/* What a field says. An empty number is 0. @return false when it is wrong. */
bool ps_field_number(struct ps_field field, double least, double most, double *ret);
bool ps_field_whole(struct ps_field field, double least, double most, double *ret);
/** Seconds from 0 to PS_FIELDS_TIME_S_MAX, not empty; kept to the millisecond. */
bool ps_field_time(struct ps_field field, uint64_t *ret_ns);
/** `media` or `media/profile`; without a profile its key is that of the empty name. */
bool ps_field_object(struct ps_field field, struct ps_resource *ret);
/** A user's name; of length 0 when empty or -1. */
bool ps_field_user(struct ps_field field, struct ps_field *ret_name);
/** A whole number, or another name by its hash; 0 when empty. */
bool ps_field_category(struct ps_field field, uint32_t *ret);

#endif

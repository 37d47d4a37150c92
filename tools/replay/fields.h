/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/replay/fields.h - comma-separated fields under a header that names the columns.
 *
 * Columns come in any order; those nobody asks for are ignored, blanks around a field too. Quoted
 * fields are not understood, so a line that has one must be refused. Threads: none.
 */
#ifndef PS_TOOLS_REPLAY_FIELDS_H
#define PS_TOOLS_REPLAY_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/plan/resource.h"

#define REPLAY_COLUMNS_MAX   64u /* in a file */
#define REPLAY_NAMED_MAX     8u  /* of those looked at */
#define REPLAY_USER_NAME_MAX 128u
#define REPLAY_TIME_S_MAX    1e10

struct replay_columns {
    const char *const *names; /* of those looked at; the first `required` must be there */
    uint32_t name_count, required;
    uint32_t column_count;
    uint32_t at[REPLAY_NAMED_MAX]; /* UINT32_MAX: not there */
};

/* Not ended by a NUL; of length 0 when the column is not there. */
struct replay_field {
    const char *text;
    size_t length;
};

/** Understand the header; names, name_count and required are set. @return 0 or -EINVAL (a required
 * one is not there, one looked at is there twice, too many columns). */
int replay_columns_find(struct replay_columns *columns, const char *line);

/** The fields looked at, in the order of names. @return false when the line has more or fewer
 * fields than the header. */
bool replay_fields_split(const struct replay_columns *columns, const char *line,
                         struct replay_field ret_fields[static REPLAY_NAMED_MAX]);

/* What a field says. An empty number is 0. @return false when it is wrong. */
bool replay_field_number(struct replay_field field, double least, double most, double *ret);
bool replay_field_whole(struct replay_field field, double least, double most, double *ret);
/** Seconds from 0 to REPLAY_TIME_S_MAX, not empty; kept to the millisecond. */
bool replay_field_time(struct replay_field field, uint64_t *ret_ns);
/** `media` or `media/profile`; without a profile its key is that of the empty name. */
bool replay_field_object(struct replay_field field, struct ps_resource *ret);
/** The key of a user's name; 0 when empty or -1. */
bool replay_field_user(struct replay_field field, uint64_t *ret_key);
/** A whole number, or another name by its hash; 0 when empty. */
bool replay_field_category(struct replay_field field, uint32_t *ret);

#endif

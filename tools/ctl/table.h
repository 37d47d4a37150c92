/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/table.h - any method's result as text, by the fields that api.describe lists.
 *
 * Why: a method added to the daemon's table is readable here without a line of code.
 * Threads: any; no state.
 */
#ifndef PS_TOOLS_CTL_TABLE_H
#define PS_TOOLS_CTL_TABLE_H

#include <stdio.h>

#include "host/msg/msg.h"

/** One map of api.describe's methods, or NULL. */
const struct ps_msg_value *ctl_find_method(const struct ps_msg_value *description,
                                           const char *name);

/**
 * Single values as `name value` lines, arrays as tables; @p fields as in api.describe.
 * @param only  NULL, or beginnings of the paths to show, NULL behind the last.
 */
void ctl_table_write(FILE *out, const struct ps_msg_value *result,
                     const struct ps_msg_value *fields, const char *const *only);

/** Text from outside, printable: control characters become `?`. */
void ctl_put_text(FILE *out, const struct ps_msg_value *text);

#endif

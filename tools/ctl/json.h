/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/ctl/json.h - msgpack to JSON and back, for people and scripts. Threads: any. */
#ifndef PS_TOOLS_CTL_JSON_H
#define PS_TOOLS_CTL_JSON_H

#include <stdio.h>

#include "host/msg/msg.h"

/**
 * Indented, with a newline behind it. What JSON has no form for: NaN and infinities become null,
 * integers over 2^63-1 and bytes become strings.
 * @return 0 or -ENOMEM.
 */
int ctl_json_write(FILE *out, const struct ps_msg_value *value);

/**
 * One JSON object to one map.
 * @param ret_why  What is wrong with the text, in @p why_bytes.
 * @return 0, -EINVAL or what the writer's error is.
 */
int ctl_json_read(struct ps_msg_writer *w, const char *text, char *ret_why, size_t why_bytes);

#endif

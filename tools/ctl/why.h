/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/why.h - the result of predictions.why for people: each prediction as a sentence, and
 * under it what makes it so.
 */
#ifndef PS_TOOLS_CTL_WHY_H
#define PS_TOOLS_CTL_WHY_H

#include <stdio.h>

#include "host/msg/msg.h"

void ctl_why_write(FILE *out, const struct ps_msg_value *predictions);

#endif

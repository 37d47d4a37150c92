/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/curves.h - the result of demand.curves for people: the first curve by the interval, the
 * others a line each.
 */
#ifndef PS_TOOLS_CTL_CURVES_H
#define PS_TOOLS_CTL_CURVES_H

#include <stdio.h>

#include "host/msg/msg.h"

void ctl_curves_write(FILE *out, const struct ps_msg_value *result);

#endif

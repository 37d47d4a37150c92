/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/nic.h - the result of nic.show for people: a page for each prestage-nic.
 */
#ifndef PS_TOOLS_CTL_NIC_H
#define PS_TOOLS_CTL_NIC_H

#include <stdio.h>

#include "host/msg/msg.h"

void ctl_nic_write(FILE *out, const struct ps_msg_value *nics);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/groups.h - names of the inputs that the predictor can be run without. */
#ifndef PS_TOOLS_REPLAY_GROUPS_H
#define PS_TOOLS_REPLAY_GROUPS_H

#include <stdint.h>

#define REPLAY_GROUPS_HELP                                                                         \
    "inputs that ours is not to use, to see what they are worth: some of\n"                        \
    "counts-long,sequels,looks,category,hours,age,siblings,trend,trust"

/** From a list of names. @return 0 or -EINVAL. */
int replay_groups_parse(const char *text, uint32_t *ret_groups);

#endif

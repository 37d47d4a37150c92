/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tools/ctl/params.h - NAME=VALUE words to a method's parameters.
 */
#ifndef PS_TOOLS_CTL_PARAMS_H
#define PS_TOOLS_CTL_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/msg/msg.h"

/**
 * Words into an open map; @p words are cut at their `=`.
 *
 * @param method  What the daemon says of it: which values are numbers.
 * @param hold    `hold` is there already, so it is passed over.
 * @return EXIT_OK, or EXIT_USAGE when that was said.
 */
int ctl_put_pairs(struct ps_msg_writer *w, const struct ps_msg_value *method, char **words,
                  bool hold);
/** A map of its own, with hold=true in front if @p hold. @return As ctl_put_pairs(). */
int ctl_put_params(struct ps_msg_writer *w, const struct ps_msg_value *method, char **words,
                   bool hold);

/** Value of ttl_s among words that were put; 0: there was none. */
uint64_t ctl_ttl_of(char **words);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/options_priv.h - one option on its way from the user into struct nic_options.
 *
 * options.c reads command line and file and asks options_set.c to set each; options_mode.c has what
 * is watched: modes and devices. Threads: as options.h.
 */
#ifndef PS_DPDK_OPTIONS_PRIV_H
#define PS_DPDK_OPTIONS_PRIV_H

#include "dpdk/options.h"

struct nic_setting {
    struct nic_options *options;
    const char *name;
    const char *value; /* NULL for a switch */
    const char *file;  /* NULL: the command line */
    unsigned line;
    struct nic_problem *problem;
};

/** Set what the setting names. @return 0, or -EINVAL and another errno: its problem says why. */
int nic_setting_apply(struct nic_setting *setting);

/** Whether there is such an option and it needs a value. */
bool nic_setting_takes_value(const char *name);

/** Say where, what was given, and what is @p wanted. @return -EINVAL. */
int nic_setting_refuse(const struct nic_setting *setting, const char *wanted);

/** Copy the value to @p at. @return 0 or -EINVAL: it is empty or too long. */
int nic_setting_text(const struct nic_setting *setting, char *at, size_t size_bytes);

/** --config, in options.c. */
int nic_set_config(struct nic_setting *setting);

/* What is watched, in options_mode.c. */
int nic_set_mirror(struct nic_setting *setting);
int nic_set_inline(struct nic_setting *setting);
int nic_set_exception(struct nic_setting *setting);
int nic_set_tap(struct nic_setting *setting);
int nic_set_pcap(struct nic_setting *setting);

/** When all is read: add the exception path's tap and see that mode and devices go together. */
int nic_mode_finish(struct nic_options *options, struct nic_problem *ret_problem);

#endif

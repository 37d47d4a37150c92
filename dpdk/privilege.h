/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/privilege.h - gives up what opening the ports needed and running does not.
 *
 * Once open, packet sockets, taps and NICs work without any capability. An XDP program alone must
 * be taken off its interface at the end, so the main thread keeps CAP_NET_ADMIN for that.
 * Capabilities are a thread's, user and groups the process's: libc changes them in all its threads.
 *
 * Threads: the main thread.
 */
#ifndef PS_DPDK_PRIVILEGE_H
#define PS_DPDK_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "dpdk/log.h"
#include "dpdk/options.h"

struct nic_privilege {
    bool changes; /* else stay who we are */
    uid_t uid;
    gid_t gid;
};

/**
 * No program started from here gets more than we have: before there are other threads.
 * @return 0 or a negative errno.
 */
int nic_privilege_lock(void);

/**
 * Look the user up, before ports are opened. @p user "": nothing changes.
 * @return 0, -ENOENT (no such user), -EINVAL (it is root) or -EPERM (we are not root).
 */
int nic_privilege_find(const char *user, struct nic_privilege *ret_privilege,
                       struct nic_problem *ret_problem);

/**
 * Become the user, for good, if there is one to become. What DPDK keeps in @p runtime_dir is given
 * to it.
 * @return 0 or a negative errno: end then. -EACCES: it may not write the statistics file.
 */
int nic_privilege_drop(const struct nic_privilege *privilege, const struct nic_options *options,
                       const char *runtime_dir, struct nic_problem *ret_problem);

#endif

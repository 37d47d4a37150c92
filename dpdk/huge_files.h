/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/huge_files.h - removes the files by which huge pages were shared (--debug-capture).
 *
 * DPDK leaves them, and with them the pages, after a kill and at a clean end alike.
 * Threads: any; touches only files that carry our prefix.
 */
#ifndef PS_DPDK_HUGE_FILES_H
#define PS_DPDK_HUGE_FILES_H

#include <sys/types.h>

/** Those of @p own (0: none) and of processes that are dead, in @p directory. */
void nic_huge_files_remove(const char *directory, pid_t own);

/** The same in every hugetlbfs that is mounted. */
void nic_huge_files_remove_all(pid_t own);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dpdk/runtime_dir.h - EAL's directory of this process, and those that dead ones left.
 *
 * EAL makes a directory per --file-prefix and never removes it. Ours is named after the pid, so
 * that two processes cannot meet in one, and so that a dead one's is known. Threads: main only.
 */
#ifndef PS_DPDK_RUNTIME_DIR_H
#define PS_DPDK_RUNTIME_DIR_H

#define NIC_RUNTIME_PREFIX "prestage-nic-"

/** Remove the directory and the files in it. */
void nic_runtime_dir_remove(const char *path);

/** Remove the siblings of @p path whose process is gone. */
void nic_runtime_dir_sweep(const char *path);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "dpdk/privilege.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int nic_privilege_lock(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno;
}

int nic_privilege_find(const char *user, struct nic_privilege *ret_privilege,
                       struct nic_problem *problem)
{
    const struct passwd *entry;

    *ret_privilege = (struct nic_privilege){ .changes = user[0] != '\0' };
    if (!ret_privilege->changes)
        return 0;
    errno = 0;
    entry = getpwnam(user);
    if (entry == NULL)
        return nic_problem_set(problem, -ENOENT,
                               "--user %.50s: no such user; `adduser --system --group %.50s`", user,
                               user);
    ret_privilege->uid = entry->pw_uid;
    ret_privilege->gid = entry->pw_gid;
    if (entry->pw_uid == 0)
        return nic_problem_set(problem, -EINVAL,
                               "--user %.50s: is root; leave it out or name another", user);
    if (entry->pw_uid == geteuid())
        ret_privilege->changes = false;
    else if (geteuid() != 0)
        return nic_problem_set(problem, -EPERM, "--user %.50s: only root can become another user",
                               user);
    return 0;
}

static void give_directory(const char *path, const struct nic_privilege *to)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct dirent *entry;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, "..") != 0 &&
            fchownat(fd, entry->d_name, to->uid, to->gid, AT_SYMLINK_NOFOLLOW) != 0)
            break; /* then it stays root's, and is swept at the next start */
    closedir(dir);
}

/* Of the calling thread: all that is left after the user changed. @p net_admin: keep it. */
static int keep_capabilities(bool net_admin)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

    if (net_admin)
        sets[0].effective = sets[0].permitted = 1u << CAP_NET_ADMIN;
    return syscall(SYS_capset, &header, sets) == 0 ? 0 : -errno;
}

static bool has_xdp(const struct nic_options *o)
{
    for (uint32_t i = 0; i < o->device_count; i++)
        if (o->devices[i].kind == NIC_DEVICE_AF_XDP)
            return true;
    return false;
}

static int become(const struct nic_privilege *p, bool keeps_net_admin)
{
    int rc;

    if (prctl(PR_SET_KEEPCAPS, keeps_net_admin, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(p->gid, p->gid, p->gid) != 0 || setresuid(p->uid, p->uid, p->uid) != 0)
        return -errno;
    rc = keep_capabilities(keeps_net_admin);
    if (rc == 0 && setresuid(0, 0, 0) == 0)
        rc = -EPERM; /* that must not have worked */
    return rc;
}

/* Each file is replaced whole, so it is the directory that counts. */
static int check_stats_file(const struct nic_options *o, struct nic_problem *problem)
{
    char path[NIC_FILE_NAME_MAX];
    const char *directory;

    if (o->stats_file[0] == '\0')
        return 0;
    snprintf(path, sizeof(path), "%s", o->stats_file);
    directory = dirname(path);
    if (access(directory, W_OK | X_OK) == 0)
        return 0;
    return nic_problem_set(problem, -errno, "--stats-file: %s%.50s may not write in %.150s: %s",
                           o->user[0] != '\0' ? "user " : "this user", o->user, directory,
                           strerror(errno));
}

int nic_privilege_drop(const struct nic_privilege *privilege, const struct nic_options *options,
                       const char *runtime_dir, struct nic_problem *ret_problem)
{
    int rc;

    if (!privilege->changes)
        return check_stats_file(options, ret_problem);
    give_directory(runtime_dir, privilege);
    rc = become(privilege, has_xdp(options));
    if (rc != 0)
        return nic_problem_set(ret_problem, rc, "--user %.50s: cannot become it: %s", options->user,
                               strerror(-rc));
    nic_log(NIC_LOG_INFO, "user", "name=%s uid=%u capabilities=%s", options->user,
            (unsigned)privilege->uid, has_xdp(options) ? "net_admin" : "none");
    if (options->config_file[0] != '\0' && access(options->config_file, R_OK) != 0)
        nic_log(NIC_LOG_WARN, "reload_will_fail", "file=%s error=%s", options->config_file,
                strerrorname_np(errno));
    return check_stats_file(options, ret_problem);
}

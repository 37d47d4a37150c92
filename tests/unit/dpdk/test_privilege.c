/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_privilege.c - who may become whom; the change itself is tried in a process
 * of its own, where that is allowed. */
#include "dpdk/privilege.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_privilege privilege;
static struct nic_problem problem;

static void nobody_named_changes_nothing(void)
{
    static struct nic_options options;

    CU_ASSERT_EQUAL(nic_privilege_find("", &privilege, &problem), 0);
    CU_ASSERT_FALSE(privilege.changes);
    CU_ASSERT_EQUAL(nic_privilege_drop(&privilege, &options, NULL, &problem), 0);
    strcpy(options.stats_file, "/nonexistent/stats");
    CU_ASSERT_EQUAL(nic_privilege_drop(&privilege, &options, NULL, &problem), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "may not write in /nonexistent:"));
}

static void strangers_and_root_are_refused_with_words(void)
{
    problem.text[0] = '\0';
    CU_ASSERT_EQUAL(nic_privilege_find("nosuchuserhere", &privilege, &problem), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(problem.text, "nosuchuserhere"));
    CU_ASSERT_EQUAL(nic_privilege_find("root", &privilege, &problem), -EINVAL);
}

/* What it ended with: 0, or which expectation failed. */
static int become_nobody(void)
{
    static struct nic_options options;
    char directory[] = "/tmp/prestage-test-XXXXXX";
    struct nic_privilege found;

    if (nic_privilege_lock() != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 1;
    strcpy(options.user, "nobody");
    if (nic_privilege_find("nobody", &found, &problem) != 0 || !found.changes)
        return 2;
    if (mkdtemp(directory) == NULL ||
        nic_privilege_drop(&found, &options, directory, &problem) != 0)
        return 3;
    if (getuid() != found.uid || geteuid() != found.uid || getgid() != found.gid ||
        getgroups(0, NULL) != 0 || setuid(0) == 0)
        return 4;
    if (rmdir(directory) == 0) /* /tmp is sticky: its own, so it may */
        return nic_privilege_find("root", &found, &problem) == -EINVAL ? 0 : 5;
    return 6;
}

static void what_is_given_up_does_not_come_back(void)
{
    int status = -1;
    pid_t child;

    if (geteuid() != 0 || getpwnam("nobody") == NULL)
        return;
    child = fork();
    if (child == 0)
        _exit(become_nobody());
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
}

static int drop_with_closed_stats(void)
{
    static struct nic_options options;
    struct nic_privilege found;

    strcpy(options.user, "nobody");
    strcpy(options.stats_file, "/proc/stats");
    if (nic_privilege_find("nobody", &found, &problem) != 0)
        return 1;
    return nic_privilege_drop(&found, &options, "/nonexistent", &problem) < 0 &&
                   strstr(problem.text, "may not write") != NULL
               ? 0
               : 2;
}

static void statistics_that_could_not_be_written_are_said_at_the_start(void)
{
    int status = -1;
    pid_t child;

    if (geteuid() != 0 || getpwnam("nobody") == NULL)
        return;
    child = fork();
    if (child == 0)
        _exit(drop_with_closed_stats());
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nobody_named_changes_nothing),
        PS_TEST(strangers_and_root_are_refused_with_words),
        PS_TEST(what_is_given_up_does_not_come_back),
        PS_TEST(statistics_that_could_not_be_written_are_said_at_the_start),
    };

    return ps_test_run("dpdk/privilege", tests, NIC_ARRAY_LEN(tests));
}

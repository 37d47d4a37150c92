/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/base/test_unix_socket.c - a dead process's socket is replaced, nothing else is.
 */
#include "host/base/mem.h"
#include "host/base/unix_socket.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/ps-socket-XXXXXX";
static char path[sizeof(folder) + 8];

static void a_socket_listens_with_the_mode_that_was_asked_for(void)
{
    struct stat st;
    int fd;

    PS_REQUIRE(ps_unix_listen(path, 0620, 4, &fd) == 0);
    PS_REQUIRE(stat(path, &st) == 0);
    CU_ASSERT_TRUE(S_ISSOCK(st.st_mode));
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0620);
    int second;
    CU_ASSERT_EQUAL(ps_unix_listen(path, 0620, 4, &second), -EADDRINUSE);
    close(fd);
    PS_REQUIRE(ps_unix_listen(path, 0600, 4, &fd) == 0); /* its listener is gone */
    close(fd);
    unlink(path);
}

static void what_is_no_socket_stays(void)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0600);

    PS_REQUIRE(fd >= 0);
    close(fd);
    CU_ASSERT_EQUAL(ps_unix_listen(path, 0600, 4, &fd), -EEXIST);
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    unlink(path);
}

static void a_name_that_is_too_long_or_nowhere_is_refused(void)
{
    char longest[200];
    int fd;

    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    CU_ASSERT_EQUAL(ps_unix_listen(longest, 0600, 4, &fd), -ENAMETOOLONG);
    CU_ASSERT_EQUAL(ps_unix_listen("/nowhere/at/all", 0600, 4, &fd), -ENOENT);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_socket_listens_with_the_mode_that_was_asked_for),
        PS_TEST(what_is_no_socket_stays),
        PS_TEST(a_name_that_is_too_long_or_nowhere_is_refused),
    };

    if (mkdtemp(folder) == NULL)
        return EXIT_FAILURE;
    snprintf(path, sizeof(path), "%s/s", folder);
    const int status = ps_test_run("host/base/unix_socket", tests, PS_ARRAY_LEN(tests));
    rmdir(folder);
    return status;
}

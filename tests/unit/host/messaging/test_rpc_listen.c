/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/messaging/test_rpc_listen.c - one word says where to listen. */
#include "host/base/mem.h"
#include "host/messaging/rpc_priv.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int listen_at(const char *where)
{
    char *path;
    int fd = -1;
    const int rc = ps_rpc_listen(where, &fd, &path);

    if (rc == 0)
        close(fd);
    free(path);
    return rc;
}

static void addresses_of_both_families_are_taken(void)
{
    CU_ASSERT_EQUAL(listen_at("127.0.0.1:0"), 0);
    const int rc = listen_at("[::1]:0");
    CU_ASSERT_TRUE(rc == 0 || rc == -EADDRNOTAVAIL || rc == -EAFNOSUPPORT); /* no IPv6 here */
}

static void what_is_no_address_is_refused(void)
{
    static const char *const bad[] = {
        "",      "127.0.0.1",    "127.0.0.1:",      "127.0.0.1:x", "::1:80",
        "[::1]", "localhost:80", "127.0.0.1:65536", "nowhere/at",  "300.1.1.1:80"
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(listen_at(bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(listen_at("192.0.2.1:0"), -EADDRNOTAVAIL);
}

static void a_taken_port_is_an_error(void)
{
    struct sockaddr_in own;
    socklen_t bytes = sizeof(own);
    char where[32], *path;
    int fd;

    PS_REQUIRE(ps_rpc_listen("127.0.0.1:0", &fd, &path) == 0);
    PS_REQUIRE(getsockname(fd, (struct sockaddr *)&own, &bytes) == 0);
    snprintf(where, sizeof(where), "127.0.0.1:%u", ntohs(own.sin_port));
    CU_ASSERT_EQUAL(listen_at(where), -EADDRINUSE);
    close(fd);
}

static void a_path_is_a_unix_socket_that_anybody_may_knock_at(void)
{
    char folder[] = "/tmp/ps-rpc-XXXXXX", where[sizeof(folder) + 8], *path;
    struct stat st;
    int fd;

    PS_REQUIRE(mkdtemp(folder) != NULL);
    snprintf(where, sizeof(where), "%s/s", folder);
    PS_REQUIRE(ps_rpc_listen(where, &fd, &path) == 0);
    CU_ASSERT_STRING_EQUAL(path, where);
    PS_REQUIRE(stat(where, &st) == 0);
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0666);
    close(fd);
    free(path);
    unlink(where);
    rmdir(folder);
}

static void a_failed_allocation_is_reported(void)
{
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(listen_at("/tmp/never-made"), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_NOT_EQUAL(access("/tmp/never-made", F_OK), 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(addresses_of_both_families_are_taken),
        PS_TEST(what_is_no_address_is_refused),
        PS_TEST(a_taken_port_is_an_error),
        PS_TEST(a_path_is_a_unix_socket_that_anybody_may_knock_at),
        PS_TEST(a_failed_allocation_is_reported),
    };

    return ps_test_run("host/messaging/rpc_listen", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/nats/test_site.c - servers' names and addresses, and a folder that stays. */
#include "tools/nats/site.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static char dir[] = "/tmp/ps-nats-XXXXXX";

static void servers_are_a_name_and_an_address(void)
{
    static const char *const bad[] = { "",
                                       "e1",
                                       "=h",
                                       "e1=",
                                       "e1=:4222",
                                       "e 1=h",
                                       "e.1=h",
                                       "e1=h:0",
                                       "e1=h:65000",
                                       "e1=h:4x",
                                       "e1=h\"",
                                       "e1=h h",
                                       "abcdefghijklmnopqrstuvwxyz1234567=h" };
    struct site_server server;

    CU_ASSERT_EQUAL(site_parse_server("e1=10.0.0.1", &server), 0);
    CU_ASSERT_STRING_EQUAL(server.name, "e1");
    CU_ASSERT_STRING_EQUAL(server.host, "10.0.0.1");
    CU_ASSERT_EQUAL(server.port, 4222);
    CU_ASSERT_EQUAL(site_parse_server("b-2=[::1]:5222", &server), 0);
    CU_ASSERT_STRING_EQUAL(server.host, "[::1]");
    CU_ASSERT_EQUAL(server.port, 5222);
    CU_ASSERT_EQUAL(site_parse_server("b-2=[::1]", &server), 0);
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(site_parse_server(bad[i], &server), -EINVAL);
}

static void read_file(const char *name, char *ret_text, size_t size)
{
    char path[128];
    struct stat is;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    PS_REQUIRE(file != NULL && fstat(fileno(file), &is) == 0);
    CU_ASSERT_EQUAL(is.st_mode & 0777, 0600);
    ret_text[fread(ret_text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void keys_are_drawn_once_and_hidden(void)
{
    struct site_server hub, edge;
    char seeds[2][128], conf[8192];

    PS_REQUIRE(site_parse_server("h1=127.0.0.1", &hub) == 0);
    PS_REQUIRE(site_parse_server("e1=127.0.0.2", &edge) == 0);
    for (unsigned i = 0; i < 2; i++) {
        struct site site = { .dir = dir,
                             .store = "/s",
                             .tls = i == 0 ? NULL : "/tls",
                             .hub = &hub,
                             .edges = &edge,
                             .hub_count = 1,
                             .edge_count = 1 };

        PS_REQUIRE(site_open(&site, true, 1000) == 0);
        CU_ASSERT_EQUAL(site_write(&site, 1000), 0);
        site_close(&site);
        read_file("account.seed", seeds[i], sizeof(seeds[i]));
        read_file("edge-e1.conf", conf, sizeof(conf));
        CU_ASSERT_EQUAL(strstr(conf, "cert_file: \"/tls/e1.pem\"") != NULL, i == 1);
        read_file("leaf-e1.creds", conf, sizeof(conf));
    }
    CU_ASSERT_STRING_EQUAL(seeds[0], seeds[1]);
}

static void keys_that_others_can_read_are_none(void)
{
    struct site site = { .dir = dir };
    char path[128];

    snprintf(path, sizeof(path), "%s/account.seed", dir);
    PS_REQUIRE(chmod(path, 0644) == 0);
    CU_ASSERT_EQUAL(site_open(&site, false, 1000), -EPERM);
    PS_REQUIRE(chmod(path, 0600) == 0);
    CU_ASSERT_EQUAL(site_open(&site, false, 1000), 0);
    site_close(&site);
}

static void peers_and_edges_have_names(void)
{
    struct site site = { .dir = dir };
    char *text = NULL;

    PS_REQUIRE(site_open(&site, false, 1000) == 0);
    CU_ASSERT_EQUAL(site_peer(&site, "e1", "a b", 1, 2, &text), -EINVAL);
    CU_ASSERT_EQUAL(site_peer(&site, "e.1", "ann", 1, 2, &text), -EINVAL);
    CU_ASSERT_EQUAL(site_peer(&site, "e1", "", 1, 2, &text), -EINVAL);
    CU_ASSERT_EQUAL(site_peer(&site, "e1", "ann.of~x", 1, 2, &text), 0);
    free(text);
    site_close(&site);
}

static void without_a_folder_nothing_is_made(void)
{
    struct site site = { .dir = "/proc/no/such" };

    CU_ASSERT_TRUE(site_open(&site, true, 1) < 0);
    CU_ASSERT_EQUAL(site_open(&site, false, 1), -ENOENT);
}

static int remove_one(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is, (void)kind, (void)at;
    return remove(path);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(servers_are_a_name_and_an_address),  PS_TEST(keys_are_drawn_once_and_hidden),
        PS_TEST(keys_that_others_can_read_are_none), PS_TEST(peers_and_edges_have_names),
        PS_TEST(without_a_folder_nothing_is_made),
    };
    int rc;

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    rc = ps_test_run("tools/nats/site", tests, PS_ARRAY_LEN(tests));
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return rc;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/config/test_region.c - regions of the configuration and of a file of prefixes. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/mem.h"
#include "host/config/config.h"
#include "tests/support/ps_test.h"

static char dir[] = "/tmp/ps-region-XXXXXX";
static char yaml_path[64], prefixes_path[64];
static char why[256];

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    PS_REQUIRE(out != NULL);
    CU_ASSERT_TRUE(fputs(text, out) >= 0);
    CU_ASSERT_EQUAL(fclose(out), 0);
}

static int load(struct ps_config **ret_config, const char *prefixes)
{
    char yaml[256];

    snprintf(yaml, sizeof(yaml),
             "demand: { prefixes: %s }\nregions:\n- { prefix: 10.77.0.0/16, region: 1 }\n",
             prefixes_path);
    write_file(yaml_path, yaml);
    write_file(prefixes_path, prefixes);
    return ps_config_load(yaml_path, ret_config, why, sizeof(why));
}

static uint16_t region_of(const struct ps_config *config, const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return ps_config_region_of(config, (const struct sockaddr *)&v4);
    PS_REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    return ps_config_region_of(config, (const struct sockaddr *)&v6);
}

static void the_longest_prefix_of_both_counts(void)
{
    const struct sockaddr local = { .sa_family = AF_UNIX };
    struct ps_config *config = NULL;

    PS_REQUIRE(load(&config, "# ours\n\n10.77.1.0/24\t2\n 2001:db8::/33 65535 \n"
                             "10.77.0.0/16 9\r\n") == 0);
    CU_ASSERT_EQUAL(region_of(config, "10.77.9.9"), 1); /* the configuration was first */
    CU_ASSERT_EQUAL(region_of(config, "10.77.1.9"), 2);
    CU_ASSERT_EQUAL(region_of(config, "2001:db8:7fff::1"), 65535);
    CU_ASSERT_EQUAL(region_of(config, "10.78.0.0"), 0);
    CU_ASSERT_EQUAL(ps_config_region_of(config, &local), 0);
    ps_config_free(config);
}

static void a_wrong_line_is_named(void)
{
    static const char *const bad[] = { "10.0.0.1/8 1",  "10.0.0.0/8",       "10.0.0.0/8 0",
                                       "x 1",           "10.0.0.0/8 65536", "10.0.0.0/8 1 1",
                                       "10.0.0.0/8 -1", "10.0.0.0/8 1x",    "10.0.0.0 1" };
    char text[128], begin[128];

    snprintf(begin, sizeof(begin), "%s:2: ", prefixes_path);
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        struct ps_config *config = NULL;

        snprintf(text, sizeof(text), "::/0 1\n%s\n", bad[i]);
        CU_ASSERT_EQUAL(load(&config, text), -EINVAL);
        CU_ASSERT_EQUAL(strncmp(why, begin, strlen(begin)), 0);
    }
}

static void a_file_that_is_not_there_is_refused(void)
{
    struct ps_config *config = NULL;

    write_file(yaml_path, "demand: { prefixes: /nowhere/at/all }\n");
    CU_ASSERT_EQUAL(ps_config_load(yaml_path, &config, why, sizeof(why)), -ENOENT);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_longest_prefix_of_both_counts),
        PS_TEST(a_wrong_line_is_named),
        PS_TEST(a_file_that_is_not_there_is_refused),
    };

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    snprintf(yaml_path, sizeof(yaml_path), "%s/conf", dir);
    snprintf(prefixes_path, sizeof(prefixes_path), "%s/prefixes", dir);
    const int status = ps_test_run("host/config/region.c", tests, PS_ARRAY_LEN(tests));
    unlink(yaml_path);
    unlink(prefixes_path);
    rmdir(dir);
    return status;
}

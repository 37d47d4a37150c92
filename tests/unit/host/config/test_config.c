/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/config/test_config.c - a whole file: what is taken, and where it is wrong. */
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/config/config.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/ps-config-XXXXXX";
static char yaml_path[64], titles_path[64];
static char why[256];

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *out = fopen(path, "w");

    PS_REQUIRE(out != NULL);
    CU_ASSERT_EQUAL(fwrite(text, 1, size, out), size);
    CU_ASSERT_EQUAL(fclose(out), 0);
}

static int load(struct ps_config **ret_config, const char *text)
{
    write_file(yaml_path, text, strlen(text));
    return ps_config_load(yaml_path, ret_config, why, sizeof(why));
}

/* The complaint begins with the file, the line and the key. */
static void refused_at(unsigned line, const char *key, const char *text)
{
    struct ps_config *config = NULL;
    char begin[128];

    snprintf(begin, sizeof(begin), "%s:%u: %s", yaml_path, line, key);
    CU_ASSERT_EQUAL(load(&config, text), -EINVAL);
    CU_ASSERT_PTR_NULL(config);
    if (strncmp(why, begin, strlen(begin)) != 0) {
        printf("expected %s..., got %s\n", begin, why);
        CU_FAIL("complains elsewhere");
    }
}

static void an_empty_file_gives_the_defaults(void)
{
    struct ps_config *config = NULL;

    PS_REQUIRE(load(&config, "# nothing\n") == 0);
    CU_ASSERT_STRING_EQUAL(config->listen.address, "127.0.0.1");
    CU_ASSERT_EQUAL(config->listen.port, 8080);
    CU_ASSERT_EQUAL(config->demand.own_server, PS_DEMAND_LOG);
    CU_ASSERT_EQUAL(config->tier.dram_bytes, 64u << 20);
    CU_ASSERT_PTR_NULL(config->tier.path);
    CU_ASSERT_EQUAL(config->predict.confidence_threshold, 0.3);
    CU_ASSERT_TRUE(config->speculate.enabled);
    CU_ASSERT_EQUAL(config->turn_ns, 1000000000);
    CU_ASSERT_EQUAL(config->media_count, 0);
    CU_ASSERT_EQUAL(config->profile_count, 5);
    CU_ASSERT_STRING_EQUAL(config->profiles[3].name, "mobile-360p");
    ps_config_free(config);
    config = NULL;
    PS_REQUIRE(ps_config_load(NULL, &config, why, sizeof(why)) == 0);
    CU_ASSERT_EQUAL(config->listen.port, 8080);
    ps_config_free(config);
}

static const char whole[] = "listen: { port: 9090, idle_timeout: 1min }\n"
                            "demand:\n"
                            "  own_server: nic\n"
                            "  nic_socket: /run/n.sock\n"
                            "tier:\n"
                            "  dram: 64GiB\n"
                            "  path: /var/lib/t\n"
                            "  policy: s3fifo\n"
                            "profiles:\n"
                            "- { name: tiny, width: 320, height: 180, bitrate: 300k,\n"
                            "    segment: 1500ms, watermark: ab }\n"
                            "- { name: sound, kind: audio }\n"
                            "media:\n"
                            "- { id: one, url: /srv/one.mp4 }\n"
                            "- { id: two, url: 'http://o/two.mp4' }\n"
                            "tenants:\n"
                            "- { name: studio, weight: 3, reserve_max: 0.5 }\n"
                            "regions:\n"
                            "- { prefix: 10.77.1.0/24, region: 1 }\n"
                            "time_scale: 15\n";

static void every_section_is_taken(void)
{
    struct ps_config *config = NULL;

    PS_REQUIRE(load(&config, whole) == 0);
    CU_ASSERT_EQUAL(config->listen.port, 9090);
    CU_ASSERT_EQUAL(config->listen.idle_timeout_ns, 60000000000ull);
    CU_ASSERT_EQUAL(config->demand.own_server, PS_DEMAND_NIC);
    CU_ASSERT_EQUAL(config->tier.dram_bytes, 64ull << 30);
    CU_ASSERT_EQUAL(config->tier.policy, PS_CONFIG_POLICY_S3FIFO);
    CU_ASSERT_EQUAL(config->time_scale, 15.0);
    PS_REQUIRE(config->profile_count == 2);
    const struct ps_profile *tiny = &config->profiles[0];
    CU_ASSERT_EQUAL(tiny->key, ps_hash64_name("tiny"));
    CU_ASSERT_EQUAL(tiny->width, 320);
    CU_ASSERT_EQUAL(tiny->bitrate_bps, 300000);
    CU_ASSERT_EQUAL(tiny->segment_ms, 1500);
    CU_ASSERT_TRUE(tiny->marked);
    CU_ASSERT_EQUAL(config->profiles[1].kind, PS_PROFILE_AUDIO);
    PS_REQUIRE(config->media_count == 2);
    CU_ASSERT_STRING_EQUAL(config->media[1].id, "two");
    CU_ASSERT_STRING_EQUAL(config->media[1].url, "http://o/two.mp4");
    PS_REQUIRE(config->tenant_count == 2);
    CU_ASSERT_STRING_EQUAL(config->tenants[1].name, "studio");
    CU_ASSERT_EQUAL(config->tenants[1].weight, 3);
    CU_ASSERT_EQUAL(config->tenants[1].reserve_max, 0.5);
    PS_REQUIRE(config->region_count == 1);
    CU_ASSERT_EQUAL(config->regions[0].prefix.bits, 96 + 24);
    ps_config_free(config);
}

static void the_default_tenant_is_there_and_first(void)
{
    struct ps_config *config = NULL;

    PS_REQUIRE(load(&config, "# nothing\n") == 0);
    PS_REQUIRE(config->tenant_count == 1);
    CU_ASSERT_STRING_EQUAL(config->tenants[0].name, "default");
    CU_ASSERT_EQUAL(config->tenants[0].weight, 1);
    CU_ASSERT_EQUAL(config->tenants[0].reserve_max, 1.0);
    ps_config_free(config);
    config = NULL;
    PS_REQUIRE(load(&config, "tenants:\n- name: a\n- {name: b, weight: 7}\n"
                             "- {name: default, weight: 9}\n- name: c\n") == 0);
    PS_REQUIRE(config->tenant_count == 4);
    CU_ASSERT_STRING_EQUAL(config->tenants[0].name, "default");
    CU_ASSERT_EQUAL(config->tenants[0].weight, 9);
    CU_ASSERT_EQUAL(ps_config_find_tenant(config, "a"), 1);
    CU_ASSERT_EQUAL(ps_config_find_tenant(config, "b"), 2);
    CU_ASSERT_EQUAL(ps_config_find_tenant(config, "c"), 3);
    CU_ASSERT_EQUAL(ps_config_find_tenant(config, "d"), 4);
    ps_config_free(config);
}

static void titles_find_their_tenant_wherever_it_is_written(void)
{
    struct ps_config *config = NULL;
    char text[256];

    write_file(titles_path, "x u\ny u b\nz u default\n", 22);
    snprintf(text, sizeof(text),
             "media:\n- {id: p, url: u, tenant: b}\n- {id: q, url: u}\nmedia_file: %s\n"
             "tenants:\n- name: a\n- name: b\n",
             titles_path);
    PS_REQUIRE(load(&config, text) == 0);
    PS_REQUIRE(config->media_count == 5);
    CU_ASSERT_EQUAL(config->media[0].tenant, 2);
    CU_ASSERT_EQUAL(config->media[1].tenant, 0);
    CU_ASSERT_EQUAL(config->media[2].tenant, 0);
    CU_ASSERT_EQUAL(config->media[3].tenant, 2);
    CU_ASSERT_EQUAL(config->media[4].tenant, 0);
    ps_config_free(config);
}

static void mistakes_with_tenants_name_their_line(void)
{
    char text[64 * 16] = "tenants:\n";
    struct ps_config *config = NULL;

    refused_at(3, "media.tenant: there is no tenant `who`",
               "media:\n- {id: a, url: u}\n"
               "- {id: b, url: u, tenant: who}\n");
    refused_at(3, "tenants: `a` is there already", "tenants:\n- name: a\n- name: a\n");
    refused_at(2, "tenants[0].weight", "tenants:\n- {name: a, weight: 0}\n");
    refused_at(2, "tenants[0].weight", "tenants:\n- {name: a, weight: 1001}\n");
    refused_at(2, "tenants[0].reserve_max", "tenants:\n- {name: a, reserve_max: 1.1}\n");
    refused_at(2, "tenants[0].name", "tenants:\n- {name: a/b}\n");
    for (unsigned i = 1; i < PS_CONFIG_TENANTS_MAX; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "- name: t%u\n", i);
    PS_REQUIRE(load(&config, text) == 0);
    CU_ASSERT_EQUAL(config->tenant_count, PS_CONFIG_TENANTS_MAX);
    ps_config_free(config);
    strcat(text, "- name: one\n"); /* too many beside `default`, which is not given */
    refused_at(65, "tenants: at most 63 besides `default`", text);
}

static void a_version_changes_with_what_changes_the_bytes(void)
{
    struct ps_config *config = NULL;

    PS_REQUIRE(load(&config,
                    "profiles:\n"
                    "- { name: a, width: 320, height: 180, bitrate: 300k }\n"
                    "- { name: b, width: 320, height: 180, bitrate: 300000 }\n"
                    "- { name: c, width: 320, height: 180, bitrate: 301k }\n"
                    "- { name: d, width: 320, height: 180, bitrate: 300k, watermark: ab }\n"
                    "- { name: e, width: 320, height: 180, bitrate: 300k, segment: 1s }\n"
                    "- { name: f, width: 320, height: 180, bitrate: 300k, effort: 2 }\n"
                    "- { name: g, width: 320, height: 180, bitrate: 300k, vbv: 2s }\n"
                    "- { name: h, width: 320, height: 180, bitrate: 300k, rate: quality,"
                    " quality: 28 }\n"
                    "- { name: i, kind: copy }\n"
                    "- { name: j, kind: copy, effort: 2 }\n") == 0);
    CU_ASSERT_EQUAL(config->profiles[0].version, config->profiles[1].version);
    for (unsigned i = 2; i < 8; i++)
        CU_ASSERT_NOT_EQUAL(config->profiles[0].version, config->profiles[i].version);
    CU_ASSERT_EQUAL(config->profiles[8].version, config->profiles[9].version);
    CU_ASSERT_EQUAL(config->profiles[7].rate, PS_RATE_QUALITY);
    CU_ASSERT_EQUAL(config->profiles[7].quality_qp, 28);
    CU_ASSERT_EQUAL(config->profiles[0].effort, 1);
    CU_ASSERT_EQUAL(config->profiles[0].vbv_ms, 1000);
    ps_config_free(config);
}

static void each_mistake_is_named_by_line_and_key(void)
{
    refused_at(2, "listen.prot", "listen:\n  prot: 1\n");
    refused_at(1, "lisen", "lisen:\n  port: 1\n");
    refused_at(3, "listen.port", "\nlisten:\n  port: 64x\n");
    refused_at(2, "tier.dram", "tier:\n  dram: 64\n");
    refused_at(2, "listen.port", "listen:\n  port: [1]\n");
    refused_at(1, "listen", "listen: 8080\n");
    refused_at(1, "media", "media: 8080\n");
    refused_at(3, "port", "listen:\n  port: 1\n  port: 2\n");
    refused_at(3, "turn", "turn: 1s\n\nturn: 1s\n");
    refused_at(1, "", "- a\n");
    refused_at(2, "", "listen: {port: 1\n"); /* where the text ends */
    refused_at(2, "", "a: b\n c: d\n");
    refused_at(1, "", "turn: \xff\n");
    refused_at(2, "", "turn: 1s\n---\nturn: 2s\n");
    refused_at(1, "tier.dram", "tier: { dram: \"64MiB\\0x\" }\n");
    refused_at(1, "", "? [a]\n: b\n");
}

static void mistakes_in_lists_name_the_item(void)
{
    refused_at(3, "media[1]: `url` is missing", "media:\n- {id: a, url: b}\n- {id: c}\n");
    refused_at(2, "media[0].id", "media:\n- {id: a/b, url: b}\n");
    refused_at(3, "id: `a` is there already", "media:\n- {id: a, url: b}\n- {id: a, url: c}\n");
    refused_at(2, "profiles[0].name", "profiles:\n- {name: 'a b', kind: copy}\n");
    refused_at(3, "profiles[1].name",
               "profiles:\n- {name: a, kind: copy}\n- {name: a, kind: copy}\n");
    refused_at(2, "profiles[0].width", "profiles:\n- {name: a}\n");
    refused_at(2, "profiles[0].height", "profiles:\n- {name: a, width: 64, height: 35}\n");
    refused_at(2, "profiles[0].bitrate", "profiles:\n- {name: a, width: 64, height: 36}\n");
    refused_at(2, "profiles[0].effort",
               "profiles:\n- {name: a, width: 64, height: 36, bitrate: 50k, effort: 3}\n");
    refused_at(2, "profiles[0].vbv",
               "profiles:\n- {name: a, width: 64, height: 36, bitrate: 50k, vbv: 10ms}\n");
    refused_at(2, "profiles[0].quality",
               "profiles:\n- {name: a, width: 64, height: 36, bitrate: 50k, rate: quality}\n");
    refused_at(2, "profiles[0].quality",
               "profiles:\n- {name: a, width: 64, height: 36, bitrate: 50k, quality: 28}\n");
    refused_at(2, "profiles[0].quality", "profiles:\n- {name: a, kind: copy, rate: quality}\n");
    refused_at(2, "profiles[0].watermark", "profiles:\n- {name: a, kind: copy, watermark: ab}\n");
    refused_at(2, "regions[0].prefix", "regions:\n- {prefix: 10.0.0.1/8, region: 1}\n");
    refused_at(2, "regions[0].region", "regions:\n- {prefix: 10.0.0.0/8, region: 0}\n");
}

static void values_that_do_not_go_together_are_refused(void)
{
    refused_at(2, "tier.zone", "tier:\n  zone: 3MiB\n");
    refused_at(3, "tier.size", "tier:\n  path: /x\n  size: 8MiB\n");
    refused_at(2, "demand.own_server", "demand:\n  own_server: nic\n");
    refused_at(3, "privacy.salt_rotate", "privacy:\n  retain: 8784h\n  salt_rotate: 1h\n");
}

static void cards_have_a_device_of_their_own_and_kernels(void)
{
    struct ps_config *config = NULL;

    PS_REQUIRE(load(&config, "card: {xclbin: a, timing: timed}\n"
                             "cards:\n- {device: 3}\n- {xclbin: b, device: 0}\n") == 0);
    PS_REQUIRE(config->card_count == 2);
    CU_ASSERT_PTR_NULL(config->cards[0].xclbin);
    CU_ASSERT_EQUAL(config->cards[0].device, 3);
    CU_ASSERT_STRING_EQUAL(config->cards[1].xclbin, "b");
    CU_ASSERT_EQUAL(config->card.timing, PS_CONFIG_TIMING_TIMED);
    ps_config_free(config);
    refused_at(3, "cards.device", "cards:\n- {xclbin: a, device: 1}\n- {xclbin: b, device: 1}\n");
    refused_at(2, "cards.device", "cards:\n- {device: 1}\n");
    refused_at(2, "cards[0]: `device` is missing", "cards:\n- {xclbin: a}\n");
    refused_at(2, "cards[0].device", "cards:\n- {xclbin: a, device: 16}\n");
}

static void a_node_has_at_most_sixteen_cards(void)
{
    char text[1024] = "card: {xclbin: a}\ncards:\n";

    for (unsigned i = 0; i < PS_CONFIG_CARDS_MAX + 1; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "- {device: %u}\n", i % 16);
    refused_at(3, "cards: at most 16", text);
}

static void lists_end_at_their_limits(void)
{
    char text[4096] = "profiles:\n";

    for (unsigned i = 0; i <= PS_PROFILES_MAX; i++)
        snprintf(text + strlen(text), 64, "- {name: p%u, kind: copy}\n", i);
    refused_at(2, "profiles: at most 32", text);
}

static void an_empty_list_of_profiles_means_the_ladder(void)
{
    struct ps_config *config = NULL;

    PS_REQUIRE(load(&config, "profiles: []\nmedia: []\n") == 0);
    CU_ASSERT_EQUAL(config->profile_count, 5);
    ps_config_free(config);
}

static int load_titles(struct ps_config **ret_config, const char *titles)
{
    char text[128];

    write_file(titles_path, titles, strlen(titles));
    snprintf(text, sizeof(text), "media:\n- {id: first, url: x}\nmedia_file: %s\n", titles_path);
    return load(ret_config, text);
}

static void a_media_file_adds_its_lines(void)
{
    struct ps_config *config = NULL;
    char id[PS_MEDIA_ID_MAX + 1];
    char *many = ps_zalloc(1000, 32);

    PS_REQUIRE(load_titles(&config, "# titles\n\n  a\thttp://o/a\r\nb  /b") == 0);
    PS_REQUIRE(config->media_count == 3);
    CU_ASSERT_STRING_EQUAL(config->media[1].id, "a");
    CU_ASSERT_STRING_EQUAL(config->media[1].url, "http://o/a");
    CU_ASSERT_STRING_EQUAL(config->media[2].id, "b");
    ps_config_free(config);
    config = NULL;
    char *end = many;
    for (unsigned i = 0; i < 1000; i++)
        end += sprintf(end, "t%u u%u\n", i, i);
    PS_REQUIRE(load_titles(&config, many) == 0);
    CU_ASSERT_EQUAL(config->media_count, 1001);
    snprintf(id, sizeof(id), "t%u", 999u);
    CU_ASSERT_STRING_EQUAL(config->media[1000].id, id);
    ps_config_free(config);
    free(many);
}

static void facts_of_titles_are_taken_wherever_they_are_written(void)
{
    struct ps_config *config = NULL;
    const struct ps_config_media *m;

    PS_REQUIRE(load_titles(&config, "a u default category=film born=1600000000\n"
                                    "b u sequel_of=a\nc u\n") == 0);
    PS_REQUIRE(config->media_count == 4);
    m = config->media;
    CU_ASSERT_STRING_EQUAL(m[1].category, "film");
    CU_ASSERT_EQUAL(m[1].born_s, 1600000000);
    CU_ASSERT_PTR_NULL(m[1].sequel_of);
    CU_ASSERT_STRING_EQUAL(m[2].sequel_of, "a");
    CU_ASSERT_PTR_NULL(m[3].category);
    CU_ASSERT_EQUAL(m[3].born_s, 0);
    ps_config_free(config);
    config = NULL;
    PS_REQUIRE(
        load(&config, "media:\n- {id: p, url: u, category: news, sequel_of: q, born: 7}\n") == 0);
    m = config->media;
    CU_ASSERT_STRING_EQUAL(m[0].category, "news");
    CU_ASSERT_STRING_EQUAL(m[0].sequel_of, "q");
    CU_ASSERT_EQUAL(m[0].born_s, 7);
    ps_config_free(config);
}

static void mistakes_in_a_media_file_are_named_by_line(void)
{
    static const struct {
        const char *titles;
        const char *complaint;
    } cases[] = {
        { "a u\nb\n", ":2: url" },
        { "a u\n\nb/c u\n", ":3: id" },
        { "a u default v\n", ":1: url" },
        { "a u\nb u v\n", ":2: tenant: there is no tenant `v`" },
        { "a u category=\n", ":1: url" },
        { "a u category=x category=y\n", ":1: url" },
        { "a u born=soon\n", ":1: url" },
        { "a u born=-1\n", ":1: url" },
        { "a u born=4294967296\n", ":1: url" },
        { "a u colour=red\n", ":1: url" },
        { "a u born=1 default\n", ":1: url" },
        { "a u\nb u\na w\n", ":3: id: `a` is there already" },
        { "a u\nfirst u\n", ":2: id: `first` is there already" },
    };
    struct ps_config *config = NULL;

    for (size_t i = 0; i < PS_ARRAY_LEN(cases); i++) {
        CU_ASSERT_EQUAL(load_titles(&config, cases[i].titles), -EINVAL);
        CU_ASSERT_TRUE(strncmp(why, titles_path, strlen(titles_path)) == 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, cases[i].complaint));
    }
}

static void files_that_cannot_be_read_say_so(void)
{
    struct ps_config *config = NULL;
    char fifo[64];

    CU_ASSERT_EQUAL(ps_config_load("/nowhere/prestage.conf", &config, why, sizeof(why)), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "/nowhere/prestage.conf"));
    CU_ASSERT_EQUAL(ps_config_load(dir, &config, why, sizeof(why)), -EINVAL);
    snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
    PS_REQUIRE(mkfifo(fifo, 0600) == 0);
    CU_ASSERT_EQUAL(ps_config_load(fifo, &config, why, sizeof(why)), -EINVAL);
    unlink(fifo);
    PS_REQUIRE(truncate(yaml_path, PS_CONFIG_BYTES_MAX + 1) == 0);
    CU_ASSERT_EQUAL(ps_config_load(yaml_path, &config, why, sizeof(why)), -E2BIG);
    CU_ASSERT_EQUAL(load(&config, "media_file: /nowhere/titles\n"), -ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "/nowhere/titles"));
    CU_ASSERT_PTR_NULL(config);
}

static void damaged_files_are_refused_or_taken(void)
{
    unsigned short seed[3] = { 7, 8, 9 };
    char text[sizeof(whole)];

    for (unsigned round = 0; round < 500; round++) {
        struct ps_config *config = NULL;
        memcpy(text, whole, sizeof(whole));
        for (unsigned flips = 0; flips < 1 + round % 4; flips++)
            text[(size_t)nrand48(seed) % (sizeof(whole) - 1)] = (char)nrand48(seed);
        write_file(yaml_path, text, sizeof(whole) - 1);
        const int rc = ps_config_load(yaml_path, &config, why, sizeof(why));
        PS_REQUIRE(rc == 0 || (rc == -EINVAL && why[0] != '\0'));
        ps_config_free(config);
    }
}

static void loading_survives_each_failed_allocation(void)
{
    struct ps_config *config = NULL;
    unsigned failed_at = 0;

    write_file(yaml_path, whole, sizeof(whole) - 1);
    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_config_load(yaml_path, &config, why, sizeof(why));
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        PS_REQUIRE(rc == -ENOMEM && config == NULL);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, "memory"));
    }
    CU_ASSERT_TRUE(failed_at >= 10);
    ps_config_free(config);
}

static void help_names_every_key_with_its_default(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    PS_REQUIRE(out != NULL);
    ps_config_write_help(out, false);
    fclose(out);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "idle_timeout"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "duration 1s..1h; default 30s"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "confidence|s3fifo"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "profiles[]"));
    free(text);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(an_empty_file_gives_the_defaults),
        PS_TEST(every_section_is_taken),
        PS_TEST(the_default_tenant_is_there_and_first),
        PS_TEST(titles_find_their_tenant_wherever_it_is_written),
        PS_TEST(mistakes_with_tenants_name_their_line),
        PS_TEST(a_version_changes_with_what_changes_the_bytes),
        PS_TEST(each_mistake_is_named_by_line_and_key),
        PS_TEST(mistakes_in_lists_name_the_item),
        PS_TEST(values_that_do_not_go_together_are_refused),
        PS_TEST(cards_have_a_device_of_their_own_and_kernels),
        PS_TEST(a_node_has_at_most_sixteen_cards),
        PS_TEST(lists_end_at_their_limits),
        PS_TEST(an_empty_list_of_profiles_means_the_ladder),
        PS_TEST(a_media_file_adds_its_lines),
        PS_TEST(facts_of_titles_are_taken_wherever_they_are_written),
        PS_TEST(mistakes_in_a_media_file_are_named_by_line),
        PS_TEST(files_that_cannot_be_read_say_so),
        PS_TEST(damaged_files_are_refused_or_taken),
        PS_TEST(loading_survives_each_failed_allocation),
        PS_TEST(help_names_every_key_with_its_default),
    };

    if (mkdtemp(dir) == NULL)
        return EXIT_FAILURE;
    snprintf(yaml_path, sizeof(yaml_path), "%s/prestage.conf", dir);
    snprintf(titles_path, sizeof(titles_path), "%s/titles", dir);
    const int status = ps_test_run("host/config", tests, PS_ARRAY_LEN(tests));
    unlink(yaml_path);
    unlink(titles_path);
    rmdir(dir);
    return status;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/config/test_value.c - the text of values, with units and without mercy. */
#include "host/base/mem.h"
#include "host/config/keys_priv.h"
#include "tests/support/ps_test.h"

#include <errno.h>
#include <string.h>

static struct ps_config config;
static char why[PS_CONFIG_WHY_MAX];

static int set(unsigned section, const char *name, const char *text)
{
    const struct ps_config_key *key = ps_config_find_key(section, name);

    why[0] = '\0';
    return key == NULL ? -ENOENT : ps_config_set(key, &config, text, why);
}

static void sizes_take_binary_units(void)
{
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "dram", "64GiB"), 0);
    CU_ASSERT_EQUAL(config.tier.dram_bytes, 64ull << 30);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "dram", "1.5MiB"), -EINVAL); /* below the limit */
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "dram", "4.5MiB"), 0);
    CU_ASSERT_EQUAL(config.tier.dram_bytes, 9ull << 19);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "dram", "8388608"), 0);
    CU_ASSERT_EQUAL(config.tier.dram_bytes, 8388608);
}

static void durations_need_their_unit(void)
{
    CU_ASSERT_EQUAL(set(PS_CONFIG_TOP, "turn", "250ms"), 0);
    CU_ASSERT_EQUAL(config.turn_ns, 250000000);
    CU_ASSERT_EQUAL(set(PS_CONFIG_PIPELINE, "origin_timeout", "5min"), 0);
    CU_ASSERT_EQUAL(config.pipeline.origin_timeout_ns, 300000000000ull);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TOP, "turn", "1"), -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(why, "ms"));
}

static void numbers_with_anything_else_are_refused(void)
{
    static const char *const bad[] = { "64x",   "64 ",    " 64",  "64gib", "64Gi", "+64", "-1",
                                       "0x40",  "1e9",    "",     "GiB",   "1,5",  ".5",  "5.",
                                       "1.2.3", "64GiBx", "64KB", "inf",   "nan" };

    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++) {
        CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "dram", bad[i]), -EINVAL);
        CU_ASSERT_EQUAL(set(PS_CONFIG_LISTEN, "port", bad[i]), -EINVAL);
    }
    CU_ASSERT_EQUAL(set(PS_CONFIG_LISTEN, "port", "80.5"), -EINVAL);
}

static void numbers_keep_their_range(void)
{
    CU_ASSERT_EQUAL(set(PS_CONFIG_LISTEN, "port", "65535"), 0);
    CU_ASSERT_EQUAL(set(PS_CONFIG_LISTEN, "port", "65536"), -EINVAL);
    CU_ASSERT_EQUAL(set(PS_CONFIG_LISTEN, "port", "99999999999999999999999"), -EINVAL);
    CU_ASSERT_EQUAL(config.listen.port, 65535);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TOP, "time_scale", "0.01"), 0);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TOP, "time_scale", "0.001"), -EINVAL);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TOP, "turn", "0"), -EINVAL);
}

static void choices_and_switches_take_only_their_words(void)
{
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "policy", "s3fifo"), 0);
    CU_ASSERT_EQUAL(config.tier.policy, PS_CONFIG_POLICY_S3FIFO);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "policy", "s3"), -EINVAL);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "policy", "s3fifo|confidence"), -EINVAL);
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "policy", ""), -EINVAL);
    CU_ASSERT_EQUAL(set(PS_CONFIG_SPECULATE, "enabled", "true"), 0);
    CU_ASSERT_TRUE(config.speculate.enabled);
    CU_ASSERT_EQUAL(set(PS_CONFIG_SPECULATE, "enabled", "yes"), -EINVAL);
}

static void an_empty_text_is_no_text(void)
{
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "path", "/a"), 0);
    CU_ASSERT_STRING_EQUAL(config.tier.path, "/a");
    CU_ASSERT_EQUAL(set(PS_CONFIG_TIER, "path", ""), 0);
    CU_ASSERT_PTR_NULL(config.tier.path);
    CU_ASSERT_EQUAL(set(PS_CONFIG_CONTROL, "socket", ""), -EINVAL);
}

static void every_default_keeps_its_own_limits(void)
{
    for (size_t i = 0; i < PS_CONFIG_KEY_COUNT; i++) {
        const struct ps_config_key *key = &ps_config_keys[i];
        if (!ps_config_sections[key->section].is_list) {
            CU_ASSERT_EQUAL(ps_config_set(key, &config, key->fallback, why), 0);
        }
        CU_ASSERT_TRUE(key->help[0] != '\0');
    }
}

static void free_texts(void)
{
    free(config.listen.address);
    free(config.control.socket);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(sizes_take_binary_units),
        PS_TEST(durations_need_their_unit),
        PS_TEST(numbers_with_anything_else_are_refused),
        PS_TEST(numbers_keep_their_range),
        PS_TEST(choices_and_switches_take_only_their_words),
        PS_TEST(an_empty_text_is_no_text),
        PS_TEST(every_default_keeps_its_own_limits),
    };
    const int status = ps_test_run("host/config/value", tests, PS_ARRAY_LEN(tests));

    free_texts();
    return status;
}

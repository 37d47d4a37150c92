/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_csv.c - the files' form, and a small output that must not change.
 */
#include "tools/generate/csv.h"

#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

enum { TRACE, HINTS, RATES, FILES };

struct output {
    char *text[FILES];
    size_t bytes[FILES];
};

static struct gen_config new_config(void)
{
    struct gen_config cfg;

    gen_config_defaults(&cfg);
    cfg.media = 200;
    cfg.users = 100;
    cfg.days = 1;
    cfg.requests = 2000;
    return cfg;
}

static struct output write_all(const struct gen_config *cfg)
{
    struct output output;
    FILE *files[FILES];
    struct gen *gen = NULL;

    for (int i = 0; i < FILES; i++) {
        files[i] = open_memstream(&output.text[i], &output.bytes[i]);
        PS_REQUIRE(files[i] != NULL);
    }
    struct gen_csv csv = { files[TRACE], files[HINTS], files[RATES], .pairs = cfg->pairs };
    const struct gen_sink sink = gen_csv_sink(&csv);

    PS_REQUIRE(gen_create(&gen, cfg) == 0);
    CU_ASSERT_EQUAL(gen_csv_begin(&csv), 0);
    CU_ASSERT_EQUAL(gen_run(gen, &sink), 0);
    gen_destroy(gen);
    for (int i = 0; i < FILES; i++)
        fclose(files[i]);
    CU_ASSERT_TRUE(csv.requests > 1500 && csv.hint_count > 0 && csv.rate_count > 0);
    CU_ASSERT_TRUE(csv.true_hints > 0 && csv.true_hints < csv.hint_count);
    return output;
}

static void release(const struct output *output)
{
    for (int i = 0; i < FILES; i++)
        free(output->text[i]);
}

static uint32_t crc(const struct output *output, int which)
{
    return ps_crc32c(0, output->text[which], output->bytes[which]);
}

/* Figures in the documents are of this generator: whoever changes it measures them again. */
static void the_generator_is_frozen(void)
{
    struct gen_config cfg = new_config();
    struct output output = write_all(&cfg);

    CU_ASSERT_EQUAL(crc(&output, TRACE), 0xb6bf0319);
    CU_ASSERT_EQUAL(crc(&output, HINTS), 0xaca3513f);
    CU_ASSERT_EQUAL(crc(&output, RATES), 0xd3fc5e9f);
    release(&output);
    cfg.pairs = true;
    output = write_all(&cfg);
    CU_ASSERT_EQUAL(crc(&output, TRACE), 0x4e44da8b);
    release(&output);
}

static void each_line_has_its_columns(void)
{
    static const char *const columns[FILES] = {
        "t,obj,user,size,device,geo,ctime,cat\n",
        "emit_t,due_t,obj,device,user\n",
        "t,obj,rate\n",
    };
    static const int commas[FILES] = { 7, 4, 2 };
    const struct gen_config cfg = new_config();
    const struct output output = write_all(&cfg);

    for (int f = 0; f < FILES; f++) {
        int count = 0;

        CU_ASSERT_EQUAL(strncmp(output.text[f], columns[f], strlen(columns[f])), 0);
        for (const char *c = output.text[f]; *c != '\0'; c++) {
            count += *c == ',';
            if (*c != '\n')
                continue;
            CU_ASSERT_EQUAL(count, commas[f]);
            count = 0;
        }
    }
    release(&output);
}

static void pairs_name_the_profile_and_draw_the_same(void)
{
    struct gen_config cfg = new_config();
    long long t[2];
    unsigned medium[2], user[2];
    char profile[8] = "";
    struct output output = write_all(&cfg);

    PS_REQUIRE(
        sscanf(strchr(output.text[TRACE], '\n'), "%lld,%u,%u,", &t[0], &medium[0], &user[0]) == 3);
    release(&output);
    cfg.pairs = true;
    output = write_all(&cfg);
    PS_REQUIRE(sscanf(strchr(output.text[TRACE], '\n'), "%lld,%u/%7[0-9p],%u,", &t[1], &medium[1],
                      profile, &user[1]) == 4);
    CU_ASSERT_EQUAL(t[0], t[1]);
    CU_ASSERT_EQUAL(medium[0], medium[1]);
    CU_ASSERT_EQUAL(user[0], user[1]);
    CU_ASSERT_PTR_NOT_NULL(strchr(output.text[RATES], '/'));
    release(&output);
}

static void a_crowds_announcement_is_for_anyone(void)
{
    struct gen_csv csv = { .pairs = true };
    const struct gen_hint hint = { .emit_s = 1,
                                   .due_s = 2,
                                   .medium = 3,
                                   .user = GEN_NONE,
                                   .profile = GEN_PROFILES,
                                   .device = GEN_DEVICES };
    char *text;
    size_t bytes;

    csv.hints = open_memstream(&text, &bytes);
    PS_REQUIRE(csv.hints != NULL);
    const struct gen_sink sink = gen_csv_sink(&csv);
    CU_ASSERT_EQUAL(sink.hint(sink.ctx, &hint), 0);
    CU_ASSERT_PTR_NULL(sink.rate);
    fclose(csv.hints);
    CU_ASSERT_STRING_EQUAL(text, "1,2,3,-1,-1\n");
    free(text);
}

static void a_full_disk_is_an_error(void)
{
    struct gen_csv csv = { .trace = fopen("/dev/full", "we") };
    const struct gen_sink sink = gen_csv_sink(&csv);
    const struct gen_request request = { .medium = 1, .user = 1 };

    if (csv.trace == NULL)
        return;
    setvbuf(csv.trace, NULL, _IONBF, 0);
    CU_ASSERT_NOT_EQUAL(gen_csv_begin(&csv), 0);
    CU_ASSERT_NOT_EQUAL(sink.request(sink.ctx, &request), 0);
    fclose(csv.trace);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_generator_is_frozen),
        PS_TEST(each_line_has_its_columns),
        PS_TEST(pairs_name_the_profile_and_draw_the_same),
        PS_TEST(a_crowds_announcement_is_for_anyone),
        PS_TEST(a_full_disk_is_an_error),
    };

    return ps_test_run("tools/generate/csv", tests, PS_ARRAY_LEN(tests));
}

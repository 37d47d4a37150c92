/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/control/test_metrics.c - pages that Prometheus can read, whole or not at all. */
#include "host/control/metrics.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

static struct ps_metrics page;

static const struct row {
    const char *id, *type, *labels, *help;
} rows[] = {
#define PS_METRIC(id, type, labels, help) { #id, #type, labels, help },
#include "host/control/metrics.def"
};

static bool ends_with(const char *text, const char *end)
{
    const size_t bytes = strlen(text), end_bytes = strlen(end);

    return bytes >= end_bytes && strcmp(text + bytes - end_bytes, end) == 0;
}

static void names_follow_the_convention(void)
{
    for (unsigned i = 0; i < PS_METRIC_COUNT; i++) {
        const bool is_counter = strcmp(rows[i].type, "COUNTER") == 0;

        CU_ASSERT_EQUAL(ends_with(rows[i].id, "_total"), is_counter);
        for (const char *c = rows[i].id; *c != '\0'; c++)
            CU_ASSERT_TRUE(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_');
        for (unsigned k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(rows[i].id, rows[k].id);
        CU_ASSERT_PTR_NULL(strstr(rows[i].id, "_ms"));
        CU_ASSERT_PTR_NULL(strpbrk(rows[i].help, "\n\\"));
        CU_ASSERT_TRUE(strlen(rows[i].help) > 0);
    }
}

static void no_label_is_a_title_or_a_peer(void)
{
    static const char *const known[] = {
        "version", "mode",  "policy",  "device", "emulated", "part",  "source", "why",
        "horizon", "from",  "outcome", "kept",   "origin",   "model", "reason", "fate",
        "state",   "class", "profile", "cache",  "queue",    "card",  "check",  "medium",
        "result",  "used",  "found",   "tenant", "way",      "to",    "answer", "direction"
    };

    for (unsigned i = 0; i < PS_METRIC_COUNT; i++) {
        char labels[128];
        unsigned count = 0;

        snprintf(labels, sizeof(labels), "%s", rows[i].labels);
        for (char *rest = NULL, *l = strtok_r(labels, ",", &rest); l != NULL;
             l = strtok_r(NULL, ",", &rest), count++) {
            unsigned matches = 0;

            for (size_t k = 0; k < PS_ARRAY_LEN(known); k++)
                matches += strcmp(l, known[k]) == 0;
            CU_ASSERT_EQUAL(matches, 1);
        }
        CU_ASSERT_TRUE(count <= PS_METRICS_LABELS_MAX);
    }
}

static void a_family_is_introduced_once(void)
{
    ps_metrics_clear(&page);
    ps_metrics_put(&page, PS_METRIC_jobs, 3, (const char *const[]){ "real-time" });
    ps_metrics_put(&page, PS_METRIC_jobs, 0.25, (const char *const[]){ "speculative" });
    ps_metrics_put_plain(&page, PS_METRIC_media, 7);
    CU_ASSERT_STRING_EQUAL(page.text, "# HELP prestage_jobs not finished\n"
                                      "# TYPE prestage_jobs gauge\n"
                                      "prestage_jobs{queue=\"real-time\"} 3\n"
                                      "prestage_jobs{queue=\"speculative\"} 0.25\n"
                                      "# HELP prestage_media titles in the catalogue\n"
                                      "# TYPE prestage_media gauge\n"
                                      "prestage_media 7\n");
    CU_ASSERT_FALSE(page.full);
    CU_ASSERT_EQUAL(page.size_bytes, strlen(page.text));
}

static void odd_values_and_labels_are_spelled_as_the_format_wants(void)
{
    ps_metrics_clear(&page);
    ps_metrics_put(&page, PS_METRIC_price_wait_seconds, NAN, (const char *const[]){ "a\"b\\c\nd" });
    ps_metrics_put(&page, PS_METRIC_price_wait_seconds, INFINITY, (const char *const[]){ "" });
    ps_metrics_put(&page, PS_METRIC_price_wait_seconds, -INFINITY, (const char *const[]){ "x" });
    CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "{profile=\"a\\\"b\\\\c\\nd\"} NaN\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "{profile=\"\"} +Inf\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "{profile=\"x\"} -Inf\n"));
}

static void large_counters_keep_their_digits(void)
{
    ps_metrics_clear(&page);
    ps_metrics_put_plain(&page, PS_METRIC_nic_packets_total, 9007199254740991.0);
    CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "\nprestage_nic_packets_total 9007199254740991\n"));
}

static void histograms_are_cumulative(void)
{
    static const double bounds[] = { 0.001, 0.5 };
    static const uint64_t counts[] = { 2, 3, 1 };
    const struct ps_metrics_histogram h = {
        .bounds = bounds, .counts = counts, .bound_count = 2, .sum = 4.5
    };

    ps_metrics_clear(&page);
    ps_metrics_put_histogram(&page, PS_METRIC_turn_seconds, &h);
    CU_ASSERT_PTR_NOT_NULL(strstr(page.text, "# TYPE prestage_turn_seconds histogram\n"
                                             "prestage_turn_seconds_bucket{le=\"0.001\"} 2\n"
                                             "prestage_turn_seconds_bucket{le=\"0.5\"} 5\n"
                                             "prestage_turn_seconds_bucket{le=\"+Inf\"} 6\n"
                                             "prestage_turn_seconds_sum 4.5\n"
                                             "prestage_turn_seconds_count 6\n"));
}

static void what_does_not_fit_is_said(void)
{
    char label[1024];

    memset(label, 'x', sizeof(label) - 1);
    label[sizeof(label) - 1] = '\0';
    ps_metrics_clear(&page);
    for (size_t i = 0; i < 2 * PS_METRICS_BYTES_MAX / sizeof(label); i++)
        ps_metrics_put(&page, PS_METRIC_price_wait_seconds, 1, (const char *const[]){ label });
    CU_ASSERT_TRUE(page.full);
    CU_ASSERT_TRUE(page.size_bytes < PS_METRICS_BYTES_MAX);
    CU_ASSERT_EQUAL(strlen(page.text), page.size_bytes);
    ps_metrics_clear(&page);
    CU_ASSERT_FALSE(page.full);
    CU_ASSERT_STRING_EQUAL(page.text, "");
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(names_follow_the_convention),
        PS_TEST(no_label_is_a_title_or_a_peer),
        PS_TEST(a_family_is_introduced_once),
        PS_TEST(odd_values_and_labels_are_spelled_as_the_format_wants),
        PS_TEST(large_counters_keep_their_digits),
        PS_TEST(histograms_are_cumulative),
        PS_TEST(what_does_not_fit_is_said),
    };

    return ps_test_run("host/control/metrics.c", tests, PS_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_batch.c - intervals are summed by key; what does not fit is said. */
#include "dpdk/batch.h"

#include <errno.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static void equal_keys_are_summed(void)
{
    const struct psd_record first = { .media_key = 1, .region = 2, .starts = 1, .segments = 2 };
    const struct psd_record other = { .media_key = 1, .region = 3, .other = 5 };
    struct nic_batch *batch;

    PS_REQUIRE(nic_batch_create(&batch, 4) == 0);
    nic_batch_add(batch, &first);
    nic_batch_add(batch, &other);
    nic_batch_add(batch, &first);
    CU_ASSERT_EQUAL(batch->record_count, 2);
    CU_ASSERT_EQUAL(batch->records[0].starts, 2);
    CU_ASSERT_EQUAL(batch->records[0].segments, 4);
    CU_ASSERT_EQUAL(batch->records[1].other, 5);
    nic_batch_clear(batch);
    nic_batch_add(batch, &other);
    CU_ASSERT_EQUAL(batch->record_count, 1);
    nic_batch_destroy(batch);
}

static void what_does_not_fit_is_shed_and_counted(void)
{
    struct nic_batch *batch;

    PS_REQUIRE(nic_batch_create(&batch, 4) == 0);
    for (uint64_t i = 0; i < 10; i++) {
        const struct psd_record record = { .media_key = i, .starts = 1, .segments = 2, .other = 3 };
        nic_batch_add(batch, &record);
    }
    CU_ASSERT_EQUAL(batch->record_count, 4);
    CU_ASSERT_EQUAL(batch->totals.shed_records, 6 * 6);
    nic_batch_destroy(batch);
}

static void merging_spans_the_time_of_both(void)
{
    const struct psd_record record = { .media_key = 1, .segments = UINT32_MAX - 1 };
    struct nic_batch *into, *from;

    PS_REQUIRE(nic_batch_create(&into, 4) == 0);
    PS_REQUIRE(nic_batch_create(&from, 4) == 0);
    from->epoch = 3;
    from->start_ns = 30;
    from->end_ns = 40;
    from->totals.packets = 7;
    nic_batch_add(from, &record);
    nic_batch_merge(into, from);
    from->epoch = 2;
    from->start_ns = 20;
    from->end_ns = 30;
    nic_batch_merge(into, from);
    CU_ASSERT_EQUAL(into->epoch, 3);
    CU_ASSERT_EQUAL(into->start_ns, 20);
    CU_ASSERT_EQUAL(into->end_ns, 40);
    CU_ASSERT_EQUAL(into->totals.packets, 14);
    CU_ASSERT_EQUAL(into->records[0].segments, UINT32_MAX); /* stays at its end, never wraps, ... */
    CU_ASSERT_EQUAL(into->totals.shed_records, UINT32_MAX - 2); /* ... and says what it left out */
    nic_batch_merge(into, from);
    CU_ASSERT_EQUAL(into->record_count, 1);
    nic_batch_destroy(from);
    nic_batch_destroy(into);
}

/* A reader closes the stream on an interval that ends before it begins, whenever it comes again. */
static void an_interval_in_which_the_clock_was_set_back_has_no_length(void)
{
    struct nic_batch *into, *from;

    PS_REQUIRE(nic_batch_create(&into, 4) == 0);
    PS_REQUIRE(nic_batch_create(&from, 4) == 0);
    nic_batch_date(from, 7, 100, 300);
    CU_ASSERT_TRUE(from->epoch == 7 && from->start_ns == 100 && from->end_ns == 300);
    nic_batch_date(from, 8, 300, 50);
    CU_ASSERT_TRUE(from->epoch == 8 && from->start_ns == 50 && from->end_ns == 50);
    nic_batch_merge(into, from);
    CU_ASSERT_TRUE(into->epoch == 8 && into->start_ns <= into->end_ns);
    nic_batch_destroy(from);
    nic_batch_destroy(into);
}

static void claims_and_tls_names_are_summed_and_merged(void)
{
    const struct psd_claim claim = { .media_key = 1, .region = 2, .device = 3, .count = 4 };
    const struct psd_claim other = {
        .media_key = 1, .region = 2, .device = 9, .count = UINT32_MAX
    };
    const struct psd_tls_name name = { .name_key = 5, .flows = 6 };
    struct nic_batch *into, *from;

    PS_REQUIRE(nic_batch_create(&into, 4) == 0);
    PS_REQUIRE(nic_batch_create(&from, 4) == 0);
    from->epoch = 1;
    nic_batch_add_claim(from, &claim);
    nic_batch_add_claim(from, &other);
    nic_batch_add_tls_name(from, &name);
    nic_batch_merge(into, from);
    nic_batch_merge(into, from);
    PS_REQUIRE(into->claim_count == 2 && into->tls_name_count == 1);
    CU_ASSERT_EQUAL(into->claims[0].count, 8);
    CU_ASSERT_EQUAL(into->claims[1].count, UINT32_MAX);    /* stays at its end, never wraps, ... */
    CU_ASSERT_EQUAL(into->totals.claims_shed, UINT32_MAX); /* ... and says what it left out */
    CU_ASSERT_EQUAL(into->tls_names[0].flows, 12);
    nic_batch_clear(into);
    CU_ASSERT_EQUAL(into->claim_count + into->tls_name_count, 0);
    nic_batch_add_claim(into, &other);
    CU_ASSERT_EQUAL(into->claims[0].device, 9);
    nic_batch_destroy(from);
    nic_batch_destroy(into);
}

static void claims_and_tls_names_beyond_their_bounds_are_shed(void)
{
    struct nic_batch *batch;

    PS_REQUIRE(nic_batch_create(&batch, 4) == 0);
    for (uint64_t i = 0; i < NIC_BATCH_CLAIMS_MAX + 3; i++)
        nic_batch_add_claim(batch, &(struct psd_claim){ .media_key = i, .count = 2 });
    for (uint64_t i = 0; i < NIC_BATCH_TLS_NAMES_MAX + 5; i++)
        nic_batch_add_tls_name(batch, &(struct psd_tls_name){ .name_key = i, .flows = 7 });
    nic_batch_add_claim(batch, &(struct psd_claim){ .media_key = 0, .count = 2 });
    CU_ASSERT_EQUAL(batch->claim_count, NIC_BATCH_CLAIMS_MAX);
    CU_ASSERT_EQUAL(batch->claims[0].count, 4);
    CU_ASSERT_EQUAL(batch->totals.claims_shed, 3 * 2);
    CU_ASSERT_EQUAL(batch->tls_name_count, NIC_BATCH_TLS_NAMES_MAX);
    CU_ASSERT_EQUAL(batch->totals.tls_names_shed, 5 * 7);
    nic_batch_destroy(batch);
}

static void totals_are_one_line_of_pairs(void)
{
    struct nic_totals totals = { .packets = 1, .forward_dropped = UINT64_MAX };
    char text[NIC_TOTALS_TEXT_BYTES_MAX];
    char small[16];

    nic_totals_text(&totals, text, sizeof(text));
    CU_ASSERT_EQUAL(strncmp(text, "packets=1 bytes=0 ", 18), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " forward_dropped=18446744073709551615"));
    CU_ASSERT_NOT_EQUAL(text[strlen(text) - 1], ' ');
    memset(&totals, 0xff, sizeof(totals));
    nic_totals_text(&totals, text, sizeof(text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " forward_dropped=18446744073709551615"));
    nic_totals_text(&totals, small, sizeof(small));
    CU_ASSERT_TRUE(strlen(small) < sizeof(small));
}

static void creation_checks_sizes_and_survives_failed_allocations(void)
{
    static const uint32_t bad[] = { 0, 3, NIC_BATCH_RECORDS_MAX * 2 };
    struct nic_batch *batch;

    for (size_t i = 0; i < NIC_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(nic_batch_create(&batch, bad[i]), -EINVAL);
    for (unsigned i = 0; i < 3 + 4; i++) {
        nic_fail_alloc_after(i);
        CU_ASSERT_EQUAL(nic_batch_create(&batch, 4), -ENOMEM);
    }
    nic_fail_alloc_never();
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(equal_keys_are_summed),
        PS_TEST(what_does_not_fit_is_shed_and_counted),
        PS_TEST(merging_spans_the_time_of_both),
        PS_TEST(an_interval_in_which_the_clock_was_set_back_has_no_length),
        PS_TEST(claims_and_tls_names_are_summed_and_merged),
        PS_TEST(claims_and_tls_names_beyond_their_bounds_are_shed),
        PS_TEST(totals_are_one_line_of_pairs),
        PS_TEST(creation_checks_sizes_and_survives_failed_allocations),
    };

    return ps_test_run("dpdk/batch", tests, NIC_ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/dpdk/test_frames.c - frames are as long as they say, and split where they must be. */
#include "dpdk/frames.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/mem.h"
#include "tests/support/ps_test.h"

static struct nic_frames frames;

/* Of the first frame. */
static struct psd_frame_header header(void)
{
    struct psd_frame_header head;

    memcpy(&head, frames.bytes, sizeof(head));
    CU_ASSERT_TRUE(head.reserved == 0 && head.body_bytes <= PSD_BODY_BYTES_MAX);
    return head;
}

/* The only frame's list, which must be all there is. */
static struct psd_list list_of(uint16_t type, size_t item_bytes)
{
    struct psd_list list;

    PS_REQUIRE(header().type == type);
    memcpy(&list, frames.bytes + sizeof(struct psd_frame_header), sizeof(list));
    CU_ASSERT_EQUAL(header().body_bytes, sizeof(list) + list.count * item_bytes);
    CU_ASSERT_EQUAL(frames.used, sizeof(struct psd_frame_header) + header().body_bytes);
    return list;
}

static void records_are_split_where_a_body_ends(void)
{
    const uint32_t most =
        (PSD_BODY_BYTES_MAX - sizeof(struct psd_epoch)) / sizeof(struct psd_record);
    struct nic_batch *batch;
    struct psd_epoch epoch;

    PS_REQUIRE(nic_frames_init(&frames) == 0 && nic_batch_create(&batch, 4096) == 0);
    batch->epoch = 7;
    batch->totals.packets = 9;
    CU_ASSERT_EQUAL(nic_frames_epoch(&frames, batch, 0, 0), 0); /* an empty one is news too */
    CU_ASSERT_EQUAL(header().body_bytes, sizeof(epoch));
    for (uint64_t i = 0; i < most + 1; i++)
        nic_batch_add(batch, &(struct psd_record){ .media_key = i, .starts = 1 });
    frames.used = 0;
    CU_ASSERT_EQUAL(nic_frames_epoch(&frames, batch, 0, 0), most);
    memcpy(&epoch, frames.bytes + sizeof(struct psd_frame_header), sizeof(epoch));
    CU_ASSERT_TRUE(epoch.epoch == 7 && epoch.part == 0 && epoch.packets == 9);
    frames.used = 0;
    CU_ASSERT_EQUAL(nic_frames_epoch(&frames, batch, most, 1), 1);
    memcpy(&epoch, frames.bytes + sizeof(struct psd_frame_header), sizeof(epoch));
    CU_ASSERT_TRUE(epoch.epoch == 7 && epoch.part == 1 && epoch.packets == 0);
    nic_batch_destroy(batch);
    nic_frames_fini(&frames);
}

static void lists_are_split_where_a_body_ends(void)
{
    const uint32_t most = (PSD_BODY_BYTES_MAX - sizeof(struct psd_list)) / sizeof(struct psd_claim);
    struct nic_batch *batch;

    PS_REQUIRE(nic_frames_init(&frames) == 0 && nic_batch_create(&batch, 4) == 0);
    batch->epoch = 3;
    CU_ASSERT_EQUAL(nic_frames_claims(&frames, batch, 0, 0), 0);
    CU_ASSERT_EQUAL(nic_frames_tls_names(&frames, batch, 0, 0), 0);
    CU_ASSERT_EQUAL(frames.used, 0); /* none, no frame */
    for (uint64_t i = 0; i < most + 1; i++)
        nic_batch_add_claim(batch, &(struct psd_claim){ .media_key = i, .count = 1 });
    for (uint64_t i = 0; i < NIC_BATCH_TLS_NAMES_MAX; i++)
        nic_batch_add_tls_name(batch, &(struct psd_tls_name){ .name_key = i, .flows = 1 });
    CU_ASSERT_EQUAL(nic_frames_claims(&frames, batch, 0, 0), most);
    CU_ASSERT_EQUAL(list_of(PSD_CLAIMS, sizeof(struct psd_claim)).epoch, 3);
    frames.used = 0;
    CU_ASSERT_EQUAL(nic_frames_claims(&frames, batch, most, 1), 1);
    CU_ASSERT_EQUAL(list_of(PSD_CLAIMS, sizeof(struct psd_claim)).part, 1);
    frames.used = 0;
    CU_ASSERT_EQUAL(nic_frames_tls_names(&frames, batch, 0, 0), most);
    CU_ASSERT_EQUAL(list_of(PSD_TLS, sizeof(struct psd_tls_name)).count, most);
    nic_batch_destroy(batch);
    nic_frames_fini(&frames);
}

static uint32_t total_count;

static void check_counter(void *arg, const char *name, uint64_t value, const char *help)
{
    const size_t at = sizeof(struct psd_frame_header) + sizeof(struct psd_list) +
                      total_count++ * sizeof(struct psd_counter);
    struct psd_counter counter;

    (void)arg;
    (void)help;
    memcpy(&counter, frames.bytes + at, sizeof(counter));
    CU_ASSERT_EQUAL(strncmp(counter.name, name, sizeof(counter.name)), 0);
    CU_ASSERT_TRUE(strlen(name) <= sizeof(counter.name));
    CU_ASSERT_EQUAL(counter.value, value);
}

static void every_counter_is_told(void)
{
    struct nic_totals totals;

    PS_REQUIRE(nic_frames_init(&frames) == 0);
    for (size_t i = 0; i < sizeof(totals) / sizeof(uint64_t); i++)
        ((uint64_t *)&totals)[i] = i * 3;
    nic_frames_counters(&frames, 5, &totals);
    nic_totals_each(&totals, check_counter, NULL);
    const struct psd_list list = list_of(PSD_COUNTERS, sizeof(struct psd_counter));
    CU_ASSERT_TRUE(list.epoch == 5 && list.part == 0);
    CU_ASSERT_EQUAL(list.count, total_count);
    CU_ASSERT_EQUAL(list.count, sizeof(totals) / sizeof(uint64_t));
    nic_frames_fini(&frames);
}

static void names_that_do_not_fit_stay_due(void)
{
    struct nic_names *names;
    char text[PSD_NAME_BYTES_MAX];
    uint32_t rounds = 0;
    size_t bytes = 0;

    PS_REQUIRE(nic_frames_init(&frames) == 0 && nic_names_create(&names, 16384) == 0);
    memset(text, 'n', sizeof(text));
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(text, 8, "%07u", i);
        text[7] = 'n';
        const struct nic_name name = nic_name_make(PSD_NAME_MEDIA, text, sizeof(text));
        PS_REQUIRE(nic_names_add(names, &name) == 0);
    }
    do {
        frames.used = 0;
        nic_frames_names(&frames, names);
        CU_ASSERT_TRUE(frames.used <= sizeof(struct psd_frame_header) + PSD_BODY_BYTES_MAX);
        bytes += frames.used;
        rounds++;
    } while (frames.used > 0);
    CU_ASSERT_EQUAL(rounds, 4); /* three full ones, and none */
    CU_ASSERT_EQUAL(bytes, 1000 * (8 + sizeof(struct psd_name) + PSD_NAME_BYTES_MAX));
    nic_names_destroy(names);
    nic_frames_fini(&frames);
}

static void creation_survives_a_failed_allocation(void)
{
    nic_fail_alloc_after(0);
    CU_ASSERT_EQUAL(nic_frames_init(&frames), -ENOMEM);
    nic_fail_alloc_never();
    nic_frames_fini(&frames);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(records_are_split_where_a_body_ends),
        PS_TEST(lists_are_split_where_a_body_ends),
        PS_TEST(every_counter_is_told),
        PS_TEST(names_that_do_not_fit_stay_due),
        PS_TEST(creation_survives_a_failed_allocation),
    };

    return ps_test_run("dpdk/frames", tests, NIC_ARRAY_LEN(tests));
}

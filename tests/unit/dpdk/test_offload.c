/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/dpdk/test_offload.c - hardware and software together: whatever the NIC does, every
 * claim is counted once.
 *
 * The same frames go through a NIC (tests/support/fake_nic.h), the classifier, and nic_offload;
 * what was sent is the truth.
 */
#include "dpdk/offload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dpdk/abi/peer_demand.h"
#include "dpdk/mem.h"
#include "dpdk/observer.h"
#include "tests/support/fake_nic.h"
#include "tests/support/ps_test.h"

#define KEYS       40u
#define WORKERS    2u
#define EPOCHS     120u
#define PER_EPOCH  200u
#define FLIGHT_MAX 16u

/* A frame between the NIC and its worker. */
struct flight {
    uint8_t frame[FAKE_FRAME_BYTES_MAX];
    uint32_t bytes;
    uint32_t mark;
    uint32_t worker;
};

static struct nic_servers servers;
static struct nic_regions regions;
static struct nic_template media_template;
static struct nic_observer *observers[WORKERS];
static struct nic_batch *batch;
static struct nic_names *names;
static uint64_t epoch;
static const uint16_t port_ids[] = { 0, 1 };
static struct nic_offload_config cfg = { .ops = &fake_nic_ops,
                                         .ports = port_ids,
                                         .port_count = 2,
                                         .worker_count = WORKERS,
                                         .servers = &servers,
                                         .media_max = 8,
                                         .claims_max = NIC_BATCH_CLAIMS_MAX };
static struct nic_offload *offload;
static uint64_t random_state;
static uint64_t sent[KEYS];    /* the truth */
static uint64_t counted[KEYS]; /* by workers, in their table */
static uint64_t told[KEYS];    /* by nic_offload_turn(), which adds them to the batch */
static uint64_t marked;        /* by workers, in their totals */
static struct flight flights[FLIGHT_MAX];

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

static void begin(void)
{
    const struct nic_observer_config observer = { .servers = &servers,
                                                  .regions = &regions,
                                                  .keys = 1024 };

    random_state = 88172645463325252ull;
    epoch = 1;
    memset(sent, 0, sizeof(sent));
    memset(counted, 0, sizeof(counted));
    memset(told, 0, sizeof(told));
    memset(flights, 0, sizeof(flights));
    marked = 0;
    PS_REQUIRE(nic_template_parse("/m/", &media_template) == 0);
    PS_REQUIRE(nic_offload_create(&offload, &cfg) == 0);
    PS_REQUIRE(nic_batch_create(&batch, 1024) == 0);
    PS_REQUIRE(nic_names_create(&names, 1024) == 0);
    for (uint32_t w = 0; w < WORKERS; w++) {
        struct nic_observer_config mine = observer;

        mine.media_template = media_template;
        mine.offload = offload;
        mine.worker_idx = w;
        PS_REQUIRE(nic_observer_create(&observers[w], &mine) == 0);
    }
}

static void end(void)
{
    for (uint32_t w = 0; w < WORKERS; w++)
        nic_observer_destroy(observers[w]);
    nic_names_destroy(names);
    nic_batch_destroy(batch);
    nic_offload_destroy(offload);
    for (uint16_t p = 0; p < 2; p++) {
        CU_ASSERT_EQUAL(fake_nic_at(p)->rules, 0);
        CU_ASSERT_EQUAL(fake_nic_at(p)->misuses, 0);
    }
    fake_nic_reset();
}

static void observe(const struct flight *f)
{
    const struct nic_frame frame = { .at = f->frame, .bytes = f->bytes, .mark = f->mark };

    nic_observer_burst(observers[f->worker], &frame, 1, epoch);
}

/* Into the NIC; out of its queue only when others have come behind it. */
static void send(uint64_t key, bool is_v6, uint32_t payload_bytes)
{
    const struct ppd_header header = { .magic = PPD_MAGIC,
                                       .version = PPD_VERSION,
                                       .media_key = key };
    const struct fake_frame what = { .is_v6 = is_v6,
                                     .is_udp = true,
                                     .port = PPD_PORT,
                                     .payload = &header,
                                     .payload_bytes = payload_bytes };
    struct flight *f = &flights[random_below(FLIGHT_MAX)];

    if (f->bytes != 0)
        observe(f);
    f->bytes = fake_frame_write(&what, f->frame);
    f->worker = random_below(WORKERS);
    f->mark = fake_nic_receive((uint16_t)random_below(2), f->frame, f->bytes);
    if (payload_bytes >= sizeof(header))
        sent[key]++;
}

static void land(void)
{
    for (uint32_t i = 0; i < FLIGHT_MAX; i++) {
        if (flights[i].bytes != 0)
            observe(&flights[i]);
        flights[i].bytes = 0;
    }
}

/* As the control thread does it at the end of an interval. */
static void turn(void)
{
    nic_batch_clear(batch);
    for (uint32_t w = 0; w < WORKERS; w++)
        nic_observer_drain(observers[w], epoch, batch, names);
    epoch++;
    for (uint32_t i = 0; i < batch->claim_count; i++) {
        PS_REQUIRE(batch->claims[i].media_key < KEYS);
        counted[batch->claims[i].media_key] += batch->claims[i].count;
        told[batch->claims[i].media_key] -= batch->claims[i].count;
    }
    marked += batch->totals.claims_marked;
    nic_offload_turn(offload, batch);
    for (uint32_t i = 0; i < batch->claim_count; i++)
        told[batch->claims[i].media_key] += batch->claims[i].count;
}

static void run_epoch(uint32_t turn_idx)
{
    for (uint32_t i = 0; i < PER_EPOCH; i++) {
        const uint32_t rank = random_below(1 + random_below(KEYS));

        send((rank + turn_idx / 30 * 5) % KEYS, random_below(3) == 0,
             random_below(10) == 0 ? 16 + random_below(8) : (uint32_t)sizeof(struct ppd_header));
    }
    fake_nic_interval(0);
    fake_nic_interval(1);
    turn();
}

static void run(void (*fault)(uint32_t turn_idx))
{
    for (uint32_t i = 0; i < EPOCHS; i++) {
        if (fault != NULL)
            fault(i);
        run_epoch(i);
    }
    land();
    turn();
}

static uint64_t sum(const uint64_t *list)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < KEYS; i++)
        total += list[i];
    return total;
}

static void check_conservation(void)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < KEYS; i++)
        wrong += counted[i] + told[i] != sent[i];
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(marked, sum(told));
    CU_ASSERT_TRUE(sum(sent) > 10 * PER_EPOCH);
}

/* What a believer in the NIC's own counters would report. */
static uint64_t believed(void)
{
    struct psd_rule rules[PSD_RULES_MAX];
    const uint32_t count = nic_offload_report(offload, rules, PSD_RULES_MAX);
    uint64_t packets = sum(counted);

    for (uint32_t i = 0; i < count; i++)
        if (strncmp(rules[i].name, "media ", 6) == 0)
            packets += rules[i].packets;
    return packets;
}

static void a_good_nic_takes_most_claims_over(void)
{
    begin();
    run(NULL);
    check_conservation();
    CU_ASSERT_TRUE(sum(told) > sum(sent) / 4);
    end();
}

/* The negative control: what must not be done is wrong on such a NIC, and this test can see it. */
static void lost_marks_leave_all_to_software(void)
{
    fake_nic_at(0)->loses_marks = fake_nic_at(1)->loses_marks = true;
    begin();
    for (uint32_t i = 0; i < 20; i++)
        run_epoch(i);
    land();
    turn();
    check_conservation();
    CU_ASSERT_EQUAL(sum(told), 0);
    CU_ASSERT_TRUE(believed() > sum(sent));
    end();
}

static void full_tables_leave_the_rest_to_software(void)
{
    fake_nic_at(0)->table_max = 13;
    fake_nic_at(1)->table_max = 0;
    begin();
    run(NULL);
    check_conservation();
    CU_ASSERT_TRUE(sum(told) > 0);
    end();
}

static void busy_nics_are_asked_again(void)
{
    fake_nic_at(0)->busy_every = 3;
    fake_nic_at(1)->busy_every = 2;
    begin();
    run(NULL);
    check_conservation();
    CU_ASSERT_TRUE(sum(told) > sum(sent) / 4);
    end();
}

static void late_counters_change_nothing(void)
{
    fake_nic_at(0)->is_late = fake_nic_at(1)->is_late = true;
    begin();
    run(NULL);
    check_conservation();
    end();
}

static void clearing_counters_change_nothing(void)
{
    fake_nic_at(0)->clears_on_read = true;
    begin();
    run(NULL);
    check_conservation();
    end();
}

static void jump(uint32_t turn_idx)
{
    if (turn_idx % 7 == 3)
        fake_nic_set_counters(0, turn_idx % 2 == 0 ? 1ull << 40 : 0);
}

static void wild_counters_invent_no_claims(void)
{
    begin();
    run(jump);
    check_conservation();
    CU_ASSERT_TRUE(believed() > sum(sent));
    end();
}

static void restart(uint32_t turn_idx)
{
    if (turn_idx % 20 != 10)
        return;
    fake_nic_restart((uint16_t)(turn_idx / 20 % 2));
    nic_offload_reapply(offload, turn_idx / 20 % 2);
}

static void rules_come_back_after_a_restart(void)
{
    struct nic_offload_status before;
    struct nic_offload_status after;

    begin();
    nic_offload_status(offload, 0, &before);
    run(restart);
    check_conservation();
    nic_offload_status(offload, 0, &after);
    CU_ASSERT_EQUAL(after.hardware, before.hardware);
    CU_ASSERT_TRUE(sum(told) > sum(sent) / 4);
    end();
}

static void vanish(uint32_t turn_idx)
{
    fake_nic_at(0)->query_error = turn_idx >= 40 && turn_idx < 60 ? -EIO : 0;
}

static void rules_that_answer_no_more_change_nothing(void)
{
    begin();
    run(vanish);
    check_conservation();
    end();
}

static void frames_in_hex_are_as_good(void)
{
    fake_nic_at(0)->raw_is_frame = fake_nic_at(1)->raw_is_frame = true;
    begin();
    run(NULL);
    check_conservation();
    CU_ASSERT_TRUE(sum(told) > sum(sent) / 4);
    end();
}

static void which_of_two_rules_counts_changes_nothing(void)
{
    fake_nic_at(0)->counts_all_matching = true;
    fake_nic_at(1)->has_priority = false;
    begin();
    run(NULL);
    check_conservation();
    end();
}

static void a_port_that_can_nothing_costs_nothing(void)
{
    struct nic_offload_status status;
    uint32_t creates;

    fake_nic_at(0)->create_error = fake_nic_at(1)->create_error = -ENOSYS;
    begin();
    nic_offload_status(offload, 0, &status);
    CU_ASSERT_EQUAL(status.hardware, 0);
    CU_ASSERT_EQUAL(status.software, 8);
    CU_ASSERT_EQUAL(status.why, -ENOSYS);
    creates = fake_nic_at(0)->creates;
    run(NULL);
    CU_ASSERT_EQUAL(fake_nic_at(0)->creates, creates);
    CU_ASSERT_EQUAL(fake_nic_at(0)->queries, 0);
    check_conservation();
    end();
}

static const struct psd_rule *row_named(const struct psd_rule *rules, uint32_t count,
                                        const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

static void add_server(const char *text)
{
    PS_REQUIRE(nic_endpoint_parse(text, &servers.list[servers.count++]) == 0);
}

static void the_report_says_what_is_where_and_why(void)
{
    const struct fake_frame page = { .port = 80, .payload = "GET", .payload_bytes = 3 };
    struct psd_rule rules[PSD_RULES_MAX];
    uint8_t frame[FAKE_FRAME_BYTES_MAX];
    const struct psd_rule *row;
    uint32_t count;

    add_server("10.0.0.1:80");
    add_server("[fd00::1]:80");
    add_server("10.0.0.1:80");
    fake_nic_at(0)->whole_masks_only = true;
    cfg.rtp_first = 16384;
    cfg.rtp_last = 32767;
    begin();
    fake_nic_receive(0, frame, fake_frame_write(&page, frame));
    turn();
    count = nic_offload_report(offload, rules, PSD_RULES_MAX);
    CU_ASSERT_EQUAL(count, 2 * (8 + 2 + 2));
    row = row_named(rules, count, "0 tcp4 80 server 1");
    PS_REQUIRE(row != NULL);
    CU_ASSERT_EQUAL(row->place, PSD_RULE_HARDWARE);
    CU_ASSERT_EQUAL(row->packets, 1);
    CU_ASSERT_EQUAL(row->bytes, 57);
    row = row_named(rules, count, "0 udp4 16384 rtp to 32767");
    PS_REQUIRE(row != NULL);
    CU_ASSERT_EQUAL(row->place, PSD_RULE_SOFTWARE);
    CU_ASSERT_EQUAL(row->error, -EINVAL);
    CU_ASSERT_PTR_NOT_NULL(row_named(rules, count, "1 tcp6 80 server 2"));
    CU_ASSERT_EQUAL(nic_offload_report(offload, rules, 5), 5);
    end();
    servers.count = 0;
    cfg.rtp_first = cfg.rtp_last = 0;
}

static void rules_for(uint16_t first, uint16_t last, uint32_t *ret_rules, int *ret_why)
{
    struct nic_offload_status status;

    cfg.rtp_first = first;
    cfg.rtp_last = last;
    begin();
    nic_offload_status(offload, 0, &status);
    end();
    *ret_rules = status.hardware + status.software - 8;
    *ret_why = status.why;
    cfg.rtp_first = cfg.rtp_last = 0;
}

static void ranges_become_blocks_up_to_a_limit(void)
{
    uint32_t rules;
    int why;

    rules_for(16384, 32767, &rules, &why);
    CU_ASSERT_TRUE(rules == 2 && why == 0);
    rules_for(5004, 5004, &rules, &why);
    CU_ASSERT_TRUE(rules == 2 && why == 0);
    rules_for(10000, 20000, &rules, &why);
    CU_ASSERT_TRUE(rules == 2 && why == -E2BIG);
    rules_for(16384, 16384 + 254, &rules, &why); /* 128, 64, ... 1 */
    CU_ASSERT_TRUE(rules == 16 && why == 0);
    rules_for(1, 65535, &rules, &why);
    CU_ASSERT_EQUAL(why, -E2BIG);
    rules_for(32768, 65535, &rules, &why);
    CU_ASSERT_TRUE(rules == 2 && why == 0);
}

static void the_largest_configuration_fits_its_report(void)
{
    struct psd_rule rules[PSD_RULES_MAX];
    char text[32];

    for (uint32_t i = 0; i < NIC_SERVERS_MAX; i++) {
        snprintf(text, sizeof(text), "10.0.0.1:%u", 1000 + i);
        add_server(text);
    }
    cfg.rtp_first = 16384;
    cfg.rtp_last = 16384 + 254;
    cfg.media_max = NIC_OFFLOAD_MEDIA_MAX;
    begin();
    run(NULL);
    check_conservation();
    CU_ASSERT_EQUAL(nic_offload_report(offload, rules, PSD_RULES_MAX) >= 2 * (8 + 16 + 64), true);
    end();
    servers.count = 0;
    cfg.rtp_first = cfg.rtp_last = 0;
    cfg.media_max = 8;
}

static void without_media_rules_software_counts_claims(void)
{
    cfg.media_max = 0;
    begin();
    run(NULL);
    check_conservation();
    CU_ASSERT_EQUAL(sum(told), 0);
    CU_ASSERT_FALSE(nic_offload_counts_claim(offload, 0, NIC_MEDIA_MARK, 0));
    end();
    cfg.media_max = 8;
}

static void a_probe_that_finds_the_nic_busy_is_repeated(void)
{
    struct nic_offload_status status;

    fake_nic_at(0)->create_error = -EAGAIN;
    begin();
    nic_offload_status(offload, 0, &status);
    CU_ASSERT_EQUAL(status.hardware, 0);
    CU_ASSERT_EQUAL(status.why, -EAGAIN);
    fake_nic_at(0)->create_error = 0;
    turn();
    nic_offload_status(offload, 0, &status);
    CU_ASSERT_EQUAL(status.hardware, 8);
    CU_ASSERT_EQUAL(status.raw_error, 0);
    end();
}

static void creation_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;
    int rc;

    for (;; failed_at++) {
        nic_fail_alloc_after(failed_at);
        rc = nic_offload_create(&offload, &cfg);
        nic_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 5); /* the offload, its rank of two, its media, their notes */
    nic_offload_destroy(offload);
    fake_nic_reset();
    nic_offload_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_good_nic_takes_most_claims_over),
        PS_TEST(lost_marks_leave_all_to_software),
        PS_TEST(full_tables_leave_the_rest_to_software),
        PS_TEST(busy_nics_are_asked_again),
        PS_TEST(late_counters_change_nothing),
        PS_TEST(clearing_counters_change_nothing),
        PS_TEST(wild_counters_invent_no_claims),
        PS_TEST(rules_come_back_after_a_restart),
        PS_TEST(rules_that_answer_no_more_change_nothing),
        PS_TEST(frames_in_hex_are_as_good),
        PS_TEST(which_of_two_rules_counts_changes_nothing),
        PS_TEST(a_port_that_can_nothing_costs_nothing),
        PS_TEST(the_report_says_what_is_where_and_why),
        PS_TEST(ranges_become_blocks_up_to_a_limit),
        PS_TEST(the_largest_configuration_fits_its_report),
        PS_TEST(without_media_rules_software_counts_claims),
        PS_TEST(a_probe_that_finds_the_nic_busy_is_repeated),
        PS_TEST(creation_survives_each_failed_allocation),
    };

    fake_nic_reset();
    return ps_test_run(__FILE__, tests, sizeof(tests) / sizeof(tests[0]));
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/fuzz/fuzz_observer.c - any frames: every one in one class, every request in one count.
 *
 * Input: a byte of options, then steps: 16 bits, of which the low 12 are a length and the high 4
 * say what happens (enum step), then a frame of that length. Two observers see the same, one in
 * bursts and one frame by frame; they agree after each drain, and what went in came out.
 */
#include <stdlib.h>
#include <string.h>

#include "dpdk/count.h"
#include "dpdk/observer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"

#define KEYS_MANY     1024u
#define RECORDS_MAX   4096u
#define NAMES_MAX     4096u
#define FRAMES_MAX    2048u
#define PEER_MARK_MAX 7u /* steps up to this one are a frame with this mark */

enum options {
    OPEN_VXLAN = 1,
    OPEN_GTPU = 2,
    ANY_SERVER = 4,
    FEW_KEYS = 8,
    OPEN_ROOT = 16,
    READ_SNI = 32
};

enum step { FRAME = 0, TICK = 8, DRAIN = 9, NEW_REGIONS = 10, DROPPED = 11, CUT_FRAME = 12 };

/* One observer, and what was put into it since its last drain. */
struct side {
    struct nic_observer *observer;
    struct nic_batch *batch;
    struct nic_names *names;
    uint64_t names_shed;
    uint64_t frames, bytes, dropped;
};

struct run {
    struct nic_servers servers;
    struct side burst, single;
    uint64_t epoch;
    struct nic_frame waiting[NIC_BURST];
    uint32_t waiting_count;
    uint32_t frames_left;
};

static struct nic_regions regions[2];

static void make_regions(void)
{
    if (regions[0].count != 0)
        return;
    FUZZ_REQUIRE(nic_region_add(&regions[0], "10.0.0.0/8=1") == 0);
    FUZZ_REQUIRE(nic_region_add(&regions[0], "10.77.0.0/16=2") == 0);
    FUZZ_REQUIRE(nic_region_add(&regions[0], "fd00::/8=3") == 0);
    FUZZ_REQUIRE(nic_region_add(&regions[1], "::/0=4") == 0);
    nic_region_seal(&regions[0]);
    nic_region_seal(&regions[1]);
}

static void add_server(struct nic_servers *servers, const char *text)
{
    FUZZ_REQUIRE(nic_endpoint_parse(text, &servers->list[servers->count++]) == 0);
}

static void begin_side(struct side *side, const struct nic_observer_config *cfg)
{
    FUZZ_REQUIRE(nic_observer_create(&side->observer, cfg) == 0);
    FUZZ_REQUIRE(nic_batch_create(&side->batch, RECORDS_MAX) == 0);
    FUZZ_REQUIRE(nic_names_create(&side->names, NAMES_MAX) == 0);
}

static void end_side(struct side *side)
{
    nic_names_destroy(side->names);
    nic_batch_destroy(side->batch);
    nic_observer_destroy(side->observer);
}

static void begin(struct run *run, uint8_t options)
{
    struct nic_observer_config cfg = {
        .servers = &run->servers,
        .regions = &regions[0],
        .keys = (options & FEW_KEYS) != 0 ? NIC_COUNT_ENTRIES_MIN : KEYS_MANY,
        .seed = options,
        .sni = (options & READ_SNI) != 0,
    };

    memset(run, 0, sizeof(*run));
    make_regions();
    add_server(&run->servers, (options & ANY_SERVER) != 0 ? "0.0.0.0:80" : "10.77.0.1:80");
    add_server(&run->servers, (options & ANY_SERVER) != 0 ? "[::]:80" : "[fd00::1]:80");
    run->servers.tunnels.vxlan = (options & OPEN_VXLAN) != 0;
    run->servers.tunnels.gtpu = (options & OPEN_GTPU) != 0;
    run->epoch = 1;
    run->frames_left = FRAMES_MAX;
    FUZZ_REQUIRE(
        nic_template_parse((options & OPEN_ROOT) != 0 ? "/" : "/m/", &cfg.media_template) == 0);
    begin_side(&run->burst, &cfg);
    begin_side(&run->single, &cfg);
}

/* The frames that wait, to one observer at once and to the other one by one. */
static void deliver(struct run *run)
{
    nic_observer_burst(run->burst.observer, run->waiting, run->waiting_count, run->epoch);
    for (uint32_t i = 0; i < run->waiting_count; i++) {
        nic_observer_burst(run->single.observer, &run->waiting[i], 1, run->epoch);
        free((uint8_t *)(uintptr_t)run->waiting[i].at);
    }
    run->waiting_count = 0;
}

static void put_frame(struct run *run, const uint8_t *bytes, size_t count, uint32_t mark)
{
    const struct nic_frame frame = {
        .at = fuzz_copy(bytes, count),
        .bytes = (uint32_t)count,
        .mark = mark,
    };
    struct side *const sides[] = { &run->burst, &run->single };

    for (unsigned i = 0; i < 2; i++) {
        sides[i]->frames++;
        sides[i]->bytes += count;
    }
    run->waiting[run->waiting_count++] = frame;
    if (run->waiting_count == NIC_BURST)
        deliver(run);
}

static void require_sums(const struct side *side)
{
    const struct nic_totals *t = &side->batch->totals;
    uint64_t packets = 0;
    uint64_t bytes = 0;
    uint64_t recorded = 0;

    for (unsigned i = 0; i < NIC_TRAFFIC_COUNT; i++) {
        packets += t->traffic[i].packets;
        bytes += t->traffic[i].bytes;
    }
    for (uint32_t i = 0; i < side->batch->record_count; i++) {
        const struct psd_record *r = &side->batch->records[i];
        recorded += (uint64_t)r->starts + r->segments + r->other;
    }
    FUZZ_REQUIRE(t->packets == side->frames + fuzz_breaks && packets == t->packets);
    FUZZ_REQUIRE(t->bytes == side->bytes && bytes == t->bytes);
    FUZZ_REQUIRE(t->forward_dropped == side->dropped);
    FUZZ_REQUIRE(t->keyed == t->drained + t->overflow && t->keyed == t->media_requests);
    FUZZ_REQUIRE(recorded == t->drained);
    FUZZ_REQUIRE(recorded + t->shed_records == t->media_requests);
    FUZZ_REQUIRE(t->joined <= t->cut && t->joined <= t->media_requests);
}

/* Peers' claims are counted as exactly, or shed and counted as that. */
static void require_claims(const struct nic_batch *batch)
{
    uint64_t claimed = 0;

    for (uint32_t i = 0; i < batch->claim_count; i++)
        claimed += batch->claims[i].count;
    FUZZ_REQUIRE(claimed + batch->totals.claims_shed ==
                 batch->totals.traffic[NIC_TRAFFIC_PEER_DEMAND].packets);
}

/* Whoever reads the records must be able to name what they count. */
static void require_names(struct side *side)
{
    const struct nic_batch *batch = side->batch;

    side->names_shed += batch->totals.names_shed;
    if (side->names_shed > 0)
        return;
    for (uint32_t i = 0; i < batch->record_count; i++) {
        const struct psd_record *r = &batch->records[i];
        FUZZ_REQUIRE(nic_names_find(side->names, r->media_key, PSD_NAME_MEDIA) != NULL);
        FUZZ_REQUIRE(r->profile_key == 0 ||
                     nic_names_find(side->names, r->profile_key, PSD_NAME_PROFILE) != NULL);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct psd_record));
}

static void require_same(struct nic_batch *a, struct nic_batch *b)
{
    FUZZ_REQUIRE(memcmp(&a->totals, &b->totals, sizeof(a->totals)) == 0);
    FUZZ_REQUIRE(a->record_count == b->record_count);
    qsort(a->records, a->record_count, sizeof(a->records[0]), by_bytes);
    qsort(b->records, b->record_count, sizeof(b->records[0]), by_bytes);
    FUZZ_REQUIRE(memcmp(a->records, b->records, a->record_count * sizeof(a->records[0])) == 0);
    FUZZ_REQUIRE(a->claim_count == b->claim_count && a->tls_name_count == b->tls_name_count);
}

static void drain_side(struct run *run, struct side *side)
{
    nic_batch_clear(side->batch);
    FUZZ_REQUIRE(nic_observer_drain(side->observer, run->epoch, side->batch, side->names) == 0);
    require_sums(side);
    require_claims(side->batch);
    require_names(side);
    side->frames = side->bytes = side->dropped = 0;
}

static void drain(struct run *run)
{
    drain_side(run, &run->burst);
    drain_side(run, &run->single);
    require_same(run->burst.batch, run->single.batch);
    run->epoch++;
}

/* What is not a frame happens to both observers between bursts. */
static void take_step(struct run *run, unsigned step, uint32_t argument)
{
    struct side *const sides[] = { &run->burst, &run->single };

    deliver(run);
    for (unsigned i = 0; i < 2; i++) {
        if (step == TICK)
            nic_observer_tick(sides[i]->observer, run->epoch);
        if (step == NEW_REGIONS)
            nic_observer_set_regions(sides[i]->observer, &regions[argument & 1]);
        if (step == DROPPED) {
            nic_observer_dropped(sides[i]->observer, argument, run->epoch);
            sides[i]->dropped += argument;
        }
    }
    if (step == DRAIN)
        drain(run);
}

static void take_steps(struct run *run, struct fuzz_input *input)
{
    while (input->left > 0 && run->frames_left > 0) {
        const uint16_t word = fuzz_take_u16(input);
        const unsigned step = word >> 12;
        const uint32_t length = word & 0xfffu;

        if (step > PEER_MARK_MAX && step < CUT_FRAME) {
            take_step(run, step, length);
            continue;
        }
        size_t count;
        const uint8_t *bytes = fuzz_take(input, length, &count);
        /* A capture that keeps only the beginning of each frame. */
        if (step >= CUT_FRAME)
            count -= count / (step - CUT_FRAME + 2u);
        run->frames_left--;
        put_frame(run, bytes, count, step <= PEER_MARK_MAX ? step : 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    struct fuzz_input input = { data, size };

    begin(&run, fuzz_take_u8(&input));
    take_steps(&run, &input);
    deliver(&run);
    nic_observer_end(run.burst.observer, run.epoch);
    nic_observer_end(run.single.observer, run.epoch);
    drain(&run);
    drain(&run); /* the other side of each counter is empty by now */
    end_side(&run.burst);
    end_side(&run.single);
    fuzz_pool_require_free();
    return 0;
}

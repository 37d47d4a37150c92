/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/tier/tier.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/tier/tier_priv.h"

struct ps_tier_buf *ps_tier_buf_take(struct ps_tier *tier, bool for_reading)
{
    const unsigned first = for_reading ? PS_TIER_WRITE_BUFS : 0;
    const unsigned end = for_reading ? PS_TIER_BUFS : PS_TIER_WRITE_BUFS;

    for (unsigned i = first; i < end; i++)
        if (tier->bufs[i].use == PS_TIER_BUF_IDLE)
            return &tier->bufs[i];
    return NULL;
}

void ps_tier_submit(struct ps_tier *tier, struct ps_tier_op *op, enum ps_tier_op_kind kind)
{
    op->kind = kind;
    tier->in_flight++;
    tier->writes_in_flight += kind == PS_TIER_OP_WRITE;
    tier->store->calls->submit(tier->store, op);
}

/* Something is on its way to the device: see to it within the group's time. */
static void arm_timer(struct ps_tier *tier)
{
    const struct itimerspec once = { .it_value = { .tv_nsec = PS_TIER_GROUP_NS } };

    if (tier->timer_armed || !tier->writable || !ps_tier_append_busy(tier))
        return;
    tier->timer_armed = timerfd_settime(tier->timer_fd, 0, &once, NULL) == 0;
}

void ps_tier_pump(struct ps_tier *tier)
{
    if (tier->store == NULL)
        return;
    ps_tier_evict_ahead(tier);
    ps_tier_append_pump(tier, false);
    ps_tier_seal_pump(tier);
    ps_tier_load_pump(tier);
    ps_tier_flush_pump(tier);
    arm_timer(tier);
    tier->store->calls->kick(tier->store);
}

/* A record lies in one zone; what no zone holds stays in DRAM only. */
static bool fits_device(const struct ps_tier *tier, uint32_t size_bytes)
{
    return tier->writable &&
           ps_tier_zone_could_fit(&tier->zones, ps_tier_record_blocks(size_bytes));
}

static uint8_t queue_for(struct ps_tier *tier, const struct ps_segment_key *key,
                         enum ps_tier_class class)
{
    if (tier->cfg.policy == PS_TIER_CONFIDENCE)
        return (uint8_t) class;
    /* The paper's ghost remembers as many keys as main holds, which is most of what there is. */
    const uint32_t within = (uint32_t)tier->index.where_count[PS_TIER_DURABLE];
    return ps_tier_ghost_take(&tier->ghost, key, within) ? PS_TIER_QUEUE_MAIN : PS_TIER_QUEUE_SMALL;
}

int ps_tier_put(struct ps_tier *tier, const struct ps_segment_key *key,
                const struct ps_tier_meta *meta, const void *data, size_t size_bytes,
                uint64_t now_ns)
{
    static const uint8_t zero[sizeof(key->zero)];

    (void)now_ns;
    if (size_bytes == 0 || (unsigned)meta->class >= PS_TIER_CLASS_COUNT ||
        memcmp(key->zero, zero, sizeof(zero)) != 0)
        return -EINVAL;
    if (size_bytes > PS_TIER_SEGMENT_BYTES_MAX || size_bytes > tier->cfg.dram_bytes)
        return -E2BIG;
    ps_tier_room_slot(tier);
    const uint32_t page = tier->index.taken < tier->index.capacity
                              ? ps_tier_room_take(tier, (uint32_t)size_bytes)
                              : PS_TIER_NONE;
    if (page == PS_TIER_NONE) {
        tier->count.put_refused++;
        ps_tier_pump(tier);
        return -ENOSPC;
    }
    const uint32_t known = ps_tier_index_find(&tier->index, key);
    if (known != PS_TIER_NONE)
        ps_tier_forget(tier, known);
    memcpy(ps_tier_dram_at(&tier->dram, page), data, size_bytes);
    const struct ps_tier_segment segment = {
        .key = *key,
        .prediction_id = meta->prediction_id,
        .at = { .zone = PS_TIER_NONE },
        .next = { .zone = PS_TIER_NONE },
        .size_bytes = (uint32_t)size_bytes,
        .crc32c = ps_crc32c(0, data, size_bytes),
        .page = page,
        .confidence = (float)meta->confidence,
        .class = (uint8_t)meta->class,
        .where = PS_TIER_ACCEPTED,
    };
    const uint32_t slot = ps_tier_index_add(&tier->index, &segment);
    ps_assert(slot != PS_TIER_NONE);
    tier->count.puts++;
    if (fits_device(tier, (uint32_t)size_bytes))
        ps_tier_append(tier, slot, queue_for(tier, key, meta->class));
    else
        ps_tier_room_offer(tier, slot);
    ps_tier_pump(tier);
    return 0;
}

static void count_hit(struct ps_tier *tier, struct ps_tier_segment *segment)
{
    if (segment->asked > 0)
        segment->asked--; /* counted when it was told to wait */
    else
        tier->count.hits_dram++;
    if (segment->freq < PS_TIER_FREQ_MAX)
        segment->freq++;
    segment->recent = true;
}

/* A segment's bytes on their way from the device. */
static int ask_for(struct ps_tier *tier, struct ps_tier_segment *segment, uint32_t slot)
{
    segment->asked++;
    tier->count.hits_nvme++;
    if (!segment->loading)
        ps_tier_load_ask(tier, slot);
    ps_tier_pump(tier);
    return -EINPROGRESS;
}

static void pin(struct ps_tier *tier, struct ps_tier_segment *segment, uint32_t slot,
                struct ps_tier_ref *ret_ref)
{
    segment->pins++;
    segment->handed_out = true;
    *ret_ref = (struct ps_tier_ref){
        .fd = tier->dram.fd,
        .offset = ps_tier_dram_offset(segment->page),
        .size_bytes = segment->size_bytes,
        .crc32c = segment->crc32c,
        .data = ps_tier_dram_at(&tier->dram, segment->page),
        .prediction_id = segment->prediction_id,
        .first_use = !segment->used,
        .slot = slot,
    };
}

int ps_tier_get(struct ps_tier *tier, const struct ps_segment_key *key, uint64_t now_ns,
                struct ps_tier_ref *ret_ref)
{
    const uint32_t slot = ps_tier_index_find(&tier->index, key);

    (void)now_ns;
    if (slot == PS_TIER_NONE) {
        tier->count.misses++;
        return -ENOENT;
    }
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    if (segment->page == PS_TIER_NONE)
        return ask_for(tier, segment, slot);
    count_hit(tier, segment);
    pin(tier, segment, slot, ret_ref);
    ps_tier_index_set_used(&tier->index, slot);
    return 0;
}

int ps_tier_lend(struct ps_tier *tier, const struct ps_segment_key *key,
                 struct ps_tier_ref *ret_ref)
{
    const uint32_t slot = ps_tier_index_find(&tier->index, key);

    if (slot == PS_TIER_NONE)
        return -ENOENT;
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    if (segment->page == PS_TIER_NONE)
        return ask_for(tier, segment, slot);
    if (segment->asked > 0) { /* its read was counted like any other's: not this one's */
        segment->asked--;
        tier->count.hits_nvme--;
    }
    pin(tier, segment, slot, ret_ref);
    return 0;
}

int ps_tier_describe(const struct ps_tier *tier, const struct ps_segment_key *key,
                     uint32_t *ret_size_bytes, uint32_t *ret_crc32c)
{
    const uint32_t slot = ps_tier_index_find(&tier->index, key);

    if (slot == PS_TIER_NONE)
        return -ENOENT;
    *ret_size_bytes = ps_tier_segment_at(tier, slot)->size_bytes;
    *ret_crc32c = ps_tier_segment_at(tier, slot)->crc32c;
    return 0;
}

void ps_tier_release(struct ps_tier *tier, const struct ps_tier_ref *ref)
{
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, ref->slot);

    ps_assert(ref->slot < tier->index.capacity);
    ps_assert(segment->pins > 0);
    segment->pins--;
    if (segment->where == PS_TIER_ABSENT)
        ps_tier_let_go(tier, ref->slot);
}

enum ps_tier_where ps_tier_where(const struct ps_tier *tier, const struct ps_segment_key *key)
{
    const uint32_t slot = ps_tier_index_find(&tier->index, key);

    return slot == PS_TIER_NONE ? PS_TIER_ABSENT
                                : (enum ps_tier_where)ps_tier_segment_at(tier, slot)->where;
}

void ps_tier_reclass(struct ps_tier *tier, const struct ps_segment_key *key,
                     const struct ps_tier_meta *meta)
{
    const uint32_t slot = ps_tier_index_find(&tier->index, key);

    ps_assert((unsigned)meta->class < PS_TIER_CLASS_COUNT);
    if (slot == PS_TIER_NONE || meta->class >= ps_tier_segment_at(tier, slot)->class)
        return;
    struct ps_tier_segment *segment = ps_tier_segment_at(tier, slot);
    ps_tier_index_set_class(&tier->index, slot, meta->class);
    segment->confidence = (float)meta->confidence;
    /* Not placed yet: let it go to the better class at once. */
    if (segment->stage == PS_TIER_STAGE_WAITING && tier->cfg.policy == PS_TIER_CONFIDENCE) {
        ps_tier_list_remove(&tier->lanes[segment->queue].waiting, slot);
        segment->stage = PS_TIER_STAGE_NONE;
        ps_tier_append(tier, slot, (uint8_t)meta->class);
    }
}

void ps_tier_set_quota(struct ps_tier *tier, const double share[PS_TIER_CLASS_COUNT])
{
    for (unsigned i = 0; i < PS_TIER_CLASS_COUNT; i++) {
        ps_assert(share[i] >= 0 && share[i] <= 1);
        tier->share[i] = share[i];
    }
}

int ps_tier_fd(const struct ps_tier *tier)
{
    return tier->epoll_fd;
}

static void complete(struct ps_tier *tier, struct ps_tier_op *op)
{
    struct ps_tier_buf *buf = (struct ps_tier_buf *)op; /* unless it is the flush */

    tier->in_flight--;
    tier->writes_in_flight -= op->kind == PS_TIER_OP_WRITE;
    if (op == &tier->flush_op)
        ps_tier_flush_done(tier);
    else if (buf->use == PS_TIER_BUF_RECORDS)
        ps_tier_append_done(tier, buf);
    else if (buf->use == PS_TIER_BUF_READ)
        ps_tier_load_done(tier, buf);
    else
        ps_tier_seal_done(tier, buf);
}

static bool drain_counter(int fd)
{
    uint64_t count;

    return read(fd, &count, sizeof(count)) == sizeof(count);
}

void ps_tier_poll(struct ps_tier *tier, uint64_t now_ns)
{
    struct ps_tier_op *op;

    (void)now_ns;
    if (tier->store == NULL)
        return;
    drain_counter(tier->store->event_fd); /* before reaping: what ends later counts it up again */
    if (drain_counter(tier->timer_fd)) {
        tier->timer_armed = false;
        tier->flush_wanted = true;
        ps_tier_append_pump(tier, true);
    }
    while ((op = tier->store->calls->reap(tier->store)) != NULL)
        complete(tier, op);
    ps_tier_pump(tier);
}

void ps_tier_settle(struct ps_tier *tier, uint64_t now_ns)
{
    if (tier->store == NULL)
        return;
    tier->flush_wanted = true;
    ps_tier_append_pump(tier, true);
    ps_tier_poll(tier, now_ns);
}

void ps_tier_status(const struct ps_tier *tier, struct ps_tier_status *ret_status)
{
    const struct ps_tier_zones *zones = &tier->zones;
    struct ps_tier_status status = tier->count;

    status.dram_bytes = ps_tier_dram_offset(tier->dram.page_count);
    status.dram_used_bytes = ps_tier_dram_offset(tier->dram.taken_count);
    status.nvme_bytes = zones->count * tier->cfg.zone_bytes;
    status.nvme_used_bytes = (zones->count - zones->free.count) * tier->cfg.zone_bytes;
    const uint64_t shared_bytes = tier->writable ? status.nvme_bytes : status.dram_bytes;
    for (unsigned i = 0; i < PS_TIER_CLASS_COUNT; i++) {
        status.class_bytes[i] = tier->index.class_bytes[i];
        status.class_quota_bytes[i] = (uint64_t)((double)shared_bytes * tier->share[i]);
    }
    for (unsigned i = 0; i <= PS_TIER_DURABLE; i++)
        status.segments[i] = tier->index.where_count[i];
    status.unused_bytes = tier->index.unused_bytes;
    status.uring = tier->store != NULL && tier->store->uring;
    status.dram_only = !tier->writable;
    *ret_status = status;
}

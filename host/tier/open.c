/* SPDX-License-Identifier: BSD-3-Clause */
/* Building a tier and taking it down. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/tier/tier_priv.h"

#define BUF_PAGES_BYTES ((size_t)PS_TIER_BUFS * PS_TIER_IO_BYTES)

static const double share_default[PS_TIER_CLASS_COUNT] = { 0.5, 0.35, 0.15 };

static bool config_valid(const struct ps_tier_config *cfg)
{
    const uint64_t zone_bytes = cfg->zone_bytes;

    if (cfg->dram_bytes < PS_TIER_PAGE_BYTES || cfg->dram_bytes > PS_TIER_DRAM_BYTES_MAX)
        return false;
    if (cfg->index_max == 0 || cfg->index_max > PS_TIER_INDEX_MAX)
        return false;
    if (cfg->policy != PS_TIER_CONFIDENCE && cfg->policy != PS_TIER_S3FIFO)
        return false;
    return cfg->path == NULL ||
           (zone_bytes >= PS_TIER_ZONE_BYTES_MIN && zone_bytes <= PS_TIER_ZONE_BYTES_MAX &&
            (zone_bytes & (zone_bytes - 1)) == 0);
}

/* Put every part in the state its fini understands, and join the lists to their links. */
static int init_memory(struct ps_tier *tier)
{
    const struct ps_tier_config *cfg = &tier->cfg;
    int rc = ps_tier_index_init(&tier->index, (uint32_t)cfg->index_max);

    if (rc == 0)
        rc = ps_tier_dram_init(&tier->dram, cfg->dram_bytes);
    if (rc == 0 && cfg->policy == PS_TIER_S3FIFO)
        rc = ps_tier_ghost_init(&tier->ghost, (uint32_t)cfg->index_max);
    if (rc != 0)
        return rc;
    struct ps_tier_link *io_links = tier->index.links[PS_TIER_LINKS_IO];
    ps_tier_list_init(&tier->dram_fifo, tier->index.links[PS_TIER_LINKS_DRAM]);
    ps_tier_list_init(&tier->load_waiting, io_links);
    ps_tier_list_init(&tier->written, io_links);
    ps_tier_list_init(&tier->flushing, io_links);
    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX; i++) {
        ps_tier_list_init(&tier->lanes[i].waiting, io_links);
        tier->lanes[i].zone = PS_TIER_NONE;
        tier->lanes[i].slot = PS_TIER_NONE;
    }
    for (unsigned i = 0; i < PS_TIER_LOADS_MAX; i++)
        tier->loads[i].slot = PS_TIER_NONE;
    return 0;
}

static int init_device(struct ps_tier *tier)
{
    const struct ps_tier_config *cfg = &tier->cfg;

    tier->buf_pages = ps_tier_pages_map(BUF_PAGES_BYTES);
    if (tier->buf_pages == NULL)
        return -ENOMEM;
    int rc = ps_tier_device_open(&tier->device, cfg->path, cfg->nvme_bytes, cfg->zone_bytes,
                                 tier->buf_pages);
    if (rc != 0)
        return rc;
    rc = ps_tier_zones_init(
        &tier->zones, tier->device.zone_count, (uint32_t)(cfg->zone_bytes / PS_TIER_BLOCK_BYTES),
        tier->index.links[PS_TIER_LINKS_ZONE], tier->index.links[PS_TIER_LINKS_IO]);
    if (rc != 0)
        return rc;
    tier->generation = tier->device.epoch << 32;
    tier->seq = tier->device.epoch << 40;
    return tier->device.formatted ? 0 : ps_tier_recover(tier, tier->buf_pages);
}

static int init_store(struct ps_tier *tier, ps_tier_store_make *make, void *make_arg)
{
    struct iovec vecs[PS_TIER_BUFS];
    const struct ps_tier_store_config cfg = {
        .fd = tier->device.fd,
        .bufs = vecs,
        .buf_count = PS_TIER_BUFS,
    };

    for (uint32_t i = 0; i < PS_TIER_BUFS; i++) {
        struct ps_tier_buf *buf = &tier->bufs[i];

        buf->data = tier->buf_pages + (size_t)i * PS_TIER_IO_BYTES;
        buf->op.data = buf->data;
        buf->op.buf_idx = i;
        vecs[i] = (struct iovec){ .iov_base = buf->data, .iov_len = PS_TIER_IO_BYTES };
    }
    const int rc = make(&tier->store, &cfg, make_arg);
    tier->writable = rc == 0;
    return rc;
}

static int watch(const struct ps_tier *tier, int fd)
{
    struct epoll_event event = { .events = EPOLLIN };

    return epoll_ctl(tier->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

/* One fd for the caller's loop: completions, and the time at which a group is flushed. */
static int init_events(struct ps_tier *tier)
{
    tier->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (tier->epoll_fd < 0)
        return -errno;
    if (tier->store == NULL)
        return 0;
    tier->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (tier->timer_fd < 0)
        return -errno;
    const int rc = watch(tier, tier->timer_fd);
    return rc == 0 ? watch(tier, tier->store->event_fd) : rc;
}

int ps_tier_create_over(struct ps_tier **ret_tier, const struct ps_tier_config *cfg,
                        ps_tier_store_make *make, void *make_arg)
{
    if (!config_valid(cfg))
        return -EINVAL;
    struct ps_tier *tier = ps_zalloc(1, sizeof(*tier));
    if (tier == NULL)
        return -ENOMEM;
    tier->cfg = *cfg;
    tier->dram.fd = -1;
    tier->device.fd = -1;
    tier->epoll_fd = -1;
    tier->timer_fd = -1;
    ps_tier_set_quota(tier, share_default);
    int rc = init_memory(tier);
    if (rc == 0 && cfg->path != NULL)
        rc = init_device(tier);
    if (rc == 0 && cfg->path != NULL)
        rc = init_store(tier, make, make_arg);
    if (rc == 0)
        rc = init_events(tier);
    if (rc != 0) {
        ps_tier_destroy(tier);
        return rc;
    }
    tier->cfg.path = NULL; /* the caller's; not needed any more */
    *ret_tier = tier;
    return 0;
}

static int make_store(struct ps_tier_store **ret_store, const struct ps_tier_store_config *cfg,
                      void *arg)
{
    const bool *no_uring = arg;

    /* Refused by a container's seccomp profile, an old kernel or the build: the threads will do. */
    if (!*no_uring && ps_tier_store_uring_create(ret_store, cfg) == 0)
        return 0;
    return ps_tier_store_pread_create(ret_store, cfg);
}

int ps_tier_create(struct ps_tier **ret_tier, const struct ps_tier_config *cfg, uint64_t now_ns)
{
    bool no_uring = cfg->no_uring;

    (void)now_ns;
    return ps_tier_create_over(ret_tier, cfg, make_store, &no_uring);
}

/* Wait for the device. False when it stays silent, or has nothing in hand and so never answers. */
static bool wait_for_device(const struct ps_tier *tier)
{
    struct pollfd pfd = { .fd = tier->epoll_fd, .events = POLLIN };

    return (tier->in_flight > 0 || tier->timer_armed) && poll(&pfd, 1, PS_TIER_CLOSE_WAIT_MS) == 1;
}

/* Make durable what can be, then seal the open zones, so that the next start need not walk them. */
static void drain(struct ps_tier *tier)
{
    unsigned idle_turns = 0;
    bool alive = true;

    tier->closing = true;
    ps_tier_settle(tier, 0);
    while (alive && tier->writable && ps_tier_append_busy(tier)) {
        alive = wait_for_device(tier) && idle_turns < PS_TIER_CLOSE_IDLE_MAX;
        ps_tier_poll(tier, 0);
        idle_turns = tier->in_flight == 0 ? idle_turns + 1 : 0;
    }
    alive = true;
    for (unsigned i = 0; i < PS_TIER_QUEUES_MAX && tier->writable; i++)
        if (tier->lanes[i].zone != PS_TIER_NONE && tier->lanes[i].slot == PS_TIER_NONE)
            ps_tier_lane_close(tier, &tier->lanes[i]);
    ps_tier_seal_pump(tier);
    tier->store->calls->kick(tier->store);
    while (alive && tier->in_flight > 0) {
        alive = wait_for_device(tier);
        ps_tier_poll(tier, 0);
    }
}

void ps_tier_destroy(struct ps_tier *tier)
{
    if (tier == NULL)
        return;
    if (tier->store != NULL && tier->timer_fd >= 0)
        drain(tier);
    if (tier->store != NULL)
        tier->store->calls->destroy(tier->store);
    if (tier->timer_fd >= 0)
        close(tier->timer_fd);
    if (tier->epoll_fd >= 0)
        close(tier->epoll_fd);
    ps_tier_device_close(&tier->device);
    ps_tier_pages_unmap(tier->buf_pages, BUF_PAGES_BYTES);
    ps_tier_ghost_fini(&tier->ghost);
    ps_tier_zones_fini(&tier->zones);
    ps_tier_dram_fini(&tier->dram);
    ps_tier_index_fini(&tier->index);
    free(tier);
}

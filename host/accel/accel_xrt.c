/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/accel/accel_priv.h"
#include "host/accel/driver_priv.h"
#include "host/base/assert.h"
#include "host/base/clock.h"
#include "host/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TIMEOUT_MS_MAX 600000u
#define DEVICES_MAX    16u

/* This part of the smallest card's memory is left for fragments and what is not a buffer. */
#define MEMORY_SPARE_PART 64u

static int check_cards(const struct ps_accel_config *cfg, const char **ret_why)
{
    for (uint32_t i = 0; i < cfg->card_count; i++) {
        *ret_why = "no xclbin is named";
        if (cfg->cards[i].xclbin == NULL || cfg->cards[i].xclbin[0] == '\0')
            return -EINVAL;
        *ret_why = "the device index must be below 16";
        if (cfg->cards[i].device_idx >= DEVICES_MAX)
            return -EINVAL;
        *ret_why = "two cards have the same device index";
        for (uint32_t k = 0; k < i; k++)
            if (cfg->cards[k].device_idx == cfg->cards[i].device_idx)
                return -EINVAL;
    }
    return 0;
}

static int check_config(const struct ps_accel_config *cfg, const char **ret_why)
{
    *ret_why = "there must be 1 to 16 cards";
    if (cfg->card_count < 1 || cfg->card_count > PS_ACCEL_CARDS_MAX)
        return -EINVAL;
    *ret_why = "the run time-out must be 1 to 600000 ms";
    if (cfg->run_timeout_ms < 1 || cfg->run_timeout_ms > TIMEOUT_MS_MAX)
        return -EINVAL;
    return check_cards(cfg, ret_why);
}

static int start_cus(struct ps_accel *accel, struct accel_card *card,
                     const struct accel_xclbin *xclbin)
{
    for (uint32_t i = 0; i < xclbin->cu_count; i++) {
        struct accel_cu *cu = &accel->cus[accel->cu_count++]; /* even half-started, to be stopped */
        const int rc = accel_cu_start(cu, card, xclbin->cus[i]);

        card->cu_count++;
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int read_xclbin(struct accel_card *card, struct accel_xclbin *xclbin)
{
    struct ps_accel *accel = card->accel;
    const int rc = accel_xclbin_read(xclbin, card->cfg.xclbin);

    card->why = rc == -ENOENT ? "the xclbin cannot be read: check its path and permissions"
                              : "the file is no xclbin, is cut short, or has no compute units";
    if (rc != 0)
        return rc;
    card->why = "the cards have more than 128 compute units together";
    if (xclbin->cu_count > PS_ACCEL_CUS_MAX - accel->cu_count)
        return -EINVAL;
    snprintf(card->name, sizeof(card->name), "%s", xclbin->card);
    card->memory_bytes = xclbin->memory_bytes;
    return start_cus(accel, card, xclbin);
}

/* The card's name and CUs, which are numbered whether or not it can be opened. */
static int read_card(struct accel_card *card)
{
    struct accel_xclbin *xclbin = ps_zalloc(1, sizeof(*xclbin));
    int rc;

    card->first_cu = card->accel->cu_count;
    card->why = "out of memory";
    if (xclbin == NULL)
        return -ENOMEM;
    rc = read_xclbin(card, xclbin);
    free(xclbin);
    return rc;
}

static void set_memory_limit(struct ps_accel *accel)
{
    uint64_t *limit = &accel->pool.limit_bytes;

    for (uint32_t i = 0; i < accel->card_count; i++) {
        const uint64_t bytes = accel->cards[i].memory_bytes;

        if (bytes > 0 && (*limit == 0 || bytes - bytes / MEMORY_SPARE_PART < *limit))
            *limit = bytes - bytes / MEMORY_SPARE_PART;
    }
}

static void name_cards(struct ps_accel *accel)
{
    const struct accel_card *first = &accel->cards[0];
    char count[32] = "";
    uint32_t ok = 0;

    for (uint32_t i = accel->card_count; i-- > 0;)
        if (accel->cards[i].state == PS_ACCEL_CARD_OK) {
            first = &accel->cards[i];
            ok++;
        }
    if (accel->card_count > 1)
        snprintf(count, sizeof(count), " (%u of %u cards)", ok, accel->card_count);
    snprintf(accel->name, sizeof(accel->name), "%s%s%s", accel->is_emulated ? "emulated " : "",
             first->name, count);
}

/* When none is well, the first one's trouble is everybody's. */
static int check_any(const struct ps_accel *accel, const char **ret_why)
{
    for (uint32_t i = 0; i < accel->card_count; i++)
        if (accel->cards[i].opened_rc == 0)
            return 0;
    *ret_why = accel->cards[0].why;
    return accel->cards[0].opened_rc;
}

static int open_cards(struct ps_accel *accel, const struct ps_accel_config *cfg,
                      const char **ret_why)
{
    int rc;

    for (uint32_t i = 0; i < accel->card_count; i++)
        accel->cards[i].opened_rc = read_card(&accel->cards[i]);
    rc = check_any(accel, ret_why);
    if (rc == 0)
        rc = accel_driver_prepare(cfg, ret_why);
    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < accel->card_count; i++)
        if (accel->cards[i].opened_rc == 0)
            accel_card_begin(&accel->cards[i]);
    set_memory_limit(accel);
    name_cards(accel);
    return check_any(accel, ret_why);
}

static void init(struct ps_accel *accel, const struct ps_accel_config *cfg)
{
    accel->is_emulated = cfg->emulation_dir != NULL;
    accel->wait_ms = cfg->run_timeout_ms + (accel->is_emulated ? ACCEL_EMULATED_GRACE_MS : 0);
    accel->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&accel->posts_lock, NULL);
    pthread_mutex_init(&accel->pool.lock, NULL);
    accel->pool.cards = accel->cards;
    accel->pool.card_count = accel->card_count = cfg->card_count;
    for (uint32_t i = 0; i < accel->card_count; i++) {
        struct accel_card *card = &accel->cards[i];

        card->accel = accel;
        card->idx = i;
        card->cfg = cfg->cards[i];
        card->state = PS_ACCEL_CARD_ABSENT;
        pthread_mutex_init(&card->pulse_lock, NULL);
    }
}

int ps_accel_create(struct ps_accel **ret_accel, const struct ps_accel_config *cfg,
                    const char **ret_why)
{
    struct ps_accel *accel = NULL;
    int rc = check_config(cfg, ret_why);

    if (rc != 0)
        return rc;
    *ret_why = "out of memory";
    accel = ps_zalloc(1, sizeof(*accel));
    if (accel == NULL)
        return -ENOMEM;
    init(accel, cfg);
    rc = accel->event_fd < 0 ? -ENOMEM : open_cards(accel, cfg, ret_why);
    if (rc != 0) {
        ps_accel_destroy(accel);
        return rc;
    }
    accel->timing = accel->is_emulated ? accel_driver_timing() : PS_ACCEL_TIMING_REAL;
    *ret_why = NULL;
    *ret_accel = accel;
    return 0;
}

void ps_accel_destroy(struct ps_accel *accel)
{
    if (accel == NULL)
        return;
    for (uint32_t i = 0; i < accel->cu_count; i++)
        accel_cu_stop(&accel->cus[i]);
    for (uint32_t i = 0; i < accel->card_count; i++) {
        accel_card_join(&accel->cards[i]);
        accel_card_close(&accel->cards[i]);
        pthread_mutex_destroy(&accel->cards[i].pulse_lock);
    }
    accel_pool_destroy(&accel->pool);
    if (accel->event_fd >= 0)
        close(accel->event_fd);
    pthread_mutex_destroy(&accel->posts_lock);
    free(accel);
}

bool ps_accel_is_emulated(const struct ps_accel *accel)
{
    return accel->is_emulated;
}

uint32_t ps_accel_card_count(const struct ps_accel *accel)
{
    return accel->card_count;
}

const char *ps_accel_device_name(const struct ps_accel *accel)
{
    return accel->name;
}

uint32_t ps_accel_cu_count(const struct ps_accel *accel)
{
    return accel->cu_count;
}

void ps_accel_cu_info(const struct ps_accel *accel, uint32_t cu, struct ps_accel_cu_info *ret_info)
{
    const uint64_t now_ns = ps_clock_mono_ns();
    struct accel_load load;

    ps_assert(cu < accel->cu_count);
    *ret_info = accel->cus[cu].info;
    load = accel->cus[cu].load;
    if (ret_info->state == PS_ACCEL_CU_BUSY)
        accel_load_add(&load, accel->cus[cu].started_ns, now_ns);
    ret_info->load = accel_load_share(&load, now_ns);
}

int ps_accel_buf_take(struct ps_accel *accel, size_t size_bytes, struct ps_accel_buf **ret_buf)
{
    ps_assert(size_bytes > 0);
    return accel_pool_take(&accel->pool, size_bytes, ret_buf);
}

void ps_accel_buf_give(struct ps_accel *accel, struct ps_accel_buf *buf)
{
    if (buf != NULL)
        accel_pool_give(&accel->pool, buf);
}

void *ps_accel_buf_map(struct ps_accel_buf *buf)
{
    return buf->map;
}

size_t ps_accel_buf_size(const struct ps_accel_buf *buf)
{
    return buf->size_bytes;
}

int ps_accel_submit(struct ps_accel *accel, const struct ps_accel_run *run)
{
    struct accel_cu *cu;

    if (run->cu >= accel->cu_count)
        return -EINVAL;
    cu = &accel->cus[run->cu];
    if (!accel_args_fit(cu, run))
        return -EINVAL;
    if (cu->info.state == PS_ACCEL_CU_LOST)
        return -ENODEV;
    if (cu->info.state == PS_ACCEL_CU_BUSY)
        return -EBUSY;
    cu->info.state = PS_ACCEL_CU_BUSY;
    accel_cu_give(cu, run);
    return 0;
}

int ps_accel_fd(const struct ps_accel *accel)
{
    return accel->event_fd;
}

void accel_post(struct ps_accel *accel, const struct accel_post *post)
{
    pthread_mutex_lock(&accel->posts_lock);
    ps_assert(accel->post_count < PS_ACCEL_CUS_MAX);
    accel->posts[(accel->post_first + accel->post_count++) % PS_ACCEL_CUS_MAX] = *post;
    eventfd_write(accel->event_fd, 1);
    pthread_mutex_unlock(&accel->posts_lock);
}

static bool take_post(struct ps_accel *accel, struct accel_post *ret_post)
{
    if (accel->post_count == 0)
        return false;
    *ret_post = accel->posts[accel->post_first];
    accel->post_first = (accel->post_first + 1) % PS_ACCEL_CUS_MAX;
    accel->post_count--;
    return true;
}

static bool has_lost_all_cus(const struct accel_card *card)
{
    for (uint32_t i = 0; i < card->cu_count; i++)
        if (card->accel->cus[card->first_cu + i].info.state != PS_ACCEL_CU_LOST)
            return false;
    return true;
}

static void settle(struct accel_cu *cu, const struct accel_post *post)
{
    struct ps_accel_cu_info *info = &cu->info;
    struct accel_card *card = cu->card;
    const bool is_lost = post->loss != ACCEL_LOST_NOTHING || card->state != PS_ACCEL_CARD_OK;

    info->state = is_lost ? PS_ACCEL_CU_LOST : PS_ACCEL_CU_IDLE;
    info->runs++;
    info->busy_ns += post->done.busy_ns;
    accel_load_add(&cu->load, cu->started_ns, cu->started_ns + post->done.busy_ns);
    if (post->done.status == -ETIMEDOUT)
        info->timeouts++;
    else if (post->done.status != 0)
        info->errors++;
    if (post->loss == ACCEL_LOST_CARD)
        accel_card_lose(card, "the card does not answer");
    else if (has_lost_all_cus(card))
        accel_card_lose(card, "each of its compute units hung or failed for good");
}

/* The event stays readable as long as the ring is not empty. */
static uint32_t take_posts(struct ps_accel *accel, struct accel_post *ret_posts, uint32_t max)
{
    uint32_t count = 0;
    eventfd_t events;

    pthread_mutex_lock(&accel->posts_lock);
    eventfd_read(accel->event_fd, &events);
    while (count < max && take_post(accel, &ret_posts[count]))
        count++;
    if (accel->post_count > 0)
        eventfd_write(accel->event_fd, 1);
    pthread_mutex_unlock(&accel->posts_lock);
    return count;
}

uint32_t ps_accel_reap(struct ps_accel *accel, struct ps_accel_done *ret_done, uint32_t max)
{
    struct accel_post posts[PS_ACCEL_CUS_MAX];
    const uint32_t count =
        take_posts(accel, posts, max < PS_ACCEL_CUS_MAX ? max : PS_ACCEL_CUS_MAX);

    for (uint32_t i = 0; i < count; i++) {
        settle(&accel->cus[posts[i].done.cu], &posts[i]);
        ret_done[i] = posts[i].done;
    }
    for (uint32_t i = 0; i < accel->card_count; i++)
        accel_card_settle(&accel->cards[i]);
    name_cards(accel);
    return count;
}

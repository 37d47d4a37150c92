/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/cards.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/base/log.h"

static struct ps_accel_config accel_config(const struct ps_config *config)
{
    static const enum ps_accel_timing timing[] = {
        [PS_CONFIG_TIMING_ENVIRONMENT] = PS_ACCEL_TIMING_REAL,
        [PS_CONFIG_TIMING_FUNCTIONAL] = PS_ACCEL_TIMING_FUNCTIONAL,
        [PS_CONFIG_TIMING_TIMED] = PS_ACCEL_TIMING_TIMED,
        [PS_CONFIG_TIMING_DRY] = PS_ACCEL_TIMING_DRY,
    };
    struct ps_accel_config cfg = {
        .cards = { { .xclbin = config->card.xclbin, .device_idx = config->card.device } },
        .card_count = config->card_count > 0 ? config->card_count : config->card.xclbin != NULL,
        .emulation_dir = config->card.emulation_dir,
        .timing = timing[config->card.timing],
        .run_timeout_ms = (uint32_t)(config->card.run_timeout_ns / PS_NS_PER_MSEC),
    };

    for (uint32_t i = 0; i < config->card_count; i++) {
        const struct ps_config_card *card = &config->cards[i];

        cfg.cards[i] = (struct ps_accel_card_config){
            .xclbin = card->xclbin != NULL ? card->xclbin : config->card.xclbin,
            .device_idx = card->device,
        };
    }
    return cfg;
}

/* A dry card ends its runs without having computed anything: what it "makes" must never be stored
 * or served. */
static int refuse_dry(struct ps_daemon *d)
{
    struct ps_accel_card_info info;

    ps_accel_card_info(d->accel, 0, &info);
    if (info.timing != PS_ACCEL_TIMING_DRY)
        return 0;
    ps_accel_destroy(d->accel);
    d->accel = NULL;
    d->degraded_card = "a dry card has no output: set card.timing (or PS_EMU_TIMING) to functional"
                       " or timed";
    return -ENOTSUP;
}

int ps_cards_open(struct ps_daemon *d)
{
    const struct ps_accel_config cfg = accel_config(d->config);
    int rc;

    if (cfg.card_count == 0) {
        d->degraded_card = "no card: card.xclbin is not configured; only copy and audio profiles "
                           "and what is stored are served";
        return 0;
    }
    rc = ps_accel_create(&d->accel, &cfg, &d->degraded_card);
    if (rc == 0)
        rc = refuse_dry(d);
    if (rc == 0)
        return 0;
    ps_error("card", "not_usable", "xclbin=%s status=%s why=\"%s\"", cfg.cards[0].xclbin,
             strerror(-rc), d->degraded_card);
    return rc == -ENOMEM ? rc : 0;
}

static void log_change(const struct ps_accel_card_info *card)
{
    static const char *const event[] = { "back", "lost", "absent" };

    if (card->state == PS_ACCEL_CARD_OK)
        ps_info("card", event[card->state], "device=%u name=%s losses=%llu", card->device_idx,
                card->name, (unsigned long long)card->losses);
    else
        ps_warn("card", event[card->state], "device=%u name=%s why=\"%s\"", card->device_idx,
                card->name, card->why);
}

/* A CU that was running tells the allocator by its run's end; one that was idle would not. */
static void tell_alloc(struct ps_daemon *d, const struct ps_accel_card_info *card, uint64_t now_ns)
{
    for (uint32_t cu = card->first_cu; cu < card->first_cu + card->cu_count; cu++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(d->accel, cu, &info);
        if (info.state == PS_ACCEL_CU_LOST)
            ps_alloc_cu_lost(d->alloc, cu, now_ns);
        else if (info.state == PS_ACCEL_CU_IDLE)
            ps_alloc_cu_back(d->alloc, cu, now_ns);
    }
}

void ps_cards_watch(struct ps_daemon *d, uint64_t now_ns)
{
    struct ps_accel_card_info info;
    uint32_t card;

    if (d->accel == NULL)
        return;
    ps_accel_revive(d->accel, now_ns);
    while (ps_accel_card_changed(d->accel, &card)) {
        ps_accel_card_info(d->accel, card, &info);
        log_change(&info);
        tell_alloc(d, &info, now_ns);
    }
}

static double real_time_load(struct ps_daemon *d, uint64_t now_ns)
{
    struct ps_alloc_status s;

    ps_alloc_status(d->alloc, &s);
    const uint64_t busy_ns = s.busy_ns[PS_QUEUE_REAL_TIME] - d->load_busy_ns;
    const uint64_t elapsed_ns = now_ns - d->load_read_ns;
    const uint32_t cus = ps_accel_cu_count(d->accel) - s.cus_lost - s.cus_quarantined;
    const bool is_first = d->load_read_ns == 0;

    d->load_busy_ns += busy_ns;
    d->load_read_ns = now_ns;
    if (is_first || elapsed_ns == 0 || cus == 0)
        return 0.0;
    return fmin((double)busy_ns / ((double)elapsed_ns * cus), 1.0);
}

static void read_health(const struct ps_daemon *d, struct ps_steer_reading *reading)
{
    for (uint32_t i = 0; i < ps_accel_card_count(d->accel); i++) {
        struct ps_accel_card_info card;

        ps_accel_card_info(d->accel, i, &card);
        if (card.state != PS_ACCEL_CARD_OK)
            continue;
        if (!isnan(card.power_w))
            reading->power_w += card.power_w;
        if (!isnan(card.temperature_c))
            reading->temperature_c = fmax(reading->temperature_c, card.temperature_c);
    }
}

struct ps_steer_reading ps_cards_reading(struct ps_daemon *d, uint64_t now_ns)
{
    const struct ps_feedback_cell *marginal = &ps_ledger_feedback(d->ledger)->marginal;
    struct ps_steer_reading reading = {
        .buffer = ps_speculate_reading(d),
        .marginal_bets = marginal->bets,
        .marginal_useful = marginal->useful,
        .power_budget_w = d->config->speculate.power_budget_w,
        .temperature_limit_c = d->config->speculate.temperature_limit_c,
    };

    if (d->alloc == NULL)
        return reading;
    reading.real_time_load = real_time_load(d, now_ns);
    if (reading.power_budget_w > 0 || reading.temperature_limit_c > 0)
        read_health(d, &reading);
    ps_alloc_cap_speculation(d->alloc, d->steer.share);
    return reading;
}

void ps_cards_degraded(const struct ps_daemon *d, struct ps_msg_writer *w)
{
    char text[512];

    for (uint32_t i = 0; d->accel != NULL && i < ps_accel_card_count(d->accel); i++) {
        struct ps_accel_card_info info;

        ps_accel_card_info(d->accel, i, &info);
        if (info.state == PS_ACCEL_CARD_OK)
            continue;
        snprintf(text, sizeof(text), "card %u is %s: %s", info.device_idx,
                 info.state == PS_ACCEL_CARD_LOST ? "lost" : "absent", info.why);
        ps_msg_put_str(w, text);
    }
}

/* Nil when the card does not say. */
static void pair_reading(struct ps_msg_writer *w, const char *name, double value)
{
    if (!isnan(value)) {
        ps_msg_pair_f64(w, name, value);
        return;
    }
    ps_msg_put_str(w, name);
    ps_msg_put_nil(w);
}

static double mean_load(const struct ps_daemon *d, const struct ps_accel_card_info *card)
{
    double sum = 0;

    for (uint32_t i = 0; i < card->cu_count; i++) {
        struct ps_accel_cu_info cu;

        ps_accel_cu_info(d->accel, card->first_cu + i, &cu);
        sum += cu.load;
    }
    return card->cu_count == 0 ? 0.0 : sum / card->cu_count;
}

static void put_card(struct ps_msg_writer *w, const struct ps_daemon *d, uint32_t idx)
{
    static const char *const state[] = { "ok", "lost", "absent" };
    static const char *const timing[] = { "real", "functional", "timed", "dry" };
    struct ps_accel_card_info info;

    ps_accel_card_info(d->accel, idx, &info);
    ps_msg_open_map(w);
    ps_msg_pair_str(w, "name", info.name);
    ps_msg_pair_u64(w, "device", info.device_idx);
    ps_msg_pair_bool(w, "emulated", info.is_emulated);
    ps_msg_pair_str(w, "timing", timing[info.timing]);
    ps_msg_pair_str(w, "state", state[info.state]);
    ps_msg_pair_u64(w, "cus", info.cu_count);
    ps_msg_pair_f64(w, "load_share", mean_load(d, &info));
    pair_reading(w, "temperature_c", info.temperature_c);
    pair_reading(w, "power_w", info.power_w);
    ps_msg_pair_u64(w, "memory_bytes", info.memory_bytes);
    ps_msg_pair_u64(w, "memory_used_bytes", info.memory_used_bytes);
    ps_msg_pair_u64(w, "losses", info.losses);
    ps_msg_pair_str(w, "why", info.why);
    ps_msg_close(w);
}

int ps_cards_show(void *arg, const struct ps_msg_value *params, struct ps_msg_writer *w)
{
    const struct ps_daemon *d = arg;

    (void)params;
    ps_msg_open_array(w);
    for (uint32_t i = 0; d->accel != NULL && i < ps_accel_card_count(d->accel); i++)
        put_card(w, d, i);
    ps_msg_close(w);
    return 0;
}

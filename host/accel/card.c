/* SPDX-License-Identifier: BSD-3-Clause */
/* One card: opened, loaded, asked how it is, closed, and opened again when it was lost. */
#include "host/accel/accel_priv.h"
#include "host/base/assert.h"

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <xrt.h>

#define PULSE_BYTES 4096u

/* XRT's thread keeps a finished run, and so the device, for a moment after its callback. Nothing
 * tells when it lets go; without this pause it may be the one to close the device, a little after
 * we did. */
static const struct timespec xrt_lets_go = { .tv_nsec = 2000000 };

/* Buffers serve any CU, so every CU's first argument must lie in the same memory group. */
static int choose_memory(struct accel_card *card, const struct accel_cu *cu, bool is_first)
{
    const int group = xrtKernelArgGroupId(cu->kernel, 0);

    if (group < 0)
        return -ENOEXEC;
    if (is_first)
        card->group = (xrtMemoryGroup)group;
    return card->group == (xrtMemoryGroup)group ? 0 : -ENOEXEC;
}

static int open_cus(struct accel_card *card, const char **ret_why)
{
    xuid_t id;

    *ret_why = "XRT does not know a compute unit that the xclbin lists: pack the xclbin again";
    if (xrtDeviceGetXclbinUUID(card->device, id) != 0)
        return -ENOEXEC;
    for (uint32_t i = 0; i < card->cu_count; i++) {
        struct accel_cu *cu = &card->accel->cus[card->first_cu + i];
        const int rc = accel_cu_open(cu, id);

        if (rc != 0)
            return rc;
        if (choose_memory(card, cu, i == 0) != 0) {
            *ret_why = "the xclbin spreads arguments over several memories, or a kernel's first "
                       "argument is no buffer";
            return -ENOEXEC;
        }
    }
    return 0;
}

int accel_card_open(struct accel_card *card, const char **ret_why)
{
    int rc;

    *ret_why = "XRT cannot open the card: see its own message above, and check the device index";
    card->device = xrtDeviceOpen(card->cfg.device_idx);
    if (card->device == NULL)
        return -ENODEV;
    *ret_why = "XRT refuses the xclbin: see its own message above; it must be made for this card";
    if (xrtDeviceLoadXclbinFile(card->device, card->cfg.xclbin) != 0)
        return -ENOEXEC;
    rc = open_cus(card, ret_why);
    if (rc != 0)
        return rc;
    *ret_why = "the card has no memory left: does another process use it?";
    card->pulse = xrtBOAlloc(card->device, PULSE_BYTES, XRT_BO_FLAGS_NONE, card->group);
    if (card->pulse == NULL)
        return -ENOSPC;
    *ret_why = NULL;
    return 0;
}

void accel_card_close(struct accel_card *card)
{
    for (uint32_t i = 0; i < card->cu_count; i++)
        accel_cu_close(&card->accel->cus[card->first_cu + i]);
    if (card->device == NULL)
        return;
    nanosleep(&xrt_lets_go, NULL);
    accel_pool_leave(&card->accel->pool, card, true);
    if (card->pulse != NULL)
        xrtBOFree(card->pulse);
    card->pulse = NULL;
    xrtDeviceClose(card->device);
    card->device = NULL;
}

bool accel_card_answers(struct accel_card *card)
{
    int err;

    pthread_mutex_lock(&card->pulse_lock);
    err = xrtBOSync(card->pulse, XCL_BO_SYNC_BO_FROM_DEVICE, PULSE_BYTES, 0);
    pthread_mutex_unlock(&card->pulse_lock);
    return err == 0;
}

/* ---- lost and back ---- */

static void set_idle_cus(struct accel_card *card, enum ps_accel_cu_state state)
{
    for (uint32_t i = 0; i < card->cu_count; i++) {
        struct accel_cu *cu = &card->accel->cus[card->first_cu + i];

        if (cu->info.state != PS_ACCEL_CU_BUSY)
            cu->info.state = state;
    }
}

static bool has_busy_cu(const struct accel_card *card)
{
    for (uint32_t i = 0; i < card->cu_count; i++)
        if (card->accel->cus[card->first_cu + i].info.state == PS_ACCEL_CU_BUSY)
            return true;
    return false;
}

void accel_card_lose(struct accel_card *card, const char *why)
{
    if (card->state != PS_ACCEL_CARD_OK)
        return;
    card->state = PS_ACCEL_CARD_LOST;
    card->why = why;
    card->is_told = false;
    card->losses++;
    atomic_store(&card->is_usable, false);
    set_idle_cus(card, PS_ACCEL_CU_LOST);
}

/* It is open: its memory counts and its CUs work. */
static void enter_service(struct accel_card *card)
{
    card->state = PS_ACCEL_CARD_OK;
    card->why = NULL;
    card->is_told = false;
    atomic_store(&card->is_usable, true);
    set_idle_cus(card, PS_ACCEL_CU_IDLE);
}

void accel_card_begin(struct accel_card *card)
{
    card->opened_rc = accel_card_open(card, &card->why);
    if (card->opened_rc == 0)
        enter_service(card);
    else
        accel_card_close(card);
    card->is_told = card->opened_rc == 0; /* that it works goes without saying */
}

static void *open_again(void *arg)
{
    struct accel_card *card = arg;
    const char *why = NULL;
    int rc;

    accel_card_close(card);
    rc = accel_card_open(card, &why);
    if (rc != 0)
        accel_card_close(card);
    pthread_mutex_lock(&card->accel->posts_lock);
    card->opened_rc = rc;
    card->opened_why = why;
    card->has_opened = true;
    eventfd_write(card->accel->event_fd, 1);
    pthread_mutex_unlock(&card->accel->posts_lock);
    return NULL;
}

static bool may_open(const struct accel_card *card, uint64_t now_ns)
{
    return card->state != PS_ACCEL_CARD_OK && card->cu_count > 0 && now_ns >= card->retry_ns &&
           !has_busy_cu(card);
}

/* A card that opens and dies under its next run is no better than one that does not open: only
 * when it has stayed well for two pauses do they begin anew. */
static void forgive(struct accel_card *card, uint64_t now_ns)
{
    if (card->state == PS_ACCEL_CARD_OK && card->wait_ns > 0 &&
        now_ns >= card->retry_ns + card->wait_ns)
        card->retry_ns = card->wait_ns = 0;
}

/* One at a time: XRT's own state is shared between devices. */
void ps_accel_revive(struct ps_accel *accel, uint64_t now_ns)
{
    for (uint32_t i = 0; i < accel->card_count; i++)
        forgive(&accel->cards[i], now_ns);
    for (uint32_t i = 0; i < accel->card_count; i++)
        if (accel->cards[i].is_opening)
            return;
    for (uint32_t i = 0; i < accel->card_count; i++) {
        struct accel_card *card = &accel->cards[i];

        if (!may_open(card, now_ns))
            continue;
        card->wait_ns = card->wait_ns == 0 ? PS_ACCEL_REVIVE_NS : 2 * card->wait_ns;
        if (card->wait_ns > PS_ACCEL_REVIVE_NS_MAX)
            card->wait_ns = PS_ACCEL_REVIVE_NS_MAX;
        card->retry_ns = now_ns + card->wait_ns;
        card->is_opening = pthread_create(&card->opener, NULL, open_again, card) == 0;
        return;
    }
}

void accel_card_join(struct accel_card *card)
{
    if (card->is_opening)
        pthread_join(card->opener, NULL);
    card->is_opening = card->has_opened = false;
}

void accel_card_settle(struct accel_card *card)
{
    bool has_opened;

    if (!card->is_opening)
        return;
    pthread_mutex_lock(&card->accel->posts_lock);
    has_opened = card->has_opened;
    pthread_mutex_unlock(&card->accel->posts_lock);
    if (!has_opened)
        return;
    accel_card_join(card);
    if (card->opened_rc == 0)
        enter_service(card);
    else
        card->why = card->opened_why;
}

bool ps_accel_card_changed(struct ps_accel *accel, uint32_t *ret_card)
{
    for (uint32_t i = 0; i < accel->card_count; i++) {
        if (accel->cards[i].is_told)
            continue;
        accel->cards[i].is_told = true;
        *ret_card = i;
        return true;
    }
    return false;
}

/* ---- health ---- */

/* Cards without a sensor say 0, and some 0xffff. */
static double reading(unsigned value)
{
    return value == 0 || value >= UINT16_MAX ? (double)NAN : (double)value;
}

/* The core library's own function: coreutil offers the numbers in C++ only. */
static void ask_health(const struct accel_card *card, struct ps_accel_card_info *info)
{
    int (*ask)(xclDeviceHandle, struct xclDeviceInfo2 *) = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, "xclGetDeviceInfo2");
    const xclDeviceHandle device = xrtDeviceToXclDevice(card->device);
    struct xclDeviceInfo2 said = { .mMagic = 0 };

    memcpy(&ask, &symbol, sizeof(ask)); /* C has no cast from object to function pointer */
    if (ask == NULL || device == NULL || ask(device, &said) != 0)
        return;
    info->temperature_c = reading(said.mOnChipTemp);
    const double milliwatts_1000 = (double)said.m12VPex * (double)said.mPexCurr +
                                   (double)said.m12VAux * (double)said.mAuxCurr; /* mV * mA */
    if (milliwatts_1000 > 0)
        info->power_w = milliwatts_1000 / 1e6;
}

void ps_accel_card_info(const struct ps_accel *accel, uint32_t card_idx,
                        struct ps_accel_card_info *ret_info)
{
    const struct accel_card *card = &accel->cards[card_idx];

    ps_assert(card_idx < accel->card_count);
    *ret_info = (struct ps_accel_card_info){
        .device_idx = card->cfg.device_idx,
        .state = card->state,
        .why = card->state == PS_ACCEL_CARD_OK ? NULL : card->why,
        .is_emulated = accel->is_emulated,
        .timing = accel->timing,
        .first_cu = card->first_cu,
        .cu_count = card->cu_count,
        .losses = card->losses,
        .temperature_c = (double)NAN,
        .power_w = (double)NAN,
        .memory_bytes = card->memory_bytes,
        .memory_used_bytes = atomic_load(&card->bo_bytes),
    };
    snprintf(ret_info->name, sizeof(ret_info->name), "%s", card->name);
    if (card->state == PS_ACCEL_CARD_OK)
        ask_health(card, ret_info);
}

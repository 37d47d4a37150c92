/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of accel_xrt.c where XRT is not installed: there is no card, and the reason is said. */
#include "host/accel/accel.h"

#include <errno.h>

int ps_accel_create(struct ps_accel **ret_accel, const struct ps_accel_config *cfg,
                    const char **ret_why)
{
    (void)ret_accel;
    (void)cfg;
    *ret_why = "prestage was built without XRT: install libxrt-dev and build again with"
               " -Dxrt=enabled";
    return -ENODEV;
}

/* Nothing below is reached with an accelerator, because none can be made. */

void ps_accel_destroy(struct ps_accel *accel)
{
    (void)accel;
}

bool ps_accel_is_emulated(const struct ps_accel *accel)
{
    (void)accel;
    return false;
}

const char *ps_accel_device_name(const struct ps_accel *accel)
{
    (void)accel;
    return "none";
}

uint32_t ps_accel_cu_count(const struct ps_accel *accel)
{
    (void)accel;
    return 0;
}

void ps_accel_cu_info(const struct ps_accel *accel, uint32_t cu, struct ps_accel_cu_info *ret_info)
{
    (void)accel;
    (void)cu;
    *ret_info = (struct ps_accel_cu_info){ .state = PS_ACCEL_CU_LOST };
}

uint32_t ps_accel_card_count(const struct ps_accel *accel)
{
    (void)accel;
    return 0;
}

void ps_accel_card_info(const struct ps_accel *accel, uint32_t card,
                        struct ps_accel_card_info *ret_info)
{
    (void)accel;
    (void)card;
    *ret_info = (struct ps_accel_card_info){ .state = PS_ACCEL_CARD_ABSENT };
}

void ps_accel_revive(struct ps_accel *accel, uint64_t now_ns)
{
    (void)accel;
    (void)now_ns;
}

bool ps_accel_card_changed(struct ps_accel *accel, uint32_t *ret_card)
{
    (void)accel;
    (void)ret_card;
    return false;
}

int ps_accel_buf_take(struct ps_accel *accel, size_t size_bytes, struct ps_accel_buf **ret_buf)
{
    (void)accel;
    (void)size_bytes;
    (void)ret_buf;
    return -ENOSPC;
}

void ps_accel_buf_give(struct ps_accel *accel, struct ps_accel_buf *buf)
{
    (void)accel;
    (void)buf;
}

void *ps_accel_buf_map(struct ps_accel_buf *buf)
{
    (void)buf;
    return NULL;
}

size_t ps_accel_buf_size(const struct ps_accel_buf *buf)
{
    (void)buf;
    return 0;
}

int ps_accel_submit(struct ps_accel *accel, const struct ps_accel_run *run)
{
    (void)accel;
    (void)run;
    return -ENODEV;
}

int ps_accel_fd(const struct ps_accel *accel)
{
    (void)accel;
    return -1;
}

uint32_t ps_accel_reap(struct ps_accel *accel, struct ps_accel_done *ret_done, uint32_t max)
{
    (void)accel;
    (void)ret_done;
    (void)max;
    return 0;
}

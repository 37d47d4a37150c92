/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a buffer's bytes are. One piece of host memory is the way between all cards: each card's
 * BO is made over it when a run first needs it there.
 */
#include "host/accel/accel_priv.h"
#include "host/base/assert.h"

#include <errno.h>

static uint32_t bit(const struct accel_card *card)
{
    return 1u << card->idx;
}

static int make_bo(struct ps_accel_buf *buf, struct accel_card *card)
{
    const size_t size_bytes = accel_class_bytes(buf->class_idx);
    xrtBufferHandle *bo = &buf->bos[card->idx];

    if (*bo != NULL)
        return 0;
    *bo = xrtBOAllocUserPtr(card->device, buf->map, size_bytes, XRT_BO_FLAGS_NONE, card->group);
    if (*bo == NULL)
        return -ENOSPC;
    atomic_fetch_add(&card->bo_bytes, size_bytes);
    return 0;
}

/* The content into the host's memory, from a card that has it. */
static int pull(struct ps_accel_buf *buf, struct ps_accel *accel)
{
    if (buf->host_bytes >= buf->content_bytes)
        return 0;
    for (uint32_t i = 0; i < accel->card_count; i++) {
        const struct accel_card *from = &accel->cards[i];

        if ((buf->valid_cards & bit(from)) == 0 || !atomic_load(&from->is_usable) ||
            xrtBOSync(buf->bos[i], XCL_BO_SYNC_BO_FROM_DEVICE, buf->content_bytes, 0) != 0)
            continue;
        buf->host_bytes = buf->content_bytes;
        return 0;
    }
    return -ESTALE;
}

static int push(struct ps_accel_buf *buf, const struct accel_card *card)
{
    if (xrtBOSync(buf->bos[card->idx], XCL_BO_SYNC_BO_TO_DEVICE, buf->content_bytes, 0) != 0)
        return -EIO;
    buf->valid_cards |= bit(card);
    return 0;
}

static int bring(struct ps_accel_buf *buf, struct accel_card *card, uint32_t in_bytes, bool reads)
{
    int rc = make_bo(buf, card);

    if (rc != 0)
        return rc;
    if (in_bytes > 0) {
        buf->content_bytes = buf->host_bytes = in_bytes;
        buf->valid_cards = 0;
        return push(buf, card);
    }
    if (!reads || buf->content_bytes == 0 || (buf->valid_cards & bit(card)) != 0)
        return 0;
    rc = pull(buf, card->accel);
    return rc != 0 ? rc : push(buf, card);
}

int accel_buf_bring(const struct ps_accel_arg *arg, struct accel_card *card,
                    enum accel_direction direction)
{
    int rc;

    pthread_mutex_lock(&arg->buf->lock);
    rc = bring(arg->buf, card, arg->in_bytes, (direction & ACCEL_IN) != 0);
    pthread_mutex_unlock(&arg->buf->lock);
    return rc;
}

int accel_buf_take_back(const struct ps_accel_arg *arg, struct accel_card *card)
{
    struct ps_accel_buf *buf = arg->buf;
    int rc = 0;

    pthread_mutex_lock(&buf->lock);
    buf->content_bytes = buf->size_bytes;
    buf->valid_cards = bit(card);
    buf->host_bytes = 0;
    if (arg->out_bytes > 0 &&
        xrtBOSync(buf->bos[card->idx], XCL_BO_SYNC_BO_FROM_DEVICE, arg->out_bytes, 0) != 0)
        rc = -EIO;
    else
        buf->host_bytes = arg->out_bytes;
    pthread_mutex_unlock(&buf->lock);
    return rc;
}

void accel_buf_spoil(struct ps_accel_buf *buf)
{
    pthread_mutex_lock(&buf->lock);
    buf->content_bytes = buf->host_bytes = 0;
    buf->valid_cards = 0;
    pthread_mutex_unlock(&buf->lock);
}

static xrtBufferHandle detach(struct ps_accel_buf *buf, struct accel_card *card)
{
    const xrtBufferHandle bo = buf->bos[card->idx];

    buf->bos[card->idx] = NULL;
    buf->valid_cards &= ~bit(card);
    if (bo != NULL)
        atomic_fetch_sub(&card->bo_bytes, accel_class_bytes(buf->class_idx));
    return bo;
}

xrtBufferHandle accel_buf_abandon(struct ps_accel_buf *buf, struct accel_card *card)
{
    xrtBufferHandle bo;

    pthread_mutex_lock(&buf->lock);
    bo = detach(buf, card);
    buf->is_pinned = true;
    pthread_mutex_unlock(&buf->lock);
    return bo;
}

void accel_buf_leave(struct ps_accel_buf *buf, struct accel_card *card)
{
    xrtBufferHandle bo;

    pthread_mutex_lock(&buf->lock);
    bo = detach(buf, card);
    if (bo != NULL)
        xrtBOFree(bo);
    pthread_mutex_unlock(&buf->lock);
}

void accel_buf_reset(struct ps_accel_buf *buf, size_t size_bytes)
{
    ps_assert(size_bytes <= accel_class_bytes(buf->class_idx));
    accel_buf_spoil(buf);
    buf->size_bytes = size_bytes;
}

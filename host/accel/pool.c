/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a buffer costs XRT a device allocation, a pinned host copy and a handle, so freed ones
 * are kept by size. Four classes per doubling waste at most a fifth of a buffer.
 */
#include "host/accel/accel_priv.h"
#include "host/base/mem.h"

#include <errno.h>
#include <stdlib.h>

static size_t class_bytes(uint32_t idx)
{
    return ((size_t)ACCEL_CLASS_MIN_BYTES / 4 * (4 + idx % 4)) << (idx / 4);
}

static uint32_t class_of(size_t size_bytes)
{
    uint32_t idx = 0;

    while (idx < ACCEL_CLASSES_MAX && class_bytes(idx) < size_bytes)
        idx++;
    return idx;
}

static void free_buf(struct accel_pool *pool, struct ps_accel_buf *buf)
{
    if (buf->prev != NULL)
        buf->prev->next = buf->next;
    else
        pool->all = buf->next;
    if (buf->next != NULL)
        buf->next->prev = buf->prev;
    if (buf->bo != NULL)
        xrtBOFree(buf->bo);
    free(buf);
}

void accel_pool_destroy(struct accel_pool *pool)
{
    while (pool->all != NULL)
        free_buf(pool, pool->all);
}

/* What other sizes keep may be what is missing. */
static void free_pooled(struct accel_pool *pool)
{
    for (uint32_t i = 0; i < ACCEL_CLASSES_MAX; i++)
        while (pool->classes[i] != NULL) {
            struct ps_accel_buf *buf = pool->classes[i];

            pool->classes[i] = buf->next_free;
            free_buf(pool, buf);
        }
}

static xrtBufferHandle new_bo(struct accel_pool *pool, size_t size_bytes)
{
    xrtBufferHandle bo = xrtBOAlloc(pool->device, size_bytes, XRT_BO_FLAGS_NONE, pool->group);

    if (bo != NULL)
        return bo;
    free_pooled(pool);
    return xrtBOAlloc(pool->device, size_bytes, XRT_BO_FLAGS_NONE, pool->group);
}

static int new_buf(struct accel_pool *pool, uint32_t class_idx, struct ps_accel_buf **ret_buf)
{
    struct ps_accel_buf *buf = ps_zalloc(1, sizeof(*buf));

    if (buf == NULL)
        return -ENOMEM;
    buf->class_idx = class_idx;
    buf->size_bytes = class_bytes(class_idx);
    buf->next = pool->all;
    if (pool->all != NULL)
        pool->all->prev = buf;
    pool->all = buf;
    buf->bo = new_bo(pool, buf->size_bytes);
    buf->map = buf->bo != NULL ? xrtBOMap(buf->bo) : NULL;
    if (buf->map == NULL) {
        free_buf(pool, buf);
        return -ENOSPC;
    }
    *ret_buf = buf;
    return 0;
}

int accel_pool_take(struct accel_pool *pool, size_t size_bytes, struct ps_accel_buf **ret_buf)
{
    const uint32_t class_idx = class_of(size_bytes);
    struct ps_accel_buf *buf;

    if (class_idx == ACCEL_CLASSES_MAX)
        return -ENOSPC;
    buf = pool->classes[class_idx];
    if (buf == NULL)
        return new_buf(pool, class_idx, ret_buf);
    pool->classes[class_idx] = buf->next_free;
    *ret_buf = buf;
    return 0;
}

void accel_pool_give(struct accel_pool *pool, struct ps_accel_buf *buf)
{
    buf->next_free = pool->classes[buf->class_idx];
    pool->classes[buf->class_idx] = buf;
}

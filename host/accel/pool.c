/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a buffer costs pages, and on each card a device allocation and a handle, so freed ones are
 * kept by size. Four classes per doubling waste at most a fifth of a buffer.
 */
#include "host/accel/accel_priv.h"
#include "host/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

size_t accel_class_bytes(uint32_t class_idx)
{
    return ((size_t)ACCEL_CLASS_MIN_BYTES / 4 * (4 + class_idx % 4)) << (class_idx / 4);
}

static uint32_t class_of(size_t size_bytes)
{
    uint32_t idx = 0;

    while (idx < ACCEL_CLASSES_MAX && accel_class_bytes(idx) < size_bytes)
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
    munmap(buf->map, accel_class_bytes(buf->class_idx));
    pool->used_bytes -= accel_class_bytes(buf->class_idx);
    pthread_mutex_destroy(&buf->lock);
    free(buf);
}

void accel_pool_destroy(struct accel_pool *pool)
{
    while (pool->all != NULL)
        free_buf(pool, pool->all);
    pthread_mutex_destroy(&pool->lock);
}

static void leave_all(struct accel_pool *pool, struct ps_accel_buf *buf)
{
    for (uint32_t i = 0; i < pool->card_count; i++)
        accel_buf_leave(buf, &pool->cards[i]);
}

/* What other sizes keep may be what is missing. */
static void free_pooled(struct accel_pool *pool)
{
    for (uint32_t i = 0; i < ACCEL_CLASSES_MAX; i++) {
        struct ps_accel_buf **at = &pool->classes[i];

        while (*at != NULL) {
            struct ps_accel_buf *buf = *at;

            if (buf->is_pinned) {
                at = &buf->next_free;
                continue;
            }
            *at = buf->next_free;
            leave_all(pool, buf);
            free_buf(pool, buf);
        }
    }
}

static bool has_room(const struct accel_pool *pool, size_t size_bytes)
{
    return pool->limit_bytes == 0 || size_bytes <= pool->limit_bytes - pool->used_bytes;
}

static int new_buf(struct accel_pool *pool, uint32_t class_idx, struct ps_accel_buf **ret_buf)
{
    const size_t bytes = accel_class_bytes(class_idx);
    struct ps_accel_buf *buf;

    if (!has_room(pool, bytes))
        free_pooled(pool);
    if (!has_room(pool, bytes))
        return -ENOSPC;
    buf = ps_zalloc(1, sizeof(*buf));
    if (buf == NULL)
        return -ENOMEM;
    buf->map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buf->map == MAP_FAILED) {
        free(buf);
        return -ENOMEM;
    }
    pthread_mutex_init(&buf->lock, NULL);
    buf->class_idx = class_idx;
    buf->next = pool->all;
    if (pool->all != NULL)
        pool->all->prev = buf;
    pool->all = buf;
    pool->used_bytes += bytes;
    *ret_buf = buf;
    return 0;
}

int accel_pool_take(struct accel_pool *pool, size_t size_bytes, struct ps_accel_buf **ret_buf)
{
    const uint32_t class_idx = class_of(size_bytes);
    struct ps_accel_buf *buf;
    int rc = 0;

    if (class_idx == ACCEL_CLASSES_MAX)
        return -ENOSPC;
    pthread_mutex_lock(&pool->lock);
    buf = pool->classes[class_idx];
    if (buf == NULL)
        rc = new_buf(pool, class_idx, &buf);
    else
        pool->classes[class_idx] = buf->next_free;
    pthread_mutex_unlock(&pool->lock);
    if (rc != 0)
        return rc;
    accel_buf_reset(buf, size_bytes);
    *ret_buf = buf;
    return 0;
}

void accel_pool_give(struct accel_pool *pool, struct ps_accel_buf *buf)
{
    pthread_mutex_lock(&pool->lock);
    buf->next_free = pool->classes[buf->class_idx];
    pool->classes[buf->class_idx] = buf;
    pthread_mutex_unlock(&pool->lock);
}

void accel_pool_leave(struct accel_pool *pool, struct accel_card *card, bool taken_too)
{
    pthread_mutex_lock(&pool->lock);
    for (struct ps_accel_buf *buf = pool->all; taken_too && buf != NULL; buf = buf->next)
        accel_buf_leave(buf, card);
    for (uint32_t i = 0; !taken_too && i < ACCEL_CLASSES_MAX; i++)
        for (struct ps_accel_buf *buf = pool->classes[i]; buf != NULL; buf = buf->next_free)
            accel_buf_leave(buf, card);
    pthread_mutex_unlock(&pool->lock);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/daemon/saver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "host/base/mem.h"
#include "host/daemon/state_file.h"

enum phase { IDLE, WRITING, WRITTEN };

struct ps_saver {
    const char *dir;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    enum phase phase;
    bool ending;
    const char *name;
    void *data;
    size_t size_bytes;
    int rc;
};

/* With the lock held, but not while it writes. */
static void write_file(struct ps_saver *saver)
{
    int rc;

    pthread_mutex_unlock(&saver->lock);
    rc = ps_state_file_write(saver->dir, saver->name, saver->data, saver->size_bytes);
    free(saver->data);
    pthread_mutex_lock(&saver->lock);
    saver->data = NULL;
    saver->rc = rc;
    saver->phase = WRITTEN;
    pthread_cond_broadcast(&saver->changed);
}

static void *work(void *arg)
{
    struct ps_saver *saver = arg;

    pthread_mutex_lock(&saver->lock);
    for (;;) {
        if (saver->phase == WRITING)
            write_file(saver);
        else if (saver->ending)
            break;
        else
            pthread_cond_wait(&saver->changed, &saver->lock);
    }
    pthread_mutex_unlock(&saver->lock);
    return NULL;
}

int ps_saver_create(struct ps_saver **ret_saver, const char *dir)
{
    struct ps_saver *saver = ps_zalloc(1, sizeof(*saver));

    if (saver == NULL)
        return -ENOMEM;
    saver->dir = dir;
    pthread_mutex_init(&saver->lock, NULL);
    pthread_cond_init(&saver->changed, NULL);
    saver->has_thread = pthread_create(&saver->thread, NULL, work, saver) == 0;
    if (!saver->has_thread) {
        ps_saver_destroy(saver);
        return -EAGAIN;
    }
    *ret_saver = saver;
    return 0;
}

void ps_saver_destroy(struct ps_saver *saver)
{
    if (saver == NULL)
        return;
    pthread_mutex_lock(&saver->lock);
    saver->ending = true;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->lock);
    if (saver->has_thread)
        pthread_join(saver->thread, NULL);
    pthread_cond_destroy(&saver->changed);
    pthread_mutex_destroy(&saver->lock);
    free(saver);
}

int ps_saver_write(struct ps_saver *saver, const char *name, void *data, size_t size_bytes)
{
    int rc = -EBUSY;

    pthread_mutex_lock(&saver->lock);
    if (saver->phase == IDLE) {
        saver->name = name;
        saver->data = data;
        saver->size_bytes = size_bytes;
        saver->phase = WRITING;
        pthread_cond_broadcast(&saver->changed);
        rc = 0;
    }
    pthread_mutex_unlock(&saver->lock);
    return rc;
}

bool ps_saver_take(struct ps_saver *saver, bool wait, int *ret_rc)
{
    bool taken;

    pthread_mutex_lock(&saver->lock);
    while (wait && saver->phase == WRITING)
        pthread_cond_wait(&saver->changed, &saver->lock);
    taken = saver->phase == WRITTEN;
    if (taken) {
        saver->phase = IDLE;
        *ret_rc = saver->rc;
    }
    pthread_mutex_unlock(&saver->lock);
    return taken;
}

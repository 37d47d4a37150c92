/* SPDX-License-Identifier: BSD-3-Clause */
/* agent/watch.c - see watch_priv.h. */
#include "agent/watch_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENT_BYTES (sizeof(struct inotify_event) + NAME_MAX + 1)

int psa_watch_init(struct psa_watch *watch)
{
    *watch = (struct psa_watch){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
    return watch->fd < 0 ? -errno : 0;
}

void psa_watch_fini(struct psa_watch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
}

int psa_watch_add(struct psa_watch *watch, const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";

    if (watch->count == PSA_WATCHED_MAX)
        return -ENOSPC;
    if (slash != NULL && (size_t)(slash - path) >= sizeof(folder))
        return -ENAMETOOLONG;
    if (slash != NULL)
        snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    const int wd = inotify_add_watch(watch->fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY);
    if (wd < 0)
        return -errno;
    watch->files[watch->count].folder = wd;
    watch->files[watch->count].name = slash == NULL ? path : slash + 1;
    return (int)watch->count++;
}

static uint32_t bits_of(const struct psa_watch *watch, const struct inotify_event *event)
{
    uint32_t bits = 0;

    if ((event->mask & IN_Q_OVERFLOW) != 0)
        return UINT32_MAX; /* anything may have happened */
    for (uint32_t i = 0; i < watch->count; i++)
        if (watch->files[i].folder == event->wd && event->len > 0 &&
            strcmp(watch->files[i].name, event->name) == 0)
            bits |= 1u << i;
    return bits;
}

uint32_t psa_watch_read(struct psa_watch *watch)
{
    _Alignas(struct inotify_event) char bytes[4 * EVENT_BYTES];
    uint32_t bits = 0;
    ssize_t got;

    while ((got = read(watch->fd, bytes, sizeof(bytes))) > 0)
        for (const char *at = bytes; at < bytes + got;) {
            const struct inotify_event *event = (const void *)at;

            bits |= bits_of(watch, event);
            at += sizeof(*event) + event->len;
        }
    return bits;
}

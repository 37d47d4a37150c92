/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/assert.h"
#include "host/base/mem.h"
#include "host/control/client_priv.h"
#include "host/control/socket_priv.h"

#define EVENTS_MAX    (PS_CONTROL_CLIENTS_MAX + 1)
#define ACCEPTS_MAX   64u           /* in one poll */
#define MUTED_NS      1000000000ull /* after accept(2) ran out of descriptors or memory */
#define LISTENER_MARK UINT32_MAX

struct ps_control {
    struct ps_control_dispatch dispatch;
    struct ps_control_client clients[PS_CONTROL_CLIENTS_MAX];
    char *path;
    struct stat socket; /* ours, as long as device and inode are these */
    int epoll_fd;
    int listen_fd;
    uint64_t muted_until_ns; /* 0: listening */
    uint64_t refused_clients, dropped_clients;
    uint64_t last_client_id;
    void (*closed)(void *arg, uint64_t caller);
};

static int watch(struct ps_control *control, int operation, int fd, uint32_t events, uint32_t mark)
{
    struct epoll_event event = { .events = events, .data.u32 = mark };

    return epoll_ctl(control->epoll_fd, operation, fd, &event) == 0 ? 0 : -errno;
}

static int open_all(struct ps_control *control)
{
    control->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (control->epoll_fd < 0)
        return -errno;
    const int rc = ps_control_listen(control->path, &control->listen_fd);
    if (rc != 0)
        return rc;
    if (lstat(control->path, &control->socket) != 0)
        return -errno;
    return watch(control, EPOLL_CTL_ADD, control->listen_fd, EPOLLIN, LISTENER_MARK);
}

int ps_control_create(struct ps_control **ret_control, const struct ps_control_config *cfg)
{
    int rc = -ENOMEM;
    struct ps_control *control = ps_zalloc(1, sizeof(*control));

    ps_assert(cfg->path != NULL && cfg->handlers != NULL && cfg->version != NULL);
    if (control == NULL)
        return -ENOMEM;
    control->epoll_fd = -1;
    control->listen_fd = -1;
    for (unsigned i = 0; i < PS_CONTROL_CLIENTS_MAX; i++)
        control->clients[i].fd = -1;
    ps_control_dispatch_init(&control->dispatch, cfg);
    control->closed = cfg->closed;
    control->path = ps_strdup(cfg->path);
    if (control->path == NULL)
        goto fail;
    rc = open_all(control);
    if (rc != 0)
        goto fail;
    *ret_control = control;
    return 0;

fail:
    ps_control_destroy(control);
    return rc;
}

/* Another daemon may have taken the name meanwhile; only ours is removed. */
static void remove_socket(const struct ps_control *control)
{
    struct stat now;

    if (lstat(control->path, &now) == 0 && now.st_dev == control->socket.st_dev &&
        now.st_ino == control->socket.st_ino)
        unlink(control->path);
}

void ps_control_destroy(struct ps_control *control)
{
    if (control == NULL)
        return;
    for (unsigned i = 0; i < PS_CONTROL_CLIENTS_MAX; i++)
        ps_control_client_fini(&control->clients[i]);
    if (control->listen_fd >= 0) {
        remove_socket(control);
        close(control->listen_fd);
    }
    if (control->epoll_fd >= 0)
        close(control->epoll_fd);
    ps_control_dispatch_fini(&control->dispatch);
    free(control->path);
    free(control);
}

int ps_control_fd(const struct ps_control *control)
{
    return control->epoll_fd;
}

static struct ps_control_client *free_place(struct ps_control *control)
{
    for (unsigned i = 0; i < PS_CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i].fd < 0)
            return &control->clients[i];
    return NULL;
}

static void admit(struct ps_control *control, int fd, uint64_t now_ns)
{
    struct ps_control_client *client = free_place(control);
    enum ps_control_role role;

    if (client == NULL || ps_control_peer_role(fd, &role) != 0 ||
        watch(control, EPOLL_CTL_ADD, fd, EPOLLIN, (uint32_t)(client - control->clients)) != 0) {
        control->refused_clients++;
        close(fd);
        return;
    }
    ps_control_client_init(client, fd, role, ++control->last_client_id, now_ns);
    client->events = EPOLLIN;
}

static void accept_all(struct ps_control *control, uint64_t now_ns)
{
    for (unsigned i = 0; i < ACCEPTS_MAX; i++) {
        const int fd = accept4(control->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            admit(control, fd, now_ns);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            /* Out of descriptors: what waits stays readable and would spin the loop. */
            control->muted_until_ns = now_ns + MUTED_NS;
            watch(control, EPOLL_CTL_MOD, control->listen_fd, 0, LISTENER_MARK);
            return;
        }
    }
}

static void hang_up(struct ps_control *control, struct ps_control_client *client)
{
    const uint64_t id = client->id;

    ps_control_client_fini(client);
    if (control->closed != NULL)
        control->closed(control->dispatch.arg, id);
}

static void serve(struct ps_control *control, uint32_t place, uint64_t now_ns)
{
    struct ps_control_client *client = &control->clients[place];
    uint32_t events = client->events;
    int rc = ps_control_client_serve(client, &control->dispatch, now_ns, &events);

    if (rc == 0 && events != client->events) {
        rc = watch(control, EPOLL_CTL_MOD, client->fd, events, place);
        client->events = events;
    }
    if (rc != 0) {
        control->dropped_clients += rc != -ECONNRESET;
        hang_up(control, client);
    }
}

static void drop_stalled(struct ps_control *control, uint64_t now_ns)
{
    for (unsigned i = 0; i < PS_CONTROL_CLIENTS_MAX; i++) {
        struct ps_control_client *client = &control->clients[i];
        if (client->fd >= 0 && ps_control_client_stalls(client, now_ns)) {
            control->dropped_clients++;
            hang_up(control, client);
        }
    }
}

void ps_control_poll(struct ps_control *control, uint64_t now_ns)
{
    struct epoll_event events[EVENTS_MAX];
    const int count = epoll_wait(control->epoll_fd, events, EVENTS_MAX, 0);

    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == LISTENER_MARK)
            accept_all(control, now_ns);
        else
            serve(control, events[i].data.u32, now_ns);
    }
    drop_stalled(control, now_ns);
    if (control->muted_until_ns != 0 && now_ns >= control->muted_until_ns) {
        control->muted_until_ns = 0;
        watch(control, EPOLL_CTL_MOD, control->listen_fd, EPOLLIN, LISTENER_MARK);
    }
}

uint64_t ps_control_caller(const struct ps_control *control)
{
    return control->dispatch.caller;
}

void ps_control_status(const struct ps_control *control, struct ps_control_status *ret_status)
{
    *ret_status = (struct ps_control_status){
        .requests = control->dispatch.requests,
        .errors = control->dispatch.errors,
        .refused_clients = control->refused_clients,
        .dropped_clients = control->dropped_clients,
    };
    for (unsigned i = 0; i < PS_CONTROL_CLIENTS_MAX; i++)
        ret_status->clients += control->clients[i].fd >= 0;
}

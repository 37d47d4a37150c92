/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernels/emu/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

/* Signals as a fresh program expects them, and a group of its own, so that a terminal's Ctrl-C
 * reaches the host alone, which then closes the card in order. */
static int spawn_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, all;
    int err = posix_spawnattr_init(attr);

    if (err != 0)
        return err;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setpgroup(attr, 0);
    return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
}

/* The socket goes first, because it alone may have one of the worker's numbers; the others were
 * moved above them (see emu_high_fd()). So none is overwritten before it is copied. */
static int spawn_files(posix_spawn_file_actions_t *files, const struct emu_worker_setup *setup,
                       int socket_fd)
{
    int err = posix_spawn_file_actions_init(files);

    if (err != 0)
        return err;
    err = posix_spawn_file_actions_adddup2(files, socket_fd, EMU_WORKER_SOCKET_FD);
    if (err == 0)
        err = posix_spawn_file_actions_adddup2(files, setup->memory_fd, EMU_WORKER_MEMORY_FD);
    if (err == 0)
        err = posix_spawn_file_actions_adddup2(files, setup->kernels_fd, EMU_WORKER_KERNELS_FD);
    if (err == 0)
        err = posix_spawn_file_actions_addclosefrom_np(files, EMU_WORKER_FD_COUNT);
    return err;
}

static int spawn(const struct emu_worker_setup *setup, const char *cu_name, int socket_fd,
                 pid_t *ret_pid)
{
    /* posix_spawn() takes char *const[] for history's sake and changes nothing. */
    union {
        const char *in[4];
        char *out[4];
    } args = { .in = { "prestage-cu", setup->card_name, cu_name, NULL } };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int err = spawn_attributes(&attr);

    if (err != 0)
        return err;
    err = spawn_files(&files, setup, socket_fd);
    if (err == 0) {
        err = posix_spawn(ret_pid, setup->program, &files, &attr, args.out, environ);
        posix_spawn_file_actions_destroy(&files);
    }
    posix_spawnattr_destroy(&attr);
    return err;
}

static void forget(struct emu_worker *worker)
{
    close(worker->pid_fd);
    close(worker->socket_fd);
    *worker = (struct emu_worker){ .pid_fd = -1, .socket_fd = -1 };
}

void emu_worker_stop(struct emu_worker *worker)
{
    siginfo_t info;

    if (worker->pid == 0)
        return;
    pidfd_send_signal(worker->pid_fd, SIGKILL, NULL, 0);
    while (waitid(P_PIDFD, (id_t)worker->pid_fd, &info, WEXITED) != 0 && errno == EINTR)
        ;
    forget(worker);
}

void emu_worker_signal(const struct emu_worker *worker, int signal)
{
    if (worker->pid != 0)
        pidfd_send_signal(worker->pid_fd, signal, NULL, 0);
}

bool emu_worker_alive(struct emu_worker *worker)
{
    struct pollfd process = { .fd = worker->pid_fd, .events = POLLIN };

    if (worker->pid == 0)
        return false;
    if (poll(&process, 1, 0) == 0)
        return true;
    emu_worker_stop(worker);
    return false;
}

/* The socket first: a worker that answered and then died has still answered. */
static enum emu_worker_result take_answer(struct emu_worker *worker)
{
    uint32_t answer = 0;
    const ssize_t got = recv(worker->socket_fd, &answer, sizeof(answer), MSG_DONTWAIT);

    if (got == (ssize_t)sizeof(answer) && answer == EMU_ANSWER_OK)
        return EMU_WORKER_DONE;
    if (got == (ssize_t)sizeof(answer) && answer == EMU_ANSWER_FAULT)
        return EMU_WORKER_FAULT;
    return EMU_WORKER_DIED;
}

static enum emu_worker_result await_answer(struct emu_worker *worker, uint32_t limit_ms,
                                           int cancel_fd)
{
    const uint64_t end_ms = now_ms() + limit_ms;
    struct pollfd fds[] = { { .fd = worker->socket_fd, .events = POLLIN },
                            { .fd = worker->pid_fd, .events = POLLIN },
                            { .fd = cancel_fd, .events = POLLIN } };

    for (;;) {
        const uint64_t t = now_ms();

        if (t >= end_ms)
            return EMU_WORKER_HUNG;
        if (poll(fds, 3, (int)(end_ms - t)) < 0 && errno != EINTR)
            return EMU_WORKER_DIED;
        if (fds[0].revents != 0 || fds[1].revents != 0)
            return take_answer(worker);
        if (fds[2].revents != 0)
            return EMU_WORKER_CANCELLED;
    }
}

static enum emu_worker_result settle(struct emu_worker *worker, enum emu_worker_result result)
{
    if (result != EMU_WORKER_DONE && result != EMU_WORKER_FAULT)
        emu_worker_stop(worker);
    return result;
}

enum emu_worker_result emu_worker_start(struct emu_worker *worker,
                                        const struct emu_worker_setup *setup, const char *cu_name,
                                        int cancel_fd)
{
    int ends[2], err;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return EMU_WORKER_DIED;
    worker->socket_fd = ends[0];
    err = spawn(setup, cu_name, ends[1], &worker->pid);
    close(ends[1]);
    if (err != 0) {
        close(ends[0]);
        *worker = (struct emu_worker){ .pid_fd = -1, .socket_fd = -1 };
        return EMU_WORKER_DIED;
    }
    worker->pid_fd = pidfd_open(worker->pid, 0);
    if (worker->pid_fd < 0) {
        kill(worker->pid, SIGKILL);
        waitpid(worker->pid, NULL, 0);
        close(ends[0]);
        *worker = (struct emu_worker){ .pid_fd = -1, .socket_fd = -1 };
        return EMU_WORKER_DIED;
    }
    return settle(worker, await_answer(worker, EMU_WORKER_START_MS, cancel_fd));
}

enum emu_worker_result emu_worker_run(struct emu_worker *worker, const void *registers,
                                      uint32_t size_bytes, uint32_t limit_ms, int cancel_fd)
{
    if (send(worker->socket_fd, registers, size_bytes, MSG_NOSIGNAL) != (ssize_t)size_bytes)
        return settle(worker, EMU_WORKER_DIED);
    return settle(worker, await_answer(worker, limit_ms, cancel_fd));
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/integration/accel/accel_test.h"

#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ps_accel *open_test_card(uint32_t timeout_ms)
{
    const struct ps_accel_config cfg = { .cards = { { .xclbin = getenv("PS_TEST_CARD") } },
                                         .card_count = 1,
                                         .emulation_dir = getenv("PS_TEST_DRIVER"),
                                         .run_timeout_ms = timeout_ms };
    struct ps_accel *accel = NULL;
    const char *why = NULL;
    const int rc = ps_accel_create(&accel, &cfg, &why);

    if (rc != 0)
        fprintf(stderr, "test card: %s: %s\n", strerror(-rc), why);
    return accel;
}

uint32_t cu_named(const struct ps_accel *accel, const char *name)
{
    for (uint32_t i = 0; i < ps_accel_cu_count(accel); i++) {
        struct ps_accel_cu_info info;

        ps_accel_cu_info(accel, i, &info);
        if (strcmp(info.name, name) == 0)
            return i;
    }
    fprintf(stderr, "no compute unit %s\n", name);
    exit(EXIT_FAILURE);
}

struct ps_accel_done await(struct ps_accel *accel)
{
    struct pollfd event = { .fd = ps_accel_fd(accel), .events = POLLIN };
    struct ps_accel_done done;

    while (ps_accel_reap(accel, &done, 1) == 0)
        poll(&event, 1, -1);
    return done;
}

int start_trouble(struct ps_accel *accel, uint32_t cu, struct ps_accel_buf *buf, enum trouble how)
{
    const struct ps_accel_run run = { .tag = how,
                                      .cu = cu,
                                      .arg_count = 2,
                                      .args = { { .buf = buf, .in_bytes = 1, .out_bytes = 1 },
                                                { .scalar = how } } };

    return ps_accel_submit(accel, &run);
}

int run_trouble(struct ps_accel *accel, uint32_t cu, struct ps_accel_buf *buf, enum trouble how)
{
    const int rc = start_trouble(accel, cu, buf, how);

    return rc != 0 ? rc : await(accel).status;
}

/* Calls @p look for each numbered entry of /proc or a folder in it; the sum of what it says. */
static long each_entry(const char *folder, long (*look)(long number, const void *arg),
                       const void *arg)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    long sum = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            sum += look(strtol(entry->d_name, NULL, 10), arg);
    if (dir != NULL)
        closedir(dir);
    return sum;
}

static size_t read_proc(long pid, const char *what, char *to, size_t size_bytes)
{
    char path[64];
    FILE *in;
    size_t got;

    snprintf(path, sizeof(path), "/proc/%ld/%s", pid, what);
    in = fopen(path, "r");
    if (in == NULL)
        return 0;
    got = fread(to, 1, size_bytes - 1, in);
    fclose(in);
    to[got] = '\0';
    return got;
}

static long is_child(long pid, const void *arg)
{
    char text[512];
    const char *after_name;

    (void)arg;
    if (read_proc(pid, "stat", text, sizeof(text)) == 0)
        return 0;
    after_name = strrchr(text, ')');
    return after_name != NULL && strtol(after_name + 3, NULL, 10) == getpid();
}

static long pid_if_worker(long pid, const void *arg)
{
    char text[512];
    const char *name = arg, *word = text;
    const size_t got = read_proc(pid, "cmdline", text, sizeof(text));

    if (got == 0 || !is_child(pid, NULL))
        return 0;
    while (word + strlen(word) + 1 < text + got) /* to the last argument */
        word += strlen(word) + 1;
    return strcmp(word, name) == 0 ? pid : 0;
}

static long one(long number, const void *arg)
{
    (void)number;
    (void)arg;
    return 1;
}

pid_t worker_of(const char *name)
{
    return (pid_t)each_entry("/proc", pid_if_worker, name);
}

void await_hang(pid_t pid)
{
    char name[32] = "";

    while (strcmp(name, TROUBLE_HANG_NAME "\n") != 0 &&
           read_proc(pid, "comm", name, sizeof(name)) > 0)
        sched_yield();
}

unsigned count_children(void)
{
    return (unsigned)each_entry("/proc", is_child, NULL);
}

unsigned count_fds(void)
{
    return (unsigned)each_entry("/proc/self/fd", one, NULL);
}

bool counts_return_to(unsigned children, unsigned fds)
{
    for (int i = 0; i < 10000; i++) {
        if (count_children() == children && count_fds() == fds)
            return true;
        usleep(1000);
    }
    return false;
}

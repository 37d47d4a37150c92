/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * agent/main.c - prestage-agent: watches what it is told to, and tells the edge.
 *
 * The library foresees and sends; here are the clock, the files and the pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/options_priv.h"
#include "agent/watch_priv.h"

#define EXIT_USAGE    2
#define SETTLE_MS     300   /* a file that is being written is read when it is quiet */
#define SAVE_MS       60000 /* the record, if it changed */
#define KEY_BYTES_MAX 256u
#define LINE_BYTES    512u
#define STATE_BYTES   512u
#define LIST_BYTES    32768

enum source { NAMES, QUEUE, CALENDAR, EPG, HISTORY, SOURCES };

struct program {
    struct psa_options o;
    struct prestage_agent *agent;
    struct psa_watch watch;
    const char *path[SOURCES];
    int number[SOURCES]; /* of the watch; -1: not watched */
    uint32_t changed;    /* a bit for each of the watch */
    int pipe_fd;
    char line[LINE_BYTES]; /* of the pipe, while it comes */
    size_t line_bytes;
    bool line_is_too_long;
    char saved[STATE_BYTES];
    uint64_t saved_ms;
    sigset_t signals_while_waiting;
};

static volatile sig_atomic_t is_over;

static void end(int number)
{
    (void)number;
    is_over = 1;
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void complain(const char *what, int rc)
{
    fprintf(stderr, "prestage-agent: %s: %s\n", what, strerror(-rc));
}

static void print_look(void *arg, const struct prestage_agent_look *look)
{
    const struct program *p = arg;

    if (!p->o.dry_run)
        return;
    printf("would send media=%s from=%lld to=%lld p=%.3f by=%s\n", look->media,
           (long long)look->from_s, (long long)look->to_s, look->probability,
           prestage_agent_kind_name(look->kind));
    fflush(stdout);
}

static void print_line(void *arg, const char *text)
{
    (void)arg;
    puts(text);
}

/* ---- lists ---- */

static int give(struct program *p, enum source source, const char *text, size_t bytes)
{
    switch (source) {
    case NAMES:
        return prestage_agent_names(p->agent, text, bytes);
    case QUEUE:
        return prestage_agent_queue(p->agent, text, bytes, now_ms());
    case CALENDAR:
        return prestage_agent_calendar(p->agent, text, bytes, now_ms());
    case EPG:
        return prestage_agent_epg(p->agent, text, bytes, now_ms());
    case HISTORY:
        /* A last line without its end is still being written. */
        while (bytes > 0 && text[bytes - 1] != '\n')
            bytes--;
        return prestage_agent_history(p->agent, text, bytes);
    case SOURCES:
        break;
    }
    return -EINVAL;
}

/* A list that is not there is an empty one: it may come. */
static void read_source(struct program *p, enum source source)
{
    char *text = NULL;
    size_t bytes = 0;
    int rc = source == HISTORY
                 ? psa_file_read_end(p->path[source], PRESTAGE_AGENT_TEXT_MAX, &text, &bytes)
                 : psa_file_read(p->path[source], PRESTAGE_AGENT_TEXT_MAX, &text, &bytes);

    if (rc == -ENOENT)
        rc = give(p, source, "", 0);
    else if (rc == 0)
        rc = give(p, source, text, bytes);
    free(text);
    if (rc != 0)
        complain(p->path[source], rc);
}

/* What names mean says what all lists mean. */
static void read_changed(struct program *p)
{
    const bool all = p->number[NAMES] >= 0 && (p->changed >> p->number[NAMES] & 1) != 0;

    for (unsigned s = 0; s < SOURCES; s++)
        if (p->number[s] >= 0 && (all || (p->changed >> p->number[s] & 1) != 0))
            read_source(p, (enum source)s);
    p->changed = 0;
}

static int watch_sources(struct program *p)
{
    const char *const paths[SOURCES] = { p->o.names, p->o.queue, p->o.calendar, p->o.epg,
                                         p->o.history };
    int rc = psa_watch_init(&p->watch);

    for (unsigned s = 0; s < SOURCES; s++) {
        p->path[s] = paths[s];
        p->number[s] = -1;
        if (paths[s][0] == '\0' || rc != 0)
            continue;
        p->number[s] = psa_watch_add(&p->watch, paths[s]);
        if (p->number[s] < 0) {
            complain(paths[s], p->number[s]);
            rc = p->number[s];
        }
    }
    p->changed = UINT32_MAX;
    return rc;
}

/* ---- the pipe ---- */

static void take_line(struct program *p)
{
    const int rc = p->line_is_too_long || p->line_bytes == 0
                       ? -EBADMSG
                       : prestage_agent_tell_line(p->agent, p->line, p->line_bytes, now_ms());

    if (rc != 0 && (p->line_bytes > 0 || p->line_is_too_long))
        complain("a line of the pipe", rc);
    p->line_bytes = 0;
    p->line_is_too_long = false;
}

static void take_bytes(struct program *p, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\n')
            take_line(p);
        else if (p->line_bytes == sizeof(p->line))
            p->line_is_too_long = true;
        else
            p->line[p->line_bytes++] = bytes[i];
    }
}

/* Standard input ends, a FIFO has new writers: it is kept open for writing by us, too. */
static int open_pipe(struct program *p)
{
    p->pipe_fd = -1;
    if (p->o.pipe[0] == '\0')
        return 0;
    p->pipe_fd = strcmp(p->o.pipe, "-") == 0 ? STDIN_FILENO
                                             : open(p->o.pipe, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    return p->pipe_fd < 0 ? -errno : 0;
}

static void read_pipe(struct program *p)
{
    char bytes[LINE_BYTES];
    const ssize_t got = read(p->pipe_fd, bytes, sizeof(bytes));

    if (got > 0)
        take_bytes(p, bytes, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        p->pipe_fd = -1; /* nobody is there any more; the lists still are */
}

/* ---- the record ---- */

static void load_state(struct program *p)
{
    char *text = NULL;
    size_t bytes = 0;
    int rc =
        p->o.state[0] == '\0' ? -ENOENT : psa_file_read(p->o.state, STATE_BYTES, &text, &bytes);

    if (rc == 0)
        rc = prestage_agent_load(p->agent, text, bytes);
    free(text);
    if (rc != 0 && rc != -ENOENT)
        complain(p->o.state, rc);
    prestage_agent_save(p->agent, p->saved, sizeof(p->saved));
}

static void save_state(struct program *p)
{
    char text[STATE_BYTES];
    const int bytes = prestage_agent_save(p->agent, text, sizeof(text));

    p->saved_ms = now_ms();
    if (p->o.state[0] == '\0' || p->o.dry_run || bytes < 0 || strcmp(text, p->saved) == 0)
        return;
    const int rc = psa_file_write(p->o.state, text, (size_t)bytes);
    if (rc != 0)
        complain(p->o.state, rc);
    memcpy(p->saved, text, sizeof(text));
}

/* ---- life ---- */

static int create_agent(struct program *p)
{
    char *key = NULL;
    size_t bytes = 0;
    int rc = 0;
    struct prestage_agent_config cfg = { .edge = p->o.edge,
                                         .consent = p->o.consent,
                                         .dry_run = p->o.dry_run || p->o.show,
                                         .rate_per_s = p->o.rate,
                                         .jitter_s = p->o.jitter,
                                         .least = p->o.least,
                                         .device = p->o.device,
                                         .region = p->o.region,
                                         .said = print_look,
                                         .arg = p };

    if (!cfg.dry_run)
        rc = psa_file_read_secret(p->o.key_file, KEY_BYTES_MAX, &key, &bytes);
    if (rc != 0) {
        fprintf(stderr, "prestage-agent: key-file %s: %s\n", p->o.key_file,
                rc == -EPERM ? "others can reach it: make it a file of mode 0600" : strerror(-rc));
        return rc;
    }
    cfg.key = key;
    rc = prestage_agent_create(&p->agent, &cfg);
    if (rc != 0)
        fprintf(stderr, "prestage-agent: edge, key or an option is not valid: %s\n", strerror(-rc));
    if (key != NULL)
        explicit_bzero(key, bytes);
    free(key);
    return rc;
}

static void serve(struct program *p, int timeout_ms)
{
    struct pollfd fds[] = { { .fd = p->watch.fd, .events = POLLIN },
                            { .fd = p->pipe_fd, .events = POLLIN } };

    if (p->changed != 0 && timeout_ms > SETTLE_MS)
        timeout_ms = SETTLE_MS;
    const struct timespec timeout = { .tv_sec = timeout_ms / 1000,
                                      .tv_nsec = timeout_ms % 1000 * 1000000L };
    const int ready = ppoll(fds, 2, &timeout, &p->signals_while_waiting);
    if (ready > 0 && fds[1].revents != 0)
        read_pipe(p);
    const uint32_t changed = ready > 0 && fds[0].revents != 0 ? psa_watch_read(&p->watch) : 0;
    if (changed == 0 && p->changed != 0)
        read_changed(p);
    p->changed |= changed;
}

static void run(struct program *p)
{
    while (!is_over) {
        serve(p, prestage_agent_work(p->agent, now_ms()));
        if (now_ms() - p->saved_ms > SAVE_MS)
            save_state(p);
    }
    save_state(p);
}

static int start(struct program *p)
{
    int rc = create_agent(p);

    if (rc == 0)
        rc = watch_sources(p);
    if (rc == 0) {
        load_state(p);
        read_changed(p);
        rc = open_pipe(p);
        if (rc != 0)
            complain(p->o.pipe, rc);
    }
    if (rc == 0 && p->o.show)
        prestage_agent_show(p->agent, now_ms(), print_line, NULL);
    else if (rc == 0)
        run(p);
    return rc;
}

int main(int argc, char **argv)
{
    static struct program p;
    const struct sigaction action = { .sa_handler = end };
    sigset_t ending;
    struct psa_problem problem;

    if (psa_options_read(&p.o, argc, argv, &problem) != 0) {
        fprintf(stderr, "prestage-agent: %s\n", problem.text);
        return EXIT_USAGE;
    }
    if (p.o.help) {
        psa_options_help();
        return EXIT_SUCCESS;
    }
    if (!p.o.consent && !p.o.dry_run && !p.o.show) {
        fputs("prestage-agent: nothing is sent without `consent yes`; see --dry-run\n", stderr);
        return EXIT_USAGE;
    }
    mallopt(M_MMAP_THRESHOLD, LIST_BYTES); /* what a list took is given back when it was read */
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigprocmask(SIG_BLOCK, &ending, &p.signals_while_waiting); /* they come while we wait, only */
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    p.watch.fd = p.pipe_fd = -1;
    const int rc = start(&p);
    psa_watch_fini(&p.watch);
    prestage_agent_destroy(p.agent);
    return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

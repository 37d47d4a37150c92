/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_collections.c - collections beside NATS JetStream and Redis Streams: how many
 * messages a second are put, fetched and acknowledged, and how long one takes.
 *
 * Case: one client process on one core, the server on the other; TCP on loopback; DEPTH puts to a
 * batch, each a request of its own with an answer of its own, two batches under way; fetches of
 * DEPTH; everything fetched is acknowledged; a user with rights for just that. Bodies of 256 B and
 * 1 KiB. Rounds of the three are interleaved, since the machine's speed drifts; results are
 * medians, ratios are the medians of each round's ratio. Latency is from before put to after fetch:
 * at full speed, and at RATE messages a second. Every body is checked, and that none is missing.
 *
 * Then a crowd, see bench_collections_crowd.c, and what opening a stream takes for comparison.
 *
 * Bar: ratio_best_peer >= 1.2 with both sizes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "host/base/mem.h"
#include "tests/bench/bench_collections.h"

#define ROUNDS       9u
#define ROUNDS_QUICK 3u
#define MESSAGES     32768u
#define WARM_UP      4096u
#define RATE         2000u /* messages a second, where latency is measured */
#define RATE_S       2u
#define SIDES        3u
#define BAR          1.2

struct figures {
    double per_s[ROUNDS], cpu_us[ROUNDS];
    uint64_t p50_ns[ROUNDS], p99_ns[ROUNDS];
};

static const struct side *const sides[SIDES] = { &side_ours, &side_nats, &side_redis };
static uint64_t latencies[MESSAGES], arrivals;

void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---- processes ---- */

static void run_on(unsigned core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

pid_t spawn(char *const *argv, const char *folder, const char *name)
{
    char log[256];

    snprintf(log, sizeof(log), "%s/%s.log", folder, name);
    const pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    const int fd = open(log, O_CREAT | O_WRONLY | O_APPEND, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fd < 0 || getppid() != parent)
        _exit(EXIT_FAILURE);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    run_on(1);
    execvp(argv[0], argv);
    _exit(EXIT_FAILURE);
}

void end(pid_t pid)
{
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

uint16_t free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, bytes) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &bytes) != 0)
        die("no port");
    close(fd);
    return ntohs(address.sin_port);
}

void wait_for_port(uint16_t port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const struct timespec pause = { .tv_nsec = 20000000 };

    for (int i = 0; i < 3000; i++) {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        const int rc = connect(fd, (const struct sockaddr *)&address, sizeof(address));
        close(fd);
        if (rc == 0)
            return;
        nanosleep(&pause, NULL);
    }
    die("a server did not start");
}

/* Of all threads, in nanoseconds. */
static uint64_t cpu_ns_of(pid_t pid)
{
    char path[64], line[64];
    uint64_t sum = 0;

    snprintf(path, sizeof(path), "cat /proc/%d/task/*/schedstat", (int)pid);
    FILE *lines = popen(path, "r");
    while (lines != NULL && fgets(line, sizeof(line), lines) != NULL)
        sum += strtoull(line, NULL, 10);
    if (lines == NULL || pclose(lines) != 0)
        die(path);
    return sum;
}

/* ---- bodies ---- */

const void *make_body(uint64_t number, uint32_t body_bytes)
{
    static uint8_t body[BODY_BYTES_MAX];
    const struct stamp stamp = { .sent_ns = ps_clock_mono_ns(), .number = number };

    (void)body_bytes;
    memcpy(body, &stamp, sizeof(stamp));
    return body;
}

static uint64_t expected_bytes;

void arrived(const void *body, uint64_t body_bytes)
{
    struct stamp stamp;

    if (body_bytes != expected_bytes)
        die("a body of another size");
    memcpy(&stamp, body, sizeof(stamp));
    if (stamp.number != arrivals)
        die("a message is missing or twice there");
    latencies[arrivals++] = ps_clock_mono_ns() - stamp.sent_ns;
}

/* ---- statistics ---- */

static int by_u64(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const double *values, uint32_t count)
{
    double sorted[ROUNDS];

    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), by_double);
    return sorted[count / 2];
}

static double median_ms(const uint64_t *values_ns, uint32_t count)
{
    double values[ROUNDS];

    for (uint32_t i = 0; i < count; i++)
        values[i] = (double)values_ns[i] / 1e6;
    return median(values, count);
}

static void note_latencies(uint64_t *ret_p50, uint64_t *ret_p99)
{
    qsort(latencies, arrivals, sizeof(*latencies), by_u64);
    *ret_p50 = latencies[arrivals / 2];
    *ret_p99 = latencies[arrivals * 99 / 100];
}

static void begin(uint32_t body_bytes)
{
    arrivals = 0;
    expected_bytes = body_bytes;
}

/* ---- full speed ---- */

static void measure(const struct side *side, uint32_t body_bytes, struct figures *figures,
                    uint32_t round)
{
    begin(body_bytes);
    const uint64_t cpu_ns = cpu_ns_of(side->server()), start_ns = ps_clock_mono_ns();
    side->round(MESSAGES, body_bytes);
    const double elapsed_s = (double)(ps_clock_mono_ns() - start_ns) / 1e9;
    if (arrivals != MESSAGES)
        die("messages are missing");
    figures->per_s[round] = MESSAGES / elapsed_s;
    figures->cpu_us[round] = (double)(cpu_ns_of(side->server()) - cpu_ns) / 1e3 / MESSAGES;
    note_latencies(&figures->p50_ns[round], &figures->p99_ns[round]);
}

/* Of ours to the other's in each round. */
static double ratio(const struct figures *figures, uint32_t other, uint32_t rounds)
{
    double ratios[ROUNDS];

    for (uint32_t r = 0; r < rounds; r++)
        ratios[r] = figures[0].per_s[r] / figures[other].per_s[r];
    return median(ratios, rounds);
}

static bool at_full_speed(uint32_t body_bytes, uint32_t rounds)
{
    static struct figures figures[SIDES];

    for (uint32_t r = 0; r < rounds; r++)
        for (uint32_t s = 0; s < SIDES; s++)
            measure(sides[(s + r) % SIDES], body_bytes, &figures[(s + r) % SIDES], r);
    for (uint32_t s = 0; s < SIDES; s++)
        printf("bench=collections side=%s body_bytes=%u depth=%u messages=%u rounds=%u "
               "messages_per_s=%.0f full_speed_ms_p50=%.3f full_speed_ms_p99=%.3f "
               "server_cpu_us_per_message=%.2f\n",
               sides[s]->name, body_bytes, DEPTH, MESSAGES, rounds,
               median(figures[s].per_s, rounds), median_ms(figures[s].p50_ns, rounds),
               median_ms(figures[s].p99_ns, rounds), median(figures[s].cpu_us, rounds));
    const double nats = ratio(figures, 1, rounds), redis = ratio(figures, 2, rounds);
    const double best = nats < redis ? nats : redis;
    printf("bench=collections body_bytes=%u ratio_jetstream=%.2f ratio_redis=%.2f "
           "ratio_best_peer=%.2f bar=%.2f\n",
           body_bytes, nats, redis, best, BAR);
    return best >= BAR;
}

/* ---- a moderate rate ---- */

struct pace {
    const struct side *side;
    uint32_t body_bytes;
};

static void *put_steadily(void *arg)
{
    const struct pace *pace = arg;
    uint64_t at_ns = ps_clock_mono_ns();

    for (uint32_t i = 0; i < RATE * RATE_S; i++, at_ns += PS_NS_PER_SEC / RATE) {
        const struct timespec when = { .tv_sec = (time_t)(at_ns / PS_NS_PER_SEC),
                                       .tv_nsec = (long)(at_ns % PS_NS_PER_SEC) };
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
        pace->side->put(make_body(i, pace->body_bytes), pace->body_bytes);
    }
    return NULL;
}

static void at_a_rate(const struct side *side, uint32_t body_bytes)
{
    struct pace pace = { side, body_bytes };
    uint64_t p50_ns, p99_ns;
    pthread_t thread;

    begin(body_bytes);
    if (pthread_create(&thread, NULL, put_steadily, &pace) != 0)
        die("thread");
    while (arrivals < RATE * RATE_S)
        side->drain(1000);
    pthread_join(thread, NULL);
    note_latencies(&p50_ns, &p99_ns);
    printf("bench=collections side=%s body_bytes=%u rate_per_s=%u put_to_fetched_ms_p50=%.3f "
           "put_to_fetched_ms_p99=%.3f\n",
           side->name, body_bytes, RATE, (double)p50_ns / 1e6, (double)p99_ns / 1e6);
}

/* ---- a crowd ---- */

static double middle(double a, double b, double c)
{
    const double values[] = { a, b, c };

    return median(values, 3);
}

static void at_once(const char *folder)
{
    struct crowd_times ahead[3], on_demand[3];
    double stream_p50_us, stream_p99_us;

    for (uint32_t r = 0; r < 3; r++) {
        ahead[r] = crowd(folder, true);
        on_demand[r] = crowd(folder, false);
    }
    printf("bench=collections crowd=10000 resources=10 rounds=3 flash_ahead_ms_p50=%.1f "
           "flash_ahead_ms_p99=%.1f flash_on_demand_ms_p50=%.1f flash_on_demand_ms_p99=%.1f "
           "ahead_refused=%u on_demand_refused=%u open_us=%.0f\n",
           middle(ahead[0].p50_ms, ahead[1].p50_ms, ahead[2].p50_ms),
           middle(ahead[0].p99_ms, ahead[1].p99_ms, ahead[2].p99_ms),
           middle(on_demand[0].p50_ms, on_demand[1].p50_ms, on_demand[2].p50_ms),
           middle(on_demand[0].p99_ms, on_demand[1].p99_ms, on_demand[2].p99_ms), ahead[1].retries,
           on_demand[1].retries, middle(ahead[0].open_us, ahead[1].open_us, ahead[2].open_us));
    nats_open(300, &stream_p50_us, &stream_p99_us);
    printf("bench=collections side=jetstream streams=300 open_us_p50=%.0f open_us_p99=%.0f\n",
           stream_p50_us, stream_p99_us);
}

/* ---- */

static void warm_up(void)
{
    for (uint32_t s = 0; s < SIDES; s++) {
        begin(BODY_BYTES_MAX);
        sides[s]->round(WARM_UP, BODY_BYTES_MAX);
    }
}

static void remove_folder(const char *folder)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s", folder);
    if (system(command) != 0)
        fprintf(stderr, "bench: %s is left behind\n", folder);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    const uint32_t rounds = getenv("PS_BENCH_QUICK") != NULL ? ROUNDS_QUICK : ROUNDS;
    char folder[] = "/tmp/ps-bench-XXXXXX";
    bool good = true;

    signal(SIGPIPE, SIG_IGN);
    if (mkdtemp(folder) == NULL)
        die("no folder");
    run_on(0);
    for (uint32_t s = 0; s < SIDES; s++)
        sides[s]->start(folder);
    warm_up();
    for (uint32_t body_bytes = 256; body_bytes <= BODY_BYTES_MAX; body_bytes *= 4)
        good &= at_full_speed(body_bytes, rounds);
    for (uint32_t s = 0; s < SIDES; s++)
        at_a_rate(sides[s], 256);
    at_once(folder);
    for (uint32_t s = 0; s < SIDES; s++)
        sides[s]->stop();
    remove_folder(folder);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

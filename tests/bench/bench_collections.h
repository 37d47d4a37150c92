/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_collections.h - what prestage and the two it is measured beside have in common.
 *
 * A *side* is a server process and this process's connections to it. All sides do the same: put
 * messages into one collection, fetch them, acknowledge them; as one user with rights for that and
 * no other, in memory, over TCP on loopback, with so many puts under way at once.
 */
#ifndef PS_TESTS_BENCH_BENCH_COLLECTIONS_H
#define PS_TESTS_BENCH_BENCH_COLLECTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DEPTH          64u /* puts of one batch; two batches are under way at once */
#define BODY_BYTES_MAX 1024u
#define HOLD           65536u /* messages that a collection may hold, at most */

/* What each body begins with. */
struct stamp {
    uint64_t sent_ns;
    uint64_t number; /* of this round, from 0 */
};

struct side {
    const char *name;
    /* Start the server and connect. @return false: it is not installed. */
    bool (*start)(const char *folder);
    /* Put @p messages, fetch and acknowledge all, at full speed; each goes through arrived(). */
    void (*round)(uint32_t messages, uint32_t body_bytes);
    /* For latency, from two threads: put and wait until it is accepted; and fetch what is there,
     * waiting for it up to @p wait_ms, and acknowledge it. */
    void (*put)(const void *body, uint32_t body_bytes);
    void (*drain)(uint32_t wait_ms);
    pid_t (*server)(void);
    void (*stop)(void);
};

extern const struct side side_ours, side_redis, side_nats;

/* Of a crowd that came at once, from a peer's put to its first message. */
struct crowd_times {
    double p50_ms, p99_ms;
    double open_us;   /* of one collection ahead, with the request's way; 0 on demand */
    uint32_t retries; /* requests that were refused because a collection was full */
};
struct crowd_times crowd(const char *folder, bool ahead);

/** Create @p count streams in turn, as a first comer would; the median and p99 in microseconds. */
void nats_open(uint32_t count, double *ret_p50_us, double *ret_p99_us);

_Noreturn void die(const char *what);

/** Start @p argv on the server's core, its output to a file in @p folder; it ends with us. */
pid_t spawn(char *const *argv, const char *folder, const char *name);
void end(pid_t pid);
/** A port that was free a moment ago. */
uint16_t free_port(void);
/** Until somebody listens at @p port, or five seconds. */
void wait_for_port(uint16_t port);

/** A body with a stamp of now. @return where it is, until the next one. */
const void *make_body(uint64_t number, uint32_t body_bytes);
/** Count a message that was fetched: it must be the next one. */
void arrived(const void *body, uint64_t body_bytes);

#endif

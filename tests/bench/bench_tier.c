/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/bench/bench_tier.c - how fast the tier makes segments durable, against the plainest thing
 * that could: pwrite of 1 MiB with O_DIRECT into a pre-written file, fdatasync every 8 MiB.
 *
 * Case: 1 MiB segments, 64 MiB each way per round, one thread, DRAM tier of 48 MiB over a file of
 * 256 MiB in 8 MiB zones. The tier also copies and checksums. Rounds alternate which goes first,
 * because the disk's own speed drifts; the result is the median of the ratios. Then every segment
 * of the last round is read back and checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "host/base/hash.h"
#include "host/tier/tier.h"

#define ROUNDS        11u
#define SEGMENTS      64u
#define SEGMENT_BYTES (1u << 20)
#define FLUSH_EVERY   8u
#define FILE_BYTES    (256ull << 20)

static const struct ps_tier_meta demanded = { .class = PS_TIER_DEMANDED, .confidence = 1 };

static struct ps_segment_key key_of(uint32_t n)
{
    return (struct ps_segment_key){ .media_key = n, .index = (int32_t)n, .variant = '-' };
}

static double mib_per_s(uint64_t start_ns)
{
    const double elapsed_ns = (double)(ps_clock_mono_ns() - start_ns);

    return (double)SEGMENTS * SEGMENT_BYTES / (1 << 20) * 1e9 / elapsed_ns;
}

static int plain_round(int fd, const unsigned char *data, double *ret_mib_per_s)
{
    const uint64_t start_ns = ps_clock_mono_ns();

    for (uint32_t i = 0; i < SEGMENTS; i++) {
        if (pwrite(fd, data, SEGMENT_BYTES, (off_t)i * SEGMENT_BYTES) != SEGMENT_BYTES)
            return -1;
        if (i % FLUSH_EVERY == FLUSH_EVERY - 1 && fdatasync(fd) != 0)
            return -1;
    }
    *ret_mib_per_s = mib_per_s(start_ns);
    return 0;
}

static int turn(struct ps_tier *tier)
{
    struct pollfd pfd = { .fd = ps_tier_fd(tier), .events = POLLIN };

    if (poll(&pfd, 1, 10000) != 1)
        return -1;
    ps_tier_poll(tier, 0);
    return 0;
}

/* From the first put until the last is durable. */
static int tier_round(struct ps_tier *tier, uint32_t first, const unsigned char *data,
                      double *ret_mib_per_s)
{
    const uint64_t start_ns = ps_clock_mono_ns();
    struct ps_tier_status status;

    for (uint32_t i = first; i < first + SEGMENTS; i++) {
        const struct ps_segment_key key = key_of(i);

        while (ps_tier_put(tier, &key, &demanded, data, SEGMENT_BYTES, 0) != 0)
            if (turn(tier) != 0)
                return -1;
        ps_tier_poll(tier, 0);
    }
    ps_tier_settle(tier, 0);
    for (;;) {
        ps_tier_status(tier, &status);
        if (status.segments[PS_TIER_ACCEPTED] + status.segments[PS_TIER_WRITTEN] == 0)
            break;
        if (turn(tier) != 0)
            return -1;
    }
    *ret_mib_per_s = mib_per_s(start_ns);
    return 0;
}

static int read_back(struct ps_tier *tier, uint32_t first, const unsigned char *data,
                     double *ret_mib_per_s)
{
    const uint64_t start_ns = ps_clock_mono_ns();

    for (uint32_t i = first; i < first + SEGMENTS; i++) {
        const struct ps_segment_key key = key_of(i);
        struct ps_tier_ref ref;
        int rc;

        while ((rc = ps_tier_get(tier, &key, 0, &ref)) == -EINPROGRESS)
            if (turn(tier) != 0)
                return -1;
        if (rc != 0 || memcmp(ref.data, data, SEGMENT_BYTES) != 0)
            return -1;
        ps_tier_release(tier, &ref);
    }
    *ret_mib_per_s = mib_per_s(start_ns);
    return 0;
}

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return a < b ? -1 : a > b;
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), ascending);
    return values[ROUNDS / 2];
}

static int run(struct ps_tier *tier, int fd, unsigned char *data)
{
    double plain[ROUNDS], ours[ROUNDS], ratio[ROUNDS], read_rate;
    struct ps_tier_status status;

    for (uint32_t i = 0; i < SEGMENT_BYTES; i += 8) {
        const uint64_t word = ps_hash64(&i, sizeof(i));

        memcpy(data + i, &word, sizeof(word));
    }
    if (plain_round(fd, data, &plain[0]) != 0) /* once over it: the file is pre-written */
        return -1;
    for (uint32_t r = 0; r < ROUNDS; r++) {
        const uint32_t first = r * SEGMENTS;

        if (r % 2 == 0 && plain_round(fd, data, &plain[r]) != 0)
            return -1;
        if (tier_round(tier, first, data, &ours[r]) != 0)
            return -1;
        if (r % 2 == 1 && plain_round(fd, data, &plain[r]) != 0)
            return -1;
        ratio[r] = ours[r] / plain[r];
    }
    if (read_back(tier, (ROUNDS - 1) * SEGMENTS, data, &read_rate) != 0)
        return -1;
    ps_tier_status(tier, &status);
    const double ratio_p50 = median(ratio);
    printf("bench=tier_write store=%s rounds=%u plain_mib_s_p50=%.0f tier_mib_s_p50=%.0f "
           "ratio_p50=%.2f read_mib_s=%.0f written_bytes=%" PRIu64 " flushes=%" PRIu64 "\n",
           status.uring ? "io_uring" : "pread", ROUNDS, median(plain), median(ours), ratio_p50,
           read_rate, status.written_bytes, status.flushes);
    return status.io_errors + status.crc_errors == 0 ? 0 : -1;
}

static int bench_store(bool no_uring)
{
    static const char path[] = "bench-tier.data";
    static const char plain_path[] = "bench-tier-plain.data";
    const struct ps_tier_config cfg = {
        .dram_bytes = 48u << 20,
        .path = path,
        .nvme_bytes = FILE_BYTES,
        .zone_bytes = 8u << 20,
        .index_max = 4096,
        .no_uring = no_uring,
    };
    struct ps_tier *tier = NULL;
    unsigned char *data =
        mmap(NULL, SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const int fd = open(plain_path, O_RDWR | O_CREAT | O_DIRECT, 0600);
    int rc = -1;

    if (fd >= 0 && data != MAP_FAILED && ps_tier_create(&tier, &cfg, 0) == 0)
        rc = run(tier, fd, data);
    ps_tier_destroy(tier);
    if (fd >= 0)
        close(fd);
    if (data != MAP_FAILED)
        munmap(data, SEGMENT_BYTES);
    unlink(path);
    unlink(plain_path);
    return rc;
}

int main(void)
{
    return bench_store(false) == 0 && bench_store(true) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/tier/test_crash.c - SIGKILL at random moments: what was said to be durable is
 * there afterwards and right. The judge must also be able to find fault: a writer that reports what
 * is merely accepted has to fail.
 *
 * A killed process leaves what the device was given; it is no power cut. Segments that leave by
 * eviction are reported gone before their zone is cleared, so the judge does not miss them.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/host/tier/tier_fixture.h"

#define CYCLES       30u
#define KEYS         150u
#define REPORTS_MAX  100000u
#define PUTS_AT_ONCE 12u

/* What the writer said, in memory both see; a word is said whole or not at all. */
struct said {
    _Atomic uint32_t count;
    uint32_t words[REPORTS_MAX]; /* key and version, see word_of() */
};

enum word_kind { SAID_PUT, SAID_DURABLE, SAID_GONE };

struct writer {
    struct fixture f;
    struct said *said;
    uint32_t version[KEYS]; /* put last */
    bool durable[KEYS];     /* said so of that version */
};

static uint32_t word_of(enum word_kind kind, uint32_t key, uint32_t version)
{
    return (uint32_t)kind << 30 | key << 20 | version;
}

static void say(struct said *said, uint32_t word)
{
    const uint32_t at = atomic_load(&said->count);

    if (at < REPORTS_MAX) {
        said->words[at] = word;
        atomic_store(&said->count, at + 1);
    }
}

static size_t size_of(uint32_t key, uint32_t version)
{
    return 1 + (key * 7919 + version * 104729) % 90000;
}

static void writer_on_gone(void *arg, const struct ps_segment_key *key, uint64_t prediction_id,
                           bool used)
{
    struct writer *writer = arg;

    (void)prediction_id;
    (void)used;
    say(writer->said, word_of(SAID_GONE, (uint32_t)key->media_key, 0));
}

static void report(struct writer *writer, enum ps_tier_where at_least)
{
    for (uint32_t k = 0; k < KEYS; k++)
        if (!writer->durable[k] && writer->version[k] > 0 && where(&writer->f, k) >= at_least) {
            writer->durable[k] = true;
            say(writer->said, word_of(SAID_DURABLE, k, writer->version[k]));
        }
}

/* Put for ever, until killed. */
static _Noreturn void write_until_killed(struct writer *writer, uint32_t first_version,
                                         enum ps_tier_where at_least)
{
    uint32_t version = first_version;
    uint64_t state = first_version;

    writer->f.cfg.on_gone = writer_on_gone;
    writer->f.cfg.arg = writer;
    if (fixture_open(&writer->f) != 0)
        _exit(2);
    for (;;) {
        for (unsigned i = 0; i < PUTS_AT_ONCE; i++) {
            state = state * 6364136223846793005ull + 1442695040888963407ull;
            const uint32_t k = (uint32_t)(state >> 33) % KEYS;
            const struct ps_segment_key key = key_of(k);
            const struct ps_tier_meta meta = { .class = (enum ps_tier_class)(k % 3) };
            const size_t size_bytes = size_of(k, version);

            say(writer->said, word_of(SAID_PUT, k, version));
            if (ps_tier_put(writer->f.tier, &key, &meta, bytes_of(k, version, size_bytes),
                            size_bytes, 0) == 0) {
                writer->version[k] = version;
                writer->durable[k] = false;
                report(writer, at_least);
                version++;
            }
        }
        for (unsigned i = 0; i < 4; i++) {
            ps_tier_settle(writer->f.tier, 0);
            report(writer, at_least);
        }
    }
}

/* Play back what was said: the version of each key that must be there (0: none), and the latest
 * that may be. */
static void expect(const struct said *said, uint32_t *must, uint32_t *may)
{
    const uint32_t count = atomic_load(&said->count);

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t word = said->words[i];
        const uint32_t key = word >> 20 & 0x3ff;

        if (word >> 30 == SAID_DURABLE)
            must[key] = word & 0xfffff;
        else if (word >> 30 == SAID_GONE)
            must[key] = 0;
        else
            may[key] = word & 0xfffff;
        /* Put again, not durable yet: the old one may be gone with its zone. */
        if (word >> 30 == SAID_PUT)
            must[key] = 0;
    }
}

/* The judge's own tier may have to evict: what it says is gone is not missing. */
static void judge_on_gone(void *arg, const struct ps_segment_key *key, uint64_t prediction_id,
                          bool used)
{
    uint32_t *must = arg;

    (void)prediction_id;
    (void)used;
    must[key->media_key] = 0;
}

/* Segments lost or wrong. */
static uint32_t judge(struct fixture *f, const uint32_t *must, const uint32_t *may)
{
    uint32_t faults = 0;

    for (uint32_t k = 0; k < KEYS; k++) {
        struct ps_tier_ref ref;
        bool right = false;

        if (get(f, k, &ref) != 0) {
            faults += must[k] != 0;
            continue;
        }
        for (uint32_t v = may[k]; v >= (must[k] > 0 ? must[k] : 1) && !right; v--)
            right = ref.size_bytes == size_of(k, v) &&
                    memcmp(ref.data, bytes_of(k, v, ref.size_bytes), ref.size_bytes) == 0;
        faults += !right;
        ps_tier_release(f->tier, &ref);
    }
    return faults;
}

static uint32_t cycle(struct writer *writer, uint32_t n, enum ps_tier_where at_least,
                      uint32_t *must, uint32_t *may)
{
    const struct timespec moment = { .tv_nsec = 1000000 };
    const struct timespec life = { .tv_nsec = 15000000 + (n * 7919 % 40) * 1000000 };

    atomic_store(&writer->said->count, 0);
    const pid_t pid = fork();
    PS_REQUIRE(pid >= 0);
    if (pid == 0)
        write_until_killed(writer, 1 + n * 20000, at_least);
    while (atomic_load(&writer->said->count) == 0 && waitpid(pid, NULL, WNOHANG) == 0)
        nanosleep(&moment, NULL);
    nanosleep(&life, NULL);
    kill(pid, SIGKILL);
    PS_REQUIRE(waitpid(pid, NULL, 0) == pid);
    expect(writer->said, must, may);
    writer->f.cfg.on_gone = judge_on_gone;
    writer->f.cfg.arg = must;
    writer->f.cfg.on_loaded = NULL;
    PS_REQUIRE(fixture_open(&writer->f) == 0);
    const uint32_t faults = judge(&writer->f, must, may);
    CU_ASSERT_EQUAL(status_of(&writer->f).crc_errors, 0);
    for (uint32_t k = 0; k < KEYS; k++)
        if (where(&writer->f, k) == PS_TIER_ABSENT)
            must[k] = 0; /* counted once */
    fixture_close(&writer->f);
    return faults;
}

static uint32_t run_cycles(bool no_uring, uint32_t cycles, enum ps_tier_where at_least)
{
    static struct writer writer;
    uint32_t must[KEYS] = { 0 }, may[KEYS] = { 0 };
    uint32_t faults = 0, words = 0;
    void *shared =
        mmap(NULL, sizeof(struct said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    PS_REQUIRE(shared != MAP_FAILED);
    memset(&writer, 0, sizeof(writer));
    fixture_init(&writer.f, no_uring);
    writer.f.cfg.nvme_bytes = 8u << 20;
    writer.f.cfg.dram_bytes = 16u << 20;
    writer.said = shared;
    for (uint32_t n = 0; n < cycles; n++) {
        faults += cycle(&writer, n, at_least, must, may);
        words += atomic_load(&writer.said->count);
    }
    printf("cycles=%u words=%u faults=%u ", cycles, words, faults);
    CU_ASSERT_TRUE(words > cycles * 50); /* or nothing was tried */
    munmap(shared, sizeof(struct said));
    fixture_fini(&writer.f);
    return faults;
}

static void nothing_said_durable_is_lost_with_io_uring(void)
{
    CU_ASSERT_EQUAL(run_cycles(false, CYCLES, PS_TIER_DURABLE), 0);
}

static void nothing_said_durable_is_lost_with_pread(void)
{
    CU_ASSERT_EQUAL(run_cycles(true, CYCLES, PS_TIER_DURABLE), 0);
}

static void a_writer_that_says_durable_too_early_is_caught(void)
{
    CU_ASSERT_TRUE(run_cycles(false, CYCLES, PS_TIER_ACCEPTED) > 0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(nothing_said_durable_is_lost_with_io_uring),
        PS_TEST(nothing_said_durable_is_lost_with_pread),
        PS_TEST(a_writer_that_says_durable_too_early_is_caught),
    };

    return ps_test_run("host/tier/crash", tests, PS_ARRAY_LEN(tests));
}

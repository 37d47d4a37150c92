/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_import.c - logs of earlier requests, good, bad and long. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/feed/feed.h"
#include "tests/support/ps_test.h"

#define SECOND_NS UINT64_C(1000000000)

/* What the sink saw. */
static struct {
    uint32_t batches, samples, largest;
    uint64_t last_time_ns;
    struct ps_demand_sample first;
} seen;

static struct ps_feed *feed;
static char path[64];

static void sink(void *arg, const struct ps_demand *demand, uint64_t time_ns)
{
    (void)arg;
    if (seen.samples == 0)
        seen.first = demand->samples[0];
    seen.batches++;
    seen.samples += demand->count;
    if (demand->count > seen.largest)
        seen.largest = demand->count;
    CU_ASSERT_EQUAL(time_ns, demand->samples[demand->count - 1].end_ns);
    CU_ASSERT_TRUE(time_ns >= seen.last_time_ns);
    seen.last_time_ns = time_ns;
}

static bool only_film(void *arg, const struct ps_resource *resource)
{
    (void)arg;
    return resource->media_key == ps_hash64_name("film");
}

static void set_up(bool (*known)(void *, const struct ps_resource *))
{
    const struct ps_feed_config cfg = { .own_server = PS_DEMAND_NIC, .known = known };

    memset(&seen, 0, sizeof(seen));
    PS_REQUIRE(ps_feed_create(&feed, &cfg) == 0);
}

static int import_bytes(const char *bytes, size_t count)
{
    snprintf(path, sizeof(path), "/tmp/ps-import-XXXXXX");
    const int fd = mkstemp(path);

    PS_REQUIRE(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
    close(fd);
    const int rc = ps_feed_import(feed, path, sink, NULL);
    unlink(path);
    return rc;
}

static int import_text(const char *text)
{
    return import_bytes(text, strlen(text));
}

static struct ps_feed_status status(void)
{
    struct ps_feed_status now;

    ps_feed_status(feed, &now);
    return now;
}

static void lines_become_starts(void)
{
    set_up(NULL);
    CU_ASSERT_EQUAL(import_text("# evening\n\n1700000000.25 film low 7 2 255\n"
                                "  1700000001\tfilm low 0 0 0"),
                    0);
    CU_ASSERT_EQUAL(seen.samples, 2);
    CU_ASSERT_EQUAL(seen.first.start_ns, 1700000000 * SECOND_NS + 250000000);
    CU_ASSERT_EQUAL(seen.first.end_ns, seen.first.start_ns);
    CU_ASSERT_EQUAL(seen.first.resource.media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(seen.first.resource.profile_key, ps_hash64_name("low"));
    CU_ASSERT_TRUE(seen.first.peer.region == 7 && seen.first.peer.device == 2 &&
                   seen.first.peer.access == 255);
    CU_ASSERT_TRUE(seen.first.starts == 1 && seen.first.segments == 0);
    CU_ASSERT_EQUAL(seen.first.source, PS_DEMAND_HISTORY);
    CU_ASSERT_EQUAL(status().history_lines, 2);
    CU_ASSERT_EQUAL(status().history_bad_lines, 0);
    CU_ASSERT_EQUAL(status().samples[PS_DEMAND_HISTORY], 2);
    ps_feed_destroy(feed);
}

static void bad_lines_count_and_are_skipped(void)
{
    static const char *const bad[] = {
        "x film low 1 1 1",
        "1700000000 film low 1 1",
        "1700000000 film low 1 1 1 1",
        "-1 film low 1 1 1",
        "1700000000x film low 1 1 1",
        "1700000000. film low 1 1 1",
        "1e9 film low 1 1 1",
        "99999999999 film low 1 1 1",
        "1700000000 film low 65536 1 1",
        "1700000000 film low 1 256 1",
        "1700000000 film low 1 1 -1",
        "1.1234567890 film low 1 1 1",
        "18446744073709551617 film low 1 1 1",
    };

    set_up(NULL);
    for (size_t i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(import_text(bad[i]), -EINVAL);
    CU_ASSERT_EQUAL(status().history_bad_lines, PS_ARRAY_LEN(bad));
    CU_ASSERT_EQUAL(seen.samples, 0);
    CU_ASSERT_EQUAL(import_text("20 film low 1 1 1\n19 film low 1 1 1\nrubbish\n21 film a 1 1 1\n"),
                    0);
    CU_ASSERT_EQUAL(seen.samples, 2);
    CU_ASSERT_EQUAL(status().history_bad_lines, PS_ARRAY_LEN(bad) + 2);
    ps_feed_destroy(feed);
}

static void hostile_lines_do_not_hide_their_neighbours(void)
{
    static char text[20000];
    static const char nul[] = "1 film\0low 1 1 1\n2 film low 1 1 1\n";
    const size_t good_bytes = strlen("3 film low 1 1 1\n");

    set_up(NULL);
    memset(text, '7', sizeof(text));
    memcpy(text, "3 film low 1 1 1\n", good_bytes);
    memcpy(text + sizeof(text) - good_bytes - 1, "\n4 film low 1 1 1\n", good_bytes + 1);
    CU_ASSERT_EQUAL(import_bytes(text, sizeof(text)), 0);
    CU_ASSERT_EQUAL(seen.samples, 2);
    CU_ASSERT_EQUAL(status().history_bad_lines, 1);
    seen.last_time_ns = 0;
    CU_ASSERT_EQUAL(import_bytes(nul, sizeof(nul) - 1), 0);
    CU_ASSERT_EQUAL(seen.samples, 3);
    CU_ASSERT_EQUAL(status().history_bad_lines, 2);
    ps_feed_destroy(feed);
}

static void batches_end_with_their_minute_or_when_full(void)
{
    static char text[200000];
    size_t used = 0;

    set_up(NULL);
    for (int i = 0; i < 5000; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "60 film low 1 1 1\n");
    used += (size_t)snprintf(text + used, sizeof(text) - used, "119.9 film low 1 1 1\n");
    used += (size_t)snprintf(text + used, sizeof(text) - used, "120 film low 1 1 1\n");
    CU_ASSERT_EQUAL(import_bytes(text, used), 0);
    CU_ASSERT_EQUAL(seen.samples, 5002);
    CU_ASSERT_EQUAL(seen.batches, 3);
    CU_ASSERT_EQUAL(seen.largest, PS_FEED_IMPORT_BATCH_MAX);
    ps_feed_destroy(feed);
}

static void unknown_resources_are_left_out(void)
{
    set_up(only_film);
    CU_ASSERT_EQUAL(import_text("1 other low 1 1 1\n2 film low 1 1 1\n"), 0);
    CU_ASSERT_EQUAL(seen.samples, 1);
    CU_ASSERT_EQUAL(status().unknown, 1);
    CU_ASSERT_EQUAL(status().history_bad_lines, 0);
    ps_feed_destroy(feed);
}

static void files_that_cannot_be_read_are_named_by_cause(void)
{
    set_up(NULL);
    CU_ASSERT_EQUAL(ps_feed_import(feed, "/nonexistent/log", sink, NULL), -ENOENT);
    CU_ASSERT_EQUAL(ps_feed_import(feed, "/", sink, NULL), -EIO);
    CU_ASSERT_EQUAL(import_text(""), -EINVAL);
    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(import_text("1 film low 1 1 1\n"), -ENOMEM);
    ps_fail_alloc_never();
    ps_feed_destroy(feed);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(lines_become_starts),
        PS_TEST(bad_lines_count_and_are_skipped),
        PS_TEST(hostile_lines_do_not_hide_their_neighbours),
        PS_TEST(batches_end_with_their_minute_or_when_full),
        PS_TEST(unknown_resources_are_left_out),
        PS_TEST(files_that_cannot_be_read_are_named_by_cause),
    };

    return ps_test_run("host/feed/import.c", tests, PS_ARRAY_LEN(tests));
}

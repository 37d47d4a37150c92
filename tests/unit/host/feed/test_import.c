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
#define AT        " - - [10/Oct/2000:13:55:"
#define FILM      " +0000] \"GET /m/film/low/index.m3u8 HTTP/1.1\" 200 1"

/* What the sink saw. */
static struct {
    uint32_t batches, samples, largest;
    uint64_t last_time_ns;
    struct ps_demand_sample first;
} seen;

static struct ps_feed *feed;
static struct ps_feed_imported imported;
static struct ps_feed_import how;
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
    how = (struct ps_feed_import){ .path = path, .sink = sink };
    PS_REQUIRE(ps_feed_create(&feed, &cfg) == 0);
}

static int import_bytes(const char *bytes, size_t count)
{
    snprintf(path, sizeof(path), "/tmp/ps-import-XXXXXX");
    const int fd = mkstemp(path);

    PS_REQUIRE(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
    close(fd);
    const int rc = ps_feed_import(feed, &how, &imported);
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
    CU_ASSERT_EQUAL(import_text("# x\n20 film low 1 1 1\n-1 film low 1 1 1\nrubbish\n"
                                "21 film a 1 1 1\n"),
                    0);
    CU_ASSERT_EQUAL(seen.samples, 2);
    CU_ASSERT_EQUAL(imported.bad_lines, 2);
    CU_ASSERT_EQUAL(imported.first_bad_line, 3);
    CU_ASSERT_EQUAL(imported.lines, 5);
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
    how.path = "/nonexistent/log";
    CU_ASSERT_EQUAL(ps_feed_import(feed, &how, &imported), -ENOENT);
    how.path = "/";
    CU_ASSERT_EQUAL(ps_feed_import(feed, &how, &imported), -EIO);
    how.path = path;
    CU_ASSERT_EQUAL(import_text(""), -EINVAL);
    for (unsigned failed_at = 0; failed_at < 2; failed_at++) {
        ps_fail_alloc_after(failed_at);
        CU_ASSERT_EQUAL(import_text("1 film low 1 1 1\n"), -ENOMEM);
        ps_fail_alloc_never();
    }
    ps_feed_destroy(feed);
}

static void late_lines_count_as_of_the_newest_and_later_ones_are_bad(void)
{
    set_up(NULL);
    how.until_ns = 9000 * SECOND_NS;
    CU_ASSERT_EQUAL(import_text("5000 film a 1 1 1\n4990 film b 1 1 1\n1400 film c 1 1 1\n"
                                "1399 film d 1 1 1\n9001 film e 1 1 1\n6000 film f 1 1 1\n"),
                    0);
    CU_ASSERT_EQUAL(seen.samples, 4);
    CU_ASSERT_EQUAL(seen.last_time_ns, 6000 * SECOND_NS);
    CU_ASSERT_EQUAL(imported.late_lines, 2);
    CU_ASSERT_EQUAL(imported.bad_lines, 2); /* more than an hour late; of the future */
    CU_ASSERT_EQUAL(imported.first_bad_line, 4);
    ps_feed_destroy(feed);
}

static void web_servers_lines_are_told_once(void)
{
    set_up(NULL);
    CU_ASSERT_EQUAL(import_text("192.0.2.1" AT "36" FILM "\n192.0.2.2" AT "36" FILM "\n"
                                "192.0.2.1" AT "36" FILM "\n192.0.2.1" AT "37" FILM "\n"
                                "192.0.2.1" AT "38 +0000] \"GET / HTTP/1.1\" 200 1\nx\n"),
                    0);
    CU_ASSERT_EQUAL(imported.format, PS_LOGGED_COMMON);
    CU_ASSERT_EQUAL(seen.samples, 3);
    CU_ASSERT_EQUAL(imported.duplicate_lines, 1);
    CU_ASSERT_EQUAL(imported.requests, 3);
    CU_ASSERT_EQUAL(imported.bad_lines, 1);
    seen.last_time_ns = 0;
    CU_ASSERT_EQUAL(import_text("1 film low 1 1 1\n1 film low 1 1 1\n"), 0);
    CU_ASSERT_EQUAL(seen.samples, 5); /* two viewers for all we know */
    ps_feed_destroy(feed);
}

/* Region 9 and a key for everybody whose address begins with 192. */
static void identify(void *arg, const char *who, size_t length, struct ps_demand_sample *sample)
{
    (void)arg;
    if (length < 4 || memcmp(who, "192.", 4) != 0)
        return;
    sample->peer.region = 9;
    sample->peer_key = 4711;
}

static void who_asks_is_identified_in_each_format_that_tells(void)
{
    static const char *const texts[] = {
        "192.0.2.1" AT "36" FILM " \"-\" \"Roku\"\n",
        "t,obj,user,device\n1,film/low,192.0.2.1,3\n",
        "1 film 192.0.2.1 1\n",
    };

    for (size_t i = 0; i < PS_ARRAY_LEN(texts); i++) {
        set_up(NULL);
        how.identify = identify;
        CU_ASSERT_EQUAL(import_text(texts[i]), 0);
        CU_ASSERT_EQUAL(seen.first.peer_key, 4711);
        CU_ASSERT_EQUAL(seen.first.peer.region, 9);
        CU_ASSERT_EQUAL(seen.first.peer.device, i == 2 ? 0 : 3);
        ps_feed_destroy(feed);
    }
}

static void a_configured_format_is_not_guessed(void)
{
    set_up(NULL);
    how.format = PS_LOGGED_CSV;
    CU_ASSERT_EQUAL(import_text("1 film low 1 1 1\n2 film low 1 1 1\n"), -EINVAL);
    CU_ASSERT_EQUAL(imported.bad_lines, 2);
    CU_ASSERT_EQUAL(imported.first_bad_line, 1);
    ps_feed_destroy(feed);
}

static uint64_t told_lines;
static double told_share;

static void progress(void *arg, uint64_t lines, double share)
{
    (void)arg;
    CU_ASSERT_TRUE(lines > told_lines && share >= told_share);
    told_lines = lines;
    told_share = share;
}

static void long_imports_tell_how_far_they_are(void)
{
    static char text[1600000];
    size_t used = 0;

    for (int i = 0; i < 80000; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "60 film low 1 1 1\n");
    set_up(NULL);
    how.progress = progress;
    CU_ASSERT_EQUAL(import_bytes(text, used), 0);
    CU_ASSERT_TRUE(told_lines > 60000);
    CU_ASSERT_TRUE(told_share > 0.8 && told_share <= 1.0);
    ps_feed_destroy(feed);
}

static struct ps_media_facts described;
static uint32_t descriptions;

static void describe(void *arg, uint64_t media_key, const struct ps_media_facts *facts)
{
    (void)arg;
    CU_ASSERT_EQUAL(media_key, ps_hash64_name("film"));
    CU_ASSERT_EQUAL(seen.samples, 0); /* first the facts, then the request */
    described = *facts;
    descriptions++;
}

static void what_a_log_says_of_a_media_is_told(void)
{
    static const char text[] = "t,obj,ctime,cat\n100,film/low,40,news\n101,film/low,,\n"
                               "102,other/low,40,news\n";

    set_up(only_film);
    how.describe = describe;
    descriptions = 0;
    CU_ASSERT_EQUAL(import_bytes(text, sizeof(text) - 1), 0);
    CU_ASSERT_EQUAL(descriptions, 1);
    CU_ASSERT_EQUAL(described.born_ns, 40 * SECOND_NS);
    CU_ASSERT_NOT_EQUAL(described.category, 0);
    CU_ASSERT_EQUAL(seen.samples, 2);
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
        PS_TEST(late_lines_count_as_of_the_newest_and_later_ones_are_bad),
        PS_TEST(web_servers_lines_are_told_once),
        PS_TEST(who_asks_is_identified_in_each_format_that_tells),
        PS_TEST(a_configured_format_is_not_guessed),
        PS_TEST(long_imports_tell_how_far_they_are),
        PS_TEST(what_a_log_says_of_a_media_is_told),
    };

    return ps_test_run("host/feed/import.c", tests, PS_ARRAY_LEN(tests));
}

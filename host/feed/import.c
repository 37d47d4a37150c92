/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/import.c - a log of earlier requests, streamed from a text file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/base/assert.h"
#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/feed/feed_priv.h"

#define NS_PER_SEC  UINT64_C(1000000000)
#define MINUTE_NS   (60 * NS_PER_SEC)
#define LATE_NS_MAX (PS_FEED_IMPORT_LATE_S_MAX * NS_PER_SEC)
#define TELL_EVERY  (1u << 14) /* lines */
_Static_assert((PS_FEED_IMPORT_TWICE_LINES & (PS_FEED_IMPORT_TWICE_LINES - 1)) == 0, "a mask");

/* One import: the batch that fills, and whom it goes to. */
struct import {
    struct ps_feed *feed;
    const struct ps_feed_import *cfg;
    struct ps_feed_imported *said;
    struct ps_logged_reader reader;
    struct ps_demand batch;
    uint64_t *recent; /* PS_FEED_IMPORT_TWICE_LINES hashes of lines, each in its place */
    uint64_t last_ns; /* of the newest line */
    off_t file_bytes;
};

static void flush(struct import *import)
{
    struct ps_demand *batch = &import->batch;

    if (batch->count == 0)
        return;
    import->feed->status.samples[PS_DEMAND_HISTORY] += batch->count;
    import->cfg->sink(import->cfg->arg, batch, batch->samples[batch->count - 1].end_ns);
    batch->count = 0;
}

static void count_bad(struct import *import)
{
    if (import->said->bad_lines++ == 0)
        import->said->first_bad_line = import->said->lines;
    import->feed->status.history_bad_lines++;
}

/* A line of a web server's log names client, second and bytes: the same again is the same request,
 * written twice. In other formats equal lines may well be two viewers. */
static bool is_twice(struct import *import, const char *line)
{
    if (import->reader.format != PS_LOGGED_COMMON)
        return false;
    const uint64_t hash = ps_hash64_name(line) | 1; /* an empty place is 0 */
    uint64_t *place = &import->recent[hash >> 1 & (PS_FEED_IMPORT_TWICE_LINES - 1)];
    const bool is_there = *place == hash;
    *place = hash;
    return is_there;
}

/* @return false when it is too late, or of the future. */
static bool take_time(struct import *import, uint64_t *time_ns)
{
    if (import->cfg->until_ns != 0 && *time_ns > import->cfg->until_ns)
        return false;
    if (*time_ns >= import->last_ns)
        return true;
    if (import->last_ns - *time_ns > LATE_NS_MAX)
        return false;
    import->said->late_lines++;
    *time_ns = import->last_ns;
    return true;
}

static void take_request(struct import *import, const struct ps_logged *logged)
{
    struct ps_demand_sample sample = {
        .start_ns = logged->time_ns,
        .end_ns = logged->time_ns,
        .resource = logged->resource,
        .peer = logged->peer,
        .starts = logged->is_start,
        .segments = !logged->is_start,
        .reached = logged->reached,
        .source = PS_DEMAND_HISTORY,
    };

    import->said->requests++;
    if (import->batch.count == import->batch.capacity ||
        sample.end_ns / MINUTE_NS != import->last_ns / MINUTE_NS)
        flush(import);
    import->last_ns = sample.end_ns;
    if (!ps_feed_knows(import->feed, &sample.resource)) {
        import->feed->status.unknown++;
        import->said->unknown++;
        return;
    }
    if (import->cfg->describe != NULL && (logged->born_ns != 0 || logged->category != 0))
        import->cfg->describe(
            import->cfg->arg, sample.resource.media_key,
            &(struct ps_media_facts){ .born_ns = logged->born_ns, .category = logged->category });
    if (import->cfg->identify != NULL && logged->who.length > 0)
        import->cfg->identify(import->cfg->arg, logged->who.text, logged->who.length, &sample);
    import->batch.samples[import->batch.count++] = sample;
}

static void take_line(struct import *import, const char *line)
{
    struct ps_logged logged;
    const int rc = ps_logged_read(&import->reader, line, &logged);

    import->feed->status.history_lines += line[strspn(line, " \t\r\n")] != '\0' && line[0] != '#';
    if (rc == 1)
        return;
    if (rc != 0) {
        count_bad(import);
    } else if (is_twice(import, line)) {
        import->said->duplicate_lines++;
    } else if (!take_time(import, &logged.time_ns)) {
        count_bad(import);
    } else {
        take_request(import, &logged);
    }
}

/* Read to the end of a line that is longer than any good one. */
static void skip_line(FILE *file)
{
    int c = 0;

    while (c != '\n' && c != EOF)
        c = getc_unlocked(file);
}

static void tell(struct import *import, FILE *file)
{
    const double done = (double)ftello(file);

    if (import->cfg->progress != NULL)
        import->cfg->progress(import->cfg->arg, import->said->lines,
                              import->file_bytes > 0 ? done / (double)import->file_bytes : 0.0);
}

static int read_lines(struct import *import, FILE *file)
{
    char line[PS_LOGGED_LINE_BYTES_MAX];

    while (fgets(line, sizeof(line), file) != NULL) {
        if (++import->said->lines % TELL_EVERY == 0)
            tell(import, file);
        if (strchr(line, '\n') == NULL && !feof(file)) {
            if (strlen(line) == sizeof(line) - 1) /* else it holds a NUL and ended already */
                skip_line(file);
            if (line[0] == '#')
                continue;
            import->feed->status.history_lines++;
            count_bad(import);
            continue;
        }
        take_line(import, line);
    }
    flush(import);
    import->said->format = import->reader.format;
    if (ferror(file))
        return -EIO;
    return import->said->requests > 0 ? 0 : -EINVAL;
}

static int run(struct import *import, FILE *file)
{
    struct stat st;

    if (fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode))
        import->file_bytes = st.st_size;
    import->batch.capacity = PS_FEED_IMPORT_BATCH_MAX;
    import->batch.samples = ps_zalloc(PS_FEED_IMPORT_BATCH_MAX, sizeof(*import->batch.samples));
    import->recent = ps_zalloc(PS_FEED_IMPORT_TWICE_LINES, sizeof(*import->recent));
    if (import->batch.samples == NULL || import->recent == NULL)
        return -ENOMEM;
    return read_lines(import, file);
}

int ps_feed_import(struct ps_feed *feed, const struct ps_feed_import *cfg,
                   struct ps_feed_imported *ret_imported)
{
    struct import import = {
        .feed = feed, .cfg = cfg, .said = ret_imported, .reader = { .format = cfg->format }
    };

    ps_assert(cfg->sink != NULL);
    *ret_imported = (struct ps_feed_imported){ 0 };
    FILE *file = fopen(cfg->path, "re");
    if (file == NULL)
        return errno == ENOENT || errno == EACCES || errno == ENOMEM ? -errno : -EIO;
    const int rc = run(&import, file);
    free(import.recent);
    free(import.batch.samples);
    fclose(file);
    return rc;
}

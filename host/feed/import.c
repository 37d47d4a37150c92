/* SPDX-License-Identifier: BSD-3-Clause */
/* host/feed/import.c - a log of earlier requests, streamed from a text file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "host/feed/feed_priv.h"

#define LINE_BYTES_MAX 512
#define NS_PER_SEC     UINT64_C(1000000000)
#define MINUTE_NS      (60 * NS_PER_SEC)
#define TIME_S_MAX     UINT64_C(10000000000) /* year 2286: the nanoseconds still fit 64 bits */
#define FIELD_COUNT    6

/* One import: the batch that fills, and whom it goes to. */
struct import {
    struct ps_feed *feed;
    void (*sink)(void *arg, const struct ps_demand *demand, uint64_t time_ns);
    void *arg;
    struct ps_demand batch;
    uint64_t last_ns; /* of the last good line */
    uint64_t good_lines;
};

/* Digits only, up to max. */
static int parse_number(const char *text, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (*text == '\0')
        return -EINVAL;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value > max)
            return -EINVAL;
    }
    *ret_value = value;
    return 0;
}

/* "1700000000" or "1700000000.25"; at most nine digits of fraction. */
static int parse_time(char *text, uint64_t *ret_ns)
{
    char *dot = strchr(text, '.');
    uint64_t whole = 0, fraction = 0;

    if (dot != NULL) {
        const size_t digits = strlen(dot + 1);

        if (digits > 9 || parse_number(dot + 1, NS_PER_SEC, &fraction) != 0)
            return -EINVAL;
        for (size_t i = digits; i < 9; i++)
            fraction *= 10;
        *dot = '\0';
    }
    if (parse_number(text, TIME_S_MAX, &whole) != 0)
        return -EINVAL;
    *ret_ns = whole * NS_PER_SEC + fraction;
    return 0;
}

static int split(char *line, char *fields[FIELD_COUNT])
{
    char *rest = NULL;
    int count = 0;

    for (char *at = strtok_r(line, " \t\r\n", &rest); at != NULL;
         at = strtok_r(NULL, " \t\r\n", &rest)) {
        if (count == FIELD_COUNT)
            return -EINVAL;
        fields[count++] = at;
    }
    return count == FIELD_COUNT ? 0 : -EINVAL;
}

static int parse_line(char *line, struct ps_demand_sample *ret_sample)
{
    char *fields[FIELD_COUNT];
    uint64_t region = 0, device = 0, access = 0;

    if (split(line, fields) != 0 || parse_time(fields[0], &ret_sample->start_ns) != 0 ||
        strlen(fields[1]) > PS_MEDIA_ID_MAX || strlen(fields[2]) > PS_PROFILE_NAME_MAX ||
        parse_number(fields[3], UINT16_MAX, &region) != 0 ||
        parse_number(fields[4], UINT8_MAX, &device) != 0 ||
        parse_number(fields[5], UINT8_MAX, &access) != 0)
        return -EINVAL;
    ret_sample->end_ns = ret_sample->start_ns;
    ret_sample->resource.media_key = ps_hash64_name(fields[1]);
    ret_sample->resource.profile_key = ps_hash64_name(fields[2]);
    ret_sample->peer.region = (uint16_t)region;
    ret_sample->peer.device = (uint8_t)device;
    ret_sample->peer.access = (uint8_t)access;
    ret_sample->starts = 1;
    ret_sample->segments = 0;
    ret_sample->source = PS_DEMAND_HISTORY;
    return 0;
}

static void flush(struct import *import)
{
    struct ps_demand *batch = &import->batch;

    if (batch->count == 0)
        return;
    import->feed->status.samples[PS_DEMAND_HISTORY] += batch->count;
    import->sink(import->arg, batch, batch->samples[batch->count - 1].end_ns);
    batch->count = 0;
}

static void take_line(struct import *import, char *line)
{
    struct ps_feed_status *status = &import->feed->status;
    struct ps_demand_sample sample;
    const char first = line[strspn(line, " \t\r\n")];

    if (first == '\0' || first == '#')
        return;
    status->history_lines++;
    if (parse_line(line, &sample) != 0 || sample.end_ns < import->last_ns) {
        status->history_bad_lines++;
        return;
    }
    import->good_lines++;
    if (import->batch.count == import->batch.capacity ||
        sample.end_ns / MINUTE_NS != import->last_ns / MINUTE_NS)
        flush(import);
    import->last_ns = sample.end_ns;
    if (ps_feed_knows(import->feed, &sample.resource))
        import->batch.samples[import->batch.count++] = sample;
    else
        status->unknown++;
}

/* Read to the end of a line that is longer than any good one. */
static void skip_line(FILE *file)
{
    int c = 0;

    while (c != '\n' && c != EOF)
        c = getc_unlocked(file);
}

static int read_lines(struct import *import, FILE *file)
{
    char line[LINE_BYTES_MAX];

    while (fgets(line, sizeof(line), file) != NULL) {
        if (strchr(line, '\n') == NULL && !feof(file)) {
            if (strlen(line) == sizeof(line) - 1) /* else it holds a NUL and ended already */
                skip_line(file);
            import->feed->status.history_lines += line[0] != '#';
            import->feed->status.history_bad_lines += line[0] != '#';
            continue;
        }
        take_line(import, line);
    }
    flush(import);
    if (ferror(file))
        return -EIO;
    return import->good_lines > 0 ? 0 : -EINVAL;
}

int ps_feed_import(struct ps_feed *feed, const char *path,
                   void (*sink)(void *arg, const struct ps_demand *demand, uint64_t time_ns),
                   void *arg)
{
    struct import import = { .feed = feed, .sink = sink, .arg = arg };
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return errno == ENOENT || errno == EACCES || errno == ENOMEM ? -errno : -EIO;
    import.batch.capacity = PS_FEED_IMPORT_BATCH_MAX;
    import.batch.samples = ps_zalloc(PS_FEED_IMPORT_BATCH_MAX, sizeof(*import.batch.samples));
    const int rc = import.batch.samples == NULL ? -ENOMEM : read_lines(&import, file);
    free(import.batch.samples);
    fclose(file);
    return rc;
}

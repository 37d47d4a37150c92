/* SPDX-License-Identifier: BSD-3-Clause */
#include "tools/mark/suspects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define LOOK_EVERY 4096u /* viewers between two looks at the clock */

/* Readings of segments that the book covers; of a segment read twice the first counts. */
static uint32_t take_readings(const struct ps_book *book, const struct ps_mark_bit *bits,
                              uint32_t bit_count, struct ps_accuse_reading *readings)
{
    uint32_t count = 0;
    uint64_t next = book->first_segment;

    for (uint32_t i = 0; i < bit_count; i++) {
        const uint32_t segment = bits[i].segment;

        if (segment < next || segment - book->first_segment >= book->segment_count)
            continue;
        readings[count++] =
            (struct ps_accuse_reading){ .z = bits[i].z,
                                        .position = segment - book->first_segment,
                                        .bias = book->bias[segment - book->first_segment] };
        next = segment + 1ull;
    }
    return count;
}

static int create_accuse(const struct ps_book *book, const struct ps_mark_bit *bits,
                         uint32_t bit_count, struct ps_accuse **ret_accuse,
                         struct suspects *suspects)
{
    struct ps_accuse_reading *readings = ps_zalloc(PS_CODES_SEGMENTS_MAX, sizeof(*readings));
    int rc = -ENOMEM;

    if (readings != NULL) {
        suspects->segments_used = take_readings(book, bits, bit_count, readings);
        suspects->viewer_count = book->viewer_count;
        suspects->threshold = ps_accuse_threshold(book->viewer_count);
        rc = ps_accuse_create(ret_accuse, readings, suspects->segments_used);
    }
    free(readings);
    return rc;
}

/* Keep the best scores in order. */
static void weigh(struct suspects *suspects, const struct ps_accuse *accuse,
                  const struct ps_book_viewer *viewer)
{
    const double score = ps_accuse_score(accuse, viewer->bits);
    uint32_t at = suspects->count;

    suspects->candidate_count += score >= suspects->threshold;
    while (at > 0 && suspects->suspect[at - 1].score < score)
        at--;
    if (at == SUSPECTS_MAX)
        return;
    if (suspects->count < SUSPECTS_MAX)
        suspects->count++;
    memmove(&suspects->suspect[at + 1], &suspects->suspect[at],
            (suspects->count - 1 - at) * sizeof(suspects->suspect[0]));
    suspects->suspect[at] =
        (struct suspect){ .score = score,
                          .symmetric = ps_accuse_symmetric(accuse, viewer->bits),
                          .bound = ps_accuse_bound(score, suspects->viewer_count) };
    memcpy(suspects->suspect[at].id, viewer->id, sizeof(viewer->id));
}

struct reading {
    struct ps_book book;
    struct ps_book_viewer viewer;
    struct ps_accuse *accuse;
};

static int read_lines(FILE *file, const char *path, const struct ps_mark_bit *bits,
                      uint32_t bit_count, struct mark_progress *progress, struct reading *r,
                      struct suspects *suspects)
{
    char *line = NULL;
    size_t room = 0;
    uint64_t number = 0;
    ssize_t length;
    int rc = 0;

    while (rc == 0 && (length = getline(&line, &room, file)) >= 0) {
        const char *why = "";

        number++;
        length -= length > 0 && line[length - 1] == '\n';
        rc = ps_book_line(&r->book, line, (size_t)length, &r->viewer, &why);
        if (rc < 0)
            mark_say("%s:%llu: %s", path, (unsigned long long)number, why);
        if (rc <= 0)
            continue;
        rc = r->accuse != NULL ? 0 : create_accuse(&r->book, bits, bit_count, &r->accuse, suspects);
        if (rc == 0)
            weigh(suspects, r->accuse, &r->viewer);
        if (r->book.viewers % LOOK_EVERY == 0)
            mark_tell(progress, "comparing", r->book.viewers, r->book.viewer_count, "viewers");
    }
    free(line);
    if (rc == 0 && !ps_book_is_whole(&r->book)) {
        mark_say("%s: ends after %u viewers, %u were announced", path, r->book.viewers,
                 r->book.viewer_count);
        rc = -EBADMSG;
    }
    return rc;
}

int suspects_find(const char *path, const struct ps_mark_bit *bits, uint32_t bit_count,
                  struct mark_progress *progress, struct suspects *ret_suspects)
{
    struct reading *reading;
    FILE *file = fopen(path, "re");
    int rc = -ENOMEM;

    if (file == NULL) {
        rc = -errno;
        mark_say("%s: %s", path, strerror(-rc));
        return rc;
    }
    memset(ret_suspects, 0, sizeof(*ret_suspects));
    reading = ps_zalloc(1, sizeof(*reading));
    if (reading != NULL) {
        rc = read_lines(file, path, bits, bit_count, progress, reading, ret_suspects);
        ps_accuse_destroy(reading->accuse);
        free(reading);
    }
    if (rc == -ENOMEM)
        mark_say("out of memory");
    fclose(file);
    return rc;
}

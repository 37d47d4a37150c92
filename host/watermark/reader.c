/* SPDX-License-Identifier: BSD-3-Clause */
#include "host/watermark/reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

#define PIECES_MAX (PS_MARK_SEARCH_MAX * PS_MARK_PHASES)

/* Times are rounded somewhere on their way: a frame that starts a segment may seem early. */
#define EARLY_NS 2000000u

struct ps_mark_reader {
    struct ps_mark_reader_config cfg;
    struct ps_mark_map *pieces; /* PIECES_MAX; freed once the recording is aligned */
    uint32_t piece_count;
    bool is_aligned;
    struct ps_mark_found found;
    struct ps_mark_map open; /* the segment being shown */
    uint32_t open_index;     /* counted from the start of the recording */
    struct ps_mark_bit *bits;
    uint32_t bit_count, bit_room;
};

int ps_mark_reader_create(struct ps_mark_reader **ret_reader,
                          const struct ps_mark_reader_config *cfg)
{
    struct ps_mark_reader *reader;

    if (cfg->segment_ns < PS_MARK_SEGMENT_NS_MIN || cfg->segment_ns > PS_MARK_SEGMENT_NS_MAX ||
        cfg->start_end > PS_MARK_STARTS_MAX)
        return -EINVAL;
    reader = ps_zalloc(1, sizeof(*reader));
    if (reader == NULL)
        return -ENOMEM;
    reader->cfg = *cfg;
    reader->pieces = ps_zalloc(PIECES_MAX, sizeof(*reader->pieces));
    if (reader->pieces == NULL) {
        ps_mark_reader_destroy(reader);
        return -ENOMEM;
    }
    *ret_reader = reader;
    return 0;
}

void ps_mark_reader_destroy(struct ps_mark_reader *reader)
{
    if (reader == NULL)
        return;
    free(reader->pieces);
    free(reader->bits);
    free(reader);
}

static int grow(struct ps_mark_reader *reader)
{
    const uint32_t room = reader->bit_room == 0 ? 64 : 2 * reader->bit_room;
    struct ps_mark_bit *bits;

    if (reader->bit_count < reader->bit_room)
        return 0;
    if (reader->bit_count >= PS_MARK_SEGMENTS_MAX)
        return -E2BIG;
    bits = ps_realloc(reader->bits, room, sizeof(*bits));
    if (bits == NULL)
        return -ENOMEM;
    reader->bits = bits;
    reader->bit_room = room;
    return 0;
}

static int close_segment(struct ps_mark_reader *reader)
{
    struct ps_mark_cells cells;
    struct ps_mark_signs signs;
    const uint32_t segment = reader->found.start + reader->open_index;
    int rc;

    if (reader->open.frame_count == 0)
        return 0;
    rc = grow(reader);
    if (rc != 0)
        return rc;
    ps_mark_cells_of(&reader->open, &reader->found.view, &cells);
    ps_mark_signs_of(reader->cfg.key, segment, &signs);
    reader->bits[reader->bit_count++] = (struct ps_mark_bit){
        .segment = segment, .frame_count = reader->open.frame_count, .z = ps_mark_z(&cells, &signs)
    };
    memset(&reader->open, 0, sizeof(reader->open));
    return 0;
}

/* Make @p piece's segment the open one. */
static int open_segment_of(struct ps_mark_reader *reader, uint64_t piece)
{
    const uint64_t index = (piece + reader->found.phase) / PS_MARK_PHASES;
    int rc = 0;

    if (index >= PS_MARK_SEGMENTS_MAX)
        return -E2BIG;
    if (index != reader->open_index)
        rc = close_segment(reader);
    reader->open_index = (uint32_t)index;
    return rc;
}

static int align(struct ps_mark_reader *reader)
{
    const struct ps_mark_search search = {
        .key = reader->cfg.key,
        .pieces = reader->pieces,
        .piece_count = reader->piece_count,
        .start_expected = reader->cfg.start_expected,
        .start_end = reader->cfg.start_end,
        .effort = reader->cfg.effort,
        .progress = reader->cfg.progress,
        .progress_arg = reader->cfg.progress_arg,
    };
    int rc = ps_mark_search(&search, &reader->found);

    for (uint32_t i = 0; i < reader->piece_count && rc == 0; i++) {
        rc = open_segment_of(reader, i);
        if (rc == 0)
            ps_mark_map_merge(&reader->open, &reader->pieces[i]);
    }
    if (rc != 0)
        return rc;
    reader->is_aligned = true;
    free(reader->pieces);
    reader->pieces = NULL;
    return 0;
}

int ps_mark_reader_add(struct ps_mark_reader *reader, uint64_t time_ns, const uint8_t *luma,
                       ptrdiff_t stride_bytes, uint32_t width, uint32_t height)
{
    const uint64_t piece = (time_ns + EARLY_NS) / (reader->cfg.segment_ns / PS_MARK_PHASES);
    struct ps_mark_map *map = &reader->open;
    int rc = 0;

    if (width < PS_MARK_SIDE_MIN || height < PS_MARK_SIDE_MIN || width > UINT16_MAX ||
        height > UINT16_MAX)
        return -EINVAL;
    if (!reader->is_aligned && piece >= PIECES_MAX)
        rc = align(reader);
    if (rc == 0 && reader->is_aligned) {
        rc = open_segment_of(reader, piece);
    } else if (rc == 0) {
        map = &reader->pieces[piece];
        if (piece >= reader->piece_count)
            reader->piece_count = (uint32_t)piece + 1;
    }
    if (rc != 0)
        return rc;
    ps_mark_map_add(map, luma, stride_bytes, width, height);
    return 0;
}

int ps_mark_reader_finish(struct ps_mark_reader *reader)
{
    int rc = 0;

    if (!reader->is_aligned)
        rc = align(reader);
    return rc == 0 ? close_segment(reader) : rc;
}

const struct ps_mark_bit *ps_mark_reader_bits(const struct ps_mark_reader *reader,
                                              uint32_t *ret_count)
{
    *ret_count = reader->bit_count;
    return reader->bits;
}

const struct ps_mark_found *ps_mark_reader_found(const struct ps_mark_reader *reader)
{
    return &reader->found;
}

double ps_mark_strength(const struct ps_mark_bit *bits, uint32_t count)
{
    double sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += bits[i].z * bits[i].z - 1;
    return count > 0 && sum > 0 ? sqrt(sum / count) : 0;
}

double ps_mark_confidence(double z, double strength)
{
    return 1 / (1 + exp(-2 * fabs(z) * strength));
}

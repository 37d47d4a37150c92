/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/sim/edges/options.c - see options.h. */
#include "tools/sim/edges/options.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"

struct row {
    const char *name;
    double initial, least, most;
    bool is_whole;
    const char *help;
};

static const struct row rows[EDGES_OPTION_COUNT] = {
#define EDGES_OPTION(id, name, initial, least, most, whole, help)                                  \
    { name, initial, least, most, whole, help },
#include "tools/sim/edges/options.def"
#undef EDGES_OPTION
};

void edges_options_init(struct edges_options *options)
{
    *options = (struct edges_options){ .search = false };
    for (unsigned i = 0; i < EDGES_OPTION_COUNT; i++)
        options->value[i] = rows[i].initial;
}

static const struct row *find(const char *word)
{
    for (unsigned i = 0; strncmp(word, "--", 2) == 0 && i < EDGES_OPTION_COUNT; i++)
        if (strcmp(word + 2, rows[i].name) == 0)
            return &rows[i];
    return NULL;
}

static int set(struct edges_options *options, const struct row *row, const char *text, char *why,
               size_t why_size)
{
    char *end;
    const double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= row->least && value <= row->most) ||
        (row->is_whole && value != floor(value))) {
        snprintf(why, why_size, "--%s %s: give a %s from %.16g to %.16g", row->name, text,
                 row->is_whole ? "whole number" : "number", row->least, row->most);
        return -EINVAL;
    }
    options->value[row - rows] = value;
    return 0;
}

/* What holds between options. */
static const char *disagreement(const struct edges_options *options)
{
    const double *value = options->value;

    if (value[EDGES_EDGES] * edges_resource_count(options) > EDGES_CELLS_MAX)
        return "--edges times titles and channels times --profiles: at most 160000000";
    if (edges_viewers_each(options) >= UINT16_MAX)
        return "--peers: too many at each edge, at most 65534 that watch";
    if (value[EDGES_TITLE_MIN] * 60 / value[EDGES_SEGMENT_S] >= EDGES_SEGMENTS_MAX)
        return "--title-min: too many segments, at most 50000";
    return NULL;
}

int edges_options_parse(struct edges_options *options, int argc, char *const *argv, char *ret_why,
                        size_t why_size)
{
    const char *why;

    for (int i = 1; i < argc; i++) {
        const struct row *row = find(argv[i]);

        if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
        } else if (strcmp(argv[i], "--search") == 0) {
            options->search = true;
        } else if (row == NULL || i + 1 == argc) {
            snprintf(ret_why, why_size,
                     row == NULL ? "%s: no such option" : "%s: a number is missing", argv[i]);
            return -EINVAL;
        } else {
            if (set(options, row, argv[++i], ret_why, why_size) != 0)
                return -EINVAL;
        }
    }
    why = disagreement(options);
    if (why == NULL)
        return 0;
    snprintf(ret_why, why_size, "%s", why);
    return -EINVAL;
}

void edges_options_usage(FILE *out)
{
    fputs("usage: prestage-sim edges [options]\n"
          "Messages and bytes of many edges on virtual time, and what breaks first.\n"
          "  --search              also look for the size at which something breaks\n",
          out);
    for (unsigned i = 0; i < EDGES_OPTION_COUNT; i++)
        fprintf(out, "  --%-13s N     %s; %.10g\n", rows[i].name, rows[i].help, rows[i].initial);
    fputs("  --help                this text\n", out);
}

uint32_t edges_group_size(const struct edges_options *options)
{
    const double group = options->value[EDGES_GROUP], edges = options->value[EDGES_EDGES];

    return (uint32_t)(group == 0 || group > edges ? edges : group);
}

uint32_t edges_live_first(const struct edges_options *options)
{
    return (uint32_t)(options->value[EDGES_TITLES] * options->value[EDGES_PROFILES]);
}

uint32_t edges_crowd_first(const struct edges_options *options)
{
    return edges_live_first(options) +
           (uint32_t)(options->value[EDGES_CHANNELS] * options->value[EDGES_PROFILES]);
}

uint32_t edges_resource_count(const struct edges_options *options)
{
    return edges_crowd_first(options) + (uint32_t)options->value[EDGES_PROFILES];
}

double edges_viewers_each(const struct edges_options *options)
{
    const double *value = options->value;

    return value[EDGES_PEERS] * value[EDGES_ONLINE] / value[EDGES_EDGES];
}

/* A view ends with the title at the latest. */
double edges_view_segments(const struct edges_options *options)
{
    const double *value = options->value;
    const double mean_min =
        value[EDGES_WATCH_MIN] * (1 - exp(-value[EDGES_TITLE_MIN] / value[EDGES_WATCH_MIN]));

    return fmax(mean_min * 60 / value[EDGES_SEGMENT_S], 1);
}

struct edges_options edges_scaled(const struct edges_options *options, double factor)
{
    const double edges = fmax(round(options->value[EDGES_EDGES] * factor), 1);
    struct edges_options scaled = *options;

    scaled.value[EDGES_PEERS] *= edges / options->value[EDGES_EDGES];
    scaled.value[EDGES_EDGES] = edges;
    return scaled;
}

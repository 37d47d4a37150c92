/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/plot_hits.c - hit ratio of each policy against the size of the buffer. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/replay/plot.h"
#include "tools/replay/plot_canvas.h"

#define SERIES_MAX 16u
#define LEFT       84.0
#define TOP        76.0
#define WIDTH      560.0
#define HEIGHT     380.0
#define RIGHT      190.0
#define BOTTOM     64.0

/* Known policies keep their look from picture to picture; bounds that know the future are dashed.
 */
static const struct look {
    const char *policy, *name;
    enum plot_colour_name colour;
    enum plot_shape shape;
    bool is_ours, knows_future;
} looks[] = {
    { "ours", "prestage", PLOT_VERMILION, PLOT_DOT, .is_ours = true },
    { "ours_hints", "prestage, hints", PLOT_VERMILION, PLOT_DIAMOND, .is_ours = true },
    { "lru", "LRU", PLOT_BLUE, PLOT_SQUARE },
    { "fifo", "FIFO", PLOT_GREY, PLOT_CROSS },
    { "arc", "ARC", PLOT_GREEN, PLOT_TRIANGLE },
    { "s3fifo", "S3-FIFO", PLOT_PURPLE, PLOT_DIAMOND },
    { "sieve", "SIEVE", PLOT_ORANGE, PLOT_CROSS },
    { "belady", "Belady", PLOT_BLACK, PLOT_SQUARE, .knows_future = true },
    { "clairvoyant", "clairvoyant", PLOT_BLACK, PLOT_TRIANGLE, .knows_future = true },
    { "oracle", "true rates", PLOT_BLACK, PLOT_DIAMOND, .knows_future = true },
};

struct series {
    struct look look;
    struct plot_row *rows; /* of one policy, sizes ascending */
    uint32_t count;
};

static struct look look_of(const char *policy, uint32_t stranger)
{
    for (unsigned i = 0; i < PS_ARRAY_LEN(looks); i++)
        if (strcmp(policy, looks[i].policy) == 0)
            return looks[i];
    return (struct look){ .policy = policy,
                          .name = policy,
                          .colour = (enum plot_colour_name)(PLOT_SKY - stranger % 6),
                          .shape = (enum plot_shape)(stranger % 5) };
}

static int by_policy_and_size(const void *a, const void *b)
{
    const struct plot_row *x = a, *y = b;
    const int order = strcmp(x->word, y->word);

    return order != 0 ? order : (x->values[0] > y->values[0]) - (x->values[0] < y->values[0]);
}

/* The legend's order is that of the lines' ends. */
static int by_last_ratio(const void *a, const void *b)
{
    const struct series *s = a, *t = b;
    const double x = s->rows[s->count - 1].values[1], y = t->rows[t->count - 1].values[1];

    return x != y ? (x < y) - (x > y) : strcmp(s->look.policy, t->look.policy);
}

/* @return How many, or 0 when there are too many. */
static uint32_t find_series(struct plot_table *table, struct series series[static SERIES_MAX])
{
    uint32_t count = 0, strangers = 0;

    qsort(table->rows, table->row_count, sizeof(table->rows[0]), by_policy_and_size);
    for (uint32_t r = 0; r < table->row_count; r++) {
        struct plot_row *row = &table->rows[r];

        if (count == 0 || strcmp(series[count - 1].look.policy, row->word) != 0) {
            if (count == SERIES_MAX)
                return 0;
            series[count] = (struct series){ .look = look_of(row->word, strangers), .rows = row };
            strangers += series[count].look.policy == row->word;
            count++;
        }
        series[count - 1].count++;
    }
    qsort(series, count, sizeof(series[0]), by_last_ratio);
    return count;
}

static void take_pen(struct plot_canvas *canvas, const struct look *look)
{
    static const double dashes[] = { 5.0, 4.0 };

    plot_ink(canvas, look->colour, 1.0);
    cairo_set_dash(canvas->cr, dashes, look->knows_future ? 2 : 0, 0.0);
    cairo_set_line_width(canvas->cr, look->is_ours ? 3.0 : 1.6);
}

static void draw_series(struct plot_canvas *canvas, const struct plot_panel *panel,
                        const struct series *series)
{
    take_pen(canvas, &series->look);
    cairo_new_path(canvas->cr);
    for (uint32_t i = 0; i < series->count; i++)
        cairo_line_to(canvas->cr, plot_panel_x(panel, series->rows[i].values[0]),
                      plot_panel_y(panel, series->rows[i].values[1]));
    cairo_stroke(canvas->cr);
    cairo_set_dash(canvas->cr, NULL, 0, 0.0);
    for (uint32_t i = 0; i < series->count; i++)
        plot_mark(canvas, series->look.shape, plot_panel_x(panel, series->rows[i].values[0]),
                  plot_panel_y(panel, series->rows[i].values[1]));
}

static void draw_legend(struct plot_canvas *canvas, const struct series *series, uint32_t count)
{
    const double x = LEFT + WIDTH + 24.0;
    double y = TOP + 8.0;

    for (uint32_t s = 0; s < count; s++, y += PLOT_LINE_HEIGHT + 4.0) {
        take_pen(canvas, &series[s].look);
        cairo_move_to(canvas->cr, x, y);
        cairo_line_to(canvas->cr, x + 30.0, y);
        cairo_stroke(canvas->cr);
        cairo_set_dash(canvas->cr, NULL, 0, 0.0);
        plot_mark(canvas, series[s].look.shape, x + 15.0, y);
        plot_ink(canvas, PLOT_BLACK, 1.0);
        plot_text(canvas, x + 40.0, y, PLOT_LEFT, series[s].look.name);
    }
}

static struct plot_panel make_panel(const struct plot_table *table)
{
    struct plot_panel panel = { .x = LEFT,
                                .y = TOP,
                                .width = WIDTH,
                                .height = HEIGHT,
                                .across = { .title = "buffer (% of all objects)" },
                                .up = { .title = "hit ratio (share of requests)" } };
    double least = table->rows[0].values[0], most = least, highest = 0.0;

    for (uint32_t r = 0; r < table->row_count; r++) {
        least = fmin(least, table->rows[r].values[0]);
        most = fmax(most, table->rows[r].values[0]);
        highest = fmax(highest, table->rows[r].values[1]);
    }
    plot_axis_log(&panel.across, least, most);
    plot_axis_linear(&panel.up, 0.0, highest > 0.0 ? highest : 1.0, 6);
    return panel;
}

int plot_hits(struct plot_table *table, const char *of, const char *path)
{
    const struct plot_panel panel = make_panel(table);
    struct series series[SERIES_MAX];
    const uint32_t count = find_series(table, series);
    struct plot_canvas canvas;
    int rc;

    if (count == 0) {
        table->line = 0;
        snprintf(table->why, sizeof(table->why), "more than %u policies", SERIES_MAX);
        return -EINVAL;
    }
    rc = plot_canvas_open(&canvas, path, LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM);
    if (rc != 0)
        return rc;
    plot_heading(&canvas, "Hit ratio against buffer", of,
                 "Dashed: needs to know the future. Legend in the order of the lines' ends");
    plot_panel_draw(&canvas, &panel, NULL);
    plot_panel_enter(&canvas, &panel);
    for (uint32_t s = count; s-- > 0;)
        draw_series(&canvas, &panel, &series[s]);
    plot_panel_leave(&canvas);
    draw_legend(&canvas, series, count);
    return plot_canvas_close(&canvas);
}

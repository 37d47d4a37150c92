/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/plot_calibration.c - a reliability diagram for each horizon. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "tools/replay/plot.h"
#include "tools/replay/plot_canvas.h"

#define PANELS_MAX   4u
#define SIDE         280.0
#define LEFT         84.0
#define TOP          96.0
#define GAP          36.0
#define RIGHT        150.0
#define BOTTOM       64.0
#define RADIUS_MOST  14.0
#define RADIUS_LEAST 1.8 /* smaller ones would not be seen */
#define TWO_SIDED_95 1.96

struct sheet {
    struct plot_canvas canvas;
    const struct plot_table *table;
    const char *horizons[PANELS_MAX];
    uint32_t horizon_count;
    double rows_most;
};

/* By first appearance. @return false when there are too many. */
static bool find_horizons(struct sheet *sheet)
{
    for (uint32_t r = 0; r < sheet->table->row_count; r++) {
        const struct plot_row *row = &sheet->table->rows[r];
        uint32_t h = 0;

        sheet->rows_most = fmax(sheet->rows_most, row->values[2]);
        while (h < sheet->horizon_count && strcmp(sheet->horizons[h], row->word) != 0)
            h++;
        if (h == PANELS_MAX)
            return false;
        if (h == sheet->horizon_count)
            sheet->horizons[sheet->horizon_count++] = row->word;
    }
    return true;
}

static double radius_of(const struct sheet *sheet, double rows)
{
    return fmax(RADIUS_LEAST, RADIUS_MOST * sqrt(rows / sheet->rows_most));
}

static void draw_disc(struct sheet *sheet, double x, double y, double radius)
{
    cairo_new_path(sheet->canvas.cr);
    cairo_arc(sheet->canvas.cr, x, y, radius, 0.0, 2.0 * M_PI);
    plot_ink(&sheet->canvas, PLOT_BLUE, 0.45);
    cairo_fill_preserve(sheet->canvas.cr);
    plot_ink(&sheet->canvas, PLOT_BLUE, 1.0);
    cairo_stroke(sheet->canvas.cr);
}

/* How far chance alone would carry a bin that is right (Wilson's interval about what happened). */
static void draw_chance(struct sheet *sheet, const struct plot_panel *panel,
                        const struct plot_row *row)
{
    const double n = row->values[2], p = row->values[1], zz = TWO_SIDED_95 * TWO_SIDED_95;
    const double centre = (p + zz / (2.0 * n)) / (1.0 + zz / n);
    const double half =
        TWO_SIDED_95 / (1.0 + zz / n) * sqrt(p * (1.0 - p) / n + zz / (4.0 * n * n));
    const double x = plot_panel_x(panel, row->values[0]);

    plot_ink(&sheet->canvas, PLOT_BLACK, 0.8);
    cairo_move_to(sheet->canvas.cr, x, plot_panel_y(panel, centre - half));
    cairo_line_to(sheet->canvas.cr, x, plot_panel_y(panel, centre + half));
    cairo_stroke(sheet->canvas.cr);
}

static void draw_diagonal(struct plot_canvas *canvas, double x0, double y0, double x1, double y1)
{
    static const double dashes[] = { 6.0, 4.0 };

    plot_ink(canvas, PLOT_VERMILION, 1.0);
    cairo_set_line_width(canvas->cr, 1.5);
    cairo_set_dash(canvas->cr, dashes, 2, 0.0);
    cairo_move_to(canvas->cr, x0, y0);
    cairo_line_to(canvas->cr, x1, y1);
    cairo_stroke(canvas->cr);
    cairo_set_dash(canvas->cr, NULL, 0, 0.0);
    cairo_set_line_width(canvas->cr, 1.0);
}

static void draw_panel(struct sheet *sheet, uint32_t horizon)
{
    struct plot_panel panel = { .x = LEFT + horizon * (SIDE + GAP),
                                .y = TOP,
                                .width = SIDE,
                                .height = SIDE,
                                .across = { .title = "said (probability)" },
                                .up = { .title = horizon == 0 ? "came true (share)" : NULL } };
    char name[PLOT_WORD_MAX + 16];

    plot_axis_linear(&panel.across, 0.0, 1.0, 5);
    plot_axis_linear(&panel.up, 0.0, 1.0, 5);
    snprintf(name, sizeof(name), "%s ahead", sheet->horizons[horizon]);
    plot_panel_draw(&sheet->canvas, &panel, name);
    draw_diagonal(&sheet->canvas, plot_panel_x(&panel, 0.0), plot_panel_y(&panel, 0.0),
                  plot_panel_x(&panel, 1.0), plot_panel_y(&panel, 1.0));
    for (uint32_t r = 0; r < sheet->table->row_count; r++) {
        const struct plot_row *row = &sheet->table->rows[r];

        if (strcmp(row->word, sheet->horizons[horizon]) != 0)
            continue;
        draw_disc(sheet, plot_panel_x(&panel, row->values[0]), plot_panel_y(&panel, row->values[1]),
                  radius_of(sheet, row->values[2]));
        draw_chance(sheet, &panel, row);
    }
}

static void draw_legend_disc(struct sheet *sheet, double x, double y, double rows,
                             const char *before)
{
    char count[PLOT_TICK_LABEL_MAX + 1], label[2 * PLOT_TICK_LABEL_MAX];

    draw_disc(sheet, x + RADIUS_MOST, y, radius_of(sheet, rows));
    plot_axis_count_label(rows, count);
    snprintf(label, sizeof(label), "%s%s", before, count);
    plot_ink(&sheet->canvas, PLOT_BLACK, 1.0);
    plot_text(&sheet->canvas, x + 36.0, y, PLOT_LEFT, label);
}

static void draw_legend(struct sheet *sheet, double x)
{
    const double rows_least = sheet->rows_most * pow(RADIUS_LEAST / RADIUS_MOST, 2.0);
    struct plot_canvas *canvas = &sheet->canvas;
    double y = TOP + 8.0;

    draw_diagonal(canvas, x, y + 8.0, x + 24.0, y - 8.0);
    plot_ink(canvas, PLOT_BLACK, 1.0);
    plot_text(canvas, x + 36.0, y, PLOT_LEFT, "calibrated");
    plot_text(canvas, x, y + 36.0, PLOT_LEFT, "area: predictions");
    draw_legend_disc(sheet, x, y + 64.0, sheet->rows_most, "");
    if (sheet->rows_most >= 10.0)
        draw_legend_disc(sheet, x, y + 90.0, sheet->rows_most / 10.0, "");
    if (rows_least >= 1.0)
        draw_legend_disc(sheet, x, y + 114.0, rows_least, "up to ");
}

int plot_calibration(struct plot_table *table, const char *of, const char *path)
{
    struct sheet sheet = { .table = table };
    double width;
    int rc;

    if (!find_horizons(&sheet)) {
        table->line = 0;
        snprintf(table->why, sizeof(table->why), "more than %u horizons", PANELS_MAX);
        return -EINVAL;
    }
    width = LEFT + sheet.horizon_count * (SIDE + GAP) + RIGHT;
    rc = plot_canvas_open(&sheet.canvas, path, width, TOP + SIDE + BOTTOM);
    if (rc != 0)
        return rc;
    plot_heading(&sheet.canvas, "Calibration", of,
                 "Of what was said at a probability, how much came true; bars: 95 % by chance");
    for (uint32_t h = 0; h < sheet.horizon_count; h++)
        draw_panel(&sheet, h);
    draw_legend(&sheet, width - RIGHT);
    return plot_canvas_close(&sheet.canvas);
}

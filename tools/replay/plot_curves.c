/* SPDX-License-Identifier: BSD-3-Clause */
/* tools/replay/plot_curves.c - starts in each interval, as they came and as they were expected. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "tools/replay/plot.h"
#include "tools/replay/plot_canvas.h"

#define LEFT   84.0
#define TOP    76.0
#define WIDTH  900.0
#define HEIGHT 380.0
#define RIGHT  170.0
#define BOTTOM 64.0

enum column { START_S, ACTUAL, EXPECTED, Q10, Q25, Q75, Q90, COLUMN_COUNT };

static double most_of(const struct plot_table *table)
{
    double most = 0.0;

    for (uint32_t r = 0; r < table->row_count; r++)
        for (unsigned c = ACTUAL; c < COLUMN_COUNT; c++)
            most = fmax(most, table->rows[r].values[c]);
    return most;
}

/* There and back again. */
static void draw_band(struct plot_canvas *canvas, const struct plot_panel *panel,
                      const struct plot_table *table, enum column low, enum column high)
{
    cairo_new_path(canvas->cr);
    for (uint32_t r = 0; r < table->row_count; r++)
        cairo_line_to(canvas->cr, plot_panel_x(panel, table->rows[r].values[START_S]),
                      plot_panel_y(panel, table->rows[r].values[low]));
    for (uint32_t r = table->row_count; r-- > 0;)
        cairo_line_to(canvas->cr, plot_panel_x(panel, table->rows[r].values[START_S]),
                      plot_panel_y(panel, table->rows[r].values[high]));
    cairo_close_path(canvas->cr);
    cairo_fill(canvas->cr);
}

static void draw_curve(struct plot_canvas *canvas, const struct plot_panel *panel,
                       const struct plot_table *table, enum column column)
{
    cairo_new_path(canvas->cr);
    for (uint32_t r = 0; r < table->row_count; r++)
        cairo_line_to(canvas->cr, plot_panel_x(panel, table->rows[r].values[START_S]),
                      plot_panel_y(panel, table->rows[r].values[column]));
    cairo_stroke(canvas->cr);
}

/* One look for the panel and the legend. */
static void take_pen(struct plot_canvas *canvas, enum column column)
{
    cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_ROUND);
    switch (column) {
    case Q10:
        plot_ink(canvas, PLOT_SKY, 0.35);
        return;
    case Q25:
        plot_ink(canvas, PLOT_SKY, 0.6);
        return;
    case EXPECTED:
        plot_ink(canvas, PLOT_BLUE, 1.0);
        cairo_set_line_width(canvas->cr, 2.2);
        return;
    default:
        plot_ink(canvas, PLOT_BLACK, 0.9);
        cairo_set_line_width(canvas->cr, 1.1);
        return;
    }
}

static void draw_legend(struct plot_canvas *canvas, double x)
{
    static const struct {
        enum column column;
        const char *text;
    } entries[] = {
        { ACTUAL, "actual" }, { EXPECTED, "expected" }, { Q25, "q25 to q75" }, { Q10, "q10 to q90" }
    };
    double y = TOP + 8.0;

    for (unsigned i = 0; i < 4; i++, y += PLOT_LINE_HEIGHT + 4.0) {
        take_pen(canvas, entries[i].column);
        if (entries[i].column >= Q10) {
            cairo_rectangle(canvas->cr, x, y - 6.0, 24.0, 12.0);
            cairo_fill(canvas->cr);
        } else {
            cairo_move_to(canvas->cr, x, y);
            cairo_line_to(canvas->cr, x + 24.0, y);
            cairo_stroke(canvas->cr);
        }
        plot_ink(canvas, PLOT_BLACK, 1.0);
        plot_text(canvas, x + 34.0, y, PLOT_LEFT, entries[i].text);
    }
}

int plot_curves(struct plot_table *table, const char *of, const char *path)
{
    const double first_s = table->rows[0].values[START_S];
    const double last_s = table->rows[table->row_count - 1].values[START_S];
    const time_t first = (time_t)first_s;
    struct plot_panel panel = { .x = LEFT, .y = TOP, .width = WIDTH, .height = HEIGHT };
    struct plot_canvas canvas;
    char title[64];
    struct tm utc;
    int rc;

    gmtime_r(&first, &utc);
    strftime(title, sizeof(title), "time (UTC), from %Y-%m-%d %H:%M", &utc);
    panel.across.title = title;
    panel.up.title = "starts in each interval (count)";
    plot_axis_time(&panel.across, first_s, last_s, 8);
    plot_axis_linear(&panel.up, 0.0, most_of(table), 6);
    rc = plot_canvas_open(&canvas, path, LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM);
    if (rc != 0)
        return rc;
    plot_heading(&canvas, "Demand curve", of,
                 "The dark band should hold half of what came, the light one four fifths");
    plot_panel_draw(&canvas, &panel, NULL);
    plot_panel_enter(&canvas, &panel);
    take_pen(&canvas, Q10);
    draw_band(&canvas, &panel, table, Q10, Q90);
    take_pen(&canvas, Q25);
    draw_band(&canvas, &panel, table, Q25, Q75);
    take_pen(&canvas, ACTUAL);
    draw_curve(&canvas, &panel, table, ACTUAL);
    take_pen(&canvas, EXPECTED);
    draw_curve(&canvas, &panel, table, EXPECTED);
    plot_panel_leave(&canvas);
    draw_legend(&canvas, LEFT + WIDTH + 20.0);
    return plot_canvas_close(&canvas);
}
